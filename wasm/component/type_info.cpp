// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sizes and properties of types (wasm/component/type_info.h).
#include "wasm/component/type_info.h"

#include <algorithm>

#include "base/overloaded.h"

namespace witc::component {
namespace {

constexpr std::uint32_t kSizeCap = 1u << 30;
constexpr std::uint64_t kElemCap = std::uint64_t{1} << 60;

std::uint64_t align_to(std::uint64_t offset, std::uint32_t alignment) {
  return (offset + alignment - 1) / alignment * alignment;
}

TypeInfo prim_info(PrimValType prim) {
  auto info = [](std::uint32_t bytes) {
    TypeInfo result;
    result.elem_size = bytes;
    result.alignment = bytes;
    return result;
  };
  switch (prim) {
    case PrimValType::kBool:
    case PrimValType::kS8:
    case PrimValType::kU8:
      return info(1);
    case PrimValType::kS16:
    case PrimValType::kU16:
      return info(2);
    case PrimValType::kS32:
    case PrimValType::kU32:
    case PrimValType::kF32:
    case PrimValType::kChar:
    case PrimValType::kErrorContext:
      return info(4);
    case PrimValType::kS64:
    case PrimValType::kU64:
    case PrimValType::kF64:
      return info(8);
    case PrimValType::kString: {
      TypeInfo result = info(8);
      result.elem_size = 16;
      result.has_pointer = true;
      return result;
    }
  }
  return {};
}

/// A record so far: its parts are added in order, then it is finished.
struct RecordLayout {
  TypeInfo info;
  void add(const TypeInfo& part) {
    info.combine(part);
    info.alignment = std::max(info.alignment, part.alignment);
    info.elem_size = std::min(kElemCap, align_to(info.elem_size, part.alignment) + part.elem_size);
  }
  TypeInfo finish() {
    info.elem_size = align_to(info.elem_size, info.alignment);
    return info;
  }
};

/// A variant so far: payloads of its cases are added in any order.
struct VariantLayout {
  explicit VariantLayout(std::size_t cases) : discriminant(cases <= 256 ? 1 : cases <= 65536 ? 2 : 4) {}
  std::uint32_t discriminant;
  std::uint64_t payload = 0;
  std::uint32_t payload_alignment = 1;
  TypeInfo info;
  void add(const TypeInfo& part) {
    info.combine(part);
    payload = std::max(payload, part.elem_size);
    payload_alignment = std::max(payload_alignment, part.alignment);
  }
  TypeInfo finish() {
    info.alignment = std::max(discriminant, payload_alignment);
    std::uint64_t size = align_to(discriminant, payload_alignment) + payload;
    info.elem_size = align_to(std::min(kElemCap, size), info.alignment);
    return info;
  }
};

TypeInfo fixed(std::uint64_t size, std::uint32_t alignment) {
  TypeInfo info;
  info.elem_size = size;
  info.alignment = alignment;
  return info;
}

TypeInfo flags_info(std::size_t labels) {
  std::uint32_t bytes = labels <= 8 ? 1 : labels <= 16 ? 2 : 4;
  TypeInfo info = fixed(bytes, bytes);
  info.size += static_cast<std::uint32_t>(labels);
  return info;
}

TypeInfo list_info(const ListType& list, const TypeInfo& element) {
  TypeInfo info = fixed(16, 8);
  info.combine(element);
  if (!list.length) {
    info.has_pointer = true;
    return info;
  }
  info.alignment = element.alignment;
  bool overflows = element.elem_size != 0 && *list.length > kElemCap / element.elem_size;
  info.elem_size = overflows ? kElemCap : element.elem_size * *list.length;
  return info;
}

TypeInfo handle_info(bool borrow) {
  TypeInfo info = fixed(4, 4);
  info.has_resource = true;
  info.has_borrow = borrow;
  return info;
}

TypeInfo indirect_info(TypeInfos& infos, const std::optional<ValType>& type) {
  TypeInfo info = fixed(4, 4);
  if (type) info.combine(infos.of(*type));
  info.has_pointer = false;  // the contents are read and written by built-ins of their own
  return info;
}

TypeInfo value_info(TypeInfos& infos, const ValueType& type) {
  return match(
      type, [](PrimValType prim) { return prim_info(prim); },
      [&](const RecordType& record) {
        RecordLayout layout;
        for (const FieldType& field : record.fields) layout.add(infos.of(field.type));
        return layout.finish();
      },
      [&](const VariantType& variant) {
        VariantLayout layout(variant.cases.size());
        for (const CaseType& item : variant.cases) layout.add(item.type ? infos.of(*item.type) : TypeInfo{});
        return layout.finish();
      },
      [&](const ListType& list) { return list_info(list, infos.of(list.element)); },
      [&](const TupleType& tuple) {
        RecordLayout layout;
        for (const ValType& item : tuple.types) layout.add(infos.of(item));
        return layout.finish();
      },
      [](const FlagsType& flags) { return flags_info(flags.labels.size()); },
      [](const EnumType& cases) {
        TypeInfo info = VariantLayout(cases.labels.size()).finish();
        info.size += static_cast<std::uint32_t>(cases.labels.size());
        return info;
      },
      [&](const OptionType& option) {
        VariantLayout layout(2);
        layout.add(infos.of(option.type));
        return layout.finish();
      },
      [&](const ResultValType& result) {
        VariantLayout layout(2);
        if (result.ok) layout.add(infos.of(*result.ok));
        if (result.error) layout.add(infos.of(*result.error));
        return layout.finish();
      },
      [](const OwnType&) { return handle_info(false); }, [](const BorrowType&) { return handle_info(true); },
      [&](const StreamType& stream) { return indirect_info(infos, stream.type); },
      [&](const FutureType& future) { return indirect_info(infos, future.type); },
      [&](const MapType& map) {  // a list of (tuple key value)
        TypeInfo info = fixed(16, 8);
        info.combine(infos.of(map.key));
        info.combine(infos.of(map.value));
        info.has_pointer = true;
        return info;
      });
}

}  // namespace

void TypeInfo::combine(const TypeInfo& part) {
  size = std::min(kSizeCap, size + part.size);
  depth = std::max(depth, part.depth + 1);
  has_borrow |= part.has_borrow;
  has_pointer |= part.has_pointer;
  has_resource |= part.has_resource;
}

const TypeInfo& TypeInfos::of(ValueTypeId id) {
  if (auto it = values_.find(id); it != values_.end()) return it->second;
  TypeInfo info = value_info(*this, types_[id]);
  return values_.emplace(id, info).first->second;
}

TypeInfo TypeInfos::of(const ValType& type) {
  return match(type, [](PrimValType prim) { return prim_info(prim); }, [&](ValueTypeId id) { return of(id); });
}

const TypeInfo& TypeInfos::of(FuncTypeId id) {
  if (auto it = funcs_.find(id); it != funcs_.end()) return it->second;
  TypeInfo info;
  for (const FieldType& param : types_[id].params) info.combine(of(param.type));
  if (types_[id].result) info.combine(of(*types_[id].result));
  return funcs_.emplace(id, info).first->second;
}

const TypeInfo& TypeInfos::of(InstanceTypeId id) {
  if (auto it = instances_.find(id); it != instances_.end()) return it->second;
  TypeInfo info;
  for (const auto& [name, item] : types_[id].exports) info.combine(of(item.type));
  return instances_.emplace(id, info).first->second;
}

const TypeInfo& TypeInfos::of(ComponentTypeId id) {
  if (auto it = components_.find(id); it != components_.end()) return it->second;
  TypeInfo info;
  for (const auto& [name, item] : types_[id].imports) info.combine(of(item.type));
  for (const auto& [name, item] : types_[id].exports) info.combine(of(item.type));
  return components_.emplace(id, info).first->second;
}

TypeInfo TypeInfos::of(const EntityType& type) {
  return match(
      type,
      [&](ModuleTypeId id) {
        TypeInfo info;
        std::size_t items = types_[id].imports.size() + types_[id].exports.size();
        info.size = static_cast<std::uint32_t>(std::min<std::size_t>(kSizeCap, items + 1));
        return info;
      },
      [&](FuncTypeId id) { return of(id); }, [&](const ValType& value) { return of(value); },
      [&](const TypeEntity& entity) {
        return match(
            entity.type,
            [](ResourceId) {
              TypeInfo info;
              info.has_resource = true;
              return info;
            },
            [&](const ValType& value) { return of(value); }, [&](FuncTypeId id) { return of(id); },
            [&](InstanceTypeId id) { return of(id); }, [&](ComponentTypeId id) { return of(id); });
      },
      [&](InstanceTypeId id) { return of(id); }, [&](ComponentTypeId id) { return of(id); });
}

}  // namespace witc::component
