// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Validation of variables, tables, memories and plain references (core specification, "Validation >
// Instructions").
#include <fmt/format.h>

#include "wasm/core/type_text.h"
#include "wasm/core/validate.h"

namespace witc::wasm {

Result<void> FunctionValidator::step_select() {
  TRY(pop(ValType::i32()));
  StackType b = TRY(pop());
  StackType a = TRY(pop());
  for (const StackType& type : {a, b}) {
    if (type.kind == StackType::kBottomRef || (type.kind == StackType::kValue && type.type.is_ref())) {
      return invalid("type mismatch: select without a type takes only numbers and vectors");
    }
  }
  if (a.kind == StackType::kValue && b.kind == StackType::kValue && !(a.type == b.type)) {
    return invalid(fmt::format("type mismatch: select of {} and {}", to_string(a.type), to_string(b.type)));
  }
  push(a.kind == StackType::kValue ? a : b);
  return {};
}

Result<void> FunctionValidator::step_local(const Operator& op) {
  if (op.index >= locals_.size()) return invalid(fmt::format("unknown local {}: local index out of bounds", op.index));
  const ValType& type = locals_[op.index];
  if (op.op == Op::kLocalGet) {
    if (!local_set_[op.index]) return invalid(fmt::format("uninitialized local {}", op.index));
    push(type);
    return {};
  }
  TRY(pop(type));
  if (!local_set_[op.index]) {
    local_set_[op.index] = true;
    set_order_.push_back(op.local());
  }
  if (op.op == Op::kLocalTee) push(type);
  return {};
}

Result<void> FunctionValidator::step_global(const Operator& op) {
  const Global* global = TRY(global_at(op.index));
  TRY(check_shared(global->type.is_shared, "globals"));
  if (op.op == Op::kGlobalGet) {
    push(global->type.type);
    return {};
  }
  if (!global->type.is_mutable) return invalid("immutable global: global is immutable, it cannot be set");
  TRY(pop(global->type.type));
  return {};
}

Result<void> FunctionValidator::step_table(const Operator& op) {
  bool with_segment = op.op == Op::kTableInit;
  const Table* table = TRY(table_at(with_segment ? op.index2 : op.index));
  TRY(check_shared(table->type.is_shared, "tables"));
  const ValType i32 = ValType::i32();
  const ValType address = table->type.limits.is_64 ? ValType::i64() : i32;
  const ValType element = ValType::of(table->type.element);
  switch (op.op) {
    case Op::kTableGet:
      TRY(pop(address));
      push(element);
      return {};
    case Op::kTableSet:
      TRY(pop(element));
      TRY(pop(address));
      return {};
    case Op::kTableSize:
      push(address);
      return {};
    case Op::kTableGrow:
      TRY(pop(address));
      TRY(pop(element));
      push(address);
      return {};
    case Op::kTableFill:
      TRY(pop(address));
      TRY(pop(element));
      TRY(pop(address));
      return {};
    case Op::kTableInit: {
      const ElementSegment* segment = TRY(elem_at(op.index));
      if (!types_.matches(segment->type, table->type.element)) {
        return invalid(fmt::format("type mismatch: the segment's {} are not the table's {}", to_string(segment->type),
                                   to_string(table->type.element)));
      }
      TRY(pop(i32));
      TRY(pop(i32));
      TRY(pop(address));
      return {};
    }
    default: {  // kTableCopy
      const Table* source = TRY(table_at(op.index2));
      TRY(check_shared(source->type.is_shared, "tables"));
      if (!types_.matches(source->type.element, table->type.element)) {
        return invalid(fmt::format("type mismatch: the source's {} are not the destination's {}",
                                   to_string(source->type.element), to_string(table->type.element)));
      }
      const ValType from = source->type.limits.is_64 ? ValType::i64() : i32;
      TRY(pop(address == from ? address : i32));
      TRY(pop(from));
      TRY(pop(address));
      return {};
    }
  }
}

Result<void> FunctionValidator::step_memory_copy(const Operator& op) {
  const Memory* to = TRY(memory_at(op.index));
  const Memory* from = TRY(memory_at(op.index2));
  auto address = [](const Memory& memory) { return memory.type.limits.is_64 ? ValType::i64() : ValType::i32(); };
  bool both_64 = to->type.limits.is_64 && from->type.limits.is_64;
  TRY(pop(both_64 ? ValType::i64() : ValType::i32()));
  TRY(pop(address(*from)));
  TRY(pop(address(*to)));
  return {};
}

Result<void> FunctionValidator::step_ref(const Operator& op) {
  switch (op.op) {
    case Op::kRefNull:
      TRY(check_heap_type(op.ref.heap));
      push(ValType::of(op.ref));
      return {};
    case Op::kRefIsNull:
      TRY(pop_ref());
      push(ValType::i32());
      return {};
    case Op::kRefFunc: {
      const Func* func = TRY(func_at(op.index));
      if (!is_const_ && !context_.is_declared(op.func())) return invalid("undeclared function reference");
      ValType type = new_ref(func->type);
      if (!module().is_exact(op.func())) type.ref.heap.is_exact = false;
      push(type);
      return {};
    }
    case Op::kRefEq: {
      const StackType b = TRY(pop_maybe_shared(HeapType::kEq));
      const StackType a = TRY(pop_maybe_shared(HeapType::kEq));
      const bool known = a.kind == StackType::kValue && b.kind == StackType::kValue;
      if (known && types_.is_shared(a.type) != types_.is_shared(b.type)) {
        return invalid("type mismatch: one operand of ref.eq is shared and one is not");
      }
      push(ValType::i32());
      return {};
    }
    case Op::kRefAsNonNull: {
      StackType operand = TRY(pop_ref());
      if (operand.kind == StackType::kBottom) operand = StackType::bottom_ref();
      if (operand.kind == StackType::kValue) operand.type.ref.nullable = false;
      push(operand);
      return {};
    }
    case Op::kRefTest:
    case Op::kRefTestNull:
    case Op::kRefCast:
    case Op::kRefCastNull: {
      TRY(check_heap_type(op.ref.heap));
      if (types_.top(op.ref.heap) == HeapType::kCont) return invalid("invalid cast: continuations cannot be cast");
      TRY(pop(ValType::of({true, {types_.top(op.ref.heap), {}, types_.is_shared(op.ref.heap)}})));
      bool test = op.op == Op::kRefTest || op.op == Op::kRefTestNull;
      push(test ? ValType::i32() : ValType::of(op.ref));
      return {};
    }
    default:
      return invalid(fmt::format("`{}` is not supported", info(op.op).text));
  }
}

}  // namespace witc::wasm
