// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/module.h"

namespace witc::wasm {
namespace {

/// Whoever changes imports need not mind groups: one that does not fit those before it begins a group of its own.
bool is_of_group(const Import& first, const Import& item) {
  if (!item.continues || item.form == Import::kSingle || item.form != first.form || item.module != first.module) {
    return false;
  }
  return item.form == Import::kOfModule || (item.type == first.type && item.is_exact == first.is_exact);
}

}  // namespace

std::vector<std::span<const Import>> import_groups(const Module& module) {
  std::vector<std::span<const Import>> groups;
  const std::span<const Import> all = module.imports;
  for (std::size_t first = 0, next = 0; first < all.size(); first = next) {
    next = first + 1;
    while (next < all.size() && is_of_group(all[first], all[next])) ++next;
    groups.push_back(all.subspan(first, next - first));
  }
  return groups;
}

}  // namespace witc::wasm
