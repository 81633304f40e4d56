// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Flattening (wasm/component/flatten.h; CanonicalABI.md, "Flattening"). The flat form is cut off at the limit,
// so that the work is bounded however large the type; the recursion is bounded by the types' depth.
#include "wasm/component/flatten.h"

#include "base/overloaded.h"

namespace witc::component {
namespace {

using CoreType = wasm::ValType;

class Flattener {
 public:
  Flattener(const Types& types, bool is_64, std::size_t limit)
      : types_(types), address_(is_64 ? CoreType::i64() : CoreType::i32()), limit_(limit) {}

  std::vector<CoreType> out;

  bool flatten(const ValType& type) {
    return match(
        type, [&](PrimValType prim) { return flatten(prim); }, [&](ValueTypeId id) { return flatten(types_[id]); });
  }

 private:
  bool push(CoreType type) {
    if (out.size() >= limit_) return false;
    out.push_back(type);
    return true;
  }

  bool flatten(PrimValType prim) {
    switch (prim) {
      case PrimValType::kBool:
      case PrimValType::kS8:
      case PrimValType::kU8:
      case PrimValType::kS16:
      case PrimValType::kU16:
      case PrimValType::kS32:
      case PrimValType::kU32:
      case PrimValType::kChar:
      case PrimValType::kErrorContext:
        return push(CoreType::i32());
      case PrimValType::kS64:
      case PrimValType::kU64:
        return push(CoreType::i64());
      case PrimValType::kF32:
        return push(CoreType::f32());
      case PrimValType::kF64:
        return push(CoreType::f64());
      case PrimValType::kString:
        return push(address_) && push(address_);
    }
    return false;
  }

  /// join: the type that holds both.
  static CoreType join(CoreType a, CoreType b) {
    if (a == b) return a;
    auto is_32 = [](CoreType t) { return t == CoreType::i32() || t == CoreType::f32(); };
    return is_32(a) && is_32(b) ? CoreType::i32() : CoreType::i64();
  }

  bool flatten_cases(const std::vector<const std::optional<ValType>*>& cases) {
    if (!push(CoreType::i32())) return false;
    std::vector<CoreType> joined;
    for (const auto* type : cases) {
      if (!*type) continue;
      Flattener payload(types_, address_ == CoreType::i64(), limit_ - out.size());
      if (!payload.flatten(**type)) return false;
      for (std::size_t i = 0; i < payload.out.size(); ++i) {
        if (i < joined.size()) {
          joined[i] = join(joined[i], payload.out[i]);
        } else {
          joined.push_back(payload.out[i]);
        }
      }
    }
    out.insert(out.end(), joined.begin(), joined.end());
    return true;
  }

  bool flatten_list(const ListType& list) {
    if (!list.length) return push(address_) && push(address_);
    for (std::uint32_t i = 0; i < *list.length; ++i) {
      if (!flatten(list.element)) return false;
    }
    return true;
  }

  bool flatten(const ValueType& type) {
    return match(
        type, [&](PrimValType prim) { return flatten(prim); },
        [&](const RecordType& record) {
          for (const FieldType& field : record.fields) {
            if (!flatten(field.type)) return false;
          }
          return true;
        },
        [&](const VariantType& variant) {
          std::vector<const std::optional<ValType>*> cases;
          for (const CaseType& item : variant.cases) cases.push_back(&item.type);
          return flatten_cases(cases);
        },
        [&](const ListType& list) { return flatten_list(list); },
        [&](const TupleType& tuple) {
          for (const ValType& item : tuple.types) {
            if (!flatten(item)) return false;
          }
          return true;
        },
        [&](const FlagsType&) { return push(CoreType::i32()); }, [&](const EnumType&) { return push(CoreType::i32()); },
        [&](const OptionType& option) {
          std::optional<ValType> some = option.type;
          return flatten_cases({&some});
        },
        [&](const ResultValType& result) { return flatten_cases({&result.ok, &result.error}); },
        [&](const OwnType&) { return push(CoreType::i32()); }, [&](const BorrowType&) { return push(CoreType::i32()); },
        [&](const StreamType&) { return push(CoreType::i32()); },
        [&](const FutureType&) { return push(CoreType::i32()); },
        [&](const MapType&) { return push(address_) && push(address_); });
  }

  const Types& types_;
  CoreType address_;
  std::size_t limit_;
};

}  // namespace

std::optional<std::vector<CoreType>> flatten_types(const Types& types, const std::vector<ValType>& values, bool is_64,
                                                   std::size_t limit) {
  Flattener flattener(types, is_64, limit);
  for (const ValType& value : values) {
    if (!flattener.flatten(value)) return std::nullopt;
  }
  return std::move(flattener.out);
}

FlatFunc flatten_functype(const Types& types, TypeInfos& infos, const FuncType& func, const FlattenOptions& options) {
  FlatFunc flat;
  CoreType address = options.is_64 ? CoreType::i64() : CoreType::i32();
  std::vector<ValType> params;
  bool param_pointer = false;
  for (const FieldType& param : func.params) {
    params.push_back(param.type);
    param_pointer |= infos.of(param.type).has_pointer;
  }
  std::vector<ValType> results;
  if (func.result) results.push_back(*func.result);
  bool result_pointer = func.result && infos.of(*func.result).has_pointer;

  bool async_lower = options.is_async && !options.is_lift;
  auto flat_params = flatten_types(types, params, options.is_64, async_lower ? kMaxFlatAsyncParams : kMaxFlatParams);
  flat.type.params = flat_params.value_or(std::vector{address});
  (options.is_lift ? flat.needs_realloc : flat.needs_memory) |= param_pointer || !flat_params;
  (options.is_lift ? flat.needs_memory : flat.needs_realloc) |= result_pointer;

  if (!options.is_async) {
    auto flat_results = flatten_types(types, results, options.is_64, kMaxFlatResults);
    if (flat_results) {
      flat.type.results = *flat_results;
    } else {
      flat.needs_memory = true;
      (options.is_lift ? flat.type.results : flat.type.params).push_back(address);
    }
  } else if (async_lower) {
    if (func.result) {
      flat.type.params.push_back(address);
      flat.needs_memory = true;
    }
    flat.type.results = {CoreType::i32()};
  } else {
    if (!flatten_types(types, results, options.is_64, kMaxFlatParams)) flat.needs_memory = true;
    if (options.has_callback) flat.type.results = {CoreType::i32()};
  }
  flat.needs_memory |= flat.needs_realloc;
  return flat;
}

}  // namespace witc::component
