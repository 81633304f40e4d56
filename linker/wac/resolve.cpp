// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "linker/wac/resolve.h"

#include <fmt/format.h>

#include <map>

#include "base/overloaded.h"
#include "linker/wac/types.h"
#include "wasm/component/names.h"

namespace witc::linker::wac {

namespace cm = component;
using cm::TypeEntity;

namespace {

Diagnostic wrong(Span span, std::string message) { return error(DiagCode::kWacResolve, span, std::move(message)); }

/// An error of the graph, which knows no places, at its place.
Diagnostic at(Span span, const Diagnostic& from) {
  Diagnostic made = error(from->code, span, from->message);
  for (const std::string& context : from->contexts) made = std::move(made).context(context);
  for (const Note& note : from->notes) made = std::move(made).note(note.text);
  return made;
}

/// The one name that is an interface path ending in `/label`, unless `label` itself is a name. 
template <class Map>
std::string interface_name(const std::string& label, const Map& names) {
  if (names.contains(label)) return label;
  const std::string* found = nullptr;
  for (const auto& [name, _] : names) {
    std::string_view path = std::string_view(name).substr(0, name.find('@'));
    std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos || path.substr(slash + 1) != label) continue;
    if (found != nullptr) return label;  // ambiguous
    found = &name;
  }
  return found == nullptr ? label : *found;
}

class Resolver {
 public:
  Resolver(const SourceMap& sources, const Document& document, const LoadPackage& load)
      : sources_(sources), document_(document), load_(load),
        types_(composition_.graph.types(), [this](const PackagePath& path) { return find_path(path); }, document.package) {}

  Result<Composition> run() {
    for (const Statement& statement : document_.statements) {
      TRY(match(
          statement, [&](const ImportStatement& item) { return import(item); },
          [&](const TypeStatement& item) { return declare(item); }, [&](const LetStatement& item) { return let(item); },
          [&](const ExportStatement& item) { return export_(item); }));
    }
    if (document_.targets) {
      TypeEntity found = TRY(find_path(*document_.targets));
      const auto* world = std::get_if<cm::ComponentTypeId>(&found.type);
      if (world == nullptr) return wrong(document_.targets->span, fmt::format("`{}` is not a world", document_.targets->text()));
      composition_.target = *world;
    }
    return std::move(composition_);
  }

 private:
  using Done = Result<void>;
  CompositionGraph& graph() { return composition_.graph; }

  // -- names ----------------------------------------------------------------------------------------------

  Done bind(const Ident& id, NodeId node) {
    if (auto taken = taken_at(id.name)) {
      return wrong(id.span, fmt::format("`{}` is defined already", id.name)).note(*taken, "it is defined here");
    }
    nodes_.emplace(id.name, std::pair(node, id.span));
    graph().set_name(node, id.name);
    return {};
  }
  std::optional<Span> taken_at(const std::string& name) const {
    if (auto found = nodes_.find(name); found != nodes_.end()) return found->second.second;
    if (const auto* found = names_.names.find(name)) return found->span;
    return std::nullopt;
  }
  Result<NodeId> node(const Ident& id) {
    auto found = nodes_.find(id.name);
    if (found != nodes_.end()) return found->second.first;
    if (names_.find(id.name) != nullptr) return wrong(id.span, fmt::format("`{}` is a type, an item is expected", id.name));
    return wrong(id.span, fmt::format("`{}` is not defined", id.name));
  }

  static Done check_name(const Ident& id, std::string_view what) {
    auto parsed = cm::parse_extern_name(id.name);
    if (!parsed) {
      return wrong(id.span, fmt::format("`{}` cannot be the name of an {}", id.name, what)).note(parsed.error());
    }
    bool is_old = parsed->kind == cm::ExternName::kUrl || parsed->kind == cm::ExternName::kHash ||
                  parsed->kind == cm::ExternName::kDependency;
    if (is_old) return wrong(id.span, fmt::format("`{}` cannot be the name of an {}", id.name, what));
    return {};
  }

