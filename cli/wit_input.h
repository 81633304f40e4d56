// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// WIT as subcommands take it: a text file, a folder with `deps/`, or a WIT package (or a component, for
// its world) in binary.

#include <string>
#include <variant>

#include "cli/command.h"
#include "wit-parser/resolve.h"
#include "wit-parser/wit.h"

namespace witc::cli {

struct WitInput {
  wit::Resolve resolve;
  /// The package; for a component its world.
  std::variant<wit::PackageId, wit::WorldId> main;
};

/// Adds `--features` and `--all-features`.
void add_feature_options(CLI::App& command, wit::ResolveOptions& options);

Result<WitInput> read_wit(Context& context, const std::string& path, const wit::ResolveOptions& options);

/// The world called `name`; for an empty name the only one.
Result<wit::WorldId> select_world(const WitInput& input, const std::string& name);

}  // namespace witc::cli
