// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What this processor is to compiled code, found without LLVM: code that was kept is used again only where it can be
// executed. One folder per machine implements it.

#include <cstdint>
#include <string>
#include <vector>

namespace witc::engine::arch {

/// The machine, the model and all that it can do: code is made for just this.
std::string processor_id();

/// What it can do, of that which decides what compiled code may contain; words of bits.
std::vector<std::uint32_t> processor_features();
/// The name of something that code made for a processor with `features` may need and this one has not; empty if it has all.
std::string missing_feature(const std::vector<std::uint32_t>& features);

}  // namespace witc::engine::arch