  // -- packages -------------------------------------------------------------------------------------------

  Result<PackageId> package(const PackageName& name) {
    std::string text = name.text();
    if (auto found = packages_.find(text); found != packages_.end()) return found->second;
    if (name.name == document_.package.name) {
      return wrong(name.span, fmt::format("the composition `{}` cannot use itself", text));
    }
    auto loaded = load_(name);
    if (!loaded) return std::move(loaded.error()).note(name.span, fmt::format("`{}` is asked for here", text));
    auto added = graph().add_package(sources_, text, std::move(*loaded));
    if (!added) return std::move(added.error()).note(name.span, fmt::format("`{}` is asked for here", text));
    packages_.emplace(text, *added);
    return *added;
  }

  /// An interface or world by its path: declared above, or a type that a package (WIT in binary) exports.
  Result<TypeEntity> find_path(const PackagePath& path) {
    if (path.package.name == document_.package.name) {
      if (const auto* found = names_.find(path.item)) return found->type;
      return wrong(path.span, fmt::format("`{}` is not declared in this document", path.item));
    }
    PackageId id = TRY(package(path.package));
    const cm::Types& types = graph().types();
    const cm::Extern* found = types[graph().packages()[id].type].exports.find(path.item);
    const auto* entity = found == nullptr ? nullptr : std::get_if<TypeEntity>(&found->type);
    if (entity == nullptr) {
      return wrong(path.span, fmt::format("the package `{}` has no interface or world `{}`", path.package.text(), path.item));
    }
    // WIT in binary wraps each in a component type that exports it under its full name.
    if (const auto* wrapper = std::get_if<cm::ComponentTypeId>(&entity->type); wrapper != nullptr && types[*wrapper].exports.size() == 1) {
      const auto& [name, item] = types[*wrapper].exports.at(0);
      if (const auto* instance = std::get_if<cm::InstanceTypeId>(&item.type)) {
        types_.set_path(*instance, name);
        return TypeEntity{*instance};
      }
      if (const auto* world = std::get_if<cm::ComponentTypeId>(&item.type)) return TypeEntity{*world};
    }
    return *entity;
  }

  // -- statements -----------------------------------------------------------------------------------------

  Done declare(const TypeStatement& statement) {
    const Ident& id = match(
        statement, [](const TypeDecl& decl) -> const Ident& { return std::visit([](const auto& item) -> const Ident& { return item.id; }, decl); },
        [](const auto& decl) -> const Ident& { return decl.id; });
    if (auto taken = taken_at(id.name)) {
      return wrong(id.span, fmt::format("`{}` is defined already", id.name)).note(*taken, "it is defined here");
    }
    if (auto exported = exports_.find(id.name); exported != exports_.end()) {
      return wrong(id.span, fmt::format("`{}` is exported already", id.name)).note(exported->second, "it is exported here");
    }
    TypeEntity made = TRY(types_.declaration(statement, names_));
    names_.names.insert(id.name, {made, id.span});
    return {};
  }

  Done import(const ImportStatement& statement) {
    std::string path;
    Ident name = statement.as ? *statement.as : statement.id;
    cm::EntityType type = TRY(match(
        statement.type,
        [&](const PackagePath& item) -> Result<cm::EntityType> {
          path = item.text();
          if (!statement.as) name = {path, item.span};
          TypeEntity found = TRY(find_path(item));
          const auto* instance = std::get_if<cm::InstanceTypeId>(&found.type);
          if (instance == nullptr) return wrong(item.span, fmt::format("`{}` is not an interface", path));
          return cm::EntityType(*instance);
        },
        [&](const FuncType& item) -> Result<cm::EntityType> { return cm::EntityType(TRY(types_.func(item, names_))); },
        [&](const InlineInterface& item) -> Result<cm::EntityType> {
          return cm::EntityType(TRY(types_.interface(item.items, names_)));
        },
        [&](const Ident& item) -> Result<cm::EntityType> { return named_import(item); }));
    TRY(check_name(name, "import"));
    auto node = graph().add_import(name.name, type);
    if (!node) {
      return at(name.span, node.error()).hint("`as` gives it another name");
    }
    if (!path.empty()) paths_.emplace(*node, path);
    return bind(statement.id, *node);
  }

