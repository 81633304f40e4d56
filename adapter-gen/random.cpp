// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "adapter-gen/random.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/overloaded.h"
#include "wasm/utf8.h"

namespace witc::abi {
namespace {

constexpr PrimValType kPrims[] = {
    PrimValType::kBool, PrimValType::kS8,  PrimValType::kU8,  PrimValType::kS16, PrimValType::kU16,  PrimValType::kS32,
    PrimValType::kU32,  PrimValType::kS64, PrimValType::kU64, PrimValType::kF32, PrimValType::kF64,  PrimValType::kChar,
    PrimValType::kString, PrimValType::kString,
};
constexpr PrimValType kMapKeys[] = {
    PrimValType::kBool, PrimValType::kS8,  PrimValType::kU8,  PrimValType::kS16,  PrimValType::kU16,   PrimValType::kS32,
    PrimValType::kU32,  PrimValType::kS64, PrimValType::kU64, PrimValType::kChar, PrimValType::kString,
};

class TypeMaker {
 public:
  TypeMaker(Random& random, Types& types, const RandomTypeOptions& options)
      : random_(random), types_(types), options_(options) {}

  ValType make(std::uint32_t depth) {
    std::uint32_t kind = depth <= 1 ? 0 : random_.below(18);
    switch (kind) {
      case 3: return types_.intern(ValueType(component::RecordType{fields(depth)}));
      case 4: return types_.intern(ValueType(variant(depth)));
      case 5:
      case 6: return types_.intern(ValueType(component::ListType{make(depth - 1), std::nullopt}));
      case 7: return types_.intern(ValueType(component::ListType{make(depth - 1), 1 + random_.below(9)}));
      case 8: return types_.intern(ValueType(tuple(depth)));
      case 9: return types_.intern(ValueType(component::FlagsType{labels(1 + random_.below(32))}));
      case 10: return types_.intern(ValueType(component::EnumType{labels(random_.one_in(8) ? 300 : 1 + random_.below(20))}));
      case 11: return types_.intern(ValueType(component::OptionType{make(depth - 1)}));
      case 12: return types_.intern(ValueType(component::ResultValType{maybe(depth), maybe(depth)}));
      case 13: return types_.intern(ValueType(component::MapType{kMapKeys[random_.below(std::size(kMapKeys))], make(depth - 1)}));
      case 14: return handle();
      case 15:
      case 16: return types_.intern(ValueType(component::ListType{small(), std::nullopt}));
      default: return kPrims[random_.below(std::size(kPrims))];
    }
  }

 private:
  std::uint32_t count() { return 1 + random_.below(options_.max_fields); }
  std::optional<ValType> maybe(std::uint32_t depth) {
    if (random_.one_in(3)) return std::nullopt;
    return make(depth - 1);
  }
  static std::vector<std::string> labels(std::uint32_t count) {
    std::vector<std::string> out;
    for (std::uint32_t i = 0; i < count; ++i) out.push_back("c" + std::to_string(i));
    return out;
  }
  std::vector<component::FieldType> fields(std::uint32_t depth) {
    std::vector<component::FieldType> out;
    for (std::uint32_t i = count(); i > 0; --i) out.push_back({"f" + std::to_string(i), make(depth - 1)});
    return out;
  }
  component::VariantType variant(std::uint32_t depth) {
    component::VariantType out;
    for (std::uint32_t i = count(); i > 0; --i) out.cases.push_back({"c" + std::to_string(i), maybe(depth)});
    if (!random_.one_in(16)) return out;
    for (std::uint32_t i = 256; i > 0; --i) out.cases.push_back({"x" + std::to_string(i), std::nullopt});  // two bytes
    return out;
  }
  component::TupleType tuple(std::uint32_t depth) {
    component::TupleType out;
    for (std::uint32_t i = count(); i > 0; --i) out.types.push_back(make(depth - 1));
    return out;
  }
  /// What lists carry over at once: a variant or record of a few numbers.
  ValType small() {
    const auto number = [&] { return ValType(kPrims[1 + random_.below(10)]); };
    const auto payload = [&]() -> std::optional<ValType> {
      if (random_.one_in(3)) return std::nullopt;
      if (random_.one_in(4)) return types_.intern(ValueType(component::TupleType{{number(), number()}}));
      return number();
    };
    switch (random_.below(4)) {
      case 0: return types_.intern(ValueType(component::OptionType{number()}));
      case 1: return types_.intern(ValueType(component::ResultValType{payload(), payload()}));
      case 2: {
        component::VariantType out;
        for (std::uint32_t i = 1 + random_.below(9); i > 0; --i) out.cases.push_back({"c" + std::to_string(i), payload()});
        return types_.intern(ValueType(std::move(out)));
      }
      default: {
        component::TupleType out;
        for (std::uint32_t i = 1 + random_.below(6); i > 0; --i) out.types.push_back(number());
        if (random_.one_in(4)) out.types.push_back(types_.intern(ValueType(component::TupleType{{number(), number()}})));
        return types_.intern(ValueType(std::move(out)));
      }
    }
  }
  ValType handle() {
    if (options_.resources.empty()) return PrimValType::kU32;
    ResourceId resource = options_.resources[random_.below(static_cast<std::uint32_t>(options_.resources.size()))];
    if (options_.may_borrow && random_.one_in(2)) return types_.intern(ValueType(component::BorrowType{resource}));
    return types_.intern(ValueType(component::OwnType{resource}));
  }

