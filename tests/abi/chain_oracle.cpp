// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "chain_oracle.h"

#include <algorithm>
#include <cstring>

#include "adapter-gen/transcode.h"

namespace witc::abi::testing {

OrTrap<std::uint64_t> ChainGuest::realloc(std::uint64_t old, std::uint64_t old_byte_length, std::uint32_t alignment,
                                          std::uint64_t new_byte_length) {
  push(old | old_byte_length << 32);
  push(alignment | new_byte_length << 32);
  std::uint64_t out = align_to(bump_, alignment), end = out + new_byte_length;
  if (end > memory_.size()) memory_.resize(align_to(end, 1 << 16));
  std::fill(memory_.begin() + static_cast<std::ptrdiff_t>(bump_), memory_.begin() + static_cast<std::ptrdiff_t>(end),
            kFreshByte);
  std::memmove(&memory_[out], &memory_[old], std::min(old_byte_length, new_byte_length));
  std::memset(&memory_[old], kFreedByte, old_byte_length);
  bump_ = end;
  return out;
}

OrTrap<ChainGuest::Handle*> ChainGuest::get(ResourceId resource, std::uint32_t index) {
  TRAP_IF(index >= array_.size() || !array_[index], TrapKind::kUnknownHandle);
  TRAP_IF(array_[index]->resource != resource, TrapKind::kUnknownHandle);  // the engine has one kind, with messages
  return &*array_[index];
}
std::uint32_t ChainGuest::add(Handle handle) {
  if (free_.empty()) {
    array_.emplace_back(handle);
    return static_cast<std::uint32_t>(array_.size() - 1);
  }
  std::uint32_t index = free_.back();
  free_.pop_back();
  array_[index] = handle;
  return index;
}
void ChainGuest::remove(std::uint32_t index) {
  array_[index].reset();
  free_.push_back(index);
}

OrTrap<std::uint64_t> ChainGuest::lift_own(ResourceId resource, std::uint32_t index) {
  Handle handle = *TRY_TRAP(get(resource, index));
  TRAP_IF(handle.num_lends != 0 || !handle.is_own, TrapKind::kUnknownHandle);
  remove(index);
  return handle.rep;
}
OrTrap<std::uint64_t> ChainGuest::lift_borrow(ResourceId resource, std::uint32_t index) {
  Handle& handle = *TRY_TRAP(get(resource, index));
  ++handle.num_lends;
  lent_.push_back(index);
  return handle.rep;
}
OrTrap<std::uint32_t> ChainGuest::lower_own(ResourceId resource, std::uint64_t rep) {
  return add({resource, rep, true});
}
OrTrap<std::uint32_t> ChainGuest::lower_borrow(ResourceId resource, std::uint64_t rep) {
  return add({resource, rep, false});
}

void ChainGuest::push(std::uint64_t word) {
  for (int i = 0; i < 8; ++i) trace_.push_back(static_cast<std::uint8_t>(word >> 8 * i));
}
void ChainGuest::give_back_loans() {
  for (std::uint32_t index : lent_) --array_[index]->num_lends;
  lent_.clear();
}
std::vector<std::uint32_t> ChainGuest::drop_borrows(ResourceId second) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = 1; i < array_.size(); ++i) {
    if (!array_[i] || array_[i]->is_own) continue;
    out.push_back(i | (array_[i]->resource == second ? 1u << 31 : 0));
    remove(i);
  }
  return out;
}

ChainRun ChainOracle::run(const ChainCase& item, const std::optional<ChainSpoil>& spoil) {
  spoil_ = spoil;
  ChainRun out;
  OrTrap<void> done = carry(item, out);
  if (!done) out.trap = done.error().kind;
  for (ChainGuest& guest : guests_) guest.reset();
  return out;
}

OrTrap<void> ChainOracle::carry(const ChainCase& item, ChainRun& out) {
  const component::FuncType& type = layout_.types()[item.type];
  std::vector<ValType> params = param_types(type), results;
  std::vector<Val> vals = item.args;
  if (type.result) results = {*type.result};
  bool is_spilled = layout_.flatten_types(results).exceeds(kMaxFlatResults);
  std::vector<std::vector<CoreValue>> returns(3);
  for (std::uint32_t who = 0; who < 3; ++who) {
    ChainGuest& guest = guests_[who];
    std::vector<CoreValue> flat = TRY_TRAP(lower_flat_values(context(who), kMaxFlatParams, vals, params));
    for (CoreValue value : flat) guest.push(value);
    look(2 * who, out);
    if (is_spilled) {
      Layout::Record record = layout_.record(results);
      returns[who] = {TRY_TRAP(guest.realloc(0, 0, record.alignment, record.size))};
    }
    CoreValueIter vi{flat};
    vals = TRY_TRAP(lift_flat_values(context(who), kMaxFlatParams, vi, params));
  }
  out.at_the_end = vals;
  vals.clear();
  if (item.result) vals = {*item.result};
  for (std::uint32_t who = 3; who-- > 0;) {
    ChainGuest& guest = guests_[who];
    CoreValueIter place{returns[who]};
    std::vector<CoreValue> flat = TRY_TRAP(lower_flat_values(context(who), kMaxFlatResults, vals, results, &place));
    guest.give_back_loans();
    for (CoreValue value : flat) guest.push(value);
    look(2 * who + 1, out);
    out.borrows[who] = guest.drop_borrows(shape_.resources[1]);
    CoreValueIter vi{is_spilled ? returns[who] : flat};
    vals = TRY_TRAP(lift_flat_values(context(who), kMaxFlatResults, vi, results));
  }
  out.result = vals;
  return {};
}

void ChainOracle::look(std::uint32_t who, ChainRun& out) {
  ChainGuest& guest = guests_[who / 2];
  std::span<std::uint8_t> heap = guest.heap();
  ChainRun::Look seen{latin1_text(guest.trace()), latin1_text(heap)};
  if (spoil_ && spoil_->who == who && !heap.empty()) {
    std::uint64_t at = spoil_->at % heap.size();
    heap[at] ^= spoil_->mask;
    seen.flip = (at + 1) | std::uint64_t{spoil_->mask} << 32;
  }
  out.looks[who] = std::move(seen);
}

std::string latin1_text(std::span<const std::uint8_t> bytes) {
  std::string out(2 * bytes.size(), '\0');
  out.resize(latin1_to_utf8(bytes, {reinterpret_cast<std::uint8_t*>(out.data()), out.size()}));
  return out;
}

}  // namespace witc::abi::testing
