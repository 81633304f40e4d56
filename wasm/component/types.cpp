// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Interning and printing of component types (wasm/component/types.h).
#include "wasm/component/types.h"

#include <fmt/format.h>

#include "base/overloaded.h"
#include "wasm/component/keywords.h"

namespace witc::component {
namespace {

void mix(std::size_t& seed, std::size_t value) { seed ^= value + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2); }
void mix(std::size_t& seed, const std::string& text) { mix(seed, std::hash<std::string>{}(text)); }
void mix(std::size_t& seed, const ValType& type) {
  mix(seed, type.index());
  match(
      type, [&](PrimValType prim) { mix(seed, static_cast<std::size_t>(prim)); },
      [&](ValueTypeId id) { mix(seed, id.value); });
}
void mix(std::size_t& seed, const std::optional<ValType>& type) {
  mix(seed, type.has_value() ? 1 : 0);
  if (type) mix(seed, *type);
}
void mix(std::size_t& seed, const std::vector<std::string>& labels) {
  for (const std::string& label : labels) mix(seed, label);
}
void mix(std::size_t& seed, const std::vector<FieldType>& fields) {
  for (const FieldType& field : fields) {
    mix(seed, field.name);
    mix(seed, field.type);
  }
}

std::size_t hash(const ValueType& type) {
  std::size_t seed = type.index();
  match(
      type, [&](PrimValType prim) { mix(seed, static_cast<std::size_t>(prim)); },
      [&](const RecordType& record) { mix(seed, record.fields); },
      [&](const VariantType& variant) {
        for (const CaseType& item : variant.cases) {
          mix(seed, item.name);
          mix(seed, item.type);
        }
      },
      [&](const ListType& list) {
        mix(seed, list.element);
        mix(seed, list.length.value_or(0));
      },
      [&](const TupleType& tuple) {
        for (const ValType& item : tuple.types) mix(seed, item);
      },
      [&](const FlagsType& flags) { mix(seed, flags.labels); }, [&](const EnumType& cases) { mix(seed, cases.labels); },
      [&](const OptionType& option) { mix(seed, option.type); },
      [&](const ResultValType& result) {
        mix(seed, result.ok);
        mix(seed, result.error);
      },
      [&](const OwnType& own) { mix(seed, own.resource.value); },
      [&](const BorrowType& borrow) { mix(seed, borrow.resource.value); },
      [&](const StreamType& stream) { mix(seed, stream.type); },
      [&](const FutureType& future) { mix(seed, future.type); },
      [&](const MapType& map) {
        mix(seed, map.key);
        mix(seed, map.value);
      });
  return seed;
}

std::size_t hash(const FuncType& type) {
  std::size_t seed = type.is_async ? 1 : 0;
  mix(seed, type.params);
  mix(seed, type.result);
  return seed;
}

/// The id of an equal item, or of `item` newly stored.
template <class IdType, class T>
IdType intern_in(IdVector<IdType, T>& items, std::unordered_multimap<std::size_t, IdType>& index, T item) {
  std::size_t key = hash(item);
  auto [first, last] = index.equal_range(key);
  for (; first != last; ++first) {
    if (items[first->second] == item) return first->second;
  }
  IdType id = items.push(std::move(item));
  index.emplace(key, id);
  return id;
}

/// Writes types; a type nested beyond the limit is written as `...`, so that the output stays readable
/// (and bounded: shared types can unfold exponentially).
class Writer {
 public:
  explicit Writer(const Types& types) : types_(types) {}

  void write(const ValType& type) {
    if (out.size() > kMaxLength) {
      if (!out.ends_with("...")) out += "...";
      return;
    }
    match(type, [&](PrimValType prim) { out += keyword(prim); }, [&](ValueTypeId id) { write(types_[id]); });
  }
  std::string out;

 private:
  static constexpr std::size_t kMaxLength = 2000;

