// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Custom sections as annotations: any as `(@custom ...)`, those whose contents witc knows in their own words where
// that loses nothing.

#include <string>

#include "wasm/core/branch_hints.h"
#include "wasm/core/module.h"

namespace witc::wasm {

/// The section as one annotation; its lines after the first are indented. One that is known by name but malformed
/// is printed as bytes.
std::string custom_text(const Module& module, const CustomSection& section, unsigned indent);
/// The same with its bytes left out.
std::string custom_skeleton(const CustomSection& section);

/// Branch hints that are printed where they belong, and the section that is then not printed.
struct PrintedHints {
  const CustomSection* section = nullptr;
  BranchHints by_func;
};
/// Nothing unless the section, made anew from its hints by the parser, is the same bytes in the same place.
PrintedHints printable_hints(const Module& module);

}  // namespace witc::wasm
