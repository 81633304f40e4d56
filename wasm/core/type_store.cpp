// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/type_store.h"

#include <algorithm>

#include "base/overloaded.h"

namespace witc::wasm {
namespace {

/// Writes the key of a recursion group: a self-delimiting string, equal for equal groups only.
class GroupKey {
 public:
  GroupKey(TypeIndex first, const std::vector<CanonTypeId>& canon) : first_(first), canon_(canon) {}

  void sub_type(const SubType& type) {
    put(type.is_final ? 'F' : 'S');
    number(static_cast<std::uint32_t>(type.supertypes.size()));
    for (TypeIndex super : type.supertypes) index(super);
    if (type.is_shared) put('H');
    maybe('<', type.describes);
    maybe('>', type.descriptor);
    match(
        type.type,
        [&](const FuncType& func) {
          put('f');
          val_types(func.params);
          val_types(func.results);
        },
        [&](const StructType& record) {
          put('s');
          number(static_cast<std::uint32_t>(record.fields.size()));
          for (const FieldType& item : record.fields) field(item);
        },
        [&](const ArrayType& array) {
          put('a');
          field(array.element);
        },
        [&](const ContType& cont) {
          put('k');
          index(cont.func);
        });
  }

  std::string take() { return std::move(key_); }

 private:
  void put(char c) { key_.push_back(c); }
  void number(std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) put(static_cast<char>(value >> shift));
  }
  void index(TypeIndex type) {
    bool inside = type >= first_;
    put(inside ? 'r' : 'c');
    number(inside ? type.value - first_.value : canon_[type.value].value);
  }
  void maybe(char letter, std::optional<TypeIndex> type) {
    if (!type) return;
    put(letter);
    index(*type);
  }
  void val_type(const ValType& type) {
    put(static_cast<char>('0' + type.kind));
    if (!type.is_ref()) return;
    put(type.ref.nullable ? 'n' : 'x');
    if (type.ref.heap.is_shared) put('h');
    if (type.ref.heap.is_exact) put('=');
    put(static_cast<char>('A' + type.ref.heap.kind));
    if (type.ref.heap.kind == HeapType::kIndex) index(type.ref.heap.index);
  }
  void val_types(const std::vector<ValType>& types) {
    number(static_cast<std::uint32_t>(types.size()));
    for (const ValType& type : types) val_type(type);
  }
  void field(const FieldType& field) {
    put(field.is_mutable ? 'm' : 'i');
    put(static_cast<char>('0' + field.storage.packing));
    val_type(field.storage.type);
  }

  TypeIndex first_;
  const std::vector<CanonTypeId>& canon_;
  std::string key_;
};

}  // namespace

void TypeStore::intern(const IdVector<TypeIndex, SubType>& types, TypeIndex first, std::uint32_t count,
                       std::vector<CanonTypeId>& canon) {
  GroupKey key(first, canon);
  for (std::uint32_t i = 0; i < count; ++i) key.sub_type(types[TypeIndex(first.value + i)]);
  auto [found, fresh] = groups_.try_emplace(key.take(), entries_.next_id());
  CanonTypeId base = found->second;
  for (std::uint32_t i = 0; i < count; ++i) {
    canon.push_back(CanonTypeId(base.value + i));
    if (!fresh) continue;
    Entry entry;
    const SubType& type = types[TypeIndex(first.value + i)];
    if (!type.supertypes.empty() && type.supertypes[0].value < canon.size() - 1) {
      entry.super = canon[type.supertypes[0].value];
      entry.depth = entries_[*entry.super].depth + 1;
    }
    entries_.push(entry);
  }
}

bool TypeStore::matches(CanonTypeId sub, CanonTypeId super) const {
  std::uint32_t target = entries_[super].depth;
  while (entries_[sub].depth > target) sub = *entries_[sub].super;
  return sub == super;
}

