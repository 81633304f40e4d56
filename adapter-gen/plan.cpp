// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Planning an adapter: (type, options of both sides) -> AdapterPlan (adapter-gen/adapter.h).
//
// The type is walked once for each flow, with both layouts at hand. A value is carried over inline while it is light and
// by a helper function of its own, shared within the adapter, when it is not: so the plan stays linear in the size of
// the types as declared, though types may unfold exponentially.
#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

#include "adapter-gen/adapter.h"
#include "adapter-gen/interpreter.h"
#include "base/overloaded.h"

namespace witc::abi {
namespace {

/// Types met on a walk through the value beyond which it gets a helper: while the adapter is small, and once it has
/// more operations than the budget.
constexpr std::uint32_t kInlineWeight = 48, kTightWeight = 4;
constexpr std::size_t kInlineBudget = 512;
/// A spilled record has just been written, field by field: a wider load than those stores would have to wait for them.
/// So up to this weight its fields are copied one by one, though they could be copied at once.
constexpr std::uint32_t kFieldsOfFresh = 24;
/// Fixed-length lists in memory up to this length are unrolled.
constexpr std::uint32_t kUnrolledLength = 4;

class Planner {
 public:
  explicit Planner(AdapterPlan& plan)
      : plan_(plan),
        lift_(*plan.request.types, plan.request.lift.ptr_type),
        lower_(*plan.request.types, plan.request.lower.ptr_type) {}

  Result<void> run() {
    const component::FuncType& type = types()[plan_.request.type];
    if (type.is_async) return error(DiagCode::kAbiUnsupported, "adapters of async functions cannot be made yet");
    TRY(check_supported(lift_, plan_.request.type));
    TRY(check_supported(lower_, plan_.request.type));
    plan_.lift_type = lift_.flatten_functype(plan_.request.type, Layout::Context::kLift);
    plan_.lower_type = lower_.flatten_functype(plan_.request.type, Layout::Context::kLower);
    std::vector<ValType> params = param_types(type);
    plan_.params = flow(Side::kLift, params, kMaxFlatParams);
    plan_borrows();
    std::vector<ValType> results;
    if (type.result) results.push_back(*type.result);
    plan_.results = flow(Side::kLower, results, kMaxFlatResults);
    return check_options(params, results);
  }

 private:
  [[nodiscard]] const Types& types() const { return *plan_.request.types; }
  [[nodiscard]] const Layout& to() const { return target_ == Side::kLift ? lift_ : lower_; }
  [[nodiscard]] const Layout& from() const { return target_ == Side::kLift ? lower_ : lift_; }
  [[nodiscard]] const AdapterSide& side(Side which) const {
    return which == Side::kLift ? plan_.request.lift : plan_.request.lower;
  }

  /// The component validator has seen to this for what it validated; requests may come from elsewhere.
  Result<void> check_options(std::span<const ValType> params, std::span<const ValType> results) const {
    auto missing = [](Side which, std::string_view option) {
      return error(DiagCode::kAbiUnsupported,
                   fmt::format("canonical option `{}` is needed by the {} side", option, to_string(which)));
    };
    auto pointers = [&](std::span<const ValType> all) {
      bool out = false;
      for (const ValType& type : all) out |= lift_.contains_pointer(type);
      return out;
    };
    auto memories = [&](bool needed) -> Result<void> {
      for (Side which : {Side::kLift, Side::kLower}) {
        if (needed && !side(which).has_memory) return missing(which, "memory");
      }
      return {};
    };
    TRY(memories(plan_.params.is_spilled || plan_.results.is_spilled || pointers(params) || pointers(results)));
    if ((plan_.params.is_spilled || pointers(params)) && !plan_.request.lift.has_realloc) {
      return missing(Side::kLift, "realloc");
    }
    if (pointers(results) && !plan_.request.lower.has_realloc) return missing(Side::kLower, "realloc");
    return {};
  }

  /// Of the parameters, which are all that is planned yet.
  void plan_borrows() {
    std::set<std::uint32_t> owned, borrowed;
    for (const PlanOp& op : plan_.ops) {
      if (op.kind == OpKind::kOwn) owned.insert(op.resource);
      if (op.kind == OpKind::kBorrow) borrowed.insert(op.resource);
    }
    const auto& defined_in = plan_.request.resource_instances;
    for (std::uint32_t resource : borrowed) {
      const bool is_callees = resource < defined_in.size() && defined_in[resource] == plan_.request.lift.instance;
      plan_.has_borrow_scope |= !is_callees;  // the callee is given a handle
      plan_.counts_lends |= plan_.request.guard_lends || owned.contains(resource);
    }
    plan_.has_borrow_scope |= plan_.counts_lends;
  }

