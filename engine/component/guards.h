// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Which guards of the canonical ABI can ever fail, read off the Plan. A guard that cannot is not compiled: that is
// what makes a call between instances cost what a call costs.
//
// may_enter: a component instance can only be entered while a call is inside it if calls can come round in a circle.
//     Edges are adapters and drops of resources; an edge whose ends are not in one strongly connected component of
//     that graph needs no check. The host's calls check nothing here (it cannot call while one is under way), but
//     what they enter is marked for those who check.
// may_leave: it is false only while an instance's realloc or post-return runs. If none of these can reach anything
//     but the instance's own code, nobody ever sees it false.

#include <string>
#include <vector>

#include "linker/plan.h"

namespace witc::engine {

class Guards {
 public:
  explicit Guards(const linker::Plan& plan);

  /// CanonicalABI.md `entering_set`: the instances that a call enters, outermost last; empty where no check is needed.
  [[nodiscard]] std::vector<linker::ComponentInstanceId> entering_set(linker::ComponentInstanceId caller,
                                                                      linker::ComponentInstanceId callee) const;
  /// What a call of the host's enters: the same, but empty where nobody checks.
  [[nodiscard]] std::vector<linker::ComponentInstanceId> host_entering_set(linker::ComponentInstanceId callee) const;
  /// Can anything drop or pass on a handle of the caller's while a call of the callee's is under way that it was lent to?
  /// Only the caller's own code can, and it waits: it must be possible to come round to it.
  [[nodiscard]] bool lends_matter(linker::ComponentInstanceId caller, linker::ComponentInstanceId callee) const {
    return circle_[caller] == circle_[callee];
  }
  /// Can the instance be entered while a call is inside it? (Asynchronous calls that take turns would be another way: none
  /// do yet.)
  [[nodiscard]] bool is_reentrant(linker::ComponentInstanceId instance) const { return is_reentrant_[instance] != 0; }
  /// Can somebody see the instance's may_leave false?
  [[nodiscard]] bool may_leave_matters(linker::ComponentInstanceId instance) const;
  /// Why, for people.
  [[nodiscard]] std::string why_may_leave(linker::ComponentInstanceId instance) const;

 private:
  [[nodiscard]] std::vector<linker::ComponentInstanceId> self_and_ancestors(linker::ComponentInstanceId instance) const;

  const linker::Plan& plan_;
  bool has_circle_ = false;  // of two or more
  IdVector<linker::ComponentInstanceId, std::uint32_t> circle_;  // number of the strongly connected component
  IdVector<linker::ComponentInstanceId, std::uint8_t> is_reentrant_;
  /// The first of an instance's functions that may leave it while may_leave is false, and how.
  enum class Way : std::uint8_t { kNone, kCall, kIndirectCall };
  struct Leave {
    Way way = Way::kNone;
    bool is_post_return = false;
  };
  friend class Reach;
  IdVector<linker::ComponentInstanceId, Leave> leaves_;
};

}  // namespace witc::engine
