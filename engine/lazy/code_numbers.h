// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// A number for everything of a Program that has machine code: functions of core instances, host functions, trampolines.
// What instances share (engine/sharing.h) has one number for all of them, and is compiled for the first.
// Lazily compiled code names what it calls by these (engine/lazy/code_region.h), and so does what the cache keeps of it:
// they depend on the Program alone.

#include <cstdint>
#include <limits>
#include <variant>
#include <vector>

#include "engine/layout.h"

namespace witc::engine {

using CodeNumber = std::uint32_t;

struct TrampolineTag {};
/// The trampoline of a signature, by its position in Layout::signatures().
using TrampolineId = Id<TrampolineTag>;
/// What a number stands for. An imported function has a number too, which nobody uses.
using CodeItem = std::variant<DefinedFunc, HostSlot, TrampolineId>;

/// The few functions of libc that compiled code calls, where it names what it calls.
inline constexpr CodeNumber kMemcpy = std::numeric_limits<CodeNumber>::max() - 1;
inline constexpr CodeNumber kMemmove = kMemcpy - 1;
inline constexpr CodeNumber kMemset = kMemcpy - 2;

class CodeNumbers {
 public:
  /// Numbers what it has no number for yet: of a program, or of one that extends it. The first number of what is new is
  /// the least multiple of kAlign from `from` on.
  void add(const Program& program, const Layout& layout, CodeNumber from);
  static constexpr CodeNumber kAlign = 256;  // entries of a page of code (engine/lazy/code_region.h)

  [[nodiscard]] CodeNumber operator[](DefinedFunc func) const { return instances_[func.instance] + func.func.value; }
  [[nodiscard]] CodeNumber operator[](HostSlot slot) const { return hosts_[slot]; }
  [[nodiscard]] CodeNumber operator[](TrampolineId id) const { return trampolines_[id]; }

  /// What the last `add` numbered, in order; the first has the number `first()`.
  [[nodiscard]] const std::vector<CodeItem>& added() const { return added_; }
  [[nodiscard]] CodeNumber first() const { return first_; }
  [[nodiscard]] CodeNumber end() const { return first_ + static_cast<CodeNumber>(added_.size()); }

 private:
  IdVector<InstanceId, CodeNumber> instances_;  // of its first function
  IdVector<HostSlot, CodeNumber> hosts_;
  IdVector<TrampolineId, CodeNumber> trampolines_;
  std::vector<CodeItem> added_;
  CodeNumber first_ = 0;
};

}  // namespace witc::engine
