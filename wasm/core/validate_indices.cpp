// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Immediates of operators: is there such a function, memory, type, ...; is the memory access well formed.
#include <fmt/format.h>

#include "wasm/core/validate.h"

namespace witc::wasm {

Result<const Func*> FunctionValidator::func_at(std::uint32_t index) const {
  FuncIndex id(index);
  if (!module().funcs.contains(id))
    return invalid(fmt::format("unknown function {}: function index out of bounds", index));
  return &module().funcs[id];
}

Result<const Table*> FunctionValidator::table_at(std::uint32_t index) const {
  TableIndex id(index);
  if (!module().tables.contains(id)) return invalid(fmt::format("unknown table {}: table index out of bounds", index));
  return &module().tables[id];
}

Result<const Memory*> FunctionValidator::memory_at(std::uint32_t index) const {
  MemoryIndex id(index);
  if (index > 0) TRY(check_feature(Feature::kMultiMemory));
  if (!module().memories.contains(id)) return invalid(fmt::format("unknown memory {}", index));
  return &module().memories[id];
}

Result<const Global*> FunctionValidator::global_at(std::uint32_t index) const {
  GlobalIndex id(index);
  if (!module().globals.contains(id))
    return invalid(fmt::format("unknown global {}: global index out of bounds", index));
  return &module().globals[id];
}

Result<const FuncType*> FunctionValidator::func_type_at(std::uint32_t index) const {
  TypeIndex id(index);
  if (!module().types.contains(id)) return invalid(fmt::format("unknown type {}: type index out of bounds", index));
  const auto* type = std::get_if<FuncType>(&module().types[id].type);
  if (type == nullptr) return invalid(fmt::format("type mismatch: type {} is not a function type", index));
  return type;
}

Result<const StructType*> FunctionValidator::struct_type_at(std::uint32_t index) const {
  TypeIndex id(index);
  if (!module().types.contains(id)) return invalid(fmt::format("unknown type {}: type index out of bounds", index));
  const auto* type = std::get_if<StructType>(&module().types[id].type);
  if (type == nullptr) return invalid(fmt::format("type mismatch: type {} is not a structure type", index));
  TRY(check_shared(module().types[id].is_shared, "structs"));
  return type;
}

Result<const ArrayType*> FunctionValidator::array_type_at(std::uint32_t index) const {
  TypeIndex id(index);
  if (!module().types.contains(id)) return invalid(fmt::format("unknown type {}: type index out of bounds", index));
  const auto* type = std::get_if<ArrayType>(&module().types[id].type);
  if (type == nullptr) return invalid(fmt::format("type mismatch: type {} is not an array type", index));
  TRY(check_shared(module().types[id].is_shared, "arrays"));
  return type;
}

Result<const FuncType*> FunctionValidator::tag_type_at(std::uint32_t index) const {
  TagIndex id(index);
  if (!module().tags.contains(id)) return invalid(fmt::format("unknown tag {}: tag index out of bounds", index));
  return func_type_at(module().tags[id].type.type.value);
}

/// Of tags whose type has results, only effects are made (proposal stack switching).
Result<const FuncType*> FunctionValidator::exception_type_at(std::uint32_t index) const {
  const FuncType* type = TRY(tag_type_at(index));
  if (!type->results.empty()) return invalid("non-empty tag result type: invalid exception type");
  return type;
}

/// The function type of a continuation type.
Result<const FuncType*> FunctionValidator::cont_type_at(std::uint32_t index) const {
  TypeIndex id(index);
  if (!module().types.contains(id)) return invalid(fmt::format("unknown type {}: type index out of bounds", index));
  const auto* type = std::get_if<ContType>(&module().types[id].type);
  if (type == nullptr) {
    return invalid(fmt::format("type mismatch: non-continuation type {}", index));
  }
  TRY(check_shared(module().types[id].is_shared, "continuations"));
  return &std::get<FuncType>(module().types[type->func].type);
}

/// What describes a type's values (proposal custom descriptors).
Result<TypeIndex> FunctionValidator::descriptor_at(std::uint32_t index) const {
  TypeIndex id(index);
  if (!module().types.contains(id)) return invalid(fmt::format("unknown type {}: type index out of bounds", index));
  const std::optional<TypeIndex>& descriptor = module().types[id].descriptor;
  if (!descriptor) {
    return invalid(fmt::format("type without descriptor: type {} does not have a descriptor", index));
  }
  return *descriptor;
}

/// Shared functions keep to what is shared (proposal shared-everything threads).
Result<void> FunctionValidator::check_shared(bool is_shared, std::string_view what) const {
  if (!is_shared_ || is_shared) return {};
  return invalid(fmt::format("shared functions cannot access unshared {}", what));
}

Result<const ElementSegment*> FunctionValidator::elem_at(std::uint32_t index) const {
  ElemIndex id(index);
  if (!module().elements.contains(id)) return invalid(fmt::format("unknown elem segment {}", index));
  return &module().elements[id];
}

Result<void> FunctionValidator::data_at(std::uint32_t index) const {
  // The count must stand before the code, so that bodies can be validated before the data is read.
  if (!module().data_count)
    return error(DiagCode::kWasmMalformed, module().code_span(offset_), "data count section required");
  if (index >= *module().data_count) return invalid(fmt::format("unknown data segment {}", index));
  return {};
}

Result<void> FunctionValidator::check_heap_type(const HeapType& type) const {
  for (Feature feature : features_of(type)) TRY(check_feature(feature));
  if (type.kind != HeapType::kIndex || module().types.contains(type.index)) return {};
  return invalid(fmt::format("unknown type {}: type index out of bounds", type.index.value));
}

Result<void> FunctionValidator::check_val_type(const ValType& type) const {
  for (Feature feature : features_of(type)) TRY(check_feature(feature));
  return type.is_ref() ? check_heap_type(type.ref.heap) : Result<void>();
}

Result<void> FunctionValidator::check_block_type(const BlockType& type) const {
  switch (type.kind) {
    case BlockType::kEmpty:
      return {};
    case BlockType::kValue:
      return check_val_type(type.value);
    case BlockType::kFunc:
      TRY(check_feature(Feature::kMultiValue));
      (void)TRY(func_type_at(type.type.value));
      return {};
  }
  std::unreachable();
}

/// What `a` in the operator's signature stands for; i32 where it has no memory.
Result<ValType> FunctionValidator::address_type(const Operator& op, ImmediateKind kind) const {
  std::uint32_t index = 0;
  switch (kind) {
    case ImmediateKind::kMemarg:
    case ImmediateKind::kMemargLane:
    case ImmediateKind::kAtomicMemarg:
      index = op.memarg.memory.value;
      break;
    case ImmediateKind::kMemory:
      index = op.index;
      break;
    case ImmediateKind::kMemoryInit:
      index = op.index2;
      break;
    default:
      return ValType::i32();
  }
  const Memory* memory = TRY(memory_at(index));
  return memory->type.limits.is_64 ? ValType::i64() : ValType::i32();
}

Result<void> FunctionValidator::check_memarg(const Operator& op) const {
  const OpInfo& row = info(op.op);
  if (op.memarg.align > row.align) return invalid("alignment must not be larger than natural");
  if (row.immediates == ImmediateKind::kAtomicMemarg && op.memarg.align != row.align) {
    return invalid("atomic accesses must have natural alignment");
  }
  const Memory* memory = TRY(memory_at(op.memarg.memory.value));
  if (!memory->type.limits.is_64 && op.memarg.offset > ~std::uint32_t{0}) {
    return invalid("offset out of range: must be at most 2^32 - 1");
  }
  return {};
}

}  // namespace witc::wasm
