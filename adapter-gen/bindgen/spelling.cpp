// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "adapter-gen/bindgen/spelling.h"

#include <fmt/format.h>

#include <functional>

#include "base/overloaded.h"

namespace witc::bindgen {
namespace {

/// Is there, anywhere in the type, a definition (or a string: null) that `wanted` holds for?
bool any_part(const wit::Resolve& resolve, const wit::Type& type,
              const std::function<bool(const wit::TypeDefKind*)>& wanted) {
  if (const auto* primitive = std::get_if<wit::Primitive>(&type)) {
    return *primitive == wit::Primitive::kString && wanted(nullptr);
  }
  const wit::TypeDefKind& kind = resolve.types[std::get<wit::TypeId>(type)].kind;
  if (wanted(&kind)) return true;
  auto part = [&](const wit::Type& inner) { return any_part(resolve, inner, wanted); };
  auto optional = [&](const std::optional<wit::Type>& inner) { return inner && part(*inner); };
  auto any_of = [&](const auto& items, auto&& test) {
    for (const auto& item : items) {
      if (test(item)) return true;
    }
    return false;
  };
  return match(
      kind, [&](const wit::Record& r) { return any_of(r.fields, [&](const auto& f) { return part(f.type); }); },
      [](const wit::Resource&) { return false; }, [](const wit::Own&) { return false; },
      [](const wit::Borrow&) { return false; }, [](const wit::Flags&) { return false; },
      [&](const wit::Tuple& t) { return any_of(t.types, part); },
      [&](const wit::Variant& v) { return any_of(v.cases, [&](const auto& c) { return optional(c.type); }); },
      [](const wit::Enum&) { return false; }, [&](const wit::Option& o) { return part(o.type); },
      [&](const wit::ResultType& r) { return optional(r.ok) || optional(r.err); },
      [&](const wit::List& l) { return part(l.type); }, [&](const wit::FixedLengthList& l) { return part(l.type); },
      [&](const wit::Map& m) { return part(m.key) || part(m.value); },
      [](const wit::Future&) { return false; }, [](const wit::Stream&) { return false; },
      [&](const wit::Alias& a) { return part(a.type); });
}

std::string_view spell(wit::Primitive primitive) {
  switch (primitive) {
    case wit::Primitive::kBool: return "bool";
    case wit::Primitive::kU8: return "std::uint8_t";
    case wit::Primitive::kU16: return "std::uint16_t";
    case wit::Primitive::kU32: return "std::uint32_t";
    case wit::Primitive::kU64: return "std::uint64_t";
    case wit::Primitive::kS8: return "std::int8_t";
    case wit::Primitive::kS16: return "std::int16_t";
    case wit::Primitive::kS32: return "std::int32_t";
    case wit::Primitive::kS64: return "std::int64_t";
    case wit::Primitive::kF32: return "float";
    case wit::Primitive::kF64: return "double";
    case wit::Primitive::kChar: return "char32_t";
    case wit::Primitive::kString: return "std::string";
    case wit::Primitive::kErrorContext: break;  // refused by World::check_types
  }
  return "void*";
}

template <class Kind>
const Kind* get(const wit::TypeDefKind* kind) {
  return kind == nullptr ? nullptr : std::get_if<Kind>(kind);
}

/// The primitive behind a type's aliases, if it is one.
std::optional<wit::Primitive> primitive_of(const wit::Resolve& resolve, const wit::Type& type) {
  if (const auto* primitive = std::get_if<wit::Primitive>(&type)) return *primitive;
  const wit::TypeDefKind& kind = resolve.types[resolve.dealias(std::get<wit::TypeId>(type))].kind;
  if (const auto* alias = std::get_if<wit::Alias>(&kind)) return primitive_of(resolve, alias->type);
  return std::nullopt;
}

bool is_scalar(const wit::Resolve& resolve, const wit::Type& type) {
  if (std::optional<wit::Primitive> primitive = primitive_of(resolve, type)) {
    return *primitive != wit::Primitive::kString;
  }
  const wit::TypeDefKind* kind = definition(resolve, type);
  return get<wit::Enum>(kind) != nullptr || get<wit::Flags>(kind) != nullptr;
}

}  // namespace

const wit::TypeDefKind* definition(const wit::Resolve& resolve, const wit::Type& type) {
  const auto* id = std::get_if<wit::TypeId>(&type);
  if (id == nullptr) return nullptr;
  const wit::TypeDefKind& kind = resolve.types[resolve.dealias(*id)].kind;
  return std::holds_alternative<wit::Alias>(kind) ? nullptr : &kind;
}

bool contains_own(const wit::Resolve& resolve, const wit::Type& type) {
  return any_part(resolve, type, [](const auto* kind) { return get<wit::Own>(kind) != nullptr; });
}
bool contains_handle(const wit::Resolve& resolve, const wit::Type& type) {
  return any_part(resolve, type, [](const auto* kind) {
    return get<wit::Own>(kind) != nullptr || get<wit::Borrow>(kind) != nullptr || get<wit::Resource>(kind) != nullptr;
  });
}
bool contains_memory(const wit::Resolve& resolve, const wit::Type& type) {
  return any_part(resolve, type, [](const auto* kind) {
    return kind == nullptr || get<wit::List>(kind) != nullptr || get<wit::Map>(kind) != nullptr;
  });
}

std::string Spelling::name(wit::TypeId type) const {
  const Unit& unit = world_->unit_of(type, *from_);
  const std::string& name = world_->type_name(type);
  if (&unit == from_ && !shadowed_.contains(name)) return name;
  // The world's two units are one scope to their types.
  return unit.qualified() + "::" + name;
}

std::string Spelling::definition_text(const wit::TypeDefKind& kind) const {
  return match(
      kind, [](const wit::Record&) { return std::string("void"); },  // always named
      [](const wit::Resource&) { return std::string("void"); },
      [&](const wit::Own& own) {
        return world_->is_ours(own.resource, *from_) ? fmt::format("std::unique_ptr<{}>", name(own.resource))
                                                     : name(own.resource);
      },
      [&](const wit::Borrow& borrow) {
        return fmt::format("{}<{}>", world_->is_ours(borrow.resource, *from_) ? "std::reference_wrapper" : "wit::Borrow",
                           name(borrow.resource));
      },
      [](const wit::Flags&) { return std::string("void"); },
      [&](const wit::Tuple& tuple) {
        std::string text = "std::tuple<";
        for (std::size_t i = 0; i < tuple.types.size(); ++i) text += (i == 0 ? "" : ", ") + value(tuple.types[i]);
        return text + ">";
      },
      [](const wit::Variant&) { return std::string("void"); }, [](const wit::Enum&) { return std::string("void"); },
      [&](const wit::Option& option) { return fmt::format("std::optional<{}>", value(option.type)); },
      [&](const wit::ResultType& result) {
        return fmt::format("wit::expected<{}, {}>", this->result(result.ok),
                           result.err ? value(*result.err) : "std::monostate");
      },
      [&](const wit::List& list) { return fmt::format("std::vector<{}>", value(list.type)); },
      [&](const wit::FixedLengthList& list) {
        return fmt::format("std::array<{}, {}>", value(list.type), list.length);
      },
      [&](const wit::Map& map) { return fmt::format("std::map<{}, {}>", value(map.key), value(map.value)); },
      [](const wit::Future&) { return std::string("void"); }, [](const wit::Stream&) { return std::string("void"); },
      [&](const wit::Alias& alias) { return value(alias.type); });
}

std::string Spelling::value(const wit::Type& type) const {
  if (const auto* primitive = std::get_if<wit::Primitive>(&type)) return std::string(spell(*primitive));
  wit::TypeId id = std::get<wit::TypeId>(type);
  const wit::TypeDef& def = world_->resolve().types[id];
  return def.name ? name(id) : definition_text(def.kind);
}

std::string Spelling::result(const std::optional<wit::Type>& type) const { return type ? value(*type) : "void"; }

/// The spelling of something that can be lent as a view (a string, a list, an option of one); else empty.
std::string Spelling::view(const wit::Type& type) const {
  const wit::Resolve& resolve = world_->resolve();
  if (primitive_of(resolve, type) == wit::Primitive::kString) return "std::string_view";
  const wit::TypeDefKind* kind = definition(resolve, type);
  if (const auto* list = get<wit::List>(kind)) {
    bool bits = primitive_of(resolve, list->type) == wit::Primitive::kBool;  // std::vector<bool> has no span
    if (!bits && !contains_own(resolve, type)) return fmt::format("std::span<const {}>", value(list->type));
  } else if (const auto* option = get<wit::Option>(kind)) {
    if (is_scalar(resolve, option->type)) return value(type);
    if (std::string inner = view(option->type); !inner.empty()) return fmt::format("std::optional<{}>", inner);
  }
  return {};
}

std::string Spelling::lent_param(const wit::Type& type) const {
  const wit::Resolve& resolve = world_->resolve();
  if (std::string lent = view(type); !lent.empty()) return lent;
  const wit::TypeDefKind* kind = definition(resolve, type);
  if (is_scalar(resolve, type) || get<wit::Borrow>(kind) != nullptr || contains_own(resolve, type)) return value(type);
  return fmt::format("const {}&", value(type));
}

std::string Spelling::received_value(const wit::Type& type) const {
  std::string lent = view(type);
  return lent.empty() ? value(type) : lent;
}

std::string Spelling::received_param(const wit::Type& type) const {
  const auto* borrow = get<wit::Borrow>(definition(world_->resolve(), type));
  if (borrow != nullptr && world_->is_ours(borrow->resource, *from_)) return name(borrow->resource) + "&";
  return received_value(type);
}

std::string alias_target(const Spelling& spelling, const wit::TypeDef& def) {
  return spelling.definition_text(def.kind);
}

}  // namespace witc::bindgen
