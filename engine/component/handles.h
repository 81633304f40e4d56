// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The handle table of one component instance (CanonicalABI.md, "Table" and "Resource State"). All kinds
// of handles of an instance share one table; freed indices are reused last-in first-out, index 0 is
// never given out.
//
// A table knows nothing of guests or destructors: it answers with values or with the kind and message of a trap, which
// names the resources concerned by their paths and says whose they are.
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "adapter-gen/trap.h"
#include "linker/plan.h"
#include "wasm/component/types.h"
namespace witc::engine {

/// Counts the borrowed handles that one call handed to its callee; they must be gone when it returns.
struct BorrowScope {
  std::uint32_t num_borrows = 0;
};

/// definitions.py, `ResourceHandle`.
struct ResourceHandle {
  component::ResourceId rt;
  std::uint64_t rep = 0;  // 32 bits for guests' resources; whatever a host likes for its own
  bool own = true;
  BorrowScope* borrow_scope = nullptr;  // of a borrowed handle; outlives it (the call is on the stack)
  std::uint32_t num_lends = 0;
};

/// For people: a resource by its path, and who defines it: "`wasi:io/streams@0.2.0#input-stream` of the host".
std::string describe(const linker::Plan& plan, component::ResourceId resource);

class HandleTable {
 public:
  static constexpr std::uint32_t kMaxLength = (1U << 28) - 1;

  template <class T>
  using OrTrap = abi::OrTrap<T>;

  HandleTable() = default;
  /// The Plan names resources in messages, and must outlive the table.
  explicit HandleTable(const linker::Plan& plan) : plan_(&plan) {}

  /// The index of the new handle; fails when the table is full.
  OrTrap<std::uint32_t> add(ResourceHandle handle);
  /// The handle at `index` if it is one of `rt`. The pointer lives until the next add.
  OrTrap<ResourceHandle*> get(std::uint32_t index, component::ResourceId rt);
  /// Takes the handle out, whether owned or borrowed; fails while it is lent.
  OrTrap<ResourceHandle> remove(std::uint32_t index, component::ResourceId rt);

  /// Ends one loan of a handle that `get` has given and that has not been removed since (a lent one cannot be).
  void give_back(std::uint32_t index);

  /// Handles in use.
  [[nodiscard]] std::size_t live() const { return slots_.size() - free_.size(); }
  /// Every owned handle still there, for destruction with the instance.
  [[nodiscard]] std::vector<ResourceHandle> owned() const;
  /// A borrowed handle that the call with this scope has not dropped yet.
  [[nodiscard]] std::optional<component::ResourceId> borrowed_in(const BorrowScope& scope) const;
  void clear();

 private:
  /// "`path` of whom", or nothing without a Plan.
  [[nodiscard]] std::string name(component::ResourceId resource) const;

  const linker::Plan* plan_ = nullptr;
  std::vector<std::optional<ResourceHandle>> slots_;  // [i] is index i + 1
  std::vector<std::uint32_t> free_;
};

}  // namespace witc::engine
