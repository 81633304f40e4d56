// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Interning modules, and rewriting definitions so that their indices are canonical ids.
#include "engine/types.h"

#include "base/check.h"
#include "base/overloaded.h"

namespace witc::engine {
namespace {

using wasm::CanonTypeId;

wasm::SubType canonical_definition(wasm::SubType type, const TypeSpace::Ids& ids) {
  auto rewrite = [&](wasm::ValType& value) { value = TypeSpace::canonical(value, ids); };
  for (wasm::TypeIndex& super : type.supertypes) super = wasm::TypeIndex(ids[super.value].value);
  match(
      type.type,
      [&](wasm::FuncType& func) {
        for (wasm::ValType& value : func.params) rewrite(value);
        for (wasm::ValType& value : func.results) rewrite(value);
      },
      [&](wasm::StructType& record) {
        for (wasm::FieldType& field : record.fields) rewrite(field.storage.type);
      },
      [&](wasm::ArrayType& array) { rewrite(array.element.storage.type); },
      [&](wasm::ContType& cont) { cont.func = wasm::TypeIndex(ids[cont.func.value].value); });
  return type;
}

}  // namespace

wasm::RefType TypeSpace::canonical(wasm::RefType type, const Ids& ids) {
  if (type.heap.kind != wasm::HeapType::kIndex) return type;
  WITC_CHECK(type.heap.index.value < ids.size());
  type.heap.index = wasm::TypeIndex(ids[type.heap.index.value].value);
  return type;
}

wasm::ValType TypeSpace::canonical(wasm::ValType type, const Ids& ids) {
  if (type.is_ref()) type.ref = canonical(type.ref, ids);
  return type;
}

void TypeSpace::intern(const IdVector<wasm::TypeIndex, wasm::SubType>& types, wasm::TypeIndex first,
                       std::uint32_t count, Ids& ids) {
  store_.intern(types, first, count, ids);
  if (store_.size() == types_.size()) return;  // an equal group is there
  for (std::uint32_t i = 0; i < count; ++i) {
    identity_.push_back(CanonTypeId(types_.size()));
    types_.push(canonical_definition(types[wasm::TypeIndex(first.value + i)], ids));
  }
}

const TypeSpace::Ids& TypeSpace::of(const wasm::Module& module) {
  auto [found, fresh] = modules_.try_emplace(&module);
  if (!fresh) return found->second;
  std::uint32_t first = 0;
  for (std::uint32_t count : module.rec_groups) {
    intern(module.types, wasm::TypeIndex(first), count, found->second);
    first += count;
  }
  return found->second;
}

CanonTypeId TypeSpace::of(const wasm::FuncType& type, const wasm::Module* module) {
  static const Ids kNone;
  const Ids& ids = module != nullptr ? of(*module) : kNone;
  // Behind all others, so that its references are to types before it.
  const wasm::TypeIndex last = types_.push(canonical_definition({true, {}, type}, ids));
  store_.intern(types_, last, 1, identity_);
  const CanonTypeId id = identity_.back();
  if (id.value != last.value) {  // an equal type is there
    types_.pop_back();
    identity_.pop_back();
  }
  return id;
}

}  // namespace witc::engine
