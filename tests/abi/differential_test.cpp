// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiled adapters against the interpreter. Random function types and values; the interpreter lowers the arguments
// into one guest's memory, the adapter carries them into the other's, the interpreter lifts what the callee was given;
// and the result likewise on the way back. Values must be the same, and so must the sequence of reallocs each guest saw
// be that of the interpreter lowering the same values, and the core values and bytes it left. Then with memory spoilt at random: where lifting by the
// interpreter traps, so must the adapter, and with the same kind.
#include <fmt/format.h>

#include <optional>

#include "adapter-gen/random.h"
#include "running.h"

namespace witc::abi::testing {
namespace {

constexpr std::size_t kCasesPerProgram = 16;

/// A handle table in the instance that defined one of the resources: a borrow of it is its representation there.
class Definer : public GuestHandles {
 public:
  Definer(HandleList& list, std::uint32_t defined) : list_(list), defined_(defined) {}
  OrTrap<std::uint64_t> lift_own(ResourceId resource, std::uint32_t index) override {
    return list_.lift_own(resource, index);
  }
  OrTrap<std::uint64_t> lift_borrow(ResourceId resource, std::uint32_t index) override {
    if (resource.value == defined_) return index;
    return list_.lift_borrow(resource, index);
  }
  OrTrap<std::uint32_t> lower_own(ResourceId resource, std::uint64_t rep) override {
    return list_.lower_own(resource, rep);
  }
  OrTrap<std::uint32_t> lower_borrow(ResourceId resource, std::uint64_t rep) override {
    if (resource.value == defined_) return static_cast<std::uint32_t>(rep);
    return list_.lower_borrow(resource, rep);
  }

 private:
  HandleList& list_;
  std::uint32_t defined_;  // ResourceId 0 by instance 1, the caller; 1 by instance 2, the callee
};

struct Case {
  AdapterPlan plan;
  std::size_t number;
};

/// One program: two guests and an adapter for each of some random function types.
class Composition {
 public:
  Composition(std::uint64_t seed, StringEncoding from, StringEncoding to, engine::OptLevel opt_level)
      : random_(seed), layout_(types_, PtrType::kI32) {
    RandomTypeOptions options;
    options.resources = {types_.add_resource({"r"}), types_.add_resource({"s"})};
    for (std::size_t i = 0; i < kCasesPerProgram; ++i) {
      Result<AdapterPlan> plan = plan_adapter(request(random_func_type(random_, types_, options, 4), from, to));
      REQUIRE(plan);
      cases_.push_back({*std::move(plan), i});
    }
    std::vector<const AdapterPlan*> plans;
    for (const Case& item : cases_) plans.push_back(&item.plan);
    guests_.emplace(plans, opt_level);
  }

  void run() {
    for (const Case& item : cases_) {
      CAPTURE(types_.to_string(item.plan.request.type));
      carry(item);
      carry_spoilt(item);
    }
  }
  int agreed = 0, agreed_spoilt = 0, trapped = 0;

 private:
  AdapterRequest request(FuncTypeId type, StringEncoding from, StringEncoding to) {
    AdapterRequest out;
    out.types = &types_;
    out.type = type;
    out.name = "caller -> callee";
    out.lower.instance = 1;
    out.lift.instance = 2;
    out.lower.string_encoding = from;
    out.lift.string_encoding = to;
    for (AdapterSide* side : {&out.lower, &out.lift}) side->has_memory = side->has_realloc = true;
    out.lower.guard_may_leave = random_.one_in(2);
    out.lift.guard_may_leave = random_.one_in(2);
    if (random_.one_in(2)) out.entering_set = {2};
    out.resource_instances = {1, 2};
    return out;
  }