  void write_generic(std::string_view name, const std::optional<ValType>& type) {
    out += name;
    if (!type) return;
    out += '<';
    write(*type);
    out += '>';
  }
  void write_labels(std::string_view name, const std::vector<std::string>& labels) {
    out += fmt::format("{} {{ {} }}", name, fmt::join(labels, ", "));
  }
  void write(const ValueType& type) {
    match(
        type, [&](PrimValType prim) { out += keyword(prim); },
        [&](const RecordType& record) {
          out += "record {";
          for (const FieldType& field : record.fields) {
            out += fmt::format("{}{}: ", &field == record.fields.data() ? " " : ", ", field.name);
            write(field.type);
          }
          out += " }";
        },
        [&](const VariantType& variant) {
          out += "variant {";
          for (const CaseType& item : variant.cases) {
            out += fmt::format("{}{}", &item == variant.cases.data() ? " " : ", ", item.name);
            if (!item.type) continue;
            out += '(';
            write(*item.type);
            out += ')';
          }
          out += " }";
        },
        [&](const ListType& list) {
          out += "list<";
          write(list.element);
          if (list.length) out += fmt::format(", {}", *list.length);
          out += '>';
        },
        [&](const TupleType& tuple) {
          out += "tuple<";
          for (const ValType& item : tuple.types) {
            if (&item != tuple.types.data()) out += ", ";
            write(item);
          }
          out += '>';
        },
        [&](const FlagsType& flags) { write_labels("flags", flags.labels); },
        [&](const EnumType& cases) { write_labels("enum", cases.labels); },
        [&](const OptionType& option) { write_generic("option", option.type); },
        [&](const ResultValType& result) {
          out += "result";
          if (!result.ok && !result.error) return;
          out += '<';
          result.ok ? write(*result.ok) : void(out += '_');
          if (result.error) {
            out += ", ";
            write(*result.error);
          }
          out += '>';
        },
        [&](const OwnType& own) { out += fmt::format("own<{}>", types_[own.resource].path); },
        [&](const BorrowType& borrow) { out += fmt::format("borrow<{}>", types_[borrow.resource].path); },
        [&](const StreamType& stream) { write_generic("stream", stream.type); },
        [&](const FutureType& future) { write_generic("future", future.type); },
        [&](const MapType& map) {
          out += "map<";
          write(map.key);
          out += ", ";
          write(map.value);
          out += '>';
        });
  }

  const Types& types_;
};

}  // namespace

ValueTypeId Types::intern(ValueType type) { return intern_in(values_, value_index_, std::move(type)); }
FuncTypeId Types::intern(FuncType type) { return intern_in(funcs_, func_index_, std::move(type)); }
ModuleTypeId Types::add(ModuleType type) { return modules_.push(std::move(type)); }
InstanceTypeId Types::add(InstanceType type) { return instances_.push(std::move(type)); }
ComponentTypeId Types::add(ComponentType type) { return components_.push(std::move(type)); }
ResourceId Types::add_resource(ResourceInfo info) { return resources_.push(std::move(info)); }

void Types::define_core(wasm::CanonTypeId id, wasm::SubType type) {
  while (core_types_.size() <= id.value) core_types_.push({});
  core_types_[id] = std::move(type);
}

ValueType Types::get(const ValType& type) const {
  return match(
      type, [](PrimValType prim) -> ValueType { return prim; },
      [&](ValueTypeId id) -> ValueType { return values_[id]; });
}

std::string Types::to_string(const ValType& type) const {
  Writer writer(*this);
  writer.write(type);
  return std::move(writer.out);
}

std::string Types::to_string(FuncTypeId id) const {
  const FuncType& type = funcs_[id];
  std::string out = type.is_async ? "async func(" : "func(";
  for (const FieldType& param : type.params) {
    out += fmt::format("{}{}: {}", &param == type.params.data() ? "" : ", ", param.name, to_string(param.type));
  }
  out += ')';
  if (type.result) out += " -> " + to_string(*type.result);
  return out;
}

}  // namespace witc::component
