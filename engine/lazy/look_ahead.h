// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What a thread that has nothing to do compiles before it is asked for: while a program waits for one batch, or runs, the
// batches of the functions that are called by those it has entered, nearest first. Pure bookkeeping, for one LazyCode and
// under its lock; who compiles and where code goes is not known here.
//
// What is compiled in vain must not run wild. So only what was entered leads on, not what was merely compiled; of what is
// to do only the newest is kept; and at any time no more may be there that was never entered than kCredit and a part of
// what was. A program whose calls are not to be foreseen soon has no credit left, and one that has settled asks for nothing.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>

namespace witc::engine {

class LookAhead {
 public:
  using BatchId = std::uint32_t;

  /// A function was entered for the first time that calls functions of these batches, in this order.
  void add(std::span<const BatchId> callees);
  /// The next to compile, which counts as compiled in vain from now on; nothing if there is none or no credit.
  /// `is_absent`: is it still to be compiled?
  std::optional<BatchId> next(const std::function<bool(BatchId)>& is_absent);
  /// A function of a batch that next() gave was entered, for the first time.
  void on_use();
  /// What somebody asked for was compiled, or placed.
  void on_demand() { ++entered_; }

 private:
  static constexpr std::size_t kMost = 32;    // to do
  static constexpr std::size_t kCredit = 8;   // batches
  static constexpr std::size_t kPart = 2;     // one in vain for so many that were entered

  std::deque<BatchId> to_do_;  // nearest first
  std::size_t in_vain_ = 0, entered_ = 0;
};

}  // namespace witc::engine
