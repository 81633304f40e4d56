// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/component/handles.h"

#include <fmt/format.h>

#include "base/check.h"

namespace witc::engine {

HandleTable::OrTrap<std::uint32_t> HandleTable::add(ResourceHandle handle) {
  if (!free_.empty()) {
    std::uint32_t index = free_.back();
    free_.pop_back();
    slots_[index - 1] = handle;
    return index;
  }
  if (slots_.size() >= kMaxLength) return std::unexpected("resource table has no free keys");
  slots_.push_back(handle);
  return static_cast<std::uint32_t>(slots_.size());
}

HandleTable::OrTrap<ResourceHandle*> HandleTable::get(std::uint32_t index, component::ResourceId rt) {
  if (index == 0 || index > slots_.size() || !slots_[index - 1]) {
    return std::unexpected(fmt::format("unknown handle index {}", index));
  }
  ResourceHandle& handle = *slots_[index - 1];
  if (handle.rt != rt) {
    return std::unexpected(
        fmt::format("handle index {} used with the wrong type, expected guest-defined resource but found a "
                    "different guest-defined resource",
                    index));
  }
  return &handle;
}

HandleTable::OrTrap<ResourceHandle> HandleTable::remove(std::uint32_t index, component::ResourceId rt) {
  OrTrap<ResourceHandle*> found = get(index, rt);
  if (!found) return std::unexpected(found.error());
  if ((*found)->num_lends != 0) return std::unexpected("cannot remove owned resource while borrowed");
  ResourceHandle handle = **found;
  slots_[index - 1].reset();
  free_.push_back(index);
  return handle;
}

void HandleTable::give_back(std::uint32_t index) {
  WITC_CHECK(index != 0 && index <= slots_.size() && slots_[index - 1] && slots_[index - 1]->num_lends != 0);
  --slots_[index - 1]->num_lends;
}

std::vector<ResourceHandle> HandleTable::owned() const {
  std::vector<ResourceHandle> handles;
  for (const std::optional<ResourceHandle>& slot : slots_) {
    if (slot && slot->own) handles.push_back(*slot);
  }
  return handles;
}

void HandleTable::clear() {
  slots_.clear();
  free_.clear();
}

}  // namespace witc::engine