  Runtime& runtime() { return guests_->runtime; }
  LiftLowerContext context(const AdapterPlan& plan, Side side) {
    const AdapterSide& options = side == Side::kLift ? plan.request.lift : plan.request.lower;
    return {layout_, options.string_encoding, &runtime().guest(side), &runtime().handles(side == Side::kLift ? 2 : 1)};
  }
  void reset(const AdapterPlan& plan) {
    runtime().lower->reset();
    runtime().lift->reset();
    runtime().lower_handles = {};
    runtime().lift_handles = {};
    guests_->reset_flags();
    // What nobody may write, padding and other cases' payloads, is different on both sides. (Of a string's allocation
    // more may be written than remains in the end.)
    if (types_.to_string(plan.request.type).contains("string")) return;
    poison(*runtime().lower, 0x5a);
    poison(*runtime().lift, 0xa5);
  }

  static void poison(Guest& guest, std::uint8_t byte) {
    std::ranges::fill(guest.bytes().subspan(kHeapAt, 1 << 18), byte);
  }

  /// What the interpreter makes of values in a guest that is as this one is now: the calls of realloc, the core values,
  /// the bytes from `first_free` on and, for a spilled result, from `ret` on.
  struct Expected {
    std::vector<Heap::Call> calls;
    std::vector<CoreValue> flat;
    std::vector<std::uint8_t> bytes;
    std::uint64_t first_free = 0;
  };
  Expected expect(const AdapterPlan& plan, Side side, std::span<const Val> vals, std::span<const ValType> all,
                  std::uint64_t ret) {
    Guest& guest = runtime().guest(side);
    auto memory = guest.bytes();
    Heap heap(std::vector<std::uint8_t>(memory.begin(), memory.end()), guest.bump());
    HandleList handles = runtime().handles(side == Side::kLift ? 2 : 1);
    Definer definer(handles, side == Side::kLift ? 1 : 0);
    LiftLowerContext cx = context(plan, side);
    LiftLowerContext inner{cx.layout, cx.string_encoding, &heap, &definer};
    std::vector<CoreValue> out_param = {ret};
    CoreValueIter out_values{out_param};
    bool is_params = side == Side::kLift;
    OrTrap<std::vector<CoreValue>> flat = lower_flat_values(inner, is_params ? kMaxFlatParams : kMaxFlatResults, vals,
                                                            all, is_params ? nullptr : &out_values);
    REQUIRE(flat);
    return {heap.calls, *flat, heap.memory, is_params ? guest.bump() : kHeapAt};
  }
  static bool is_as_expected(Guest& guest, const Expected& expected, std::size_t calls_before,
                             const std::vector<CoreValue>& flat) {
    std::vector<Heap::Call> log = guest.log();
    log.erase(log.begin(), log.begin() + static_cast<std::ptrdiff_t>(calls_before));
    auto from = [&](auto&& bytes) { return std::span<const std::uint8_t>(bytes).subspan(expected.first_free); };
    return log == expected.calls && flat == expected.flat &&
           std::ranges::equal(from(guest.bytes()), from(expected.bytes));
  }

  struct Prepared {
    std::vector<ValType> params, results;
    std::vector<Val> args, result;
    std::vector<CoreValue> flat_args;
    std::uint64_t ret = 0;
  };

  /// Arguments in the caller's memory, the result to come in the callee's.
  Prepared prepare(const AdapterPlan& plan) {
    Prepared out;
    const component::FuncType& type = types_[plan.request.type];
    out.params = param_types(type);
    if (type.result) out.results = {*type.result};
    for (const ValType& param : out.params) out.args.push_back(random_val(random_, types_, param));
    for (const ValType& result : out.results) out.result.push_back(random_val(random_, types_, result));
    LiftLowerContext caller = context(plan, Side::kLower);
    LiftLowerContext callee = context(plan, Side::kLift);
    out.flat_args = lower_flat_values(caller, kMaxFlatParams, out.args, out.params).value();
    if (plan.results.is_spilled) {
      out.ret = runtime().lower->realloc(0, 0, plan.results.to.alignment, plan.results.to.size).value();
      out.flat_args.push_back(out.ret);
    }
    std::vector<CoreValue> flat = lower_flat_values(callee, kMaxFlatResults, out.result, out.results).value();
    if (!flat.empty()) runtime().lift->word(kResultAt) = flat[0];
    return out;
  }

