// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is done with handles in compiled code, against HandleTable and BorrowScopes, by chance: the same random operations
// are done by both, on tables of their own, and must agree in every result, every trap and every handle left.
#include "engine/component/handle_ops.h"

#include <fmt/format.h>

#include <random>

#include "engine/component/handles.h"
#include "engine/testing.h"
#include "wasm/core/validate.h"

namespace witc::engine::testing {
namespace {

using abi::Intrinsic;
using component::ResourceId;
using linker::ComponentInstanceId;

// $A defines $R, $B uses it; $S is of neither, and makes handles that do not fit.
constexpr ComponentInstanceId kA{0U}, kB{1U};
constexpr ResourceId kR{0U}, kS{1U};

struct State {
  bool is_reentrant = false;  // either instance
  HandleTable tables[2];
  BorrowScopes scopes;
  std::vector<std::uint32_t> destroyed;
};

/// The result, or the trap.
using Outcome = abi::OrTrap<std::uint32_t>;

struct Operation {
  enum Kind : std::uint8_t { kNew, kRep, kDrop, kTransferOwn, kTransferBorrow, kLend, kEnter, kExit } kind;
  ComponentInstanceId instance = kA;  // who does it, or the caller
  bool counts_lends = false;
};

Outcome lift_borrow(State& state, const Operation& operation, ComponentInstanceId from, std::uint32_t index) {
  HandleTable& table = state.tables[from.value];
  auto handle = operation.counts_lends ? table.lend(index, kR) : table.get(index, kR);
  if (!handle) return std::unexpected(handle.error());
  if (operation.counts_lends) state.scopes.add_lend({from.value, index});
  return static_cast<std::uint32_t>(handle->rep);
}

/// The specification's, as instance.h and guest_view.cpp do it.
Outcome run(State& state, const Operation& operation, std::span<const std::uint64_t> args) {
  HandleTable& own = state.tables[operation.instance.value];
  const auto index = static_cast<std::uint32_t>(args.empty() ? 0 : args[0]);
  switch (operation.kind) {
    case Operation::kNew: return own.add({.rt = kR, .rep = index});
    case Operation::kRep: {
      auto handle = own.get(index, kR);
      if (!handle) return std::unexpected(handle.error());
      return static_cast<std::uint32_t>(handle->rep);
    }
    case Operation::kDrop: {
      auto handle = own.remove(index, kR);
      if (!handle) return std::unexpected(handle.error());
      if (handle->own) state.destroyed.push_back(static_cast<std::uint32_t>(handle->rep));
      else if (state.is_reentrant) state.scopes.drop_borrow(handle->borrow_scope);
      return 0;
    }
    case Operation::kTransferOwn: {
      HandleTable& from = state.tables[args[2]];
      auto handle = from.get(index, kR);
      if (handle && !handle->own) return std::unexpected(abi::Trap{abi::TrapKind::kHandleTypeMismatch, "borrowed"});
      handle = from.remove(index, kR);
      if (!handle) return std::unexpected(handle.error());
      return state.tables[args[3]].add({.rt = kR, .rep = handle->rep});
    }
    case Operation::kTransferBorrow: {
      Outcome rep = lift_borrow(state, operation, ComponentInstanceId(args[2]), index);
      if (!rep) return rep;
      const std::uint32_t scope = state.is_reentrant ? state.scopes.current() : 0;
      if (state.is_reentrant) state.scopes.add_borrow(scope);
      return state.tables[args[3]].add({.rt = kR, .rep = *rep, .own = false, .borrow_scope = scope});
    }
    case Operation::kLend: return lift_borrow(state, operation, ComponentInstanceId(args[2]), index);
    case Operation::kEnter:
      if (operation.counts_lends || state.is_reentrant) state.scopes.enter();
      return 0;
    case Operation::kExit:
      if ((state.is_reentrant ? state.scopes.num_borrows(state.scopes.current())
                              : state.tables[1 - operation.instance.value].num_borrows()) != 0) {
        return std::unexpected(abi::Trap::of(abi::TrapKind::kBorrowsRemain));
      }
      if (!operation.counts_lends && !state.is_reentrant) return 0;
      for (const Lend& lend : state.scopes.leave()) state.tables[lend.instance].give_back(lend.index);
      return 0;
  }
  return 0;
}

/// The operations as compiled code, which leave to `run` what they do not do.
class Compiled {
 public:
  State state;
  std::size_t slow_calls = 0;

