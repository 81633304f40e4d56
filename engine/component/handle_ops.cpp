// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/component/handle_ops.h"

#include <cstddef>

#include "base/check.h"
#include "engine/component/handles.h"
#include "wasm/core/builder.h"

namespace witc::engine {
namespace {

using linker::ComponentInstanceId;
using wasm::Block;
using wasm::FuncIndex;
using wasm::FuncType;
using wasm::FunctionBuilder;
using wasm::GlobalIndex;
using wasm::LocalIndex;
using wasm::MemoryIndex;
using wasm::ValType;

// Of table item 0 (handles.h).
constexpr std::uint64_t kCapacity = offsetof(Handle, lends);
constexpr std::uint64_t kFirstFree = offsetof(Handle, rep);
constexpr std::uint64_t kBorrows = offsetof(Handle, scope);
// Of item 0 of the stacks of scopes and loans.
constexpr std::uint64_t kLast = 0, kStackCapacity = 4;
static_assert(offsetof(Scope, num_borrows) == kLast && offsetof(Scope, lends) == kStackCapacity);
static_assert(offsetof(Lend, instance) == kLast && offsetof(Lend, index) == kStackCapacity);
constexpr std::int64_t kStackItem = sizeof(Scope);
static_assert(sizeof(Lend) == kStackItem);

wasm::MemArg at(MemoryIndex memory, std::uint64_t offset) { return {.align = 0, .memory = memory, .offset = offset}; }

/// Writes one module. The function's body is a block that is left, by `otherwise_slow`, before anything is changed; behind
/// it is the call of `slow`.
class OpWriter {
 public:
  explicit OpWriter(const char* name) { module_.name(name); }

  MemoryIndex memory(MemorySlot slot) {
    for (std::size_t i = 0, number = 0; i < imports_.size(); ++i) {
      const MemorySlot* known = std::get_if<MemorySlot>(&imports_[i]);
      if (known != nullptr && *known == slot) return MemoryIndex(number);
      number += known != nullptr ? 1 : 0;
    }
    imports_.emplace_back(slot);
    return module_.import_memory("block", std::to_string(slot.value), HandleBlocks::type());
  }
  GlobalIndex may_leave(ComponentInstanceId id) { return flag("may-leave", id, HandleOp::MayLeave{id}); }
  GlobalIndex may_enter(ComponentInstanceId id) { return flag("may-enter", id, HandleOp::MayEnter{id}); }
  FuncIndex dtor() {
    imports_.emplace_back(HandleOp::Dtor{});
    return module_.import_func("", "dtor", {{ValType::i32()}, {}}, "dtor");
  }

  /// `fast` writes the common case, whose results are on the stack at its end. All else is imported before.
  template <class Fast>
  HandleOp make(const FuncType& type, Fast fast) {
    imports_.emplace_back(HandleOp::Slow{});
    FuncIndex slow = module_.import_func("", "slow", type, "slow");
    FuncIndex op = module_.declare_func(type, "op");
    module_.export_("op", op);
    {
      FunctionBuilder f = module_.define(op);
      {
        Block is_slow = f.block();
        slow_ = &is_slow;
        fast(f);
        f.op(wasm::Op::kReturn);
      }
      for (std::size_t i = 0; i < type.params.size(); ++i) f.local_get(f.param(i));
      f.call(slow);
    }
    return {std::move(module_).build(), std::move(imports_)};
  }

  /// Consumes an i32: not 0 is not the common case.
  void slow_if(FunctionBuilder& f) { f.br_if(*slow_); }
  void slow_unless(FunctionBuilder& f) {
    f.i32_eqz();
    slow_if(f);
  }

 private:
  GlobalIndex flag(const char* module, ComponentInstanceId id, HandleOp::Import import) {
    imports_.emplace_back(import);
    return module_.import_global(module, std::to_string(id.value), {ValType::i32(), true});
  }

