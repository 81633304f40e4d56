// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// WIT out of a binary input, for the subcommands that take WIT.

#include <optional>
#include <string>

#include "cli/command.h"
#include "wit-parser/resolve.h"

namespace witc::cli {

/// If `path` is a WebAssembly binary: the WIT it holds. Of a WIT package the package, of a component the
/// package of the world it implements, of a core module that of the world its bindings put into it. None for
/// anything else, `-` included.
Result<std::optional<wit::PackageId>> read_binary_wit(Context& context, const std::string& path, wit::Resolve& resolve);

}  // namespace witc::cli
