// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "linker/subtype.h"

#include <fmt/format.h>

#include <set>

#include "base/overloaded.h"

namespace witc::linker {

using namespace component;

namespace {

std::string_view sort_name(const EntityType& type) {
  return match(
      type, [](ModuleTypeId) { return "a core module"; }, [](FuncTypeId) { return "a function"; },
      [](const ValType&) { return "a value"; }, [](const TypeEntity&) { return "a type"; },
      [](InstanceTypeId) { return "an instance"; }, [](ComponentTypeId) { return "a component"; });
}

class Checker {
 public:
  explicit Checker(const Types& types) : types_(types) {}

  Result<void> check(const EntityType& given, const EntityType& expected, int depth) {
    if (depth > 100) return wrong("the types nest too deep");
    if (given.index() != expected.index()) {
      return wrong(fmt::format("{} was given, {} is expected", sort_name(given), sort_name(expected)));
    }
    return match(
        expected, [](ModuleTypeId) -> Result<void> { return {}; },
        [&](FuncTypeId want) { return func(std::get<FuncTypeId>(given), want); },
        [&](const ValType& want) { return same(std::get<ValType>(given), want); },
        [&](const TypeEntity& want) { return entity(std::get<TypeEntity>(given), want, depth); },
        [&](InstanceTypeId want) { return instance(std::get<InstanceTypeId>(given), want, depth); },
        [&](ComponentTypeId want) { return component(std::get<ComponentTypeId>(given), want, depth); });
  }

 private:
  static Diagnostic wrong(std::string message) { return error(DiagCode::kWacResolve, std::move(message)); }

  Result<void> instance(InstanceTypeId given, InstanceTypeId expected, int depth) {
    for (const auto& [name, want] : types_[expected].exports) {
      const Extern* have = types_[given].exports.find(name);
      if (have == nullptr) return wrong(fmt::format("it has no export `{}`", name));
      if (auto checked = check(have->type, want.type, depth + 1); !checked) {
        return std::move(checked.error()).context(fmt::format("in the export `{}`", name));
      }
    }
    return {};
  }

  Result<void> component(ComponentTypeId given, ComponentTypeId expected, int depth) {
    for (const auto& [name, have] : types_[given].imports) {
      const Extern* offered = types_[expected].imports.find(name);
      if (offered == nullptr) return wrong(fmt::format("it imports `{}`, which nothing gives", name));
      TRY(check(offered->type, have.type, depth + 1));
    }
    for (const auto& [name, want] : types_[expected].exports) {
      const Extern* have = types_[given].exports.find(name);
      if (have == nullptr) return wrong(fmt::format("it has no export `{}`", name));
      TRY(check(have->type, want.type, depth + 1));
    }
    return {};
  }

  Result<void> entity(const TypeEntity& given, const TypeEntity& expected, int depth) {
    const auto* want = std::get_if<ResourceId>(&expected.type);
    const auto* have = std::get_if<ResourceId>(&given.type);
    if ((want == nullptr) != (have == nullptr)) {
      return wrong(want == nullptr ? "a resource was given, a value type is expected"
                                   : "a value type was given, a resource is expected");
    }
    if (want != nullptr) return resource(*have, *want);
    if (given.type.index() != expected.type.index()) return wrong("another kind of type is expected");
    return match(
        expected.type, [](ResourceId) -> Result<void> { return {}; },
        [&](const ValType& type) { return same(std::get<ValType>(given.type), type); },
        [&](FuncTypeId type) { return func(std::get<FuncTypeId>(given.type), type); },
        [&](InstanceTypeId type) { return instance(std::get<InstanceTypeId>(given.type), type, depth); },
        [](ComponentTypeId) -> Result<void> { return {}; });
  }

  Result<void> resource(ResourceId given, ResourceId expected) {
    auto [bound, fresh] = resources_.try_emplace(expected, given);
    if (fresh || bound->second == given || given == expected) return {};
    return wrong(fmt::format("the resource `{}` was given, `{}` is expected", types_[given].path,
                             types_[bound->second].path));
  }

