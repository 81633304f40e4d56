// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Every reference to a defined type inside a type: for whoever moves types from one index space to another.

#include "base/overloaded.h"
#include "wasm/core/types.h"

namespace witc::wasm {

/// Calls `change` with each TypeIndex& that the type holds, a supertype's among them.
template <class Change>
void change_indices(ValType& type, Change&& change) {
  if (type.is_ref() && type.ref.heap.kind == HeapType::kIndex) change(type.ref.heap.index);
}
template <class Change>
void change_indices(FuncType& type, Change&& change) {
  for (ValType& param : type.params) change_indices(param, change);
  for (ValType& result : type.results) change_indices(result, change);
}
template <class Change>
void change_indices(SubType& type, Change&& change) {
  for (TypeIndex& super : type.supertypes) change(super);
  if (type.describes) change(*type.describes);
  if (type.descriptor) change(*type.descriptor);
  match(
      type.type, [&](FuncType& func) { change_indices(func, change); },
      [&](StructType& fields) {
        for (FieldType& field : fields.fields) change_indices(field.storage.type, change);
      },
      [&](ArrayType& array) { change_indices(array.element.storage.type, change); },
      [&](ContType& cont) { change(cont.func); });
}

}  // namespace witc::wasm
