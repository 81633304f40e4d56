// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The functions compiled adapters import from module `witc` (intrinsics.def): how a runtime knows an import, and the
// string kernels behind most of them, ready to be called with the two memories.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "adapter-gen/layout.h"
#include "adapter-gen/trap.h"

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

/// Carries out an intrinsic on strings: all of memories kPair and kTarget. `from` and `to` are whole memories (`from` is
/// not looked at for kTarget; they may be the same), `arguments` as in intrinsics.def. Out-of-bounds arguments trap,
/// though a correct adapter has none.
OrTrap<std::uint64_t> run_string_intrinsic(Intrinsic intrinsic, std::span<const std::uint8_t> from,
                                           std::span<std::uint8_t> to, std::span<const std::uint64_t> arguments);

}  // namespace witc::abi