  Result<void> func(FuncTypeId given, FuncTypeId expected) {
    const FuncType& have = types_[given];
    const FuncType& want = types_[expected];
    bool fits = have.is_async == want.is_async && have.params.size() == want.params.size() &&
                have.result.has_value() == want.result.has_value();
    for (std::size_t i = 0; fits && i < want.params.size(); ++i) {
      fits = have.params[i].name == want.params[i].name && same(have.params[i].type, want.params[i].type).has_value();
    }
    if (fits && want.result) fits = same(*have.result, *want.result).has_value();
    if (fits) return {};
    return wrong(fmt::format("`{}` was given, `{}` is expected", types_.to_string(given), types_.to_string(expected)));
  }

  Result<void> same(const ValType& given, const ValType& expected) {
    if (equal(given, expected, 0)) return {};
    return wrong(fmt::format("`{}` was given, `{}` is expected", types_.to_string(given), types_.to_string(expected)));
  }

  bool equal(const std::optional<ValType>& a, const std::optional<ValType>& b, int depth) {
    return a.has_value() == b.has_value() && (!a || equal(*a, *b, depth));
  }
  bool equal(const ValType& a, const ValType& b, int depth) {
    if (a.index() != b.index() || depth > 200) return false;
    if (const auto* prim = std::get_if<PrimValType>(&a)) return *prim == std::get<PrimValType>(b);
    auto pair = std::pair(std::get<ValueTypeId>(a), std::get<ValueTypeId>(b));
    if (equal_.contains(pair)) return true;
    if (!equal(types_[pair.first], types_[pair.second], depth + 1)) return false;
    equal_.insert(pair);
    return true;
  }
  bool equal(const ValueType& a, const ValueType& b, int depth) {
    if (a.index() != b.index()) return false;
    return match(
        a, [&](PrimValType prim) { return prim == std::get<PrimValType>(b); },
        [&](const RecordType& record) { return equal(record.fields, std::get<RecordType>(b).fields, depth); },
        [&](const VariantType& variant) { return equal(variant.cases, std::get<VariantType>(b).cases, depth); },
        [&](const ListType& list) {
          const auto& other = std::get<ListType>(b);
          return list.length == other.length && equal(list.element, other.element, depth);
        },
        [&](const TupleType& tuple) {
          const auto& other = std::get<TupleType>(b);
          bool fits = tuple.types.size() == other.types.size();
          for (std::size_t i = 0; fits && i < tuple.types.size(); ++i) fits = equal(tuple.types[i], other.types[i], depth);
          return fits;
        },
        [&](const FlagsType& flags) { return flags == std::get<FlagsType>(b); },
        [&](const EnumType& cases) { return cases == std::get<EnumType>(b); },
        [&](const OptionType& option) { return equal(option.type, std::get<OptionType>(b).type, depth); },
        [&](const ResultValType& result) {
          const auto& other = std::get<ResultValType>(b);
          return equal(result.ok, other.ok, depth) && equal(result.error, other.error, depth);
        },
        [&](const OwnType& own) { return resource(own.resource, std::get<OwnType>(b).resource).has_value(); },
        [&](const BorrowType& borrow) {
          return resource(borrow.resource, std::get<BorrowType>(b).resource).has_value();
        },
        [&](const StreamType& stream) { return equal(stream.type, std::get<StreamType>(b).type, depth); },
        [&](const FutureType& future) { return equal(future.type, std::get<FutureType>(b).type, depth); },
        [&](const MapType& map) {
          const auto& other = std::get<MapType>(b);
          return equal(map.key, other.key, depth) && equal(map.value, other.value, depth);
        });
  }
  template <class Item>
  bool equal(const std::vector<Item>& a, const std::vector<Item>& b, int depth) {
    bool fits = a.size() == b.size();
    for (std::size_t i = 0; fits && i < a.size(); ++i) fits = a[i].name == b[i].name && equal(a[i].type, b[i].type, depth);
    return fits;
  }

  const Types& types_;
  std::unordered_map<ResourceId, ResourceId> resources_;  // expected → given
  std::set<std::pair<ValueTypeId, ValueTypeId>> equal_;
};

}  // namespace

Result<void> check_subtype(const Types& types, const EntityType& given, const EntityType& expected) {
  return Checker(types).check(given, expected, 0);
}

}  // namespace witc::linker
