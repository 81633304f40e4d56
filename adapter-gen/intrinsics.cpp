// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "adapter-gen/intrinsics.h"

#include <array>

namespace witc::abi {
namespace {

struct Row {
  Intrinsic intrinsic;
  std::string_view name;
  IntrinsicMemories memories;
  std::string_view params, results;
};
constexpr std::array kRows = {
#define WITC_ABI_INTRINSIC(name, text, memories, params, results) \
  Row{Intrinsic::name, text, IntrinsicMemories::memories, params, results},
#include "adapter-gen/intrinsics.def"
#undef WITC_ABI_INTRINSIC
};
const Row& row(Intrinsic intrinsic) { return kRows[static_cast<std::size_t>(intrinsic)]; }

std::vector<CoreType> core_types(std::string_view letters) {
  std::vector<CoreType> out;
  for (char letter : letters) out.push_back(letter == 'i' ? CoreType::kI32 : CoreType::kI64);
  return out;
}

}  // namespace

std::string_view to_string(Side side) { return side == Side::kLift ? "lift" : "lower"; }

IntrinsicMemories memories_of(Intrinsic intrinsic) { return row(intrinsic).memories; }

CoreFuncType type_of(Intrinsic intrinsic) {
  return {core_types(row(intrinsic).params), core_types(row(intrinsic).results)};
}

std::string import_name(Intrinsic intrinsic, Side target) {
  std::string out(row(intrinsic).name);
  if (row(intrinsic).memories == IntrinsicMemories::kNone) return out;
  return out + "." + std::string(to_string(target));
}

std::optional<IntrinsicImport> find_intrinsic(std::string_view name) {
  for (const Row& item : kRows) {
    for (Side side : {Side::kLift, Side::kLower}) {
      if (import_name(item.intrinsic, side) == name) return IntrinsicImport{item.intrinsic, side};
    }
  }
  return std::nullopt;
}

}  // namespace witc::abi
