// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Validation of atomic accesses to globals, tables, structures and arrays (proposal shared-everything threads). The
// ordering of an access bears on no type.
#include <fmt/format.h>

#include "wasm/core/validate.h"

namespace witc::wasm {
namespace {

/// What an operator does to the place it accesses.
enum class Access : std::uint8_t { kGet, kGetPacked, kSet, kArithmetic, kExchange, kCompareExchange };

Access access_of(Op op) {
  const std::string_view text = info(op).text;
  const std::string_view what = text.substr(text.find(".atomic.") + 8);
  if (what == "get") return Access::kGet;
  if (what == "set") return Access::kSet;
  if (what == "rmw.xchg") return Access::kExchange;
  if (what == "rmw.cmpxchg") return Access::kCompareExchange;
  return what.starts_with("get_") ? Access::kGetPacked : Access::kArithmetic;
}

}  // namespace

/// May a value of that type be accessed so: i32, i64, references that can be compared where they are, and packed fields
/// where they are extended or cut.
Result<void> FunctionValidator::check_atomic(Op op, const StorageType& type, bool is_mutable) const {
  const Access access = access_of(op);
  const bool reads = access == Access::kGet || access == Access::kGetPacked;
  if (!reads && !is_mutable) {
    return invalid(fmt::format("immutable: `{}` cannot modify what is immutable", info(op).text));
  }
  const bool is_packed = type.packing != StorageType::kNone;
  const ValType& value = type.type;
  bool fits = !is_packed && (value.kind == ValType::kI32 || value.kind == ValType::kI64);
  if (value.is_ref() && access != Access::kArithmetic) {
    const HeapType::Kind top = access == Access::kCompareExchange ? HeapType::kEq : HeapType::kAny;
    fits = types_.matches(value.ref.heap, HeapType{top, {}, types_.is_shared(value)});
  }
  if (access == Access::kGetPacked) fits = is_packed;
  if (access == Access::kSet && is_packed) fits = true;
  return fits ? Result<void>() : invalid(fmt::format("invalid type: `{}` does not take it", info(op).text));
}

/// Pops the operands, after them what says the place, and pushes the result.
Result<void> FunctionValidator::apply_atomic(Op op, const ValType& type, Types place) {
  const Access access = access_of(op);
  const bool reads = access == Access::kGet || access == Access::kGetPacked;
  if (!reads) TRY(pop(type));
  if (access == Access::kCompareExchange) TRY(pop(type));
  TRY(pop_all(place));
  if (access != Access::kSet) push(type);
  return {};
}

Result<void> FunctionValidator::step_global_atomic(const Operator& op) {
  const Global* global = TRY(global_at(op.index));
  TRY(check_shared(global->type.is_shared, "globals"));
  TRY(check_atomic(op.op, {StorageType::kNone, global->type.type}, global->type.is_mutable));
  return apply_atomic(op.op, global->type.type, {});
}

Result<void> FunctionValidator::step_table_atomic(const Operator& op) {
  const Table* table = TRY(table_at(op.index));
  TRY(check_shared(table->type.is_shared, "tables"));
  const ValType element = ValType::of(table->type.element);
  TRY(check_atomic(op.op, {StorageType::kNone, element}, true));
  const ValType address = table->type.limits.is_64 ? ValType::i64() : ValType::i32();
  return apply_atomic(op.op, element, {&address, 1});
}

Result<void> FunctionValidator::step_struct_atomic(const Operator& op) {
  const StructType* type = TRY(struct_type_at(op.index));
  if (op.index2 >= type->fields.size()) {
    return invalid(fmt::format("unknown field {}: field index out of bounds", op.index2));
  }
  const FieldType& field = type->fields[op.index2];
  TRY(check_atomic(op.op, field.storage, field.is_mutable));
  const ValType place = ValType::of({true, {HeapType::kIndex, op.type()}});
  return apply_atomic(op.op, field.storage.type, {&place, 1});
}

Result<void> FunctionValidator::step_array_atomic(const Operator& op) {
  const FieldType element = TRY(array_type_at(op.index))->element;
  TRY(check_atomic(op.op, element.storage, element.is_mutable));
  const ValType place[] = {ValType::of({true, {HeapType::kIndex, op.type()}}), ValType::i32()};
  return apply_atomic(op.op, element.storage.type, place);
}

}  // namespace witc::wasm
