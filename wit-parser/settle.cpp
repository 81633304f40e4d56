// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Settling a draft: Settler::run lists the steps. Types go over first, then interfaces, then worlds, so
// that ids come out in the order users of `--json` know; owners are filled in afterwards, because a
// type goes over before the interface that owns it.
#include "wit-parser/settle.h"

#include <fmt/format.h>

#include "wit-parser/settler.h"
#include "wit-parser/suggest.h"

namespace witc::wit {
namespace {

Span span_of(const ItemInfo& info) { return info.span.value_or(Span{}); }

Diagnostic not_enabled(std::string_view what, Span span) {
  return error(DiagCode::kWitResolve, span,
               fmt::format("found a reference to a {} which is excluded due to its feature not being activated", what));
}

}  // namespace

bool same_stability(const Stability& a, const Stability& b) {
  return a.kind == b.kind && a.since == b.since && a.feature == b.feature && a.deprecated == b.deprecated;
}

Result<PackageId> settle(Resolve& resolve, Draft draft, const ResolveOptions& options) {
  return Settler(resolve, std::move(draft), options).run();
}

Result<PackageId> Settler::run() {
  Package package;
  package.name = draft_.name;
  package.docs = draft_.docs;
  package_ = resolve_.packages.push(std::move(package));
  // What the placeholders stand for.
  TRY(bind_foreign_interfaces());
  TRY(bind_foreign_worlds());
  TRY(bind_foreign_types());
  TRY(check_resources());
  // What is new.
  TRY(settle_types());
  TRY(settle_interfaces());
  TRY(settle_worlds());
  settle_owners();
  // Worlds are in order, so an included one is complete.
  for (std::size_t i = draft_.foreign_worlds.size(); i < worlds_.size(); ++i) {
    if (!worlds_[i]) continue;
    TRY(include_worlds(*worlds_[i], draft_.includes[WorldId(i)]));
    TRY(elaborate_world(resolve_, *worlds_[i]));
  }
  settle_names();
  return package_;
}

// -- gates -----------------------------------------------------------------------------------------------

Result<bool> Settler::enabled(const Stability& stability, Span span) const {
  switch (stability.kind) {
    case Stability::Kind::kUnknown:
      return true;
    case Stability::Kind::kUnstable:
      return options_.all_features || options_.features.contains(stability.feature);
    case Stability::Kind::kStable:
      break;
  }
  const PackageName& name = resolve_.packages[package_].name;
  if (!name.version) {
    return error(DiagCode::kWitResolve, span,
                 fmt::format("package `{}` contains a feature gate with a version, so it must have a version",
                             name.to_string()))
        .note(draft_.name_span, "the package is named here");
  }
  if (*stability.since > *name.version) {
    return error(DiagCode::kWitResolve, span,
                 fmt::format("feature gate cannot reference unreleased version {} of package `{}`",
                             stability.since->to_string(), name.to_string()));
  }
  return true;
}

// -- other packages --------------------------------------------------------------------------------------

Result<bool> Settler::any_enabled(const ForeignItem& item) const {
  for (const Stability& stability : item.mentions) {
    if (TRY(enabled(stability, item.span))) return true;
  }
  return false;
}

Result<PackageId> Settler::foreign_package(const ForeignItem& item) const {
  if (std::optional<PackageId> id = resolve_.find_package(item.package)) return *id;
  Diagnostic diagnostic =
      error(DiagCode::kWitResolve, item.package_span, fmt::format("package `{}` not found", item.package.to_string()));
  std::vector<std::string> known;
  for (const Package& package : resolve_.packages) known.push_back(package.name.to_string());
  std::ranges::sort(known);
  std::string list;
  for (const std::string& name : known) list += (list.empty() ? "" : ", ") + name;
  return suggest(std::move(diagnostic).note("known packages: " + list), item.package.to_string(), known,
                 [](const std::string& name) -> std::string_view { return name; });
}

Result<void> Settler::bind_foreign_interfaces() {
  for (const ForeignItem& item : draft_.foreign_interfaces) {
    PackageId package = TRY(foreign_package(item));
    if (!TRY(any_enabled(item))) {
      interfaces_.push_back(std::nullopt);
      continue;
    }
    const auto& interfaces = resolve_.packages[package].interfaces;
    const InterfaceId* id = interfaces.find(item.name);
    if (id == nullptr) {
      return suggest(
          error(DiagCode::kWitResolve, item.span,
                fmt::format("interface `{}` not found in package `{}`", item.name, item.package.to_string())),
          item.name, interfaces, [](const auto& entry) -> std::string_view { return entry.first; });
    }
    interfaces_.push_back(*id);
  }
  return {};
}

Result<void> Settler::bind_foreign_worlds() {
  for (const ForeignItem& item : draft_.foreign_worlds) {
    PackageId package = TRY(foreign_package(item));
    if (!TRY(any_enabled(item))) {
      worlds_.push_back(std::nullopt);
      continue;
    }
    const auto& worlds = resolve_.packages[package].worlds;
    const WorldId* id = worlds.find(item.name);
    if (id == nullptr) {
      return suggest(error(DiagCode::kWitResolve, item.span,
                           fmt::format("world `{}` not found in package `{}`", item.name, item.package.to_string())),
                     item.name, worlds, [](const auto& entry) -> std::string_view { return entry.first; });
    }
    worlds_.push_back(*id);
  }
  return {};
}

Result<void> Settler::bind_foreign_types() {
  for (const ForeignType& type : draft_.foreign_types) {
    if (!TRY(enabled(type.stability, type.span))) {
      types_.push_back(std::nullopt);
      continue;
    }
    InterfaceId interface = TRY(settled(type.interface, type.span));
    const auto& types = resolve_.interfaces[interface].types;
    const TypeId* id = types.find(type.name);
    if (id == nullptr) {
      return suggest(
          error(DiagCode::kWitResolve, type.span, fmt::format("type `{}` not defined in interface", type.name))
              .label(fmt::format("not in `{}`", resolve_.interface_path(interface).value_or("this interface"))),
          type.name, types, [](const auto& entry) -> std::string_view { return entry.first; });
    }
    types_.push_back(*id);
  }
  return {};
}

Result<void> Settler::check_resources() {
  for (const auto& [id, span] : draft_.must_be_resources) {
    std::optional<TypeId> type = types_[id.value];
    if (type && !facts(*type).resource) {
      return error(DiagCode::kWitResolve, span, "type used in a handle must be a resource");
    }
  }
  return {};
}

Result<TypeId> Settler::settled(TypeId id, Span span) const {
  if (types_[id.value]) return *types_[id.value];
  return not_enabled("type", span);
}
Result<InterfaceId> Settler::settled(InterfaceId id, Span span) const {
  if (interfaces_[id.value]) return *interfaces_[id.value];
  return not_enabled("interface", span);
}
Result<WorldId> Settler::settled(WorldId id, Span span) const {
  if (worlds_[id.value]) return *worlds_[id.value];
  return not_enabled("world", span);
}

// -- types -------------------------------------------------------------------------------------------------

Result<void> Settler::settle_types() {
  for (std::size_t i = draft_.foreign_types.size(); i < draft_.types.size(); ++i) {
    TypeDef& def = draft_.types[TypeId(i)];
    Span span = span_of(def.info);
    if (!TRY(enabled(def.info.stability, span))) {
      types_.push_back(std::nullopt);
      continue;
    }
    TRY(settle_kind(def.kind, span));
    types_.push_back(resolve_.types.push(std::move(def)));
  }
  return {};
}

Result<void> Settler::settle_kind(TypeDefKind& kind, Span span) {
  auto types = [&](auto&... each) -> Result<void> {
    Result<void> result{};
    ((result = result ? settle_type(each, span) : std::move(result)), ...);
    return result;
  };
  return match(
      kind,
      // An alias of a resource is itself usable as a resource, so it is not turned into a handle.
      [&](Alias& alias) -> Result<void> {
        if (auto* id = std::get_if<TypeId>(&alias.type)) *id = TRY(settled(*id, span));
        return {};
      },
      [&](Own& own) -> Result<void> {
        own.resource = TRY(settled(own.resource, span));
        return {};
      },
      [&](Borrow& borrow) -> Result<void> {
        borrow.resource = TRY(settled(borrow.resource, span));
        return {};
      },
      [&](Record& record) -> Result<void> {
        for (Field& field : record.fields) TRY(settle_type(field.type, span_of(field.info)));
        return {};
      },
      [&](Variant& variant) -> Result<void> {
        for (Case& c : variant.cases) TRY(settle_type(c.type, span_of(c.info)));
        return {};
      },
      [&](Tuple& tuple) -> Result<void> {
        for (Type& type : tuple.types) TRY(settle_type(type, span));
        return {};
      },
      [&](Option& o) { return types(o.type); }, [&](List& l) { return types(l.type); },
      [&](FixedLengthList& l) { return types(l.type); }, [&](Map& m) { return types(m.key, m.value); },
      [&](ResultType& r) { return types(r.ok, r.err); }, [&](Future& f) { return types(f.type); },
      [&](Stream& s) { return types(s.type); }, [](Resource&) { return Result<void>{}; },
      [](Flags&) { return Result<void>{}; }, [](Enum&) { return Result<void>{}; });
}

Result<void> Settler::settle_type(std::optional<Type>& type, Span span) {
  return type ? settle_type(*type, span) : Result<void>{};
}

/// A mention of a resource as a type is an owned handle to it: one `own` type per resource.
Result<void> Settler::settle_type(Type& type, Span span) {
  auto* id = std::get_if<TypeId>(&type);
  if (id == nullptr) return {};
  *id = TRY(settled(*id, span));
  if (!facts(*id).resource) return {};
  auto [slot, fresh] = owns_.try_emplace(*id);
  if (fresh) slot->second = resolve_.types.push({std::nullopt, Own{*id}, {}, {}});
  *id = slot->second;
  return {};
}

const Settler::Facts& Settler::facts(TypeId id) {
  while (facts_.size() <= id.value) facts_.push_back(facts_of(resolve_.types[TypeId(facts_.size())].kind));
  return facts_[id.value];
}

Settler::Facts Settler::facts_of(const TypeDefKind& kind) const {
  Facts result;
  auto part = [&](const std::optional<Type>& type) {
    if (!type) return;
    const auto* id = std::get_if<TypeId>(&*type);
    if (id != nullptr && id->value < facts_.size() && facts_[id->value].borrows) result.borrows = true;
  };
  match(
      kind, [&](const Resource&) { result.resource = true; }, [&](const Borrow&) { result.borrows = true; },
      [&](const Alias& alias) {
        const auto* id = std::get_if<TypeId>(&alias.type);
        if (id != nullptr && id->value < facts_.size()) result = facts_[id->value];
      },
      [](const Own&) {}, [](const Flags&) {}, [](const Enum&) {},
      [&](const Record& record) {
        for (const Field& field : record.fields) part(field.type);
      },
      [&](const Variant& variant) {
        for (const Case& c : variant.cases) part(c.type);
      },
      [&](const Tuple& tuple) {
        for (const Type& type : tuple.types) part(type);
      },
      [&](const Option& o) { part(o.type); }, [&](const List& l) { part(l.type); },
      [&](const FixedLengthList& l) { part(l.type); },
      [&](const Map& m) {
        part(m.key);
        part(m.value);
      },
      [&](const ResultType& r) {
        part(r.ok);
        part(r.err);
      },
      [&](const Future& f) { part(f.type); }, [&](const Stream& s) { part(s.type); });
  return result;
}

// -- interfaces and worlds ---------------------------------------------------------------------------------

Result<void> Settler::settle_function(Function& function) {
  Span span = span_of(function.info);
  if (function.resource) function.resource = TRY(settled(*function.resource, span));
  for (Param& param : function.params) TRY(settle_type(param.type, span));
  TRY(settle_type(function.result, span));
  const auto* result = function.result ? std::get_if<TypeId>(&*function.result) : nullptr;
  if (result != nullptr && facts(*result).borrows) {
    return error(
        DiagCode::kWitResolve, span,
        fmt::format("function `{}` returns a type which contains a `borrow<T>` which is not supported", function.name));
  }
  return {};
}

Result<void> Settler::settle_interface(Interface& interface) {
  OrderedMap<std::string, TypeId> types;
  for (auto& [name, id] : interface.types) {
    if (types_[id.value]) types.insert(name, *types_[id.value]);
  }
  interface.types = std::move(types);
  OrderedMap<std::string, Function> functions;
  for (auto& [name, function] : interface.functions) {
    if (!TRY(enabled(function.info.stability, span_of(function.info)))) continue;
    TRY(settle_function(function));
    functions.insert(name, std::move(function));
  }
  interface.functions = std::move(functions);
  interface.package = package_;
  return {};
}

Result<void> Settler::settle_interfaces() {
  for (std::size_t i = draft_.foreign_interfaces.size(); i < draft_.interfaces.size(); ++i) {
    Interface& interface = draft_.interfaces[InterfaceId(i)];
    if (!TRY(enabled(interface.info.stability, span_of(interface.info)))) {
      interfaces_.push_back(std::nullopt);
      continue;
    }
    TRY(settle_interface(interface));
    interfaces_.push_back(resolve_.interfaces.push(std::move(interface)));
  }
  // An enabled type in an interface that is not: the interface's gate was forgotten on it.
  for (std::size_t i = draft_.foreign_types.size(); i < types_.size(); ++i) {
    if (!types_[i]) continue;
    TypeDef& def = resolve_.types[*types_[i]];
    const auto* owner = std::get_if<InterfaceId>(&def.owner);
    if (owner == nullptr || interfaces_[owner->value]) continue;
    return not_enabled("interface", span_of(def.info))
        .label("this type is not gated by a feature but its interface is");
  }
  return {};
}

/// False if the item is gated and not enabled.
Result<bool> Settler::settle_item(WorldKey& key, WorldItem& item) {
  return match(
      item,
      [&](WorldType& type) -> Result<bool> {
        if (!types_[type.id.value]) return false;
        type.id = *types_[type.id.value];
        return true;
      },
      [&](Function& function) -> Result<bool> {
        if (!TRY(enabled(function.info.stability, span_of(function.info)))) return false;
        TRY(settle_function(function));
        return true;
      },
      [&](WorldInterface& interface) -> Result<bool> {
        Span span = span_of(interface.info);
        if (!TRY(enabled(interface.info.stability, span))) return false;
        interface.id = TRY(settled(interface.id, span));
        if (std::holds_alternative<InterfaceId>(key)) key = interface.id;
        return true;
      });
}

Result<void> Settler::settle_world(World& world) {
  for (WorldItems* items : {&world.imports, &world.exports}) {
    WorldItems kept;
    for (auto& [key, item] : *items) {
      WorldKey new_key = key;
      if (TRY(settle_item(new_key, item))) kept.insert(std::move(new_key), std::move(item));
    }
    *items = std::move(kept);
  }
  world.package = package_;
  return {};
}

Result<void> Settler::settle_worlds() {
  for (std::size_t i = draft_.foreign_worlds.size(); i < draft_.worlds.size(); ++i) {
    World& world = draft_.worlds[WorldId(i)];
    if (!TRY(enabled(world.info.stability, span_of(world.info)))) {
      worlds_.push_back(std::nullopt);
      continue;
    }
    TRY(settle_world(world));
    worlds_.push_back(resolve_.worlds.push(std::move(world)));
  }
  for (std::size_t i = draft_.foreign_types.size(); i < types_.size(); ++i) {
    if (!types_[i]) continue;
    const TypeDef& def = resolve_.types[*types_[i]];
    const auto* owner = std::get_if<WorldId>(&def.owner);
    if (owner == nullptr || worlds_[owner->value]) continue;
    return not_enabled("world", span_of(def.info)).label("this type is not gated by a feature but its world is");
  }
  return {};
}

void Settler::settle_owners() {
  for (std::size_t i = draft_.foreign_types.size(); i < types_.size(); ++i) {
    if (!types_[i]) continue;
    match(
        resolve_.types[*types_[i]].owner, [](std::monostate) {},
        [&](InterfaceId& id) { id = interfaces_[id.value].value_or(id); },
        [&](WorldId& id) { id = worlds_[id.value].value_or(id); });
  }
}

void Settler::settle_names() {
  Package& package = resolve_.packages[package_];
  for (std::size_t i = draft_.foreign_interfaces.size(); i < interfaces_.size(); ++i) {
    if (!interfaces_[i]) continue;
    const Interface& interface = resolve_.interfaces[*interfaces_[i]];
    if (interface.name) package.interfaces.insert(*interface.name, *interfaces_[i]);
  }
  for (std::size_t i = draft_.foreign_worlds.size(); i < worlds_.size(); ++i) {
    if (worlds_[i]) package.worlds.insert(resolve_.worlds[*worlds_[i]].name, *worlds_[i]);
  }
}

}  // namespace witc::wit
