// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Types (core specification, "Validation > Types"), those of the proposals custom descriptors, stack switching and
// shared-everything threads among them.
#include <algorithm>

#include "base/overloaded.h"
#include "wasm/core/declarations.h"
#include "wasm/core/limits.h"

namespace witc::wasm {

Result<void> DeclarationValidator::types() {
  if (!module_.explicit_groups.empty()) TRY(need(Feature::kGc, 0));
  std::uint32_t first = 0;
  for (std::uint32_t count : module_.rec_groups) {
    TRY(type_group(TypeIndex(first), count));
    first += count;
  }
  return {};
}

Result<void> DeclarationValidator::type_group(TypeIndex first, std::uint32_t count) {
  if (count != 1) TRY(need(Feature::kGc, 0));
  std::uint32_t limit = first.value + count;
  for (std::uint32_t i = first.value; i < limit; ++i) {
    const SubType& type = module_.types[TypeIndex(i)];
    TRY(composite_type(type.type, limit));
    if (type.supertypes.size() > 1) return invalid(0, "sub type cannot have more than one super type");
    for (TypeIndex super : type.supertypes) {
      if (super.value >= i) return invalid(0, fmt::format("unknown type {}: type index out of bounds", super.value));
    }
    TRY(descriptors(TypeIndex(i), first.value, limit));
  }
  context_.store_->intern(module_.types, first, count, context_.canon_);
  for (std::uint32_t i = first.value; i < limit; ++i) TRY(sub_type(TypeIndex(i)));
  return {};
}

Result<void> DeclarationValidator::sub_type(TypeIndex index) {
  const SubType& type = module_.types[index];
  if (!type.is_final || !type.supertypes.empty()) TRY(need(Feature::kGc, 0));
  if (type.is_shared) TRY(shared_type(type));
  if (const auto* cont = std::get_if<ContType>(&type.type)) TRY(func_type_index(cont->func, 0));
  if (type.supertypes.empty()) return {};
  const SubType& super = module_.types[type.supertypes[0]];
  std::string between = fmt::format("sub type {} does not match super type {}", index.value, type.supertypes[0].value);
  if (super.is_final) return invalid(0, between + ": super type is final");
  if (type.is_shared != super.is_shared) return invalid(0, between + ": only one of them is shared");
  if (!context_.types().matches(type.type, super.type)) return invalid(0, between);
  TRY(descriptors_match(index, type.supertypes[0]));
  if (context_.store_->depth(context_.canon_[index.value]) > kMaxSubtypingDepth) {
    return error(DiagCode::kWasmLimit, module_.item_span(0), "sub type hierarchy is too deep");
  }
  return {};
}

Result<void> DeclarationValidator::heap_type(const HeapType& type, std::uint32_t limit, std::uint32_t offset) const {
  for (Feature feature : features_of(type)) TRY(need(feature, offset));
  if (type.kind != HeapType::kIndex || type.index.value < limit) return {};
  return invalid(offset, fmt::format("unknown type {}: type index out of bounds", type.index.value));
}

Result<void> DeclarationValidator::ref_type(const RefType& type, std::uint32_t limit, std::uint32_t offset) const {
  return val_type(ValType::of(type), limit, offset);
}

Result<void> DeclarationValidator::val_type(const ValType& type, std::uint32_t limit, std::uint32_t offset) const {
  for (Feature feature : features_of(type)) TRY(need(feature, offset));
  return type.is_ref() ? heap_type(type.ref.heap, limit, offset) : Result<void>();
}

Result<void> DeclarationValidator::composite_type(const CompositeType& type, std::uint32_t limit) const {
  auto field = [&](const FieldType& item) { return val_type(item.storage.type, limit, 0); };
  return match(
      type,
      [&](const FuncType& func) -> Result<void> {
        for (const ValType& item : func.params) TRY(val_type(item, limit, 0));
        for (const ValType& item : func.results) TRY(val_type(item, limit, 0));
        if (func.results.size() > 1) TRY(need(Feature::kMultiValue, 0));
        return {};
      },
      [&](const StructType& record) -> Result<void> {
        TRY(need(Feature::kGc, 0));
        TRY(need(Feature::kGcTypes, 0));
        for (const FieldType& item : record.fields) TRY(field(item));
        return {};
      },
      [&](const ArrayType& array) -> Result<void> {
        TRY(need(Feature::kGc, 0));
        TRY(need(Feature::kGcTypes, 0));
        return field(array.element);
      },
      [&](const ContType& cont) -> Result<void> {
        TRY(need(Feature::kStackSwitching, 0));
        TRY(need(Feature::kGcTypes, 0));
        if (cont.func.value < limit) return {};
        return invalid(0, fmt::format("unknown type {}: type index out of bounds", cont.func.value));
      });
}

/// All that a shared type is made of must be (proposal shared-everything threads).
Result<void> DeclarationValidator::shared_type(const SubType& type) const {
  TRY(need(Feature::kSharedEverything, 0));
  const TypeMatcher types = context_.types();
  auto shared = [&](const ValType& item) { return types.is_shared(item); };
  auto shared_field = [&](const FieldType& item) { return types.is_shared(item.storage.type); };
  const bool fits = match(
      type.type,
      [&](const FuncType& func) {
        return std::ranges::all_of(func.params, shared) && std::ranges::all_of(func.results, shared);
      },
      [&](const StructType& record) { return std::ranges::all_of(record.fields, shared_field); },
      [&](const ArrayType& array) { return shared_field(array.element); },
      [&](const ContType& cont) { return module_.types[cont.func].is_shared; });
  return fits ? Result<void>() : invalid(0, "shared composite type must contain shared types");
}

Result<void> DeclarationValidator::need_shared(bool is_shared, std::uint32_t offset, std::string_view what) const {
  if (!is_shared || has(Feature::kSharedEverything)) return {};
  return malformed(offset, what, Feature::kSharedEverything);
}

/// Custom descriptors, "Custom Descriptor Definitions": a type and its descriptor are structures of one group, in order,
/// that say so of each other.
Result<void> DeclarationValidator::descriptors(TypeIndex index, std::uint32_t first, std::uint32_t limit) const {
  const SubType& type = module_.types[index];
  if (!type.describes && !type.descriptor) return {};
  TRY(need(Feature::kCustomDescriptors, 0));
  const bool is_struct = std::holds_alternative<StructType>(type.type);
  auto inside = [&](TypeIndex other) { return other.value >= first && other.value < limit; };
  if (type.describes) {
    if (!inside(*type.describes)) return invalid(0, "described type is outside rec group");
    if (*type.describes >= index) return invalid(0, "forward use of described type");
    if (!is_struct) return invalid(0, "described type must be a struct");
    if (module_.types[*type.describes].descriptor != index) {
      return invalid(0, "described type is not described by descriptor");
    }
  }
  if (type.descriptor) {
    if (!inside(*type.descriptor)) return invalid(0, "descriptor type is outside rec group");
    if (!is_struct) return invalid(0, "descriptor type must be a struct");
    if (module_.types[*type.descriptor].describes != index) {
      return invalid(0, "type is not described by its descriptor");
    }
  }
  return {};
}

/// A descriptor's supertype is a descriptor too; what they describe, and what describes them, must be subtypes likewise.
Result<void> DeclarationValidator::descriptors_match(TypeIndex index, TypeIndex super_index) const {
  const SubType& type = module_.types[index];
  const SubType& super = module_.types[super_index];
  const bool has_needed = type.descriptor.has_value() || !super.descriptor.has_value();
  if (!has_needed || type.describes.has_value() != super.describes.has_value()) {
    return invalid(0, fmt::format("sub type {} does not match super type {}", index.value, super_index.value));
  }
  const TypeMatcher types = context_.types();
  if (super.descriptor && !types.matches(*type.descriptor, *super.descriptor)) {
    return invalid(0, fmt::format("descriptor type {} does not match", type.descriptor->value));
  }
  if (super.describes && !types.matches(*type.describes, *super.describes)) {
    return invalid(0, fmt::format("described type {} does not match", type.describes->value));
  }
  return {};
}

Result<void> DeclarationValidator::func_type_index(TypeIndex index, std::uint32_t offset) const {
  if (!module_.types.contains(index)) {
    return invalid(offset, fmt::format("unknown type {}: type index out of bounds", index.value));
  }
  if (std::holds_alternative<FuncType>(module_.types[index].type)) return {};
  return invalid(offset, fmt::format("type mismatch: type index {} is not a function type", index.value));
}

Result<void> DeclarationValidator::table_type(const TableType& type, std::uint32_t offset) const {
  // WebAssembly 1.0 has tables of functions, though not the type by itself.
  if (type.element != RefType{true, {HeapType::kFunc, {}}}) TRY(ref_type(type.element, all_types(), offset));
  if (type.limits.is_64) TRY(need(Feature::kMemory64, offset));
  TRY(need_shared(type.is_shared, offset, "malformed limits flags"));
  if (type.is_shared && !context_.types().is_shared(type.element.heap)) {
    return invalid(offset, "shared tables must have a shared element type");
  }
  if (type.limits.max && *type.limits.max < type.limits.min) {
    return invalid(offset, "size minimum must not be greater than maximum");
  }
  constexpr std::uint64_t kMax32 = ~std::uint32_t{0};
  if (!type.limits.is_64 && (type.limits.min > kMax32 || type.limits.max.value_or(0) > kMax32)) {
    return invalid(offset, "table size must be at most 2^32 - 1");
  }
  return {};
}

Result<void> DeclarationValidator::memory_type(const MemoryType& type, std::uint32_t offset) const {
  if (type.limits.is_64) TRY(need(Feature::kMemory64, offset));
  if (type.is_shared) TRY(need(Feature::kThreads, offset));
  if (type.page_size_log2 != 16 || type.has_page_size) {
    TRY(need(Feature::kCustomPageSizes, offset));
    if (type.page_size_log2 != 0 && type.page_size_log2 != 16) return invalid(offset, "invalid custom page size");
  }
  if (type.limits.max && *type.limits.max < type.limits.min) {
    return invalid(offset, "size minimum must not be greater than maximum");
  }
  unsigned bits = (type.limits.is_64 ? 64 : 32) - type.page_size_log2;
  std::uint64_t most = bits == 64 ? ~std::uint64_t{0} : std::uint64_t{1} << bits;
  if (type.page_size_log2 == 0 && !type.limits.is_64) most = ~std::uint32_t{0};
  if (type.limits.min > most || type.limits.max.value_or(0) > most) {
    return invalid(offset, type.limits.is_64 || type.page_size_log2 != 16
                               ? fmt::format("memory size must be at most {} pages", most)
                               : "memory size must be at most 65536 pages (4GiB)");
  }
  if (type.is_shared && !type.limits.max) return invalid(offset, "shared memory must have maximum");
  return {};
}

Result<void> DeclarationValidator::tag_type(const TagType& type, std::uint32_t offset) const {
  TRY(need(Feature::kExceptions, offset));
  TRY(func_type_index(type.type, offset));
  if (has(Feature::kStackSwitching) || std::get<FuncType>(module_.types[type.type].type).results.empty()) return {};
  return invalid(offset, "non-empty tag result type: invalid exception type");
}

}  // namespace witc::wasm