  std::vector<CoreValue> arguments_of_callee(const AdapterPlan& plan) {
    std::vector<CoreValue> out;
    for (std::size_t i = 0; i < plan.lift_type.params.size(); ++i) {
      out.push_back(runtime().lift->word(kArgumentsAt + 8 * i));
    }
    return out;
  }

  void carry(const Case& item) {
    const AdapterPlan& plan = item.plan;
    reset(plan);
    Prepared given = prepare(plan);
    LiftLowerContext caller = context(plan, Side::kLower);
    LiftLowerContext callee = context(plan, Side::kLift);
    // What each guest's values look like to the other depends on how they lay in memory: lift them once first.
    std::vector<Val> seen_args, seen_result;
    {
      HandleList lower_before = runtime().lower_handles, lift_before = runtime().lift_handles;
      CoreValueIter vi{given.flat_args};
      seen_args = lift_flat_values(caller, kMaxFlatParams, vi, given.params).value();
      std::vector<CoreValue> flat = {runtime().lift->word(kResultAt)};
      CoreValueIter ri{flat};
      seen_result = lift_flat_values(callee, kMaxFlatResults, ri, given.results).value();
      runtime().lower_handles = lower_before;
      runtime().lift_handles = lift_before;
    }
    CHECK(seen_args == given.args);
    std::size_t lower_calls = runtime().lower->log().size(), lift_calls = runtime().lift->log().size();
    Expected at_callee = expect(plan, Side::kLift, seen_args, given.params, 0);
    Expected at_caller = expect(plan, Side::kLower, seen_result, given.results, given.ret);
    std::vector<std::uint64_t> results(plan.lower_type.results.size());
    engine::CallResult done = guests_->call(item.number, given.flat_args, results);
    if (!done) FAIL(engine::to_string(done.error()));
    std::vector<CoreValue> received = arguments_of_callee(plan);
    bool same = is_as_expected(*runtime().lift, at_callee, lift_calls, received) &&
                is_as_expected(*runtime().lower, at_caller, lower_calls, results);
    CHECK(same);
    std::vector<Val> args = lift_lent(callee, received, kMaxFlatParams, given.params);
    CHECK(args == given.args);
    if (plan.results.is_spilled) results = {given.ret};
    std::vector<Val> result = lift_lent(caller, results, kMaxFlatResults, given.results);
    CHECK(result == given.result);
    if (same && args == given.args && result == given.result) ++agreed;
  }

  /// Lifts what was lowered into a side. A borrow that went to the resource's own instance is a representation there,
  /// not a handle.
  std::vector<Val> lift_lent(const LiftLowerContext& cx, const std::vector<CoreValue>& flat, std::uint32_t max_flat,
                             std::span<const ValType> all) {
    auto* list = static_cast<HandleList*>(cx.handles);
    Definer lent(*list, list == &runtime().lift_handles ? 1 : 0);
    LiftLowerContext inner{cx.layout, cx.string_encoding, cx.memory, &lent};
    CoreValueIter vi{flat};
    OrTrap<std::vector<Val>> out = lift_flat_values(inner, max_flat, vi, all);
    REQUIRE(out);
    return *std::move(out);
  }

