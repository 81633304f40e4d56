// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Resolved graph → WIT text. Parsing the text again gives the same graph; the layout is that of
// `wasm-tools component wit`, so that outputs can be compared.

#include <span>
#include <string>

#include "wit-parser/resolve.h"

namespace witc::wit {

struct PrintOptions {
  bool docs = true;
};

/// One package as a file, `package a:b;` first, and after it the `nested` ones as `package c:d { .. }`.
std::string print_package(const Resolve& resolve, PackageId package, std::span<const PackageId> nested = {},
                          const PrintOptions& options = {});

/// A type as it is written in a signature: `list<u8>`, a name, `borrow<file>`.
std::string print_type(const Resolve& resolve, const Type& type);

}  // namespace witc::wit
