// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The libdl that comes with witc (linker/link/libdl.wat), for libraries that call `dlopen` and were linked without one.

#include "base/result.h"
#include "linker/link/library.h"

namespace witc::linker {

/// The library `libdl.so`.
Result<LibraryInput> builtin_libdl(SourceMap& sources);

}  // namespace witc::linker
