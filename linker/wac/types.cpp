// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "linker/wac/types.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/overloaded.h"

namespace witc::linker::wac {

using component::ResourceId;
using component::TypeEntity;
using component::ValType;
namespace cm = component;

namespace {

Diagnostic wrong(Span span, std::string message) { return error(DiagCode::kWacResolve, span, std::move(message)); }

Diagnostic duplicate(const Ident& id, std::string_view what) {
  return wrong(id.span, fmt::format("{} `{}` is there already", what, id.name));
}

Result<void> check_unique(std::set<std::string>& seen, const Ident& id, std::string_view what) {
  if (!seen.insert(id.name).second) return duplicate(id, what);
  return {};
}

cm::Extern named(const std::string& name, cm::EntityType type) {
  cm::ast::NameAttributes attributes;
  attributes.name = name;
  return {std::move(attributes), std::move(type)};
}

const Ident& id_of(const TypeDecl& decl) {
  return std::visit([](const auto& item) -> const Ident& { return item.id; }, decl);
}

}  // namespace

const TypeNames::Entry* TypeNames::find(const std::string& name) const {
  for (const TypeNames* scope = this; scope != nullptr; scope = scope->parent) {
    if (const Entry* found = scope->names.find(name)) return found;
  }
  return nullptr;
}

Result<TypeEntity> TypeResolver::lookup(const Ident& id, const TypeNames& names) const {
  if (const auto* found = names.find(id.name)) return found->type;
  return wrong(id.span, fmt::format("`{}` is not defined", id.name)).hint("types are declared before they are used");
}

Result<TypeEntity> TypeResolver::declaration(const TypeStatement& statement, TypeNames& names) {
  using Made = Result<TypeEntity>;
  return match(
      statement,
      [&](const InterfaceDecl& decl) -> Made {
        cm::InstanceTypeId id = TRY(interface(decl.items, names));
        std::string path = package_.name + "/" + decl.id.name;
        if (package_.version) path += "@" + package_.version->to_string();
        set_path(id, std::move(path));
        return TypeEntity{id};
      },
      [&](const WorldDecl& decl) -> Made { return world(decl, names); },
      [&](const TypeDecl& decl) -> Made { return value_decl(decl, names); });
}

// -- interfaces -----------------------------------------------------------------------------------------

Result<cm::InstanceTypeId> TypeResolver::interface(const std::vector<InterfaceItem>& items, const TypeNames& outer) {
  TypeNames names{&outer, {}};
  cm::InstanceType made;
  std::vector<cm::InstanceTypeId> used;
  for (const InterfaceItem& item : items) {
    TRY(match(
        item,
        [&](const UseType& item) -> Result<void> {
          used.push_back(TRY(use(item, names, made.exports)));
          return {};
        },
        [&](const TypeDecl& decl) { return type_decl(decl, names, &made.exports, &made.defined_resources); },
        [&](const InterfaceExport& item) { return interface_export(item, names, made.exports); }));
  }
  cm::InstanceTypeId id = types_.add(std::move(made));
  uses_.emplace(id, std::move(used));
  return id;
}

Result<void> TypeResolver::interface_export(const InterfaceExport& item, TypeNames& names, Exports& exports) {
  cm::FuncTypeId type;
  if (const auto* written = std::get_if<FuncType>(&item.type)) {
    type = TRY(func(*written, names));
  } else {
    const Ident& id = std::get<Ident>(item.type);
    TypeEntity found = TRY(lookup(id, names));
    const auto* func = std::get_if<cm::FuncTypeId>(&found.type);
    if (func == nullptr) return wrong(id.span, fmt::format("`{}` is not a function type", id.name));
    type = *func;
  }
  if (!exports.insert(item.id.name, named(item.id.name, type))) return duplicate(item.id, "the export");
  return {};
}

Result<TypeEntity> TypeResolver::interface_or_world(const InterfaceRef& ref, const TypeNames& names) const {
  return match(
      ref, [&](const PackagePath& path) { return find_path_(path); }, [&](const Ident& id) { return lookup(id, names); });
}

Result<cm::InstanceTypeId> TypeResolver::use(const UseType& use, TypeNames& names, Exports& exports) {
  TypeEntity found = TRY(interface_or_world(use.path, names));
  Span span = match(
      use.path, [](const PackagePath& path) { return path.span; }, [](const Ident& id) { return id.span; });
  const auto* id = std::get_if<cm::InstanceTypeId>(&found.type);
  if (id == nullptr) return wrong(span, "types are used from an interface, and this is none");
  for (const UseItem& item : use.items) {
    const cm::Extern* type = types_[*id].exports.find(item.id.name);
    if (type == nullptr) return wrong(item.id.span, fmt::format("the interface has no type `{}`", item.id.name));
    const auto* entity = std::get_if<TypeEntity>(&type->type);
    if (entity == nullptr) return wrong(item.id.span, fmt::format("`{}` is not a type", item.id.name));
    const Ident& as = item.as ? *item.as : item.id;
    if (!exports.insert(as.name, named(as.name, *entity))) {
      return duplicate(as, "the name").hint("`as` gives it another");
    }
    if (!names.names.insert(as.name, {*entity, as.span})) return duplicate(as, "the type");
  }
  return *id;
}

void TypeResolver::import_used(cm::InstanceTypeId id, Exports& imports) const {
  std::vector<cm::InstanceTypeId> open{id};
  while (!open.empty()) {
    auto used = uses_.find(open.back());
    open.pop_back();
    if (used == uses_.end()) continue;
    for (cm::InstanceTypeId other : used->second) {
      auto path = paths_.find(other);
      if (path != paths_.end() && imports.insert(path->second, named(path->second, other))) open.push_back(other);
    }
  }
}

// -- worlds -----------------------------------------------------------------------------------------------

Result<TypeEntity> TypeResolver::world(const WorldDecl& decl, const TypeNames& outer) {
  World world{{}, {&outer, {}}};
  cm::ComponentType& made = world.type;
  for (const WorldItem& item : decl.items) {
    TRY(match(
        item,
        [&](const UseType& item) -> Result<void> {  // what is used is imported
          cm::InstanceTypeId id = TRY(use(item, world.names, made.imports));
          auto path = paths_.find(id);
          if (path != paths_.end()) made.imports.insert(path->second, named(path->second, id));
          import_used(id, made.imports);
          return {};
        },
        [&](const TypeDecl& item) { return type_decl(item, world.names, &made.imports, &made.imported_resources); },
        [&](const WorldExtern& item) { return world_extern(world, item); }, [](const WorldInclude&) -> Result<void> { return {}; }));
  }
  for (const WorldItem& item : decl.items) {  // after the world's own items, with which they must not collide
    if (const auto* include = std::get_if<WorldInclude>(&item)) TRY(world_include(world, *include));
  }
  return TypeEntity{types_.add(std::move(made))};
}

Result<void> TypeResolver::world_extern(World& world, const WorldExtern& item) {
  Exports& into = item.is_import ? world.type.imports : world.type.exports;
  auto add_interface = [&](const TypeEntity& found, Span span, std::string name) -> Result<void> {
    const auto* id = std::get_if<cm::InstanceTypeId>(&found.type);
    if (id == nullptr) return wrong(span, fmt::format("`{}` is not an interface", name));
    if (auto path = paths_.find(*id); path != paths_.end()) name = path->second;
    import_used(*id, world.type.imports);
    if (!into.insert(name, named(name, *id))) return wrong(span, fmt::format("`{}` is in the world already", name));
    return {};
  };
  return match(
      item.item,
      [&](const NamedWorldItem& named_item) -> Result<void> {
        cm::EntityType type = TRY(extern_type(named_item.type, world.names));
        if (!into.insert(named_item.id.name, named(named_item.id.name, type))) return duplicate(named_item.id, "the name");
        return {};
      },
      [&](const PackagePath& path) -> Result<void> {
        return add_interface(TRY(find_path_(path)), path.span, path.text());
      },
      [&](const Ident& id) -> Result<void> { return add_interface(TRY(lookup(id, world.names)), id.span, id.name); });
}

Result<cm::EntityType> TypeResolver::extern_type(const ExternTypeRef& type, const TypeNames& names) {
  using Made = Result<cm::EntityType>;
  return match(
      type, [&](const FuncType& written) -> Made { return cm::EntityType(TRY(func(written, names))); },
      [&](const InlineInterface& inlined) -> Made { return cm::EntityType(TRY(interface(inlined.items, names))); },
      [&](const Ident& id) -> Made {
        TypeEntity found = TRY(lookup(id, names));
        if (const auto* func = std::get_if<cm::FuncTypeId>(&found.type)) return cm::EntityType(*func);
        if (const auto* instance = std::get_if<cm::InstanceTypeId>(&found.type)) return cm::EntityType(*instance);
        return wrong(id.span, fmt::format("`{}` is neither a function type nor an interface", id.name));
      });
}

Result<void> TypeResolver::world_include(World& world, const WorldInclude& include) {
  TypeEntity found = TRY(interface_or_world(include.world, world.names));
  Span span = match(
      include.world, [](const PackagePath& path) { return path.span; }, [](const Ident& id) { return id.span; });
  const auto* id = std::get_if<cm::ComponentTypeId>(&found.type);
  if (id == nullptr) return wrong(span, "only a world can be included");
  std::map<std::string, const Ident*> renames;
  for (const WorldIncludeItem& item : include.with) {
    if (!renames.emplace(item.from.name, &item.to).second) return duplicate(item.from, "the rename of");
    if (!types_[*id].imports.contains(item.from.name) && !types_[*id].exports.contains(item.from.name)) {
      return wrong(item.from.span, fmt::format("the world has no import or export `{}`", item.from.name));
    }
  }
  auto add = [&](const Exports& from, Exports& to) -> Result<void> {
    for (const auto& [name, item] : from) {
      auto rename = renames.find(name);
      const std::string& as = rename == renames.end() ? name : rename->second->name;
      if (to.insert(as, item)) continue;
      if (as.find(':') != std::string::npos) continue;  // the same interface twice is once
      return wrong(span, fmt::format("the included world's `{}` collides with another of that name", as))
          .hint("a `with` clause gives it another name");
    }
    return {};
  };
  const cm::ComponentType& included = types_[*id];
  TRY(add(included.imports, world.type.imports));
  return add(included.exports, world.type.exports);
}

// -- types ------------------------------------------------------------------------------------------------

Result<void> TypeResolver::type_decl(const TypeDecl& decl, TypeNames& names, Exports* exports,
                                     std::vector<ResourceId>* resources) {
  if (const auto* item = std::get_if<ResourceDecl>(&decl)) return resource(*item, names, *exports, *resources);
  const Ident& id = id_of(decl);
  TypeEntity made = TRY(value_decl(decl, names));
  if (!names.names.insert(id.name, {made, id.span})) return duplicate(id, "the type");
  // Function types are names for the document only.
  if (std::holds_alternative<cm::FuncTypeId>(made.type)) return {};
  if (!exports->insert(id.name, named(id.name, made))) return duplicate(id, "the name");
  return {};
}

Result<void> TypeResolver::resource(const ResourceDecl& decl, TypeNames& names, Exports& exports,
                                    std::vector<ResourceId>& resources) {
  ResourceId id = types_.add_resource({decl.id.name});
  TypeEntity entity{id};
  resources.push_back(id);
  if (!names.names.insert(decl.id.name, {entity, decl.id.span})) return duplicate(decl.id, "the type");
  if (!exports.insert(decl.id.name, named(decl.id.name, entity))) return duplicate(decl.id, "the name");
  for (const Method& method : decl.methods) {
    cm::FuncType type = types_[TRY(func(method.type, names))];
    std::string name;
    switch (method.kind) {
      case Method::kConstructor:
        name = fmt::format("[constructor]{}", decl.id.name);
        type.result = types_.intern(cm::ValueType(cm::OwnType{id}));
        break;
      case Method::kMethod: {
        name = fmt::format("[method]{}.{}", decl.id.name, method.id.name);
        for (const NamedType& param : method.type.params) {
          if (param.id.name == "self") return duplicate(param.id, "the parameter");
        }
        cm::FieldType self{"self", types_.intern(cm::ValueType(cm::BorrowType{id}))};
        type.params.insert(type.params.begin(), std::move(self));
        break;
      }
      case Method::kStatic: name = fmt::format("[static]{}.{}", decl.id.name, method.id.name); break;
    }
    bool is_taken = exports.contains(fmt::format("[static]{}.{}", decl.id.name, method.id.name)) ||
                    exports.contains(fmt::format("[method]{}.{}", decl.id.name, method.id.name));
    if (is_taken || !exports.insert(name, named(name, types_.intern(std::move(type))))) {
      return duplicate(method.id, method.kind == Method::kConstructor ? "the" : "the method");
    }
  }
  return {};
}

Result<TypeEntity> TypeResolver::value_decl(const TypeDecl& decl, const TypeNames& names) {
  using Made = Result<TypeEntity>;
  auto made = [&](cm::ValueType type) { return TypeEntity{ValType(types_.intern(std::move(type)))}; };
  std::set<std::string> seen;
  auto labels = [&](const std::vector<Ident>& items, std::string_view what) -> Result<std::vector<std::string>> {
    std::vector<std::string> out;
    for (const Ident& item : items) {
      TRY(check_unique(seen, item, what));
      out.push_back(item.name);
    }
    return out;
  };
  return match(
      decl,
      [&](const VariantDecl& variant) -> Made {
        cm::VariantType out;
        for (const VariantCase& item : variant.cases) {
          TRY(check_unique(seen, item.id, "the case"));
          out.cases.push_back({item.id.name, std::nullopt});
          if (item.type) out.cases.back().type = TRY(type(*item.type, names));
        }
        return made(std::move(out));
      },
      [&](const RecordDecl& record) -> Made { return made(cm::RecordType{TRY(fields(record.fields, names, "the field"))}); },
      [&](const FlagsDecl& flags) -> Made { return made(cm::FlagsType{TRY(labels(flags.flags, "the flag"))}); },
      [&](const EnumDecl& cases) -> Made { return made(cm::EnumType{TRY(labels(cases.cases, "the case"))}); },
      [&](const AliasDecl& alias) -> Made {
        if (const auto* written = std::get_if<FuncType>(&alias.type)) return TypeEntity{TRY(func(*written, names))};
        const TypeExpr& target = std::get<TypeExpr>(alias.type);
        if (target.kind == TypeExpr::kName) {  // an alias of a resource is that resource, not an `own` of it
          TypeEntity found = TRY(lookup(target.name, names));
          if (!std::holds_alternative<cm::InstanceTypeId>(found.type) &&
              !std::holds_alternative<cm::ComponentTypeId>(found.type)) {
            return found;
          }
        }
        return TypeEntity{TRY(type(target, names))};
      },
      [&](const ResourceDecl& resource) -> Made {
        return wrong(resource.id.span, "a resource is declared in an interface or a world");
      });
}

Result<std::vector<cm::FieldType>> TypeResolver::fields(const std::vector<NamedType>& items, const TypeNames& names,
                                                        std::string_view what) {
  std::vector<cm::FieldType> out;
  std::set<std::string> seen;
  for (const NamedType& item : items) {
    TRY(check_unique(seen, item.id, what));
    ValType made = TRY(type(item.type, names));
    out.push_back({item.id.name, made});
  }
  return out;
}

Result<cm::FuncTypeId> TypeResolver::func(const FuncType& written, const TypeNames& names) {
  cm::FuncType made;
  made.params = TRY(fields(written.params, names, "the parameter"));
  if (written.result) {
    made.result = TRY(type(*written.result, names));
    if (has_borrow(*made.result)) {
      return wrong(written.result->span, "a function's result cannot hold a `borrow`");
    }
  }
  return types_.intern(std::move(made));
}

Result<ValType> TypeResolver::named_type(const Ident& id, const TypeNames& names) const {
  TypeEntity found = TRY(lookup(id, names));
  if (const auto* value = std::get_if<ValType>(&found.type)) return *value;
  if (const auto* resource = std::get_if<ResourceId>(&found.type)) {
    return ValType(types_.intern(cm::ValueType(cm::OwnType{*resource})));
  }
  return wrong(id.span, fmt::format("`{}` is not a value type", id.name));
}

Result<ValType> TypeResolver::type(const TypeExpr& written, const TypeNames& names) {
  auto made = [&](cm::ValueType type) { return ValType(types_.intern(std::move(type))); };
  switch (written.kind) {
    case TypeExpr::kPrim: return ValType(written.prim);
    case TypeExpr::kName: return named_type(written.name, names);
    case TypeExpr::kList: return made(cm::ListType{TRY(type(written.args[0], names)), std::nullopt});
    case TypeExpr::kOption: return made(cm::OptionType{TRY(type(written.args[0], names))});
    case TypeExpr::kTuple: {
      cm::TupleType out;
      for (const TypeExpr& item : written.args) out.types.push_back(TRY(type(item, names)));
      return made(std::move(out));
    }
    case TypeExpr::kResult: {
      cm::ResultValType out;
      if (written.ok) out.ok = TRY(type(*written.ok, names));
      if (written.error) out.error = TRY(type(*written.error, names));
      return made(std::move(out));
    }
    case TypeExpr::kBorrow: {
      TypeEntity found = TRY(lookup(written.name, names));
      const auto* resource = std::get_if<ResourceId>(&found.type);
      if (resource == nullptr) return wrong(written.name.span, fmt::format("`{}` is not a resource", written.name.name));
      return made(cm::BorrowType{*resource});
    }
  }
  return ValType(written.prim);
}

bool TypeResolver::has_borrow(const ValType& type, int depth) const {
  if (std::holds_alternative<cm::PrimValType>(type) || depth > 100) return false;
  auto in = [&](const std::optional<ValType>& item) { return item && has_borrow(*item, depth + 1); };
  return match(
      types_.get(type), [](cm::PrimValType) { return false; },
      [&](const cm::RecordType& record) {
        return std::ranges::any_of(record.fields, [&](const auto& field) { return in(field.type); });
      },
      [&](const cm::VariantType& variant) {
        return std::ranges::any_of(variant.cases, [&](const auto& item) { return in(item.type); });
      },
      [&](const cm::ListType& list) { return in(list.element); },
      [&](const cm::TupleType& tuple) {
        return std::ranges::any_of(tuple.types, [&](const auto& item) { return in(item); });
      },
      [](const cm::FlagsType&) { return false; }, [](const cm::EnumType&) { return false; },
      [&](const cm::OptionType& option) { return in(option.type); },
      [&](const cm::ResultValType& result) { return in(result.ok) || in(result.error); },
      [](const cm::OwnType&) { return false; }, [](const cm::BorrowType&) { return true; },
      [&](const cm::StreamType& stream) { return in(stream.type); },
      [&](const cm::FutureType& future) { return in(future.type); },
      [&](const cm::MapType& map) { return in(map.key) || in(map.value); });
}

}  // namespace witc::linker::wac
