// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Validation of blocks, branches, calls and exceptions (core specification, "Validation > Instructions >
// Control Instructions"), and the dispatch of all operators the table does not describe in full.
#include <fmt/format.h>

#include <algorithm>

#include "wasm/core/type_text.h"
#include "wasm/core/validate.h"

namespace witc::wasm {

Result<void> FunctionValidator::step_special(const Operator& op) {
  switch (op.op) {
    case Op::kUnreachable:
      set_unreachable();
      return {};
    case Op::kBlock:
    case Op::kLoop:
      return enter_block(op.op, op.block_type);
    case Op::kIf:
      TRY(pop(ValType::i32()));
      return enter_block(op.op, op.block_type);
    case Op::kElse:
      return step_else();
    case Op::kEnd:
      return step_end();
    case Op::kTryTable:
      return step_try_table(op);
    case Op::kTry:
      return enter_block(op.op, op.block_type);
    case Op::kCatch:
    case Op::kCatchAll:
    case Op::kDelegate:
    case Op::kRethrow:
      return step_legacy_exception(op);
    case Op::kThrow: {
      const FuncType* tag = TRY(exception_type_at(op.index));
      TRY(pop_all(tag->params));
      set_unreachable();
      return {};
    }
    case Op::kThrowRef:
      TRY(pop(ValType::of({true, {HeapType::kExn, {}}})));
      set_unreachable();
      return {};
    case Op::kBr: {
      const ControlFrame* frame = TRY(frame_at(op.index));
      TRY(pop_all(label_types(*frame)));
      set_unreachable();
      return {};
    }
    case Op::kBrIf:
      TRY(pop(ValType::i32()));
      return step_br_if(op.index);
    case Op::kBrTable:
      return step_br_table(op);
    case Op::kReturn:
      TRY(pop_all(results(frames_.front().type)));
      set_unreachable();
      return {};
    case Op::kCall:
    case Op::kReturnCall: {
      const Func* func = TRY(func_at(op.index));
      TRY(check_shared(module().types[func->type].is_shared, "functions"));
      return step_call(std::get<FuncType>(module().types[func->type].type), op.op == Op::kReturnCall);
    }
    case Op::kCallIndirect:
    case Op::kReturnCallIndirect:
      return step_call_indirect(op);
    case Op::kCallRef:
    case Op::kReturnCallRef:
      return step_call_ref(op);
    case Op::kDrop:
      TRY(pop());
      return {};
    case Op::kSelect:
      return step_select();
    case Op::kSelectTyped:
      if (op.types.size() != 1) return invalid("invalid result arity: a select has one result");
      TRY(check_val_type(op.types[0]));
      TRY(pop(ValType::i32()));
      TRY(pop(op.types[0]));
      TRY(pop(op.types[0]));
      push(op.types[0]);
      return {};
    case Op::kLocalGet:
    case Op::kLocalSet:
    case Op::kLocalTee:
      return step_local(op);
    case Op::kGlobalGet:
    case Op::kGlobalSet:
      return step_global(op);
    case Op::kTableGet:
    case Op::kTableSet:
    case Op::kTableSize:
    case Op::kTableGrow:
    case Op::kTableFill:
    case Op::kTableInit:
    case Op::kTableCopy:
      return step_table(op);
    case Op::kMemoryCopy:
      return step_memory_copy(op);
    case Op::kBrOnNull:
    case Op::kBrOnNonNull:
      return step_br_on_null(op);
    case Op::kBrOnCast:
    case Op::kBrOnCastFail:
    case Op::kBrOnCastDescEq:
    case Op::kBrOnCastDescEqFail:
      return step_br_on_cast(op);
    case Op::kStructNew:
    case Op::kStructNewDefault:
    case Op::kStructNewDesc:
    case Op::kStructNewDefaultDesc:
    case Op::kStructGet:
    case Op::kStructGetS:
    case Op::kStructGetU:
    case Op::kStructSet:
      return step_struct(op);
    case Op::kArrayNew:
    case Op::kArrayNewDefault:
    case Op::kArrayNewFixed:
    case Op::kArrayGet:
    case Op::kArrayGetS:
    case Op::kArrayGetU:
    case Op::kArraySet:
    case Op::kArrayLen:
    case Op::kArrayFill:
    case Op::kArrayCopy:
      return step_array(op);
    case Op::kArrayNewData:
    case Op::kArrayNewElem:
    case Op::kArrayInitData:
    case Op::kArrayInitElem:
      return step_array_segment(op);
    case Op::kAnyConvertExtern:
    case Op::kExternConvertAny:
    case Op::kRefI31:
    case Op::kRefI31Shared:
    case Op::kI31GetS:
    case Op::kI31GetU:
      return step_convert(op);
    case Op::kContNew:
    case Op::kContBind:
    case Op::kSuspend:
    case Op::kResume:
    case Op::kResumeThrow:
    case Op::kResumeThrowRef:
    case Op::kSwitch:
      return step_cont(op);
    case Op::kRefGetDesc:
    case Op::kRefCastDescEq:
    case Op::kRefCastDescEqNull:
      return step_descriptor(op);
    default:
      break;
  }
  switch (info(op.op).immediates) {
    case ImmediateKind::kOrderedGlobal:
      return step_global_atomic(op);
    case ImmediateKind::kOrderedTable:
      return step_table_atomic(op);
    case ImmediateKind::kOrderedField:
      return step_struct_atomic(op);
    case ImmediateKind::kOrderedType:
      return step_array_atomic(op);
    default:
      return step_ref(op);  // which rejects what it does not know
  }
}

Result<void> FunctionValidator::step_else() {
  if (frames_.back().op != Op::kIf)
    return error(DiagCode::kWasmMalformed, module().code_span(offset_),
                 "else found outside of an `if` block: END opcode expected");
  ControlFrame frame = TRY(pop_frame());
  push_frame(Op::kElse, frame.type);
  push_all(params(frame.type));
  return {};
}

Result<void> FunctionValidator::step_end() {
  ControlFrame frame = TRY(pop_frame());
  if (frame.op == Op::kIf) {
    // Without an `else` the parameters are the results.
    Types from = params(frame.type);
    Types to = results(frame.type);
    bool same = from.size() == to.size();
    for (std::size_t i = 0; same && i < from.size(); ++i) same = types_.matches(from[i], to[i]);
    if (!same) return invalid("type mismatch: `if` without `else` must leave its parameters");
  }
  push_all(results(frame.type));
  return {};
}

Result<void> FunctionValidator::step_br_if(std::uint32_t label) {
  const ControlFrame* frame = TRY(frame_at(label));
  TRY(pop_all(label_types(*frame)));
  push_all(label_types(*frame));
  return {};
}

Result<void> FunctionValidator::step_br_table(const Operator& op) {
  TRY(pop(ValType::i32()));
  const ControlFrame* otherwise = TRY(frame_at(op.index));
  std::size_t arity = label_types(*otherwise).size();
  // Each label once: tables are long and labels few.
  std::vector<std::uint32_t> labels(op.labels.begin(), op.labels.end());
  std::ranges::sort(labels);
  labels.erase(std::ranges::unique(labels).begin(), labels.end());
  std::vector<StackType> taken;
  for (std::uint32_t label : labels) {
    const ControlFrame* frame = TRY(frame_at(label));
    Types types = label_types(*frame);
    if (types.size() != arity) return invalid("type mismatch: br_table target labels have different numbers of types");
    taken.clear();
    for (std::size_t i = types.size(); i-- > 0;) taken.push_back(TRY(pop(types[i])));
    operands_.insert(operands_.end(), taken.rbegin(), taken.rend());
  }
  TRY(pop_all(label_types(*otherwise)));
  set_unreachable();
  return {};
}

Result<void> FunctionValidator::step_try_table(const Operator& op) {
  const ValType exnref = ValType::of({false, {HeapType::kExn, {}}});
  TRY(check_block_type(op.block_type));
  for (const Catch& clause : op.catches) {
    const ControlFrame* frame = TRY(frame_at(clause.label));
    Types expected = label_types(*frame);
    std::vector<ValType> given;
    if (clause.kind == Catch::kCatch || clause.kind == Catch::kCatchRef) {
      const FuncType* tag = TRY(exception_type_at(clause.tag.value));
      given = tag->params;
    }
    if (clause.kind == Catch::kCatchRef || clause.kind == Catch::kCatchAllRef) given.push_back(exnref);
    bool fits = given.size() == expected.size();
    for (std::size_t i = 0; fits && i < given.size(); ++i) fits = types_.matches(given[i], expected[i]);
    if (!fits) return invalid("type mismatch: a catch clause does not give the types of its label");
  }
  return enter_block(Op::kTryTable, op.block_type);
}

/// Of the exceptions proposal as it was before `try_table` ("legacy/exceptions/core" of the specification's repository).
Result<void> FunctionValidator::step_legacy_exception(const Operator& op) {
  const Op block = frames_.back().op;
  if (op.op == Op::kRethrow) {
    const ControlFrame* frame = TRY(frame_at(op.index));
    if (frame->op != Op::kCatch && frame->op != Op::kCatchAll) {
      return invalid("invalid rethrow label: it is not of a `catch` or `catch_all` block");
    }
    set_unreachable();
    return {};
  }
  if (block != Op::kTry && (block != Op::kCatch || op.op == Op::kDelegate)) {
    return error(DiagCode::kWasmMalformed, module().code_span(offset_),
                 fmt::format("`{}` found outside of a `try` block", info(op.op).text));
  }
  ControlFrame frame = TRY(pop_frame());
  if (op.op == Op::kDelegate) {
    static_cast<void>(TRY(frame_at(op.index)));
    push_all(results(frame.type));
    return {};
  }
  push_frame(op.op, frame.type);
  if (op.op == Op::kCatch) {
    const FuncType* tag = TRY(exception_type_at(op.index));
    push_all(tag->params);
  }
  return {};
}

Result<void> FunctionValidator::step_call(const FuncType& type, bool is_tail) {
  TRY(pop_all(type.params));
  if (!is_tail) {
    push_all(type.results);
    return {};
  }
  Types expected = results(frames_.front().type);
  bool fits = type.results.size() == expected.size();
  for (std::size_t i = 0; fits && i < expected.size(); ++i) fits = types_.matches(type.results[i], expected[i]);
  if (!fits) return invalid("type mismatch: the results of a tail call are not those of the function");
  set_unreachable();
  return {};
}

Result<void> FunctionValidator::step_call_indirect(const Operator& op) {
  const Table* table = TRY(table_at(op.index2));
  TRY(check_shared(table->type.is_shared, "tables"));
  const bool shared_table = types_.is_shared(table->type.element.heap);
  if (!types_.matches(table->type.element, RefType{true, {HeapType::kFunc, {}, shared_table}})) {
    return invalid("type mismatch: indirect calls need a table of functions");
  }
  const FuncType* type = TRY(func_type_at(op.index));
  TRY(check_shared(module().types[op.type()].is_shared, "functions"));
  TRY(pop(table->type.limits.is_64 ? ValType::i64() : ValType::i32()));
  return step_call(*type, op.op == Op::kReturnCallIndirect);
}

Result<void> FunctionValidator::step_call_ref(const Operator& op) {
  const FuncType* type = TRY(func_type_at(op.index));
  TRY(check_shared(module().types[op.type()].is_shared, "functions"));
  TRY(pop(ValType::of({true, {HeapType::kIndex, op.type()}})));
  return step_call(*type, op.op == Op::kReturnCallRef);
}

Result<void> FunctionValidator::step_br_on_null(const Operator& op) {
  StackType operand = TRY(pop_ref());
  StackType non_null = operand;
  if (operand.kind == StackType::kBottom) non_null = StackType::bottom_ref();
  if (operand.kind == StackType::kValue) non_null.type.ref.nullable = false;
  const ControlFrame* frame = TRY(frame_at(op.index));
  Types types = label_types(*frame);
  if (op.op == Op::kBrOnNull) {
    TRY(pop_all(types));
    push_all(types);
    push(non_null);
    return {};
  }
  if (types.empty() || !types.back().is_ref())
    return invalid("type mismatch: the label of br_on_non_null must take a reference");
  push(non_null);
  TRY(pop_all(types));
  push_all(types.first(types.size() - 1));
  return {};
}

Result<void> FunctionValidator::step_br_on_cast(const Operator& op) {
  TRY(check_heap_type(op.ref.heap));
  TRY(check_heap_type(op.ref2.heap));
  // With custom descriptors it is enough that both are of one hierarchy.
  const bool related = types_.top(op.ref.heap) == types_.top(op.ref2.heap) &&
                       types_.is_shared(op.ref.heap) == types_.is_shared(op.ref2.heap);
  const bool may_cast =
      context_.features().has(Feature::kCustomDescriptors) ? related : types_.matches(op.ref2, op.ref);
  if (types_.top(op.ref2.heap) == HeapType::kCont) return invalid("invalid cast: continuations cannot be cast");
  if (!may_cast) return invalid("type mismatch: the target of a cast must be a subtype of its source");
  if (op.op == Op::kBrOnCastDescEq || op.op == Op::kBrOnCastDescEqFail) TRY(pop_descriptor(op.ref2.heap));
  // What is left of the source type when the cast has failed.
  RefType rest = op.ref;
  if (op.ref2.nullable) rest.nullable = false;
  bool on_cast = op.op == Op::kBrOnCast || op.op == Op::kBrOnCastDescEq;
  RefType taken = on_cast ? op.ref2 : rest;
  RefType kept = on_cast ? rest : op.ref2;
  const ControlFrame* frame = TRY(frame_at(op.index));
  Types types = label_types(*frame);
  if (types.empty() || !types_.matches(ValType::of(taken), types.back())) {
    return invalid(fmt::format("type mismatch: the label does not take {}", to_string(taken)));
  }
  TRY(pop(ValType::of(op.ref)));
  Types others = types.first(types.size() - 1);
  TRY(pop_all(others));
  push_all(others);
  push(ValType::of(kept));
  return {};
}

}  // namespace witc::wasm
