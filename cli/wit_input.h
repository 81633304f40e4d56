// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Reading WIT inputs the same way for every subcommand that takes one.

#include <string>

#include "cli/command.h"
#include "wit-parser/resolve.h"
#include "wit-parser/wit.h"

namespace witc::cli {

/// The package in a path or `-`: WIT text, a folder of it, or WebAssembly, binary or text, that holds WIT. Of a WIT
/// package in binary that is the package, of a component the package of the world it implements, of a core module that
/// of the world its bindings put into it. `resolve` is empty before; `options` are for text only. Errors: those of
/// reading and resolving, kNewWorldMissing for a core module that has no world.
Result<wit::PackageId> read_wit(Context& context, const std::string& path, wit::Resolve& resolve,
                                const wit::ResolveOptions& options = {});

}  // namespace witc::cli
