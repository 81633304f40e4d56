// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The functions compiled adapters import from module `witc` (intrinsics.def): how a runtime knows an import. What stands
// behind most of them is in kernels.h.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adapter-gen/layout.h"

namespace witc::abi {

enum class Intrinsic : std::uint8_t {
#define WITC_ABI_INTRINSIC(name, text, memories, params, results) name,
#include "adapter-gen/intrinsics.def"
#undef WITC_ABI_INTRINSIC
};
enum class IntrinsicMemories : std::uint8_t { kNone, kTarget, kPair };

/// The two sides of an adapter: the callee, whose function was lifted, and the caller, who lowered it.
enum class Side : std::uint8_t { kLift, kLower };
constexpr Side other(Side side) { return side == Side::kLift ? Side::kLower : Side::kLift; }
std::string_view to_string(Side side);

IntrinsicMemories memories_of(Intrinsic intrinsic);
CoreFuncType type_of(Intrinsic intrinsic);
/// The name it is imported by; `target` matters unless its memories are kNone.
std::string import_name(Intrinsic intrinsic, Side target);

struct IntrinsicImport {
  Intrinsic intrinsic;
  Side target = Side::kLift;  // whose memory is written; a kPair one reads the other side's
};
/// What an import `witc`.`name` of an adapter means.
std::optional<IntrinsicImport> find_intrinsic(std::string_view name);

}  // namespace witc::abi
