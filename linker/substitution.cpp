// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "linker/substitution.h"

#include <fmt/format.h>

#include "base/overloaded.h"

namespace witc::linker {

using namespace component;

namespace {
constexpr int kMaxTypeDepth = 200;
}

std::optional<ResourceId> Substitution::find(ResourceId from) const {
  auto found = resources_.find(from);
  if (found == resources_.end()) return std::nullopt;
  return found->second;
}

Result<ResourceId> Substitution::resource(ResourceId id) const {
  if (auto found = find(id)) return *found;
  return error(DiagCode::kPlanUnsupported,
               fmt::format("a type names the resource `{}`, which no import or definition gives", (*from_)[id].path));
}

Result<Substitution::OptionalType> Substitution::optional(const OptionalType& type, int depth) {
  if (!type) return OptionalType();
  return OptionalType(TRY(value(*type, depth)));
}

Result<ValType> Substitution::value(const ValType& type, int depth) {
  const auto* id = std::get_if<ValueTypeId>(&type);
  if (id == nullptr) return type;
  if (auto found = values_.find(*id); found != values_.end()) return found->second;
  if (depth > kMaxTypeDepth) return error(DiagCode::kPlanLimit, "a type nests too deep");
  ValType result = to_->intern(TRY(structure((*from_)[*id], depth + 1)));
  values_.emplace(*id, result);
  return result;
}

// Takes a copy: interning may move what the arena holds.
Result<ValueType> Substitution::structure(ValueType type, int depth) {
  auto in_place = [&](ValType& item) -> Result<void> {
    item = TRY(value(item, depth));
    return {};
  };
  auto optional_in_place = [&](OptionalType& item) -> Result<void> {
    item = TRY(optional(item, depth));
    return {};
  };
  using Done = Result<void>;
  TRY(match(
      type, [](PrimValType&) -> Done { return {}; },
      [&](RecordType& record) -> Done {
        for (FieldType& field : record.fields) TRY(in_place(field.type));
        return {};
      },
      [&](VariantType& variant) -> Done {
        for (CaseType& item : variant.cases) TRY(optional_in_place(item.type));
        return {};
      },
      [&](ListType& list) { return in_place(list.element); },
      [&](TupleType& tuple) -> Done {
        for (ValType& item : tuple.types) TRY(in_place(item));
        return {};
      },
      [](FlagsType&) -> Done { return {}; }, [](EnumType&) -> Done { return {}; },
      [&](OptionType& option) { return in_place(option.type); },
      [&](ResultValType& result) -> Done {
        TRY(optional_in_place(result.ok));
        return optional_in_place(result.error);
      },
      [&](OwnType& own) -> Done {
        own.resource = TRY(resource(own.resource));
        return {};
      },
      [&](BorrowType& borrow) -> Done {
        borrow.resource = TRY(resource(borrow.resource));
        return {};
      },
      [&](StreamType& stream) { return optional_in_place(stream.type); },
      [&](FutureType& future) { return optional_in_place(future.type); },
      [&](MapType& map) -> Done {
        TRY(in_place(map.key));
        return in_place(map.value);
      }));
  return type;
}

Result<FuncTypeId> Substitution::func(FuncTypeId id) {
  if (auto found = funcs_.find(id); found != funcs_.end()) return found->second;
  FuncType type = (*from_)[id];
  for (FieldType& param : type.params) param.type = TRY(value(param.type, 0));
  type.result = TRY(optional(type.result, 0));
  FuncTypeId result = to_->intern(std::move(type));
  funcs_.emplace(id, result);
  return result;
}

}  // namespace witc::linker