  wasm::ModuleBuilder module_;
  std::vector<HandleOp::Import> imports_;
  Block* slow_ = nullptr;
};

/// The address of the handle, whose index is not known to be one.
LocalIndex find_handle(OpWriter& writer, FunctionBuilder& f, MemoryIndex table, LocalIndex index) {
  f.local_get(index).i64_const(0).i32_load(at(table, kCapacity)).i32_ge_u();
  writer.slow_if(f);
  LocalIndex handle = f.local(ValType::i64(), "handle");
  f.local_get(index).i64_extend_i32_u().i64_const(sizeof(Handle)).i64_mul().local_set(handle);
  return handle;
}

/// Index and address of the free handle that is next.
struct FreeHandle {
  LocalIndex index, handle;
};
FreeHandle find_free(OpWriter& writer, FunctionBuilder& f, MemoryIndex table) {
  FreeHandle free{f.local(ValType::i32(), "free"), f.local(ValType::i64(), "free-handle")};
  f.i64_const(0).i32_load(at(table, kFirstFree)).local_tee(free.index);
  writer.slow_unless(f);
  f.local_get(free.index).i64_extend_i32_u().i64_const(sizeof(Handle)).i64_mul().local_set(free.handle);
  return free;
}

/// Takes a free handle from the list. It still has to be filled in.
void take(FunctionBuilder& f, MemoryIndex table, const FreeHandle& free) {
  f.i64_const(0).local_get(free.handle).i32_load(at(table, offsetof(Handle, lends))).i32_store(at(table, kFirstFree));
}

/// The handle, which has no lends, goes to the front of the list.
void free_handle(FunctionBuilder& f, MemoryIndex table, LocalIndex index, LocalIndex handle) {
  f.local_get(handle).i64_const(0).i64_load32_u(at(table, kFirstFree)).i64_const(32).i64_shl();
  f.i64_store(at(table, offsetof(Handle, tag)));
  f.i64_const(0).local_get(index).i32_store(at(table, kFirstFree));
}

/// Tag and lends at once: is it a handle with this tag that is not lent?
void is_unlent(FunctionBuilder& f, MemoryIndex table, LocalIndex handle) {
  f.local_get(handle).i64_load(at(table, offsetof(Handle, tag)));
}

/// Pushes the tag of a resource whose number is in a local.
void push_tag(FunctionBuilder& f, LocalIndex resource) {
  static_assert(handle_tag(component::ResourceId(0U)) == 4 && handle_tag(component::ResourceId(1U)) == 8);
  f.local_get(resource).i32_const(Handle::kResourceShift).i32_shl().u32_const(4).i32_add();
}

/// One more, or one less, of what is at `address` + `offset`.
void count(FunctionBuilder& f, MemoryIndex memory, LocalIndex address, std::uint64_t offset, int by) {
  f.local_get(address).local_get(address).i32_load(at(memory, offset)).i32_const(by).i32_add().i32_store(at(memory, offset));
}

/// One more, or one less, borrowed handle in a table.
void count_borrow(FunctionBuilder& f, MemoryIndex table, int by) {
  f.i64_const(0).i64_const(0).i32_load(at(table, kBorrows)).i32_const(by).i32_add().i32_store(at(table, kBorrows));
}

/// The address of an item of a stack, by the number on top.
LocalIndex stack_item(FunctionBuilder& f, const char* name) {
  LocalIndex item = f.local(ValType::i64(), name);
  f.i64_extend_i32_u().i64_const(kStackItem).i64_mul().local_set(item);
  return item;
}

const FuncType kUnary{{ValType::i32()}, {ValType::i32()}};
const FuncType kTransfer{{ValType::i32(), ValType::i32(), ValType::i32(), ValType::i32()}, {ValType::i32()}};
const FuncType kScopeType{{ValType::i32(), ValType::i32()}, {}};

/// From one table to another.
void transfer_own(OpWriter& writer, FunctionBuilder& f, MemoryIndex from, MemoryIndex to) {
  LocalIndex tag = f.local(ValType::i64(), "tag");
  push_tag(f, f.param(1));
  f.i64_extend_i32_u().local_set(tag);
  LocalIndex handle = find_handle(writer, f, from, f.param(0));
  is_unlent(f, from, handle);
  f.local_get(tag).i64_ne();
  writer.slow_if(f);
  FreeHandle free = find_free(writer, f, to);
  take(f, to, free);
  f.local_get(free.handle).local_get(tag).i64_store(at(to, offsetof(Handle, tag)));
  f.local_get(free.handle).local_get(handle).i64_load(at(from, offsetof(Handle, rep)));
  f.i64_store(at(to, offsetof(Handle, rep)));
  free_handle(f, from, f.param(0), handle);
  f.local_get(free.index);
}

/// A handle in `from` to be lent; with `counts_lends` there is room to note it: gives the address, and of the loan.
struct Lent {
  LocalIndex handle, last, loan;
};
Lent find_lent(OpWriter& writer, FunctionBuilder& f, MemoryIndex from, std::optional<MemoryIndex> lends) {
  Lent lent;
  lent.handle = find_handle(writer, f, from, f.param(0));
  constexpr std::uint32_t kOther = Handle::kBorrowed | Handle::kHost;  // either is the same resource's
  f.local_get(lent.handle).i32_load(at(from, offsetof(Handle, tag))).u32_const(~kOther).i32_and();
  push_tag(f, f.param(1));
  f.i32_ne();
  writer.slow_if(f);
  if (!lends) return lent;
  lent.last = f.local(ValType::i32(), "last");
  f.i64_const(0).i32_load(at(*lends, kLast)).i32_const(1).i32_add().local_tee(lent.last);
  f.i64_const(0).i32_load(at(*lends, kStackCapacity)).i32_ge_u();
  writer.slow_if(f);
  f.local_get(lent.last);
  lent.loan = stack_item(f, "loan");
  return lent;
}
void lend(FunctionBuilder& f, MemoryIndex from, MemoryIndex lends, const Lent& lent) {
  count(f, from, lent.handle, offsetof(Handle, lends), 1);
  f.i64_const(0).local_get(lent.last).i32_store(at(lends, kLast));
  f.local_get(lent.loan).local_get(f.param(2)).i32_store(at(lends, offsetof(Lend, instance)));
  f.local_get(lent.loan).local_get(f.param(0)).i32_store(at(lends, offsetof(Lend, index)));
}

}  // namespace

HandleOp make_resource_new(const ResourceBuiltin& builtin) {
  OpWriter writer("resource.new");
  const MemoryIndex table = writer.memory(HandleBlocks::table(builtin.instance));
  std::optional<GlobalIndex> may_leave;
  if (builtin.guards_may_leave) may_leave = writer.may_leave(builtin.instance);
  return writer.make(kUnary, [&](FunctionBuilder& f) {
    if (may_leave) {
      f.global_get(*may_leave);
      writer.slow_unless(f);
    }
    FreeHandle free = find_free(writer, f, table);
    take(f, table, free);
    f.local_get(free.handle).i64_const(handle_tag(builtin.resource)).i64_store(at(table, offsetof(Handle, tag)));
    f.local_get(free.handle).local_get(f.param(0)).i64_extend_i32_u().i64_store(at(table, offsetof(Handle, rep)));
    f.local_get(free.index);
  });
}

/// Only the definer may, and it has no borrowed handles of its own resource: it is given the representation itself.
HandleOp make_resource_rep(const ResourceBuiltin& builtin) {
  OpWriter writer("resource.rep");
  const MemoryIndex table = writer.memory(HandleBlocks::table(builtin.instance));
  return writer.make(kUnary, [&](FunctionBuilder& f) {
    LocalIndex handle = find_handle(writer, f, table, f.param(0));
    f.local_get(handle).i32_load(at(table, offsetof(Handle, tag))).u32_const(handle_tag(builtin.resource)).i32_ne();
    writer.slow_if(f);
    f.local_get(handle).i32_load(at(table, offsetof(Handle, rep)));
  });
}

HandleOp make_resource_drop(const ResourceBuiltin& builtin, bool has_dtor, std::span<const ComponentInstanceId> entered) {
  OpWriter writer("resource.drop");
  const MemoryIndex table = writer.memory(HandleBlocks::table(builtin.instance));
  std::optional<MemoryIndex> scopes;
  if (builtin.is_reentrant && !builtin.is_definer) scopes = writer.memory(HandleBlocks::scopes());
  std::optional<GlobalIndex> may_leave;
  if (builtin.guards_may_leave) may_leave = writer.may_leave(builtin.instance);
  std::vector<GlobalIndex> may_enter;
  for (ComponentInstanceId id : entered) may_enter.push_back(writer.may_enter(id));
  std::optional<FuncIndex> dtor;
  if (has_dtor) dtor = writer.dtor();
  auto drop_borrow = [&](FunctionBuilder& f, LocalIndex handle, LocalIndex tag) {
    f.local_get(tag).i64_const(handle_tag(builtin.resource) | Handle::kBorrowed).i64_ne();
    writer.slow_if(f);
    if (scopes) {
      f.local_get(handle).i32_load(at(table, offsetof(Handle, scope)));
      LocalIndex scope = stack_item(f, "scope");
      count(f, *scopes, scope, offsetof(Scope, num_borrows), -1);
    }
    count_borrow(f, table, -1);
    free_handle(f, table, f.param(0), handle);
    f.op(wasm::Op::kReturn);
  };
  return writer.make({{ValType::i32()}, {}}, [&](FunctionBuilder& f) {
    if (may_leave) {
      f.global_get(*may_leave);
      writer.slow_unless(f);
    }
    LocalIndex handle = find_handle(writer, f, table, f.param(0));
    LocalIndex tag = f.local(ValType::i64(), "tag");
    is_unlent(f, table, handle);
    f.local_tee(tag).i64_const(handle_tag(builtin.resource)).i64_ne();
    if (builtin.is_definer) {
      writer.slow_if(f);
    } else {
      Block is_other = f.if_();
      drop_borrow(f, handle, tag);
    }
    for (GlobalIndex flag : may_enter) {
      f.global_get(flag);
      writer.slow_unless(f);
    }
    LocalIndex rep = f.local(ValType::i32(), "rep");
    f.local_get(handle).i32_load(at(table, offsetof(Handle, rep))).local_set(rep);
    free_handle(f, table, f.param(0), handle);
    if (!dtor) return;
    for (GlobalIndex flag : may_enter) f.i32_const(0).global_set(flag);
    f.local_get(rep).call(*dtor);
    for (GlobalIndex flag : may_enter) f.i32_const(1).global_set(flag);
  });
}

namespace {

/// Gives back what was lent since the scope began, the last loan first.
void give_back(FunctionBuilder& f, MemoryIndex scopes, LocalIndex scope, MemoryIndex lends, MemoryIndex table) {
  LocalIndex last = f.local(ValType::i32(), "last");
  f.i64_const(0).i32_load(at(lends, kLast)).local_set(last);
  {
    Block done = f.block();
    Block next = f.loop();
    f.local_get(last).local_get(scope).i32_load(at(scopes, offsetof(Scope, lends))).i32_eq().br_if(done);
    f.local_get(last);
    LocalIndex loan = stack_item(f, "loan");
    f.local_get(loan).i32_load(at(lends, offsetof(Lend, index))).i64_extend_i32_u();
    LocalIndex handle = f.local(ValType::i64(), "handle");
    f.i64_const(sizeof(Handle)).i64_mul().local_set(handle);
    count(f, table, handle, offsetof(Handle, lends), -1);
    f.i64_const(0).local_get(last).i32_const(1).i32_sub().local_tee(last).i32_store(at(lends, kLast));  // not if there is none: BlockArray
    f.br(next);
  }
}

/// Handles are passed both ways, and which way is a constant wherever this is inlined.
HandleOp make_transfer_own(const HandleEdge& edge) {
  OpWriter writer("resource.transfer-own");
  const MemoryIndex caller = writer.memory(HandleBlocks::table(edge.lower));
  const MemoryIndex callee = writer.memory(HandleBlocks::table(edge.lift));
  return writer.make(kTransfer, [&](FunctionBuilder& f) {
    {
      f.local_get(f.param(2)).u32_const(edge.lower.value).i32_eq();
      Block is_parameter = f.if_();
      transfer_own(writer, f, caller, callee);
      f.op(wasm::Op::kReturn);
    }
    transfer_own(writer, f, callee, caller);
  });
}

HandleOp make_transfer_borrow(const HandleEdge& edge) {
  OpWriter writer("resource.transfer-borrow");
  const MemoryIndex from = writer.memory(HandleBlocks::table(edge.lower));
  const MemoryIndex to = writer.memory(HandleBlocks::table(edge.lift));
  std::optional<MemoryIndex> scopes, lends;
  if (edge.is_reentrant) scopes = writer.memory(HandleBlocks::scopes());
  if (edge.counts_lends) lends = writer.memory(HandleBlocks::lends());
  return writer.make(kTransfer, [&](FunctionBuilder& f) {
    Lent lent = find_lent(writer, f, from, lends);
    FreeHandle free = find_free(writer, f, to);
    if (lends) lend(f, from, *lends, lent);
    take(f, to, free);
    f.local_get(free.handle).local_get(lent.handle).i32_load(at(from, offsetof(Handle, tag)));
    f.u32_const(Handle::kBorrowed).i32_or().i64_extend_i32_u().i64_store(at(to, offsetof(Handle, tag)));
    f.local_get(free.handle).local_get(lent.handle).i64_load(at(from, offsetof(Handle, rep)));
    f.i64_store(at(to, offsetof(Handle, rep)));
    count_borrow(f, to, 1);
    if (scopes) {
      f.local_get(free.handle).i64_const(0).i32_load(at(*scopes, kLast)).i32_store(at(to, offsetof(Handle, scope)));
      f.i64_const(0).i32_load(at(*scopes, kLast));
      LocalIndex scope = stack_item(f, "scope");
      count(f, *scopes, scope, offsetof(Scope, num_borrows), 1);
    } else {
      f.local_get(free.handle).i32_const(0).i32_store(at(to, offsetof(Handle, scope)));
    }
    f.local_get(free.index);
  });
}

HandleOp make_lend_borrow(const HandleEdge& edge) {
  OpWriter writer("resource.lend-borrow");
  const MemoryIndex from = writer.memory(HandleBlocks::table(edge.lower));
  std::optional<MemoryIndex> lends;
  if (edge.counts_lends) lends = writer.memory(HandleBlocks::lends());
  return writer.make(kTransfer, [&](FunctionBuilder& f) {
    Lent lent = find_lent(writer, f, from, lends);
    if (lends) lend(f, from, *lends, lent);
    f.local_get(lent.handle).i32_load(at(from, offsetof(Handle, rep)));
  });
}

/// How many loans there are is noted only where there will be some.
HandleOp make_scope_enter(const HandleEdge& edge) {
  OpWriter writer("borrow-scope.enter");
  std::optional<MemoryIndex> scopes, lends;
  if (edge.has_scope()) scopes = writer.memory(HandleBlocks::scopes());
  if (edge.counts_lends) lends = writer.memory(HandleBlocks::lends());
  return writer.make(kScopeType, [&](FunctionBuilder& f) {
    if (!scopes) return;
    LocalIndex number = f.local(ValType::i32(), "number");
    f.i64_const(0).i32_load(at(*scopes, kLast)).i32_const(1).i32_add().local_tee(number);
    f.i64_const(0).i32_load(at(*scopes, kStackCapacity)).i32_ge_u();
    writer.slow_if(f);
    f.i64_const(0).local_get(number).i32_store(at(*scopes, kLast));
    f.local_get(number);
    LocalIndex scope = stack_item(f, "scope");
    f.local_get(scope).i32_const(0).i32_store(at(*scopes, offsetof(Scope, num_borrows)));
    if (!lends) return;
    f.local_get(scope).i64_const(0).i32_load(at(*lends, kLast)).i32_store(at(*scopes, offsetof(Scope, lends)));
  });
}

/// All that was lent since the scope began is the caller's.
HandleOp make_scope_exit(const HandleEdge& edge) {
  OpWriter writer("borrow-scope.exit");
  std::optional<MemoryIndex> callee, scopes, lends, caller;
  if (!edge.is_reentrant) callee = writer.memory(HandleBlocks::table(edge.lift));
  if (edge.has_scope()) scopes = writer.memory(HandleBlocks::scopes());
  if (edge.counts_lends) {
    lends = writer.memory(HandleBlocks::lends());
    caller = writer.memory(HandleBlocks::table(edge.lower));
  }
  return writer.make(kScopeType, [&](FunctionBuilder& f) {
    if (callee) {
      f.i64_const(0).i32_load(at(*callee, kBorrows));
      writer.slow_if(f);
    }
    if (!scopes) return;
    LocalIndex number = f.local(ValType::i32(), "number");
    f.i64_const(0).i32_load(at(*scopes, kLast)).local_tee(number);
    LocalIndex scope = stack_item(f, "scope");
    if (edge.is_reentrant) {
      f.local_get(scope).i32_load(at(*scopes, offsetof(Scope, num_borrows)));
      writer.slow_if(f);
    }
    f.i64_const(0).local_get(number).i32_const(1).i32_sub().i32_store(at(*scopes, kLast));
    if (lends) give_back(f, *scopes, scope, *lends, *caller);
  });
}

}  // namespace

HandleOp make_handle_intrinsic(abi::Intrinsic intrinsic, const HandleEdge& edge) {
  switch (intrinsic) {
    case abi::Intrinsic::kTransferOwn: return make_transfer_own(edge);
    case abi::Intrinsic::kTransferBorrow: return make_transfer_borrow(edge);
    case abi::Intrinsic::kLendBorrow: return make_lend_borrow(edge);
    case abi::Intrinsic::kBorrowScopeEnter: return make_scope_enter(edge);
    default:
      WITC_CHECK(intrinsic == abi::Intrinsic::kBorrowScopeExit);
      return make_scope_exit(edge);
  }
}

}  // namespace witc::engine
