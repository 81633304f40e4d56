// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What of direct calls is rare or long: failures and handles (adapter-gen/host_direct.h).
#include "adapter-gen/host_direct.h"

#include "base/check.h"

namespace witc::host {
namespace {

template <class T>
bool take(abi::OrTrap<T> given, std::uint64_t& out, DirectGuest& guest) {
  if (!given) return guest.fail(std::move(given).error());
  out = *given;
  return true;
}

}  // namespace

bool DirectGuest::fail(abi::Trap trap) {
  if (!failure_) failure_ = std::move(trap);
  return false;
}
bool DirectGuest::fail(abi::TrapKind kind) { return fail(abi::Trap::of(kind)); }
bool DirectGuest::fail_value() {
  is_value_at_fault_ = true;
  return fail(abi::Trap{abi::TrapKind::kHost, "a value is not of the type the host's interface gives it"});
}

component::ResourceId DirectGuest::resource(const void* kind) const {
  for (const auto& [known, resource] : match_->resources) {
    if (known == kind) return resource;
  }
  WITC_CHECK(false);  // TypeMatch has seen every type
  return {};
}

bool DirectGuest::lift_own(const void* kind, std::uint32_t index, std::uint64_t& rep) {
  return take(handles_->lift_own(resource(kind), index), rep, *this);
}
bool DirectGuest::lift_borrow(const void* kind, std::uint32_t index, std::uint64_t& rep) {
  return take(handles_->lift_borrow(resource(kind), index), rep, *this);
}
bool DirectGuest::lower_own(const void* kind, std::uint64_t rep, std::uint64_t& index) {
  return take(handles_->lower_own(resource(kind), rep), index, *this);
}
bool DirectGuest::lower_borrow(const void* kind, std::uint64_t rep, std::uint64_t& index) {
  return take(handles_->lower_borrow(resource(kind), rep), index, *this);
}

}  // namespace witc::host
