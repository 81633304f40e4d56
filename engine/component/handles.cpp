// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/component/handles.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace witc::engine {

namespace {

constexpr std::uint32_t kFirstCapacity = 16;

std::unexpected<abi::Trap> trapped(abi::TrapKind kind, std::string message) {
  return std::unexpected(abi::Trap{kind, std::move(message)});
}

/// Room for item number `last` of a stack whose first item is {number of the last item, capacity}.
template <class Item>
void make_room(BlockArray<Item>& block, std::uint32_t last, std::uint32_t Item::*capacity) {
  if (last < block.capacity()) return;
  block.resize(std::max(kFirstCapacity, 2 * block.capacity()));
  block[0].*capacity = block.capacity();
}

}  // namespace

std::string describe(const linker::Plan& plan, component::ResourceId resource) {
  const linker::PlanResource& definition = plan.resources[resource];
  const std::string whose = definition.defined_in
                                ? fmt::format("`{}`", plan.component_instances[*definition.defined_in].name)
                                : std::string("the host");
  return fmt::format("`{}` of {}", plan.types[resource].path, whose);
}

// -- HandleTable ---------------------------------------------------------------------------------

std::string HandleTable::name(component::ResourceId resource) const {
  return plan_ == nullptr ? "its resource" : describe(*plan_, resource);
}

std::uint32_t HandleTable::tag(const ResourceHandle& handle) const {
  const bool is_host = plan_ != nullptr && !plan_->resources[handle.rt].defined_in;
  return handle_tag(handle.rt) | (is_host ? Handle::kHost : 0) | (handle.own ? 0 : Handle::kBorrowed);
}

ResourceHandle HandleTable::read(const Handle& slot) {
  const component::ResourceId resource((slot.tag >> Handle::kResourceShift) - 1);
  return {resource, slot.rep, (slot.tag & Handle::kBorrowed) == 0, slot.scope, slot.lends};
}

/// The free list is empty: all that is added gets into it, the lowest index first.
bool HandleTable::grow() {
  const std::uint32_t before = slots_.capacity();
  constexpr std::uint32_t kMost = kMaxLength + 1;
  if (before >= kMost) return false;
  slots_.resize(before == 0 ? kFirstCapacity : std::min(2 * before, kMost));
  const std::uint32_t first = std::max(before, 1U);
  for (std::uint32_t i = first; i + 1 < slots_.capacity(); ++i) slots_[i].lends = i + 1;
  slots_[0].lends = slots_.capacity();
  slots_[0].rep = first;
  return true;
}

HandleTable::OrTrap<std::uint32_t> HandleTable::add(ResourceHandle handle) {
  if ((slots_.capacity() == 0 || slots_[0].rep == 0) && !grow()) {
    return trapped(abi::TrapKind::kHandleTableFull, "resource table has no free keys");
  }
  const auto index = static_cast<std::uint32_t>(slots_[0].rep);
  slots_[0].rep = slots_[index].lends;
  slots_[index] = {tag(handle), handle.num_lends, handle.rep, handle.borrow_scope};
  if (!handle.own) ++slots_[0].scope;
  return index;
}

HandleTable::OrTrap<ResourceHandle> HandleTable::get(std::uint32_t index, component::ResourceId rt) const {
  if (index == 0 || index >= slots_.capacity() || slots_[index].tag == 0) {
    return trapped(abi::TrapKind::kUnknownHandle,
                   fmt::format("unknown handle index {}, where one of {} is expected", index, name(rt)));
  }
  const ResourceHandle handle = read(slots_[index]);
  if (handle.rt != rt) {
    return trapped(abi::TrapKind::kHandleTypeMismatch,
                   fmt::format("handle index {} used with the wrong type, expected guest-defined resource but found a "
                               "different guest-defined resource: it is one of {}, not of {}",
                               index, name(handle.rt), name(rt)));
  }
  return handle;
}

HandleTable::OrTrap<ResourceHandle> HandleTable::lend(std::uint32_t index, component::ResourceId rt) {
  OrTrap<ResourceHandle> found = get(index, rt);
  if (found) ++slots_[index].lends;
  return found;
}

HandleTable::OrTrap<ResourceHandle> HandleTable::remove(std::uint32_t index, component::ResourceId rt) {
  OrTrap<ResourceHandle> found = get(index, rt);
  if (!found) return found;
  if (found->num_lends != 0) {
    return trapped(abi::TrapKind::kHandleLent,
                   fmt::format("cannot remove owned resource while borrowed: handle index {} of {}", index, name(rt)));
  }
  slots_[index] = {0, static_cast<std::uint32_t>(slots_[0].rep)};
  slots_[0].rep = index;
  if (!found->own) --slots_[0].scope;
  return found;
}

void HandleTable::give_back(std::uint32_t index) {
  WITC_CHECK(index != 0 && index < slots_.capacity() && slots_[index].tag != 0 && slots_[index].lends != 0);
  --slots_[index].lends;
}

std::size_t HandleTable::live() const {
  return static_cast<std::size_t>(std::ranges::count_if(slots_.items(), [](const Handle& slot) { return slot.tag != 0; }));
}

std::vector<ResourceHandle> HandleTable::owned_of_host() const {
  std::vector<ResourceHandle> handles;
  for (const Handle& slot : slots_.items()) {
    if ((slot.tag & (Handle::kHost | Handle::kBorrowed)) == Handle::kHost) handles.push_back(read(slot));
  }
  return handles;
}

std::optional<component::ResourceId> HandleTable::borrowed_in(std::uint32_t scope) const {
  for (const Handle& slot : slots_.items()) {
    if ((slot.tag & Handle::kBorrowed) != 0 && slot.scope == scope) return read(slot).rt;
  }
  return std::nullopt;
}

// -- BorrowScopes --------------------------------------------------------------------------------

std::uint32_t BorrowScopes::enter() {
  const std::uint32_t scope = current() + 1;
  make_room(scopes_, scope, &Scope::lends);
  scopes_[0].num_borrows = scope;
  scopes_[scope] = {0, lends_.capacity() == 0 ? 0 : lends_[0].instance};
  return scope;
}

std::vector<Lend> BorrowScopes::leave() {
  const std::uint32_t scope = current();
  WITC_CHECK(scope != 0 && scopes_[scope].num_borrows == 0);
  scopes_[0].num_borrows = scope - 1;
  std::vector<Lend> lends;
  if (lends_.capacity() == 0) return lends;
  for (std::uint32_t last = lends_[0].instance; last > scopes_[scope].lends; --last) lends.push_back(lends_[last]);
  lends_[0].instance = scopes_[scope].lends;
  return lends;
}

void BorrowScopes::add_lend(Lend lend) {
  WITC_CHECK(current() != 0);
  const std::uint32_t last = lends_.capacity() == 0 ? 1 : lends_[0].instance + 1;
  make_room(lends_, last, &Lend::index);
  lends_[0].instance = last;
  lends_[last] = lend;
}

}  // namespace witc::engine