  Result<cm::EntityType> named_import(const Ident& id) {
    TypeEntity found = TRY(types_.lookup(id, names_));
    if (const auto* func = std::get_if<cm::FuncTypeId>(&found.type)) return cm::EntityType(*func);
    if (const auto* instance = std::get_if<cm::InstanceTypeId>(&found.type)) return cm::EntityType(*instance);
    if (const auto* world = std::get_if<cm::ComponentTypeId>(&found.type)) return cm::EntityType(*world);
    return wrong(id.span, fmt::format("`{}` is neither a function type, an interface nor a world", id.name));
  }

  Done let(const LetStatement& statement) {
    NodeId value = TRY(evaluate(statement.value));
    if (auto taken = taken_at(statement.id.name)) {
      return wrong(statement.id.span, fmt::format("`{}` is defined already", statement.id.name)).note(*taken, "it is defined here");
    }
    nodes_.emplace(statement.id.name, std::pair(value, statement.id.span));
    if (graph().nodes()[value].name.empty()) graph().set_name(value, statement.id.name);
    return {};
  }

  Done export_(const ExportStatement& statement) {
    NodeId value = TRY(evaluate(statement.value));
    Span span = statement.value.span;
    if (statement.is_spread) return export_spread(value, span);
    Ident name;
    if (statement.as) {
      name = *statement.as;
    } else {
      name = {inferred_name(value), span};
      if (name.name.empty()) {
        return wrong(span, "the name of this export cannot be told from the expression").hint("`as` gives it one");
      }
    }
    TRY(check_name(name, "export"));
    if (const auto* type = names_.names.find(name.name)) {
      return wrong(name.span, fmt::format("the export `{}` has the name of a type", name.name)).note(type->span, "declared here");
    }
    if (auto added = graph().add_export(value, name.name); !added) {
      return at(name.span, added.error()).note(exports_.at(name.name), "it is exported here");
    }
    exports_.emplace(name.name, name.span);
    return {};
  }

  std::string inferred_name(NodeId value) {
    return match(
        graph().nodes()[value].kind,
        [&](const ImportNode& import) {
          auto path = paths_.find(value);
          return path == paths_.end() ? import.name : path->second;
        },
        [](const InstantiationNode&) { return std::string(); }, [](const AliasNode& alias) { return alias.export_name; });
  }

  Done export_spread(NodeId value, Span span) {
    const cm::InstanceType* exports = graph().exports_of(value);
    if (exports == nullptr) return wrong(span, "only an instance can be spread");
    std::vector<std::string> names;
    for (const auto& [name, _] : exports->exports) {
      if (!exports_.contains(name) && !names_.names.contains(name)) names.push_back(name);
    }
    if (names.empty()) return wrong(span, "spreading this instance exports nothing new");
    for (const std::string& name : names) {
      TRY(graph().add_export(TRY(graph().alias(value, name)), name));
      exports_.emplace(name, span);
    }
    return {};
  }

  // -- expressions ----------------------------------------------------------------------------------------

  Result<NodeId> evaluate(const Expr& expr) {  // as deep as the parser lets expressions nest
    NodeId value = TRY(match(
        expr.primary, [&](const NewExpr& item) { return instantiate(item); },
        [&](const std::unique_ptr<Expr>& inner) { return evaluate(*inner); }, [&](const Ident& id) { return node(id); }));
    Span span = expr.span;
    for (const Access& access : expr.postfix) {
      const cm::InstanceType* exports = graph().exports_of(value);
      if (exports == nullptr) {
        return wrong(span, fmt::format("`{}` is looked for in what is not an instance", access.name.name));
      }
      std::string name = access.is_exact ? access.name.name : interface_name(access.name.name, exports->exports);
      auto found = graph().alias(value, name);
      if (!found) return at(access.name.span, found.error());
      value = *found;
    }
    return value;
  }

