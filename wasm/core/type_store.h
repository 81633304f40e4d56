// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Equality and subtyping of defined types (core specification, "Validation > Types" and "Matching"). Types
// are equal when their recursion groups are, position by position, so a group is interned by a key in which
// references into the group are relative and all others canonical. One store may serve many modules: the
// engine compares the types of imports and exports, and of indirect calls, by canonical id.

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/id.h"
#include "wasm/core/types.h"

namespace witc::wasm {

struct CanonTypeTag {};
using CanonTypeId = Id<CanonTypeTag>;

class TypeStore {
 public:
  /// Interns a recursion group, types[first .. first + count), of a module whose earlier types have the
  /// canonical ids `canon`; appends those of the group. References must be to earlier types or the group.
  void intern(const IdVector<TypeIndex, SubType>& types, TypeIndex first, std::uint32_t count,
              std::vector<CanonTypeId>& canon);

  /// Is `sub` equal to `super` or declared, through any number of steps, a subtype of it.
  [[nodiscard]] bool matches(CanonTypeId sub, CanonTypeId super) const;
  /// Number of declared supertypes up to the root.
  [[nodiscard]] std::uint32_t depth(CanonTypeId id) const { return entries_[id].depth; }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::optional<CanonTypeId> super;
    std::uint32_t depth = 0;
  };

  IdVector<CanonTypeId, Entry> entries_;
  std::unordered_map<std::string, CanonTypeId> groups_;  // by key: the first type of the group
};

/// A module's types with their canonical ids: how value types of the module match.
class TypeMatcher {
 public:
  TypeMatcher(const IdVector<TypeIndex, SubType>& types, const TypeStore& store, const std::vector<CanonTypeId>& canon)
      : types_(types), store_(store), canon_(canon) {}

  [[nodiscard]] bool same(TypeIndex a, TypeIndex b) const { return canon_[a.value] == canon_[b.value]; }
  [[nodiscard]] bool matches(TypeIndex sub, TypeIndex super) const {
    return sub == super || store_.matches(canon_[sub.value], canon_[super.value]);
  }
  [[nodiscard]] bool matches(const HeapType& sub, const HeapType& super) const;
  [[nodiscard]] bool matches(const RefType& sub, const RefType& super) const;
  [[nodiscard]] bool matches(const ValType& sub, const ValType& super) const;
  [[nodiscard]] bool matches(const FieldType& sub, const FieldType& super) const;
  [[nodiscard]] bool matches(const CompositeType& sub, const CompositeType& super) const;
  [[nodiscard]] bool same(const ValType& a, const ValType& b) const { return matches(a, b) && matches(b, a); }

  /// The abstract type above a heap type in its hierarchy: any, func, extern, exn or cont.
  [[nodiscard]] HeapType::Kind top(const HeapType& type) const;
  /// May values of it be used by several threads (proposal shared-everything threads).
  [[nodiscard]] bool is_shared(const HeapType& type) const {
    return type.kind == HeapType::kIndex ? types_[type.index].is_shared : type.is_shared;
  }
  [[nodiscard]] bool is_shared(const ValType& type) const { return !type.is_ref() || is_shared(type.ref.heap); }

 private:
  [[nodiscard]] HeapType::Kind abstract(TypeIndex index) const;

  const IdVector<TypeIndex, SubType>& types_;
  const TypeStore& store_;
  const std::vector<CanonTypeId>& canon_;
};

}  // namespace witc::wasm
