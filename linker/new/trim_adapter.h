// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// An adapter cut down to what a program uses of it. An adapter answers a whole family of functions, each of
// which imports its part of WASI; a component that only prints should not ask its host for a file system.
//
// Functions that no kept export reaches go away, and the imports only they used. Types, globals and tables
// stay as they are, so only function indices change in the code that stays. An adapter that lives in the main
// module's memory has a stack pointer of its own all the same: a start function gives it a page to point to.

#include <set>
#include <string>

#include "base/result.h"
#include "wasm/core/module.h"

namespace witc::linker {

/// An adapter need not be valid before it is cut down, as long as nothing that is used is at fault. This checks what
/// is asked of it until then: that functions and their imports have types, and that exports are there.
/// Errors: kNewMismatch.
Result<void> check_adapter_indices(const wasm::Module& module);

/// Keeps the exports named in `keep`. Calls of functions imported from one of `absent` go away too: their arguments are
/// dropped, their results are zero. Custom sections are dropped, names kept. Errors (kNewMismatch): an adapter that
/// defines a memory, or has data segments for the main module's; kWasmMalformed for a body that cannot be read. The
/// result is to be validated.
Result<wasm::Module> trim_adapter(wasm::Module module, const std::set<std::string>& keep,
                                  const std::set<std::string>& absent = {});

}  // namespace witc::linker