  Flow flow(Side target, std::span<const ValType> all, std::uint32_t max_flat) {
    target_ = target;
    Flow out;
    out.target = target;
    out.is_spilled = from().flatten_types(all).exceeds(max_flat);
    if (out.is_spilled) {
      out.from = from().record(all);
      out.to = to().record(all);
      std::vector<std::uint64_t> from_offsets = from().field_offsets(all);
      std::vector<std::uint64_t> to_offsets = to().field_offsets(all);
      for (std::size_t i = 0; i < all.size(); ++i) out.roots.push_back(in_memory(all[i], from_offsets[i], to_offsets[i]));
      return out;
    }
    std::uint32_t at = 0;
    for (const ValType& type : all) {
      out.roots.push_back(flat(type, at));
      at += flat_size(type);
    }
    return out;
  }

  std::uint32_t flat_size(const ValType& type) const {
    return static_cast<std::uint32_t>(to().flatten_type(type).types.size());
  }
  PlanOp op(OpKind kind, const ValType& type, std::uint64_t from, std::uint64_t to) const {
    PlanOp out;
    out.kind = kind;
    out.type = type;
    out.from = static_cast<std::uint32_t>(from);
    out.to = static_cast<std::uint32_t>(to);
    return out;
  }
  std::uint32_t width(const ValType& type) const { return static_cast<std::uint32_t>(to().elem_size(type)); }

  /// Inline, or by a helper if it is heavy.
  PlanOpId in_memory(const ValType& type, std::uint64_t from, std::uint64_t to) {
    if (!is_heavy(type)) return plan_.ops.push(memory_op(type, from, to));
    PlanOp call = op(OpKind::kCall, type, from, to);
    call.helper = helper(type, true);
    return plan_.ops.push(std::move(call));
  }
  PlanOpId flat(const ValType& type, std::uint32_t at) {
    if (!is_heavy(type)) return plan_.ops.push(flat_op(type, at));
    PlanOp call = op(OpKind::kCall, type, at, at);
    call.helper = helper(type, false);
    return plan_.ops.push(std::move(call));
  }
  /// Primitives are never; what is copied whole is one operation whatever is in it.
  bool is_heavy(const ValType& type) const {
    const std::uint32_t weight = plan_.ops.size() < kInlineBudget ? kInlineWeight : kTightWeight;
    return to().weight(type) > weight && to().copy_class(type) == CopyClass::kWalk && !std::holds_alternative<PrimValType>(type);
  }
  HelperId helper(const ValType& type, bool is_in_memory) {
    auto key = std::tuple(std::get<ValueTypeId>(type).value, target_, is_in_memory);
    if (auto found = helpers_.find(key); found != helpers_.end()) return found->second;
    Helper made{type, target_, is_in_memory, {}, {}};
    made.name = fmt::format("{}-{}.{}", is_in_memory ? "store" : "lower-flat", std::get<ValueTypeId>(type).value,
                            to_string(target_));
    HelperId id = plan_.helpers.push(std::move(made));
    helpers_.emplace(key, id);
    PlanOp body = is_in_memory ? memory_op(type, 0, 0) : flat_op(type, 0);
    plan_.helpers[id].root = plan_.ops.push(std::move(body));
    return id;
  }

  bool is_record(const ValType& type) const {
    const ValueType& value = types().get(type);
    return std::holds_alternative<component::RecordType>(value) || std::holds_alternative<component::TupleType>(value);
  }

