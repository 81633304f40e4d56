// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Validation of structures, arrays and i31 (core specification, "Validation > Instructions > Aggregate
// Instructions").
#include <fmt/format.h>

#include "wasm/core/limits.h"
#include "wasm/core/validate.h"

namespace witc::wasm {
namespace {

bool is_defaultable(const FieldType& field) { return !field.storage.type.is_ref() || field.storage.type.ref.nullable; }
bool is_packed(const FieldType& field) { return field.storage.packing != StorageType::kNone; }
bool is_number(const FieldType& field) { return is_packed(field) || !field.storage.type.is_ref(); }

/// Is the operator of the right kind (`get` or `get_s`/`get_u`) for the field.
bool fits_packing(Op op, const FieldType& field) {
  bool plain = op == Op::kStructGet || op == Op::kArrayGet;
  return plain != is_packed(field);
}

ValType ref_to(TypeIndex type, bool nullable) { return ValType::of({nullable, {HeapType::kIndex, type}}); }

}  // namespace

/// Of a value just made: that it is of no subtype is said where custom descriptors are there.
ValType FunctionValidator::new_ref(TypeIndex type) const {
  return ValType::of({false, {HeapType::kIndex, type, false, context_.features().has(Feature::kCustomDescriptors)}});
}

Result<void> FunctionValidator::step_struct(const Operator& op) {
  const StructType* type = TRY(struct_type_at(op.index));
  const bool described = op.op == Op::kStructNewDesc || op.op == Op::kStructNewDefaultDesc;
  const bool makes_new = described || op.op == Op::kStructNew || op.op == Op::kStructNewDefault;
  const std::optional<TypeIndex>& descriptor = module().types[op.type()].descriptor;
  if (makes_new && described != descriptor.has_value()) {
    return invalid(described ? "type without descriptor requires non-descriptor allocation"
                             : "type with descriptor requires descriptor allocation");
  }
  if (described) TRY(pop(ValType::of({true, {HeapType::kIndex, *descriptor, false, true}})));
  if (op.op == Op::kStructNew || op.op == Op::kStructNewDesc) {
    for (std::size_t i = type->fields.size(); i-- > 0;) TRY(pop(type->fields[i].storage.type));
    push(new_ref(op.type()));
    return {};
  }
  if (makes_new) {
    for (const FieldType& field : type->fields) {
      if (!is_defaultable(field)) return invalid("type mismatch: field type is not defaultable");
    }
    push(new_ref(op.type()));
    return {};
  }
  if (op.index2 >= type->fields.size())
    return invalid(fmt::format("unknown field {}: field index out of bounds", op.index2));
  const FieldType& field = type->fields[op.index2];
  if (op.op == Op::kStructSet) {
    if (!field.is_mutable) return invalid("immutable field: field is immutable, it cannot be set");
    TRY(pop(field.storage.type));
    TRY(pop(ref_to(op.type(), true)));
    return {};
  }
  if (!fits_packing(op.op, field)) {
    return invalid(is_packed(field) ? "type mismatch: field is packed: struct.get_s or struct.get_u is needed"
                                    : "type mismatch: field is unpacked: struct.get is needed");
  }
  TRY(pop(ref_to(op.type(), true)));
  push(field.storage.type);
  return {};
}

Result<void> FunctionValidator::step_array(const Operator& op) {
  const ValType i32 = ValType::i32();
  if (op.op == Op::kArrayLen) {
    TRY(pop_maybe_shared(HeapType::kArray));
    push(i32);
    return {};
  }
  const FieldType element = TRY(array_type_at(op.index))->element;
  const ValType value = element.storage.type;
  const ValType array = ref_to(op.type(), true);
  bool writes = op.op == Op::kArraySet || op.op == Op::kArrayFill || op.op == Op::kArrayCopy;
  if (writes && !element.is_mutable) return invalid("immutable array: array is immutable, it cannot be set");
  switch (op.op) {
    case Op::kArrayNew:
      TRY(pop(i32));
      TRY(pop(value));
      push(new_ref(op.type()));
      return {};
    case Op::kArrayNewDefault:
      if (!is_defaultable(element)) return invalid("type mismatch: array element type is not defaultable");
      TRY(pop(i32));
      push(new_ref(op.type()));
      return {};
    case Op::kArrayNewFixed:
      if (op.index2 > kMaxArrayOperands) {
        return error(DiagCode::kWasmLimit, module().code_span(offset_), "array.new_fixed of more than 10000 elements");
      }
      for (std::uint32_t i = 0; i < op.index2; ++i) TRY(pop(value));
      push(new_ref(op.type()));
      return {};
    case Op::kArraySet:
      TRY(pop(value));
      TRY(pop(i32));
      TRY(pop(array));
      return {};
    case Op::kArrayFill:
      TRY(pop(i32));
      TRY(pop(value));
      TRY(pop(i32));
      TRY(pop(array));
      return {};
    case Op::kArrayCopy: {
      const FieldType source = TRY(array_type_at(op.index2))->element;
      if (source.storage.packing != element.storage.packing || !types_.matches(source.storage.type, value)) {
        return invalid("type mismatch: array types do not match");
      }
      TRY(pop(i32));
      TRY(pop(i32));
      TRY(pop(ref_to(TypeIndex(op.index2), true)));
      TRY(pop(i32));
      TRY(pop(array));
      return {};
    }
    default:  // kArrayGet, kArrayGetS, kArrayGetU
      if (!fits_packing(op.op, element)) {
        return invalid(is_packed(element) ? "type mismatch: array is packed: array.get_s or array.get_u is needed"
                                          : "type mismatch: array is unpacked: array.get is needed");
      }
      TRY(pop(i32));
      TRY(pop(array));
      push(value);
      return {};
  }
}

Result<void> FunctionValidator::step_array_segment(const Operator& op) {
  const ValType i32 = ValType::i32();
  const FieldType element = TRY(array_type_at(op.index))->element;
  bool from_data = op.op == Op::kArrayNewData || op.op == Op::kArrayInitData;
  bool makes_new = op.op == Op::kArrayNewData || op.op == Op::kArrayNewElem;
  if (!makes_new && !element.is_mutable) return invalid("immutable array: array is immutable, it cannot be set");
  if (from_data) {
    if (!is_number(element)) return invalid("type mismatch: array type is not numeric or vector");
    TRY(data_at(op.index2));
  } else {
    const ElementSegment* segment = TRY(elem_at(op.index2));
    if (is_packed(element) || !types_.matches(ValType::of(segment->type), element.storage.type)) {
      return invalid("type mismatch: the segment's elements are not the array's");
    }
  }
  TRY(pop(i32));
  TRY(pop(i32));
  if (makes_new) {
    push(new_ref(op.type()));
    return {};
  }
  TRY(pop(i32));
  TRY(pop(ref_to(op.type(), true)));
  return {};
}

Result<void> FunctionValidator::step_convert(const Operator& op) {
  auto convert = [this](HeapType::Kind from, HeapType::Kind to) -> Result<void> {
    const StackType operand = TRY(pop_maybe_shared(from));
    if (operand.kind != StackType::kValue) {
      push(StackType::bottom_ref(to));
      return {};
    }
    push(ValType::of({operand.type.ref.nullable, {to, {}, types_.is_shared(operand.type)}}));
    return {};
  };
  switch (op.op) {
    case Op::kAnyConvertExtern:
      return convert(HeapType::kExtern, HeapType::kAny);
    case Op::kExternConvertAny:
      return convert(HeapType::kAny, HeapType::kExtern);
    case Op::kRefI31:
    case Op::kRefI31Shared:
      TRY(pop(ValType::i32()));
      push(ValType::of({false, {HeapType::kI31, {}, op.op == Op::kRefI31Shared}}));
      return {};
    default:  // kI31GetS, kI31GetU
      TRY(pop_maybe_shared(HeapType::kI31));
      push(ValType::i32());
      return {};
  }
}

}  // namespace witc::wasm