  Result<NodeId> instantiate(const NewExpr& expr) {
    PackageId id = TRY(package(expr.package));
    NodeId made = graph().instantiate(id);
    bool is_filled = false;
    for (const Argument& argument : expr.arguments) {  // spreads come after what is given by name
      TRY(match(
          argument,
          [&](const InferredArgument& item) -> Done {
            NodeId value = TRY(node(item.id));
            return give(made, inferred_argument(made, item.id, value), value, item.id.span);
          },
          [](const SpreadArgument&) -> Done { return {}; },
          [&](const NamedArgument& item) -> Done {
            NodeId value = TRY(evaluate(*item.value));
            std::string name = item.is_string ? item.name.name : interface_name(item.name.name, graph().imports_of(made).imports);
            return give(made, name, value, item.name.span);
          },
          [&](const FillArgument&) -> Done {
            is_filled = true;
            return {};
          }));
    }
    for (const Argument& argument : expr.arguments) {
      if (const auto* spread = std::get_if<SpreadArgument>(&argument)) TRY(give_spread(made, *spread));
    }
    if (is_filled) return made;
    for (const auto& [name, _] : graph().imports_of(made).imports) {
      if (arguments(made).contains(name)) continue;
      return wrong(expr.package.span, fmt::format("nothing is given for the import `{}` of `{}`", name, expr.package.text()))
          .hint("`...` as the last argument imports what is missing");
    }
    return made;
  }

  const OrderedMap<std::string, NodeId>& arguments(NodeId instantiation) {
    return std::get<InstantiationNode>(graph().nodes()[instantiation].kind).arguments;
  }

  Done give(NodeId instantiation, const std::string& name, NodeId value, Span span) {
    auto given = graph().set_argument(instantiation, name, value);
    if (!given) return at(span, given.error());
    return {};
  }

  /// LANGUAGE.md, "Inferred Arguments".
  std::string inferred_argument(NodeId instantiation, const Ident& id, NodeId value) {
    const auto& imports = graph().imports_of(instantiation).imports;
    if (auto path = paths_.find(value); path != paths_.end() && imports.contains(path->second)) return path->second;
    std::string name = inferred_name(value);
    if (imports.contains(name)) return name;
    return interface_name(id.name, imports);
  }

  Done give_spread(NodeId instantiation, const SpreadArgument& spread) {
    NodeId value = TRY(node(spread.id));
    const cm::InstanceType* exports = graph().exports_of(value);
    if (exports == nullptr) return wrong(spread.id.span, fmt::format("`{}` is not an instance", spread.id.name));
    std::vector<std::string> names;
    for (const auto& [name, _] : graph().imports_of(instantiation).imports) {
      if (exports->exports.contains(name) && !arguments(instantiation).contains(name)) names.push_back(name);
    }
    if (names.empty()) {
      return wrong(spread.id.span, fmt::format("`{}` exports nothing that is still to be given", spread.id.name));
    }
    for (const std::string& name : names) {
      TRY(give(instantiation, name, TRY(graph().alias(value, name)), spread.id.span));
    }
    return {};
  }

  const SourceMap& sources_;
  const Document& document_;
  const LoadPackage& load_;
  Composition composition_;
  TypeResolver types_;
  TypeNames names_;
  std::map<std::string, std::pair<NodeId, Span>> nodes_;
  std::map<std::string, Span> exports_;
  std::map<std::string, PackageId> packages_;
  std::map<NodeId, std::string> paths_;  // of imports by package path
};

}  // namespace

Result<Composition> resolve(const SourceMap& sources, const Document& document, const LoadPackage& load) {
  return Resolver(sources, document, load).run();
}

}  // namespace witc::linker::wac
