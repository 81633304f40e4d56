// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The handle table of one component instance (CanonicalABI.md, "Table" and "Resource State"), and the scopes of borrowed
// handles. All kinds of handles of an instance share one table; freed indices are reused last-in first-out, index 0 is
// never given out.
//
// Both are plain bytes which C++ and compiled code work on in turn: what happens often is done by core functions that are
// inlined into guests and adapters (handle_ops.h), growing and everything that traps by the functions here. Each lies in a
// block of the Program (engine/program.h): it moves when it grows, and `attach` says where its address is to be kept.
//
//     table    Handle[capacity]   [0] is not a handle: {0, capacity, first free, borrowed handles}. A free one: {0, next
//                                 free, ...}. All that was never used is in the list too, in ascending order, so that to
//                                 take an index is always the same: take the first of the list. Nothing is free: 0.
//     scopes   Scope[capacity]    [0] is {number of the innermost scope, capacity}
//     lends    Lend[capacity]     [0] is {number of the last loan, capacity}
//
// A call may not end while a borrowed handle that it was given is still there. Where a component instance cannot be entered
// while a call is inside it, all borrowed handles in its table are of that call, and their number says it. Only of other
// instances (Guards::is_reentrant) each borrowed handle knows its scope.
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

/// What compiled code sees of a handle: its type and whether it is owned in one word, so that one comparison checks both.
struct Handle {
  std::uint32_t tag = 0;          // handle_tag(), or 0: not in use
  std::uint32_t lends = 0;        // or the next free index
  std::uint64_t rep = 0;          // 32 bits for guests' resources; whatever a host likes for its own
  std::uint32_t scope = 0;        // of a borrowed handle: number of its scope, if its instance is re-entrant
  std::uint32_t unused = 0;

  static constexpr std::uint32_t kBorrowed = 1, kHost = 2, kResourceShift = 2;
};
static_assert(sizeof(Handle) == 24);

/// The tag of an owned handle of a guest's resource; the other kinds have bits of Handle set.
constexpr std::uint32_t handle_tag(component::ResourceId resource) {
  return (resource.value + 1) << Handle::kResourceShift;
}

/// definitions.py, `ResourceHandle`.
struct ResourceHandle {
  component::ResourceId rt;
  std::uint64_t rep = 0;
  bool own = true;
  std::uint32_t borrow_scope = 0;  // of a borrowed handle of a re-entrant instance (BorrowScopes)
  std::uint32_t num_lends = 0;
};

/// For people: a resource by its path, and who defines it: "`wasi:io/streams@0.2.0#input-stream` of the host".
std::string describe(const linker::Plan& plan, component::ResourceId resource);

/// An array in a block: what grows, and where compiled code looks for it.
template <class Item>
class BlockArray {
 public:
  BlockArray() = default;
  BlockArray(BlockArray&&) noexcept = default;
  BlockArray& operator=(BlockArray&&) noexcept = default;

  [[nodiscard]] std::uint32_t capacity() const { return static_cast<std::uint32_t>(items_.size()); }
  [[nodiscard]] Item& operator[](std::uint32_t index) { return items_[index]; }
  [[nodiscard]] const Item& operator[](std::uint32_t index) const { return items_[index]; }
  [[nodiscard]] const std::vector<Item>& items() const { return items_; }
  void resize(std::uint32_t capacity) {
    items_.resize(capacity);
    publish();
  }
  /// From now on the array's address is kept in `*place`, too. An empty one is an item of zeros, which nobody writes to.
  void attach(std::uint8_t*& place) {
    place_ = &place;
    publish();
  }

 private:
  static constexpr Item kEmpty{};
  void publish() {
    if (place_ == nullptr) return;
    const Item* first = items_.empty() ? &kEmpty : items_.data();
    *place_ = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(first));
  }

  std::vector<Item> items_;
  std::uint8_t** place_ = nullptr;
};

class HandleTable {
 public:
  static constexpr std::uint32_t kMaxLength = (1U << 28) - 1;

  template <class T>
  using OrTrap = abi::OrTrap<T>;

  HandleTable() = default;
  /// The Plan names resources in messages, and must outlive the table.
  explicit HandleTable(const linker::Plan& plan) : plan_(&plan) {}

  /// Shares the table with compiled code.
  void attach(std::uint8_t*& place) { slots_.attach(place); }

  /// The index of the new handle; fails when the table is full.
  OrTrap<std::uint32_t> add(ResourceHandle handle);
  /// The handle at `index` if it is one of `rt`.
  OrTrap<ResourceHandle> get(std::uint32_t index, component::ResourceId rt) const;
  /// As `get`, and lends it.
  OrTrap<ResourceHandle> lend(std::uint32_t index, component::ResourceId rt);
  /// Takes the handle out, whether owned or borrowed; fails while it is lent.
  OrTrap<ResourceHandle> remove(std::uint32_t index, component::ResourceId rt);

  /// Ends one loan of a handle, which has not been removed since (a lent one cannot be).
  void give_back(std::uint32_t index);

  /// Handles in use.
  [[nodiscard]] std::size_t live() const;
  /// Every owned handle of the host's resources still there, to be given back with the instance.
  [[nodiscard]] std::vector<ResourceHandle> owned_of_host() const;
  /// Borrowed handles there are.
  [[nodiscard]] std::uint32_t num_borrows() const { return slots_.capacity() == 0 ? 0 : slots_[0].scope; }
  /// A borrowed handle with this scope, 0 where scopes are not noted.
  [[nodiscard]] std::optional<component::ResourceId> borrowed_in(std::uint32_t scope) const;

 private:
  static ResourceHandle read(const Handle& slot);
  [[nodiscard]] std::uint32_t tag(const ResourceHandle& handle) const;
  bool grow();
  /// "`path` of whom", or nothing without a Plan.
  [[nodiscard]] std::string name(component::ResourceId resource) const;

  const linker::Plan* plan_ = nullptr;
  BlockArray<Handle> slots_;
};

/// One call that may pass borrowed handles.
struct Scope {
  std::uint32_t num_borrows = 0;  // handles handed to the callee, if it is re-entrant, and not dropped yet
  std::uint32_t lends = 0;        // loans when it began
};
/// A handle that is lent, in whose table.
struct Lend {
  std::uint32_t instance = 0, index = 0;
};

/// The calls under way that may pass borrowed handles (definitions.py, `Task.num_borrows`, `Subtask.lenders`): what each
/// lent must be given back when it ends, what it handed out must be gone. A scope is a number, 1 the outermost.
class BorrowScopes {
 public:
  void attach(std::uint8_t*& scopes, std::uint8_t*& lends) {
    scopes_.attach(scopes);
    lends_.attach(lends);
  }
  /// Begins a scope, which is the innermost one until it is left.
  std::uint32_t enter();
  /// Ends the innermost scope; gives what it lent. It must have no borrows left.
  std::vector<Lend> leave();
  /// The innermost.
  [[nodiscard]] std::uint32_t current() const { return scopes_.capacity() == 0 ? 0 : scopes_[0].num_borrows; }
  [[nodiscard]] std::uint32_t num_borrows(std::uint32_t scope) const { return scopes_[scope].num_borrows; }
  void add_borrow(std::uint32_t scope) { ++scopes_[scope].num_borrows; }
  void drop_borrow(std::uint32_t scope) { --scopes_[scope].num_borrows; }
  /// Notes a loan of the innermost scope's.
  void add_lend(Lend lend);

 private:
  BlockArray<Scope> scopes_;
  BlockArray<Lend> lends_;
};

}  // namespace witc::engine
