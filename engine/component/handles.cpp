// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/component/handles.h"

#include <fmt/format.h>

#include "base/check.h"

namespace witc::engine {

namespace {

std::unexpected<abi::Trap> trapped(abi::TrapKind kind, std::string message) {
  return std::unexpected(abi::Trap{kind, std::move(message)});
}

}  // namespace

std::string describe(const linker::Plan& plan, component::ResourceId resource) {
  const linker::PlanResource& definition = plan.resources[resource];
  const std::string whose = definition.defined_in
                                ? fmt::format("`{}`", plan.component_instances[*definition.defined_in].name)
                                : std::string("the host");
  return fmt::format("`{}` of {}", plan.types[resource].path, whose);
}

std::string HandleTable::name(component::ResourceId resource) const {
  return plan_ == nullptr ? "its resource" : describe(*plan_, resource);
}

HandleTable::OrTrap<std::uint32_t> HandleTable::add(ResourceHandle handle) {
  if (!free_.empty()) {
    std::uint32_t index = free_.back();
    free_.pop_back();
    slots_[index - 1] = handle;
    return index;
  }
  if (slots_.size() >= kMaxLength) return trapped(abi::TrapKind::kHandleTableFull, "resource table has no free keys");
  slots_.push_back(handle);
  return static_cast<std::uint32_t>(slots_.size());
}

HandleTable::OrTrap<ResourceHandle*> HandleTable::get(std::uint32_t index, component::ResourceId rt) {
  if (index == 0 || index > slots_.size() || !slots_[index - 1]) {
    return trapped(abi::TrapKind::kUnknownHandle,
                   fmt::format("unknown handle index {}, where one of {} is expected", index, name(rt)));
  }
  ResourceHandle& handle = *slots_[index - 1];
  if (handle.rt != rt) {
    return trapped(abi::TrapKind::kHandleTypeMismatch,
                   fmt::format("handle index {} used with the wrong type, expected guest-defined resource but found a "
                               "different guest-defined resource: it is one of {}, not of {}",
                               index, name(handle.rt), name(rt)));
  }
  return &handle;
}

HandleTable::OrTrap<ResourceHandle> HandleTable::remove(std::uint32_t index, component::ResourceId rt) {
  OrTrap<ResourceHandle*> found = get(index, rt);
  if (!found) return std::unexpected(found.error());
  if ((*found)->num_lends != 0) {
    return trapped(abi::TrapKind::kHandleLent,
                   fmt::format("cannot remove owned resource while borrowed: handle index {} of {}", index, name(rt)));
  }
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

std::optional<component::ResourceId> HandleTable::borrowed_in(const BorrowScope& scope) const {
  for (const std::optional<ResourceHandle>& slot : slots_) {
    if (slot && slot->borrow_scope == &scope) return slot->rt;
  }
  return std::nullopt;
}

void HandleTable::clear() {
  slots_.clear();
  free_.clear();
}

}  // namespace witc::engine
