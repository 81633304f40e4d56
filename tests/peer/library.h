// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The shared library of wasmtime's Python package, found and opened.

#include <string>

namespace witc::peer {

/// Its path; empty if it is not installed.
std::string library_path();
/// For dlsym; null if it is not installed. `WITC_WASMTIME_LIBRARY` names the library, else Python is asked. It stays
/// open.
void* open_library();

}  // namespace witc::peer
