// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What validation asks of a type again and again, worked out once: how big and how deep it is, whether it
// holds handles or pointers, and how many bytes an element of it takes (CanonicalABI.md, "Element Size", with
// 64-bit pointers). A type is sized as if written out in full, since shared parts can make a small definition
// stand for an exponentially large type; the limit on that size bounds every walk over types.

#include <cstdint>
#include <unordered_map>

#include "wasm/component/types.h"

namespace witc::component {

struct TypeInfo {
  std::uint32_t size = 1;   // items when written out in full; saturates above the limit
  std::uint32_t depth = 1;  // levels of nesting
  bool has_borrow = false;
  bool has_pointer = false;   // a string, list or map: its contents lie in memory
  bool has_resource = false;  // anywhere inside
  std::uint64_t elem_size = 0;  // of value types; saturates
  std::uint32_t alignment = 1;

  /// Takes another type in as a part.
  void combine(const TypeInfo& part);
};

class TypeInfos {
 public:
  explicit TypeInfos(const Types& types) : types_(types) {}

  /// Recursion ends soon: whoever makes a type asks for its info, so that its parts' are known already.
  const TypeInfo& of(ValueTypeId id);
  TypeInfo of(const ValType& type);
  const TypeInfo& of(FuncTypeId id);
  const TypeInfo& of(InstanceTypeId id);
  const TypeInfo& of(ComponentTypeId id);
  TypeInfo of(const EntityType& type);

 private:
  const Types& types_;
  std::unordered_map<ValueTypeId, TypeInfo> values_;
  std::unordered_map<FuncTypeId, TypeInfo> funcs_;
  std::unordered_map<InstanceTypeId, TypeInfo> instances_;
  std::unordered_map<ComponentTypeId, TypeInfo> components_;
};

}  // namespace witc::component