  Random& random_;
  Types& types_;
  const RandomTypeOptions& options_;
};

/// Bits that are often near an edge.
std::uint64_t bits(Random& random) {
  switch (random.below(6)) {
    case 0: return random.below(4);
    case 1: return std::uint64_t{1} << random.below(64);
    case 2: return (std::uint64_t{1} << random.below(64)) - 1;
    case 3: return ~std::uint64_t{random.below(300)};
    default: return random.next();
  }
}

char32_t scalar_value(Random& random) {
  switch (random.below(8)) {
    case 0: return 0x80 + random.below(0x80);
    case 1: return 0x100 + random.below(0x700);
    case 2: return 0x800 + random.below(0xd000);
    case 3: return 0xe000 + random.below(0x2000);
    case 4: return 0x10000 + random.below(0x100000);
    default: return random.below(0x80);
  }
}

/// Of one kind each, mostly: ASCII, Latin-1, or anything.
std::string text(Random& random, std::uint32_t max_length) {
  std::string out;
  std::uint32_t kind = random.below(4);
  for (std::uint32_t i = random.below(4 * max_length + 1); i > 0; --i) {
    char32_t code = kind == 0 ? random.below(0x80) : kind == 1 ? random.below(0x100) : scalar_value(random);
    if (kind == 2 && i > 1) code = random.below(0x80);  // all ASCII but the last
    wasm::append_utf8(out, code);
  }
  return out;
}

Val primitive(Random& random, PrimValType type, std::uint32_t max_length) {
  std::uint64_t some = bits(random);
  switch (type) {
    case PrimValType::kBool: return Val::boolean((some & 1) != 0);
    case PrimValType::kU8: return Val::unsigned_(static_cast<std::uint8_t>(some));
    case PrimValType::kU16: return Val::unsigned_(static_cast<std::uint16_t>(some));
    case PrimValType::kU32: return Val::unsigned_(static_cast<std::uint32_t>(some));
    case PrimValType::kU64: return Val::unsigned_(some);
    case PrimValType::kS8: return Val::signed_(static_cast<std::int8_t>(some));
    case PrimValType::kS16: return Val::signed_(static_cast<std::int16_t>(some));
    case PrimValType::kS32: return Val::signed_(static_cast<std::int32_t>(some));
    case PrimValType::kS64: return Val::signed_(static_cast<std::int64_t>(some));
    case PrimValType::kF32: return Val::f32(std::bit_cast<float>(static_cast<std::uint32_t>(some)));
    case PrimValType::kF64: return Val::f64(std::bit_cast<double>(some));
    case PrimValType::kChar: return Val::character(scalar_value(random));
    case PrimValType::kString: return Val::string(text(random, max_length));
    case PrimValType::kErrorContext: break;
  }
  return {};
}

/// Is it of a few numbers, so that a long list of it is not too much?
bool is_small(const Types& types, const ValType& type, int depth = 3) {
  if (const auto* prim = std::get_if<PrimValType>(&type)) return *prim != PrimValType::kString;
  if (depth == 0) return false;
  const ValueType seen = types.get(type);
  std::vector<ValType> parts = despecialize_record(seen);
  const auto variant = despecialize_variant(seen);
  if (parts.empty() && !variant) return false;
  for (const std::optional<ValType>& item : variant.value_or(DespecializedVariant{}).cases) {
    if (item) parts.push_back(*item);
  }
  return parts.size() <= 8 && std::ranges::all_of(parts, [&](const ValType& part) { return is_small(types, part, depth - 1); });
}

Val record(Random& random, const Types& types, const std::vector<ValType>& fields, std::uint32_t max_length) {
  std::vector<Val> out;
  for (const ValType& field : fields) out.push_back(random_val(random, types, field, max_length));
  return Val::record(std::move(out));
}

}  // namespace

std::uint64_t Random::next() {
  std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

ValType random_type(Random& random, Types& types, const RandomTypeOptions& options) {
  return TypeMaker(random, types, options).make(1 + random.below(options.max_depth));
}

FuncTypeId random_func_type(Random& random, Types& types, const RandomTypeOptions& options, std::uint32_t max_params) {
  component::FuncType out;
  for (std::uint32_t i = random.below(max_params + 1); i > 0; --i) {
    out.params.push_back({"p" + std::to_string(i), random_type(random, types, options)});
  }
  RandomTypeOptions result = options;
  result.may_borrow = false;
  if (!random.one_in(8)) out.result = random_type(random, types, result);
  return types.intern(std::move(out));
}

Val random_val(Random& random, const Types& types, const ValType& type, std::uint32_t max_length) {
  ValueType seen = types.get(type);
  std::uint32_t shorter = max_length > 1 ? max_length - 1 : 1;
  return match(
      seen, [&](PrimValType prim) { return primitive(random, prim, max_length); },
      [&](const component::ListType& list) {
        std::vector<Val> items;
        std::uint32_t length = list.length ? *list.length : random.below(max_length + 1);
        if (!list.length && max_length > 3 && is_small(types, list.element) && random.one_in(4)) length += random.below(100);
        for (std::uint32_t i = 0; i < length; ++i) items.push_back(random_val(random, types, list.element, shorter));
        return Val::list(std::move(items));
      },
      [&](const component::MapType& map) {
        std::vector<Val> items;
        for (std::uint32_t i = random.below(max_length + 1); i > 0; --i) {
          items.push_back(record(random, types, {map.key, map.value}, shorter));
        }
        return Val::list(std::move(items));
      },
      [&](const component::FlagsType& flags) {
        auto some = static_cast<std::uint32_t>(random.next());
        return Val::flags(flags.labels.size() >= 32 ? some : some & ((1u << flags.labels.size()) - 1));
      },
      [&](const component::OwnType&) { return Val::own(1 + random.below(1000)); },
      [&](const component::BorrowType&) { return Val::borrow(1 + random.below(1000)); },
      [&](const component::StreamType&) { return Val(); }, [&](const component::FutureType&) { return Val(); },
      [&](const component::RecordType&) { return record(random, types, despecialize_record(seen), max_length); },
      [&](const component::TupleType& tuple) { return record(random, types, tuple.types, max_length); },
      [&](const auto&) {
        DespecializedVariant variant = *despecialize_variant(seen);
        std::uint32_t at = random.below(static_cast<std::uint32_t>(variant.cases.size()));
        if (!variant.cases[at]) return Val::variant(at);
        return Val::variant(at, random_val(random, types, *variant.cases[at], shorter));
      });
}

}  // namespace witc::abi