  PlanOp memory_op(const ValType& type, std::uint64_t from, std::uint64_t to) {
    if (!std::holds_alternative<PrimValType>(type) && this->to().copy_class(type) == CopyClass::kPod &&
        !(is_fresh_ && is_record(type) && this->to().weight(type) <= kFieldsOfFresh)) {
      PlanOp copy = op(OpKind::kCopy, type, from, to);
      copy.width = width(type);
      return copy;
    }
    return match(
        types().get(type), [&](PrimValType prim) { return memory_primitive(prim, type, from, to); },
        [&](const component::ListType& list) { return list_op(list, type, from, to, true); },
        [&](const component::MapType& map) { return map_op(map, type, from, to); },
        [&](const component::FlagsType& flags) { return flags_op(flags, type, from, to); },
        [&](const component::OwnType& own) { return handle_op(OpKind::kOwn, own.resource, type, from, to); },
        [&](const component::BorrowType& borrow) { return handle_op(OpKind::kBorrow, borrow.resource, type, from, to); },
        [&](const auto& other) {
          if (auto variant = despecialize_variant(other)) return variant_op(*variant, type, from, to, true);
          return record_op(despecialize_record(other), type, from, to);
        });
  }
  PlanOp flat_op(const ValType& type, std::uint32_t at) {
    return match(
        types().get(type), [&](PrimValType prim) { return flat_primitive(prim, type, at); },
        [&](const component::ListType& list) { return list_op(list, type, at, at, false); },
        [&](const component::MapType& map) { return map_op(map, type, at, at); },
        [&](const component::FlagsType& flags) { return flags_op(flags, type, at, at); },
        [&](const component::OwnType& own) { return handle_op(OpKind::kOwn, own.resource, type, at, at); },
        [&](const component::BorrowType& borrow) { return handle_op(OpKind::kBorrow, borrow.resource, type, at, at); },
        [&](const auto& other) {
          if (auto variant = despecialize_variant(other)) return variant_op(*variant, type, at, at, false);
          return flat_record_op(despecialize_record(other), type, at);
        });
  }

  PlanOp memory_primitive(PrimValType prim, const ValType& type, std::uint64_t from, std::uint64_t to) const {
    OpKind kind = OpKind::kInt;
    if (prim == PrimValType::kBool) kind = OpKind::kBool;
    if (prim == PrimValType::kChar) kind = OpKind::kChar;
    if (prim == PrimValType::kString) kind = OpKind::kString;
    PlanOp out = op(kind, type, from, to);
    out.width = width(type);
    return out;
  }
  PlanOp flat_primitive(PrimValType prim, const ValType& type, std::uint32_t at) const {
    PlanOp out = memory_primitive(prim, type, at, at);
    if (prim == PrimValType::kS8 || prim == PrimValType::kS16) out.kind = OpKind::kSigned;
    if (prim == PrimValType::kF32 || prim == PrimValType::kF64) out.kind = OpKind::kFloat;
    return out;
  }
  PlanOp flags_op(const component::FlagsType& flags, const ValType& type, std::uint64_t from, std::uint64_t to) const {
    PlanOp out = op(OpKind::kFlags, type, from, to);
    out.width = elem_size_flags(flags.labels.size());
    out.mask = flags.labels.size() >= 32 ? ~0u : (1u << flags.labels.size()) - 1;
    return out;
  }
  PlanOp handle_op(OpKind kind, ResourceId resource, const ValType& type, std::uint64_t from, std::uint64_t to) const {
    PlanOp out = op(kind, type, from, to);
    out.width = 4;
    out.resource = resource.value;
    return out;
  }

  PlanOp record_op(const std::vector<ValType>& fields, const ValType& type, std::uint64_t from, std::uint64_t to) {
    PlanOp out = op(OpKind::kRecord, type, from, to);
    std::vector<std::uint64_t> from_offsets = this->from().field_offsets(fields);
    std::vector<std::uint64_t> to_offsets = this->to().field_offsets(fields);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      out.body.push_back(in_memory(fields[i], from + from_offsets[i], to + to_offsets[i]));
    }
    return out;
  }
  PlanOp flat_record_op(const std::vector<ValType>& fields, const ValType& type, std::uint32_t at) {
    PlanOp out = op(OpKind::kRecord, type, at, at);
    for (const ValType& field : fields) {
      out.body.push_back(flat(field, at));
      at += flat_size(field);
    }
    return out;
  }

  PlanOp variant_op(const DespecializedVariant& variant, const ValType& type, std::uint64_t from, std::uint64_t to,
                    bool is_in_memory) {
    PlanOp out = op(OpKind::kEnum, type, from, to);
    out.count = static_cast<std::uint32_t>(variant.cases.size());
    out.width = width(discriminant_type(variant.cases.size()));
    std::uint64_t from_payload = from + this->from().payload_offset(variant);
    std::uint64_t to_payload = to + this->to().payload_offset(variant);
    for (std::uint32_t i = 0; i < out.count; ++i) {
      if (!variant.cases[i]) continue;
      out.kind = OpKind::kVariant;
      out.cases.push_back(i);
      // A case's core values are numbered from 0: they are not the variant's, which are joined with the other cases'.
      out.body.push_back(is_in_memory ? in_memory(*variant.cases[i], from_payload, to_payload)
                                      : flat(*variant.cases[i], 0));
    }
    return out;
  }