  Compiled(OptLevel level, bool is_reentrant) : state{.is_reentrant = is_reentrant} {
    linker::Plan plan;
    plan.resources.push({});
    plan.component_instances.push({});
    plan.component_instances.push({});
    blocks_ = HandleBlocks(plan);
    for (std::size_t i = 0; i < blocks_.count(); ++i) world_.program.memories.push(HandleBlocks::type());
    dtor_ = world_.host({{i32}, {}}, &destroy, this);
    add({Operation::kNew, kA}, make_resource_new({kA, kR, true, false}));
    add({Operation::kRep, kA}, make_resource_rep({kA, kR, true, false}));
    add({Operation::kDrop, kA}, make_resource_drop({kA, kR, true, false}, true, {}));
    add({Operation::kDrop, kB}, make_resource_drop({kB, kR, false, false, is_reentrant}, true, {}));
    for (ComponentInstanceId lower : {kA, kB}) {
      const ComponentInstanceId lift = lower == kA ? kB : kA;
      for (bool counts : {false, true}) {
        auto add_intrinsic = [&](Operation::Kind kind, Intrinsic intrinsic) {
          add({kind, lower, counts}, make_handle_intrinsic(intrinsic, {lower, lift, counts, is_reentrant}));
        };
        add_intrinsic(Operation::kTransferOwn, Intrinsic::kTransferOwn);
        add_intrinsic(lower == kA ? Operation::kTransferBorrow : Operation::kLend,
                      lower == kA ? Intrinsic::kTransferBorrow : Intrinsic::kLendBorrow);
        add_intrinsic(Operation::kEnter, Intrinsic::kBorrowScopeEnter);
        add_intrinsic(Operation::kExit, Intrinsic::kBorrowScopeExit);
      }
    }
    world_.options.opt_level = level;
    instance_.emplace(world_.run());
    state.scopes.attach(instance_->block(HandleBlocks::scopes()), instance_->block(HandleBlocks::lends()));
    for (ComponentInstanceId id : {kA, kB}) state.tables[id.value].attach(instance_->block(HandleBlocks::table(id)));
  }
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;

  Outcome run(const Operation& operation, std::span<const std::uint64_t> args) {
    for (const Entry& entry : entries_) {
      if (entry.operation.kind != operation.kind || entry.operation.instance != operation.instance ||
          entry.operation.counts_lends != operation.counts_lends) {
        continue;
      }
      const wasm::FuncIndex op(modules_[entry.module].find_export("op")->index);
      std::vector<std::uint64_t> results(modules_[entry.module].func_type(op).results.size());
      CallResult done = instance_->call(entry.id, op, args, results);
      if (!done) return std::unexpected(abi::Trap{trap_, {}});
      return results.empty() ? 0 : static_cast<std::uint32_t>(results[0]);
    }
    FAIL("no such operation");
    return 0;
  }

 private:
  struct Entry {
    Compiled* compiled;
    Operation operation;
    std::size_t module = 0;
    InstanceId id;
  };

  void add(Operation operation, HandleOp op) {
    wasm::Module& module = modules_.emplace_back(std::move(op.module));
    const Result<void> valid = wasm::validate_module(world_.sources, module, wasm::Features::runnable());
    if (!valid) FAIL(valid.error()->message);
    Entry& entry = entries_.emplace_back(Entry{this, operation, modules_.size() - 1, {}});
    HostSlot slow = world_.host(module.func_type(wasm::FuncIndex(module.find_export("op")->index)), &call_slow, &entry);
    CoreInstance core{.module = &module, .name = "op", .inline_always = true, .is_internal = true};
    for (const HandleOp::Import& import : op.imports) {
      if (const MemorySlot* slot = std::get_if<MemorySlot>(&import)) core.imports.emplace_back(*slot);
      else core.imports.emplace_back(std::holds_alternative<HandleOp::Dtor>(import) ? dtor_ : slow);
    }
    entry.id = world_.program.instances.push(std::move(core));
  }

  static bool call_slow(HostCall& call) {
    const Entry& entry = *static_cast<const Entry*>(call.user_data);
    ++entry.compiled->slow_calls;
    const std::vector<std::uint64_t> args(call.slots.begin(), call.slots.end());
    Outcome outcome = testing::run(entry.compiled->state, entry.operation, args);
    if (!outcome) {
      entry.compiled->trap_ = outcome.error().kind;
      return call.trap(Trap::host("slow"));
    }
    if (!call.slots.empty()) call.slots[0] = *outcome;
    return true;
  }
  static bool destroy(HostCall& call) {
    static_cast<Compiled*>(call.user_data)->state.destroyed.push_back(static_cast<std::uint32_t>(call.slots[0]));
    return true;
  }

