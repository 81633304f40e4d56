// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/lazy/look_ahead.h"

#include <algorithm>

namespace witc::engine {

void LookAhead::add(std::span<const BatchId> callees) {
  for (auto callee = callees.rbegin(); callee != callees.rend(); ++callee) {
    std::erase(to_do_, *callee);
    to_do_.push_front(*callee);
  }
  if (to_do_.size() > kMost) to_do_.resize(kMost);
}

std::optional<LookAhead::BatchId> LookAhead::next(const std::function<bool(BatchId)>& is_absent) {
  if (in_vain_ >= kCredit + entered_ / kPart) return std::nullopt;
  while (!to_do_.empty()) {
    const BatchId batch = to_do_.front();
    to_do_.pop_front();
    if (!is_absent(batch)) continue;
    ++in_vain_;
    return batch;
  }
  return std::nullopt;
}

void LookAhead::on_use() {
  --in_vain_;
  ++entered_;
}

}  // namespace witc::engine
