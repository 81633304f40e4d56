// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The types of many modules as one space: equal types have one id, whichever modules they come from (core
// specification, "Validation > Types > Equivalence": recursion groups are compared as a whole). Import matching, indirect
// calls and casts compare these ids and nothing else. The interning itself is the validator's (wasm/core/type_store.h);
// here each id also gets its definition, with references to canonical ids, so that types of different modules can be
// matched against each other.

#include <map>
#include <vector>

#include "wasm/core/module.h"
#include "wasm/core/type_store.h"

namespace witc::engine {

class TypeSpace {
 public:
  using Ids = std::vector<wasm::CanonTypeId>;

  /// The ids of a valid module's types, by index; they are added when the module is first seen. The module must outlive
  /// the space, the result is good as long as the space is.
  const Ids& of(const wasm::Module& module);
  /// The id of a function type as a type of its own (host functions). Defined types in it, if any, are the module's.
  wasm::CanonTypeId of(const wasm::FuncType& type, const wasm::Module* module);

  /// All definitions; indices in them, and of them, are canonical ids.
  [[nodiscard]] const IdVector<wasm::TypeIndex, wasm::SubType>& types() const { return types_; }
  [[nodiscard]] const wasm::SubType& operator[](wasm::CanonTypeId id) const { return types_[wasm::TypeIndex(id.value)]; }
  [[nodiscard]] std::uint32_t depth(wasm::CanonTypeId id) const { return store_.depth(id); }
  [[nodiscard]] bool matches(wasm::CanonTypeId sub, wasm::CanonTypeId super) const { return store_.matches(sub, super); }
  /// Matching of value types in their canonical form.
  [[nodiscard]] wasm::TypeMatcher matcher() const { return {types_, store_, identity_}; }

  /// The canonical form of a value type of a module with these ids.
  static wasm::ValType canonical(wasm::ValType type, const Ids& ids);
  static wasm::RefType canonical(wasm::RefType type, const Ids& ids);

 private:
  void intern(const IdVector<wasm::TypeIndex, wasm::SubType>& types, wasm::TypeIndex first, std::uint32_t count,
              Ids& ids);

  wasm::TypeStore store_;
  IdVector<wasm::TypeIndex, wasm::SubType> types_;
  Ids identity_;
  std::map<const wasm::Module*, Ids> modules_;
};

}  // namespace witc::engine