  /// Chars, enums, bools, flags: copied whole, while each is checked or normalised (kernels.h).
  bool has_kernel(const ValType& element) const {
    if (to().copy_class(element) == CopyClass::kPodCheck || element == ValType(PrimValType::kBool)) return true;
    return std::holds_alternative<ValueTypeId>(element) &&
           std::holds_alternative<component::FlagsType>(types().get(element)) && to().elem_size(element) != 0;
  }

  /// Sizes and the element of a list that is elsewhere in memory.
  void set_element(PlanOp& out, Layout::Record from, Layout::Record to) const {
    out.from_size = static_cast<std::uint32_t>(from.size);
    out.to_size = static_cast<std::uint32_t>(to.size);
    out.from_alignment = from.alignment;
    out.to_alignment = to.alignment;
  }
  /// No part is a pointer, so the element lies in both memories alike. Entries of maps may have no padding.
  PlanOp blended_list(WrittenBytes written, const ValType& type, std::uint64_t from, std::uint64_t to,
                      std::uint32_t alignment) const {
    const bool is_whole = !written.is_variant && written.is_whole();
    PlanOp out = op(is_whole ? OpKind::kListCopy : OpKind::kListCheckCopy, type, from, to);
    set_element(out, {written.size, alignment}, {written.size, alignment});
    if (!is_whole) out.written = std::move(written);
    return out;
  }
  PlanOp list_op(const component::ListType& list, const ValType& type, std::uint64_t from, std::uint64_t to,
                 bool is_in_memory) {
    if (list.length && (!is_in_memory || *list.length <= kUnrolledLength)) {
      std::vector<ValType> elements(*list.length, list.element);
      if (is_in_memory) return record_op(elements, type, from, to);
      return flat_record_op(elements, type, static_cast<std::uint32_t>(from));
    }
    OpKind kind = OpKind::kListLoop;
    if (list.length) {
      kind = OpKind::kFixedListLoop;
    } else if (this->to().copy_class(list.element) == CopyClass::kPod) {
      kind = OpKind::kListCopy;
    } else if (has_kernel(list.element)) {
      kind = OpKind::kListCheckCopy;
    } else if (auto written = written_bytes(this->to(), list.element)) {
      return blended_list(*std::move(written), type, from, to, this->to().alignment(list.element));
    }
    PlanOp out = op(kind, type, from, to);
    out.count = list.length.value_or(0);
    set_element(out, {this->from().elem_size(list.element), this->from().alignment(list.element)},
                {this->to().elem_size(list.element), this->to().alignment(list.element)});
    if (kind == OpKind::kListCopy) return out;
    const bool was_fresh = std::exchange(is_fresh_, false);
    out.body.push_back(in_memory(list.element, 0, 0));
    is_fresh_ = was_fresh;
    return out;
  }
  PlanOp map_op(const component::MapType& map, const ValType& type, std::uint64_t from, std::uint64_t to) {
    std::vector<ValType> fields = {map.key, map.value};
    if (auto written = written_bytes_record(this->to(), fields)) {
      return blended_list(*std::move(written), type, from, to, this->to().record(fields).alignment);
    }
    PlanOp out = op(OpKind::kListLoop, type, from, to);
    set_element(out, this->from().record(fields), this->to().record(fields));
    const bool was_fresh = std::exchange(is_fresh_, false);
    out.body.push_back(plan_.ops.push(record_op(fields, type, 0, 0)));
    is_fresh_ = was_fresh;
    return out;
  }

  AdapterPlan& plan_;
  Layout lift_, lower_;
  Side target_ = Side::kLift;
  bool is_fresh_ = true;  // not inside a list
  std::map<std::tuple<std::uint32_t, Side, bool>, HelperId> helpers_;
};

}  // namespace

Result<AdapterPlan> plan_adapter(AdapterRequest request) {
  AdapterPlan plan;
  plan.request = std::move(request);
  TRY(Planner(plan).run());
  return plan;
}

}  // namespace witc::abi