HeapType::Kind TypeMatcher::abstract(TypeIndex index) const {
  return match(
      types_[index].type, [](const FuncType&) { return HeapType::kFunc; },
      [](const StructType&) { return HeapType::kStruct; }, [](const ArrayType&) { return HeapType::kArray; },
      [](const ContType&) { return HeapType::kCont; });
}

HeapType::Kind TypeMatcher::top(const HeapType& type) const {
  switch (type.kind) {
    case HeapType::kFunc:
    case HeapType::kNoFunc:
      return HeapType::kFunc;
    case HeapType::kExtern:
    case HeapType::kNoExtern:
      return HeapType::kExtern;
    case HeapType::kExn:
    case HeapType::kNoExn:
      return HeapType::kExn;
    case HeapType::kCont:
    case HeapType::kNoCont:
      return HeapType::kCont;
    case HeapType::kAny:
    case HeapType::kEq:
    case HeapType::kI31:
    case HeapType::kStruct:
    case HeapType::kArray:
    case HeapType::kNone:
      return HeapType::kAny;
    case HeapType::kIndex:
      return top({abstract(type.index), {}});
  }
  std::unreachable();
}

bool TypeMatcher::matches(const HeapType& sub, const HeapType& super) const {
  if (sub.kind == HeapType::kIndex && super.kind == HeapType::kIndex) {
    if (super.is_exact) return sub.is_exact && same(sub.index, super.index);
    return matches(sub.index, super.index);
  }
  if (is_shared(sub) != is_shared(super)) return false;
  if (sub.kind == super.kind) return true;
  // The bottoms are below everything of their hierarchy.
  if (sub.kind == HeapType::kNone || sub.kind == HeapType::kNoFunc || sub.kind == HeapType::kNoExtern ||
      sub.kind == HeapType::kNoExn || sub.kind == HeapType::kNoCont) {
    return top(sub) == top(super);
  }
  HeapType::Kind kind = sub.kind == HeapType::kIndex ? abstract(sub.index) : sub.kind;
  if (kind == super.kind) return true;
  bool below_eq = kind == HeapType::kI31 || kind == HeapType::kStruct || kind == HeapType::kArray;
  if (super.kind == HeapType::kEq) return below_eq;
  if (super.kind == HeapType::kAny) return below_eq || kind == HeapType::kEq;
  return false;
}

bool TypeMatcher::matches(const RefType& sub, const RefType& super) const {
  return (super.nullable || !sub.nullable) && matches(sub.heap, super.heap);
}

bool TypeMatcher::matches(const ValType& sub, const ValType& super) const {
  if (sub.kind != super.kind) return false;
  return !sub.is_ref() || matches(sub.ref, super.ref);
}

bool TypeMatcher::matches(const FieldType& sub, const FieldType& super) const {
  if (sub.is_mutable != super.is_mutable || sub.storage.packing != super.storage.packing) return false;
  const ValType& a = sub.storage.type;
  const ValType& b = super.storage.type;
  return matches(a, b) && (!sub.is_mutable || matches(b, a));
}

bool TypeMatcher::matches(const CompositeType& sub, const CompositeType& super) const {
  if (sub.index() != super.index()) return false;
  auto all = [this](const std::vector<ValType>& from, const std::vector<ValType>& to) {
    return std::ranges::equal(from, to, [this](const ValType& a, const ValType& b) { return matches(a, b); });
  };
  return match(
      sub,
      [&](const FuncType& a) {
        const auto& b = std::get<FuncType>(super);
        return all(b.params, a.params) && all(a.results, b.results);
      },
      [&](const StructType& a) {
        const auto& b = std::get<StructType>(super);
        if (a.fields.size() < b.fields.size()) return false;
        for (std::size_t i = 0; i < b.fields.size(); ++i) {
          if (!matches(a.fields[i], b.fields[i])) return false;
        }
        return true;
      },
      [&](const ArrayType& a) { return matches(a.element, std::get<ArrayType>(super).element); },
      [&](const ContType& a) { return matches(a.func, std::get<ContType>(super).func); });
}

}  // namespace witc::wasm