  void carry_spoilt(const Case& item) {
    const AdapterPlan& plan = item.plan;
    reset(plan);
    Prepared given = prepare(plan);
    spoil(*runtime().lower, given.flat_args, plan.params.roots.empty() ? 0 : given.flat_args.size() - (given.ret != 0));
    HandleList before = runtime().lower_handles;
    LiftLowerContext caller = context(plan, Side::kLower);
    CoreValueIter vi{given.flat_args};
    OrTrap<std::vector<Val>> lifted = lift_flat_values(caller, kMaxFlatParams, vi, given.params);
    runtime().lower_handles = before;
    std::optional<Expected> expected;
    std::size_t calls = runtime().lift->log().size();
    if (lifted && fits(*lifted, given.params)) expected = expect(plan, Side::kLift, *lifted, given.params, 0);
    std::vector<std::uint64_t> results(plan.lower_type.results.size());
    engine::CallResult done = guests_->call(item.number, given.flat_args, results);
    // A list grown so long that the callee's memory cannot hold it stops in its realloc.
    if (!done && done.error().kind == engine::TrapKind::kUnreachable) return;
    if (!lifted) {
      ++trapped;
      REQUIRE_MESSAGE(!done, "the interpreter traps: " << lifted.error().message);
      CHECK(static_cast<int>(done.error().kind) == static_cast<int>(lifted.error().kind));
    } else {
      if (!done) FAIL(engine::to_string(done.error()));
      if (!expected) return;
      CHECK(is_as_expected(*runtime().lift, *expected, calls, arguments_of_callee(plan)));
    }
    ++agreed_spoilt;
  }

  /// Do the values fit the callee's memory, and their reallocs its log? (A list grown long can hold many empty ones.)
  bool fits(const std::vector<Val>& vals, std::span<const ValType> all) {
    Heap heap(std::vector<std::uint8_t>(kPages << 16), runtime().lift->bump());
    HandleList handles;
    LiftLowerContext cx{layout_, StringEncoding::kUtf16, &heap, &handles};
    constexpr std::size_t kRoom = (kHeapAt - kLogAt) / 32;
    return lower_flat_values(cx, kMaxFlatParams, vals, all).has_value() &&
           runtime().lift->log().size() + heap.calls.size() < kRoom;
  }

  void spoil(Guest& guest, std::vector<CoreValue>& flat, std::size_t flat_count) {
    std::uint64_t used = guest.bump() - kHeapAt;
    for (std::uint32_t i = 1 + random_.below(3); i > 0; --i) {
      std::uint64_t some = random_.one_in(3) ? random_.next() : random_.below(4) * 0x55;
      if (used > 0 && random_.one_in(2)) {
        guest.bytes()[kHeapAt + random_.next() % used] = static_cast<std::uint8_t>(some);
      } else if (flat_count > 0) {
        CoreValue& value = flat[random_.below(static_cast<std::uint32_t>(flat_count))];
        value = value > 0xffff'ffff ? some : static_cast<std::uint32_t>(value ^ (some & 0xffff));
      }
    }
  }

  Random random_;
  Types types_;
  Layout layout_;
  std::vector<Case> cases_;
  std::optional<RunningGuests> guests_;
};

}  // namespace

TEST_CASE("trap kinds have the engine's numbers and messages") {
#define WITC_ABI_TRAP(number, name, text)                              \
  CHECK(static_cast<int>(engine::TrapKind::name) == number);          \
  CHECK(engine::message(engine::TrapKind::name) == std::string(text));
#include "adapter-gen/trap.def"
#undef WITC_ABI_TRAP
}

TEST_CASE("compiled adapters do what the interpreter does") {
  int agreed = 0, agreed_spoilt = 0, trapped = 0;
  constexpr StringEncoding kEncodings[] = {StringEncoding::kUtf8, StringEncoding::kUtf16, StringEncoding::kLatin1Utf16};
  std::uint64_t seed = 0;
  for (StringEncoding from : kEncodings) {
    for (StringEncoding to : kEncodings) {
      for (int i = 0; i < 8; ++i) {
        CAPTURE(seed);
        Composition composition(seed++, from, to, i % 4 == 0 ? engine::OptLevel::kFull : engine::OptLevel::kNone);
        composition.run();
        agreed += composition.agreed;
        agreed_spoilt += composition.agreed_spoilt;
        trapped += composition.trapped;
      }
    }
  }
  fmt::print("abi/differential: {} random cases agree; {} more with spoilt memory, of which {} trap alike\n", agreed,
             agreed_spoilt, trapped);
  CHECK(agreed >= 1000);
}

}  // namespace witc::abi::testing
