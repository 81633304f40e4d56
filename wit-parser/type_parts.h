// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The types that a definition or a signature names, in the order they stand: the one place that lists the
// constructors for walks that only care about what is inside.

#include <type_traits>

#include "base/overloaded.h"
#include "wit-parser/resolve.h"

namespace witc::wit {

/// Calls `visit(TypeId&)` for each type named in `kind` (`TypeId const&` for a const one), handles' resources
/// included; primitives are none.
template <class Kind, class Visit>
  requires std::is_same_v<std::remove_const_t<Kind>, TypeDefKind>
void for_each_type(Kind& kind, Visit visit) {
  auto type = [&](auto& it) {
    if (auto* id = std::get_if<TypeId>(&it)) visit(*id);
  };
  auto optional = [&](auto& it) {
    if (it) type(*it);
  };
  match(
      kind,
      [&](auto& it) {
        using T = std::remove_cvref_t<decltype(it)>;
        if constexpr (std::is_same_v<T, Record>) {
          for (auto& field : it.fields) type(field.type);
        } else if constexpr (std::is_same_v<T, Own> || std::is_same_v<T, Borrow>) {
          visit(it.resource);
        } else if constexpr (std::is_same_v<T, Tuple>) {
          for (auto& item : it.types) type(item);
        } else if constexpr (std::is_same_v<T, Variant>) {
          for (auto& item : it.cases) optional(item.type);
        } else if constexpr (std::is_same_v<T, ResultType>) {
          optional(it.ok);
          optional(it.err);
        } else if constexpr (std::is_same_v<T, Map>) {
          type(it.key);
          type(it.value);
        } else if constexpr (std::is_same_v<T, Future> || std::is_same_v<T, Stream>) {
          optional(it.type);
        } else if constexpr (std::is_same_v<T, Option> || std::is_same_v<T, List> || std::is_same_v<T, FixedLengthList> ||
                             std::is_same_v<T, Alias>) {
          type(it.type);
        } else {
          static_assert(std::is_same_v<T, Resource> || std::is_same_v<T, Flags> || std::is_same_v<T, Enum>);
        }
      });
}

/// The same for a signature: the resource, parameters, the result.
template <class Func, class Visit>
  requires std::is_same_v<std::remove_const_t<Func>, Function>
void for_each_type(Func& function, Visit visit) {
  if (function.resource) visit(*function.resource);
  for (auto& param : function.params) {
    if (auto* id = std::get_if<TypeId>(&param.type)) visit(*id);
  }
  if (!function.result) return;
  if (auto* id = std::get_if<TypeId>(&*function.result)) visit(*id);
}

}  // namespace witc::wit
