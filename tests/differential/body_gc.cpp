// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// References: values of every reference type, and the operators on structs, arrays, i31 and casts.
#include <array>

#include "tests/differential/body_generator.h"
#include "wasm/core/type_binary.h"

namespace witc::differential {

using wasm::ArrayType;
using wasm::Feature;
using wasm::FieldType;
using wasm::HeapType;
using wasm::RefType;
using wasm::StructType;
using wasm::TypeIndex;
using wasm::ValType;

namespace {

ValType reference(HeapType heap, bool nullable = true) { return ValType::of({nullable, heap}); }
HeapType defined(TypeIndex type) { return {HeapType::kIndex, type}; }

bool is_packed(const FieldType& field) { return field.storage.packing != wasm::StorageType::kNone; }

}  // namespace

template <class Accept>
std::optional<TypeIndex> BodyGenerator::type_where(Accept&& accept) {
  std::vector<TypeIndex> found;
  for (TypeIndex type : module().types.ids()) {
    if (accept(type, module().types[type].type)) found.push_back(type);
  }
  if (found.empty()) return std::nullopt;
  return random_.one_of(found);
}

/// A struct or array type that matches.
std::optional<TypeIndex> BodyGenerator::aggregate_below(const HeapType& heap) {
  return type_where([&](TypeIndex type, const wasm::CompositeType& composite) {
    return !std::holds_alternative<wasm::FuncType>(composite) && types_.matches(defined(type), heap);
  });
}

void BodyGenerator::null(const RefType& type) {
  emit(Op::kRefNull, [&](wasm::BinaryWriter& out) { wasm::write_heap_type(out, type.heap); });
  if (!type.nullable) emit(Op::kRefAsNonNull);
}

void BodyGenerator::push_function(const RefType& type) {
  std::vector<wasm::FuncIndex> found;
  for (wasm::FuncIndex func : module().funcs.ids()) {
    if (types_.matches(defined(module().funcs[func].type), type.heap)) found.push_back(func);
  }
  if (found.empty() || (type.nullable && random_.percent(15))) return null(type);
  emit_index(Op::kRefFunc, random_.one_of(found).value);
}

void BodyGenerator::push_reference(const RefType& type) {
  if (random_.percent(40) && push_variable(ValType::of(type))) return;
  if (type.nullable && (depth_ >= kMaxValueDepth || random_.percent(10))) return null(type);
  switch (type.heap.kind) {
    case HeapType::kFunc:
      return push_function(type);
    case HeapType::kExtern:
      if (!has(Feature::kGc)) return null(type);
      push_value(reference({HeapType::kAny, {}}, type.nullable));
      return emit(Op::kExternConvertAny);
    case HeapType::kI31:
      push_value(ValType::i32());
      return emit(Op::kRefI31);
    case HeapType::kIndex:
      if (std::holds_alternative<wasm::FuncType>(module().types[type.heap.index].type)) return push_function(type);
      [[fallthrough]];
    case HeapType::kAny:
    case HeapType::kEq:
    case HeapType::kStruct:
    case HeapType::kArray: {
      const bool may_be_i31 = type.heap.kind == HeapType::kAny || type.heap.kind == HeapType::kEq;
      if (may_be_i31 && random_.percent(30)) return push_reference({type.nullable, {HeapType::kI31, {}}});
      if (const auto aggregate = aggregate_below(type.heap)) return push_aggregate(*aggregate);
      return may_be_i31 ? push_reference({type.nullable, {HeapType::kI31, {}}}) : null(type);
    }
    case HeapType::kExn:
    case HeapType::kNoFunc:
    case HeapType::kNoExtern:
    case HeapType::kNone:
    case HeapType::kNoExn:
    case HeapType::kCont:
    case HeapType::kNoCont:
      return null(type);
  }
}

void BodyGenerator::push_field(const FieldType& field) { push_value(field.storage.type); }

void BodyGenerator::push_aggregate(TypeIndex type) {
  const wasm::CompositeType& composite = module().types[type].type;
  if (const auto* array = std::get_if<ArrayType>(&composite)) return array_new(type, array->element);
  const auto& fields = std::get<StructType>(composite).fields;
  if (depth_ >= kMaxValueDepth || random_.percent(30)) return emit_index(Op::kStructNewDefault, type.value);
  for (const FieldType& field : fields) push_field(field);
  emit_index(Op::kStructNew, type.value);
}

void BodyGenerator::push_small(std::uint32_t bound) {
  if (random_.percent(50)) return i32_const(random_.below(bound + 1));
  push_value(ValType::i32());
  mask(false, bound);
}

void BodyGenerator::array_new(TypeIndex type, const FieldType& element) {
  switch (depth_ >= kMaxValueDepth ? 0 : random_.below(3)) {
    case 0:
      push_small(15);
      return emit_index(Op::kArrayNewDefault, type.value);
    case 1:
      push_field(element);
      push_small(15);
      return emit_index(Op::kArrayNew, type.value);
    default: {
      const std::uint32_t count = random_.below(6);
      for (std::uint32_t i = 0; i < count; ++i) push_field(element);
      return emit_indices(Op::kArrayNewFixed, type.value, count);
    }
  }
}

/// Seldom null.
void BodyGenerator::push_object(TypeIndex type) {
  if (random_.percent(60)) return push_value(reference(defined(type), false));
  push_value(reference(defined(type)));
}

void BodyGenerator::struct_statement() {
  const auto type = type_where([](TypeIndex, const auto& composite) { return std::holds_alternative<StructType>(composite); });
  if (!type) return;
  const auto& fields = std::get<StructType>(module().types[*type].type).fields;
  if (fields.empty() || random_.percent(20)) return push_aggregate(*type);
  const std::uint32_t index = random_.below(fields.size());
  const FieldType& field = fields[index];
  push_object(*type);
  if (field.is_mutable && random_.percent(50)) {
    push_field(field);
    return emit_indices(Op::kStructSet, type->value, index);
  }
  const Op get = !is_packed(field) ? Op::kStructGet : random_.percent(50) ? Op::kStructGetS : Op::kStructGetU;
  emit_indices(get, type->value, index);
}

void BodyGenerator::array_statement() {
  const auto type = type_where([](TypeIndex, const auto& composite) { return std::holds_alternative<ArrayType>(composite); });
  if (!type) return;
  const FieldType& element = std::get<ArrayType>(module().types[*type].type).element;
  switch (random_.below(5)) {
    case 0:
      return push_aggregate(*type);
    case 1:
      push_object(*type);
      return emit(Op::kArrayLen);
    case 2:
      if (element.is_mutable) return array_bulk(*type, element);
      [[fallthrough]];
    case 3:
      push_object(*type);
      push_small(3);
      return emit_index(!is_packed(element) ? Op::kArrayGet : random_.percent(50) ? Op::kArrayGetS : Op::kArrayGetU,
                        type->value);
    default:
      if (!element.is_mutable) return;
      push_object(*type);
      push_small(3);
      push_field(element);
      return emit_index(Op::kArraySet, type->value);
  }
}

void BodyGenerator::array_bulk(TypeIndex type, const FieldType& element) {
  push_object(type);
  push_small(3);
  if (random_.percent(50)) {
    push_field(element);
    push_small(3);
    return emit_index(Op::kArrayFill, type.value);
  }
  const auto from = type_where([&](TypeIndex, const wasm::CompositeType& composite) {
    const auto* array = std::get_if<ArrayType>(&composite);
    return array != nullptr && array->element.storage == element.storage;
  });
  push_object(*from);
  push_small(3);
  push_small(3);
  emit_indices(Op::kArrayCopy, type.value, from->value);
}

/// From data and element segments.
void BodyGenerator::array_segment() {
  const auto type = type_where([](TypeIndex, const auto& composite) { return std::holds_alternative<ArrayType>(composite); });
  if (!type) return;
  const FieldType& element = std::get<ArrayType>(module().types[*type].type).element;
  const bool is_ref = element.storage.type.is_ref();
  const std::size_t segments = is_ref ? module().elements.size() : module().data_count ? module().data.size() : 0;
  if (segments == 0) return;
  const std::uint32_t segment = random_.below(segments);
  if (is_ref) {
    const RefType& have = module().elements[wasm::ElemIndex(segment)].type;
    if (!types_.matches(have, element.storage.type.ref)) return;
  }
  const bool is_init = element.is_mutable && random_.percent(50);
  if (is_init) {
    push_object(*type);
    push_small(3);
  }
  push_small(3);
  push_small(3);
  const Op ops[] = {Op::kArrayNewData, Op::kArrayInitData, Op::kArrayNewElem, Op::kArrayInitElem};
  emit_indices(ops[(is_ref ? 2 : 0) + (is_init ? 1 : 0)], type->value, segment);
}

/// Something below `any`.
HeapType BodyGenerator::cast_target() {
  if (random_.percent(50)) {
    if (const auto type = aggregate_below({HeapType::kAny, {}})) return defined(*type);
  }
  static constexpr HeapType::Kind kKinds[] = {HeapType::kAny,    HeapType::kEq,    HeapType::kI31,
                                              HeapType::kStruct, HeapType::kArray, HeapType::kNone};
  return {random_.one_of(kKinds), {}};
}

void BodyGenerator::cast() {
  HeapType target = cast_target();
  if (random_.percent(20)) {  // functions have their own
    target = defined(module().funcs[wasm::FuncIndex(random_.below(module().funcs.size()))].type);
    want(std::array{ValType::funcref()});
  } else if (random_.percent(30)) {  // of the very type
    push_value(reference(target));
  } else {
    want(std::array{reference({HeapType::kAny, {}})});
  }
  const Op ops[] = {Op::kRefTest, Op::kRefTestNull, Op::kRefTest, Op::kRefCastNull, Op::kRefCast};
  emit(ops[random_.below(random_.percent(30) ? 5 : 3)],
       [&](wasm::BinaryWriter& out) { wasm::write_heap_type(out, target); });
}

/// block ... br_on_cast ... end, and what comes out is used up.
void BodyGenerator::branch_on_cast() {
  const bool on_failure = random_.percent(50);
  const HeapType target = cast_target();
  const ValType from = reference({HeapType::kAny, {}});
  const ValType to = reference(target, false);
  const ValType taken = on_failure ? from : to;
  emit(Op::kBlock, [&](wasm::BinaryWriter& out) {
    wasm::write_block_type(out, {wasm::BlockType::kValue, taken, {}});
  });
  push_value(from);
  emit(on_failure ? Op::kBrOnCastFail : Op::kBrOnCast, [&](wasm::BinaryWriter& out) {
    out.u8(1).u32(0);  // the source may be null, the target not
    wasm::write_heap_type(out, from.ref.heap);
    wasm::write_heap_type(out, target);
  });
  sink();
  statements(2);
  close(std::array{taken});
  emit(Op::kEnd);
  sink();
}

void BodyGenerator::i31() {
  if (random_.percent(30)) {
    want(std::array{ValType::i32()});
    return emit(Op::kRefI31);
  }
  if (random_.percent(80)) {
    push_value(ValType::i32());
    emit(Op::kRefI31);
  } else {
    want(std::array{reference({HeapType::kI31, {}})});
  }
  emit(random_.percent(50) ? Op::kI31GetS : Op::kI31GetU);
}

void BodyGenerator::convert_extern() {
  want(std::array{ValType::externref()});
  emit(Op::kAnyConvertExtern);
}

void BodyGenerator::ref_eq() {
  const ValType eq = reference({HeapType::kEq, {}});
  want(std::array{eq, eq});
  emit(Op::kRefEq);
}

}  // namespace witc::differential
