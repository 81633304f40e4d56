// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Validation of the operators of two proposals: stack switching (its Explainer, "Instructions") and custom descriptors
// (its Overview).
#include <fmt/format.h>

#include "wasm/core/type_text.h"
#include "wasm/core/validate.h"

namespace witc::wasm {

bool FunctionValidator::matches_all(Types sub, Types super) const {
  bool fits = sub.size() == super.size();
  for (std::size_t i = 0; fits && i < sub.size(); ++i) fits = types_.matches(sub[i], super[i]);
  return fits;
}

// -- stack switching ----------------------------------------------------------------------------

Result<void> FunctionValidator::step_cont(const Operator& op) {
  switch (op.op) {
    case Op::kContNew: {
      (void)TRY(cont_type_at(op.index));
      const TypeIndex func = std::get<ContType>(module().types[op.type()].type).func;
      TRY(pop(ValType::of({true, {HeapType::kIndex, func}})));
      push(ValType::of({false, {HeapType::kIndex, op.type()}}));
      return {};
    }
    case Op::kContBind:
      return step_cont_bind(op);
    case Op::kSuspend: {
      const FuncType* tag = TRY(tag_type_at(op.index));
      TRY(pop_all(tag->params));
      push_all(tag->results);
      return {};
    }
    case Op::kSwitch:
      return step_switch(op);
    default:  // kResume, kResumeThrow, kResumeThrowRef
      return step_resume(op);
  }
}

/// The first parameters are bound; those that are left, and the results, are the new continuation's.
Result<void> FunctionValidator::step_cont_bind(const Operator& op) {
  const FuncType* from = TRY(cont_type_at(op.index));
  const FuncType* to = TRY(cont_type_at(op.index2));
  if (from->params.size() < to->params.size()) return invalid("type mismatch in continuation arguments");
  const Types params = from->params;
  const std::size_t bound = params.size() - to->params.size();
  if (!matches_all(to->params, params.subspan(bound)) || !matches_all(from->results, to->results)) {
    return invalid("type mismatch in continuation types");
  }
  TRY(pop(ValType::of({true, {HeapType::kIndex, op.type()}})));
  TRY(pop_all(params.first(bound)));
  push(ValType::of({false, {HeapType::kIndex, TypeIndex(op.index2)}}));
  return {};
}

/// The function type of a reference to a continuation type; null of any other type.
const FuncType* FunctionValidator::func_of_cont(const ValType& type) const {
  if (!type.is_ref() || type.ref.heap.kind != HeapType::kIndex) return nullptr;
  const auto* cont = std::get_if<ContType>(&module().types[type.ref.heap.index].type);
  return cont == nullptr ? nullptr : &std::get<FuncType>(module().types[cont->func].type);
}

Result<void> FunctionValidator::step_switch(const Operator& op) {
  const FuncType* type = TRY(cont_type_at(op.index));
  const FuncType* tag = TRY(tag_type_at(op.index2));
  if (!tag->params.empty()) return invalid("type mismatch: switch tag has parameters");
  const Types params = type->params;
  const FuncType* back = params.empty() ? nullptr : func_of_cont(params.back());
  if (back == nullptr) {
    return invalid("type mismatch: the last parameter of the continuation must be a continuation reference");
  }
  if (!matches_all(type->results, tag->results) || !matches_all(tag->results, back->results)) {
    return invalid("type mismatch: switch tag does not match continuation");
  }
  TRY(pop(ValType::of({true, {HeapType::kIndex, op.type()}})));
  TRY(pop_all(params.first(params.size() - 1)));
  push_all(back->params);
  return {};
}

Result<void> FunctionValidator::step_resume(const Operator& op) {
  const FuncType* type = TRY(cont_type_at(op.index));
  for (const Handler& handler : op.handlers) TRY(check_handler(handler, *type));
  const FuncType* exception = op.op == Op::kResumeThrow ? TRY(exception_type_at(op.index2)) : nullptr;
  TRY(pop(ValType::of({true, {HeapType::kIndex, op.type()}})));
  if (op.op == Op::kResume) TRY(pop_all(type->params));
  if (op.op == Op::kResumeThrow) TRY(pop_all(exception->params));
  if (op.op == Op::kResumeThrowRef) TRY(pop(ValType::of({true, {HeapType::kExn, {}}})));
  push_all(type->results);
  return {};
}

/// A suspension gives the label what the tag has and the rest of the computation; a switch leaves it where it is.
Result<void> FunctionValidator::check_handler(const Handler& handler, const FuncType& resumed) const {
  const FuncType* tag = TRY(tag_type_at(handler.tag.value));
  if (handler.is_switch) {
    const bool same = tag->params.empty() && matches_all(tag->results, resumed.results) &&
                      matches_all(resumed.results, tag->results);
    return same ? Result<void>() : invalid("type mismatch: switch tag does not match continuation");
  }
  const ControlFrame* frame = TRY(frame_at(handler.label));
  const Types types = label_types(*frame);
  const FuncType* rest = types.empty() ? nullptr : func_of_cont(types.back());
  if (rest == nullptr) {
    return invalid("type mismatch: the label of a handler must take a continuation reference at the end");
  }
  if (!matches_all(tag->params, types.first(types.size() - 1))) {
    return invalid("type mismatch between tag type and label type");
  }
  if (!matches_all(rest->params, tag->results) || !matches_all(resumed.results, rest->results)) {
    return invalid("type mismatch in continuation type");
  }
  return {};
}

// -- custom descriptors -------------------------------------------------------------------------

/// Pops the descriptor of a type that values are cast to: an exact one, where the target is.
Result<StackType> FunctionValidator::pop_descriptor(const HeapType& described) {
  if (described.kind != HeapType::kIndex) {
    return invalid(fmt::format("type {} does not have a descriptor", to_string(described)));
  }
  const TypeIndex descriptor = TRY(descriptor_at(described.index.value));
  return pop(ValType::of({true, {HeapType::kIndex, descriptor, false, described.is_exact}}));
}

Result<void> FunctionValidator::step_descriptor(const Operator& op) {
  if (op.op == Op::kRefGetDesc) {
    const TypeIndex descriptor = TRY(descriptor_at(op.index));
    const HeapType exact{HeapType::kIndex, op.type(), false, true};
    const StackType operand = TRY(pop(ValType::of({true, {HeapType::kIndex, op.type()}})));
    const bool is_exact = operand.kind != StackType::kValue || types_.matches(operand.type.ref.heap, exact);
    push(ValType::of({false, {HeapType::kIndex, descriptor, false, is_exact}}));
    return {};
  }
  TRY(check_heap_type(op.ref.heap));
  TRY(pop_descriptor(op.ref.heap));
  TRY(pop(ValType::of({true, {types_.top(op.ref.heap), {}, types_.is_shared(op.ref.heap)}})));
  push(ValType::of(op.ref));
  return {};
}

}  // namespace witc::wasm