  World world_;
  HandleBlocks blocks_;
  std::deque<wasm::Module> modules_;
  std::deque<Entry> entries_;
  HostSlot dtor_;
  std::optional<Instance> instance_;
  abi::TrapKind trap_ = abi::TrapKind::kHost;
};

void check_same(const State& a, const State& b) {
  for (std::size_t i = 0; i < std::size(a.tables); ++i) {
    REQUIRE(a.tables[i].live() == b.tables[i].live());
    for (std::uint32_t index = 0; index < 80; ++index) {
      auto one = a.tables[i].get(index, kR), other = b.tables[i].get(index, kR);
      REQUIRE(one.has_value() == other.has_value());
      if (!one) continue;
      CHECK(one->rep == other->rep);
      CHECK(one->own == other->own);
      CHECK(one->num_lends == other->num_lends);
      if (!one->own) CHECK(one->borrow_scope == other->borrow_scope);
    }
  }
  for (std::size_t i = 0; i < std::size(a.tables); ++i) CHECK(a.tables[i].num_borrows() == b.tables[i].num_borrows());
  CHECK(a.scopes.current() == b.scopes.current());
  CHECK(a.destroyed == b.destroyed);
}

void run_programs(OptLevel level, bool is_reentrant) {
  Compiled compiled(level, is_reentrant);
  State model{.is_reentrant = is_reentrant};
  // A handle of another type on either side, and one of the host's kind: with tables that know no Plan, of a guest's too.
  for (State* state : {&compiled.state, &model}) {
    for (HandleTable& table : state->tables) REQUIRE(table.add({.rt = kS, .rep = 99}).has_value());
  }
  std::mt19937 rng(7);
  std::vector<bool> counts{};  // of the scopes entered: an adapter enters and leaves in the same manner
  std::vector<ComponentInstanceId> callers;
  std::size_t calls = 0, traps = 0;
  for (int step = 0; step < 20'000; ++step) {
    Operation operation{static_cast<Operation::Kind>(rng() % 8)};
    operation.instance = rng() % 2 == 0 ? kA : kB;
    if (operation.kind == Operation::kNew || operation.kind == Operation::kRep) operation.instance = kA;
    const bool in_scope = !counts.empty();
    if (operation.kind == Operation::kEnter) {
      if (counts.size() >= 40) continue;
      operation.counts_lends = rng() % 2 == 0;
    } else if (operation.kind == Operation::kExit || operation.kind == Operation::kTransferBorrow ||
               operation.kind == Operation::kLend) {
      if (!in_scope) continue;
      operation.counts_lends = counts.back();
      operation.instance = callers.back();
      if (operation.kind == Operation::kTransferBorrow && operation.instance == kB) operation.kind = Operation::kLend;
      if (operation.kind == Operation::kLend && operation.instance == kA) operation.kind = Operation::kTransferBorrow;
    }
    const auto from = operation.kind == Operation::kTransferOwn && rng() % 2 == 0 ? 1 - operation.instance.value
                                                                                 : operation.instance.value;
    std::uint64_t index = operation.kind == Operation::kNew ? rng() : rng() % 70;
    if (rng() % 50 == 0) index = rng();
    std::vector<std::uint64_t> args{index};
    if (operation.kind == Operation::kEnter || operation.kind == Operation::kExit) {
      args = {operation.instance.value, 1 - operation.instance.value};
    } else if (operation.kind >= Operation::kTransferOwn) {
      args = {index, kR.value, from, 1 - from};
    }
    Outcome expected = run(model, operation, args);
    Outcome outcome = compiled.run(operation, args);
    ++calls;
    CAPTURE(step);
    CAPTURE(static_cast<int>(operation.kind));
    CAPTURE(index);
    REQUIRE(outcome.has_value() == expected.has_value());
    if (outcome) CHECK(*outcome == *expected);
    else CHECK(outcome.error().kind == expected.error().kind);
    traps += outcome ? 0 : 1;
    check_same(compiled.state, model);
    if (outcome && operation.kind == Operation::kEnter) {
      counts.push_back(operation.counts_lends);
      callers.push_back(operation.instance);
    } else if (outcome && operation.kind == Operation::kExit) {
      counts.pop_back();
      callers.pop_back();
    }
  }
  // It is compiled code that did it: beyond what traps, the host was called to grow tables and stacks.
  CHECK(traps < calls);
  CHECK(compiled.slow_calls < traps + 40);
}

TEST_CASE("handle operations in compiled code agree with HandleTable and BorrowScopes: full optimisation") {
  for (bool is_reentrant : {false, true}) run_programs(OptLevel::kFull, is_reentrant);
}
TEST_CASE("handle operations in compiled code agree with HandleTable and BorrowScopes: without optimisation") {
  for (bool is_reentrant : {false, true}) run_programs(OptLevel::kNone, is_reentrant);
}

}  // namespace
}  // namespace witc::engine::testing
