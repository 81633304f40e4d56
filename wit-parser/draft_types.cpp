// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Drafts, second part: types and functions of one interface or world.
//
// The order in which types get their ids is the order users see in `--json`, and that of the tools the
// format came from: `use`d types, then definitions in dependency order, each after the anonymous types
// it is made of; anonymous types are shared within a package.
#include <fmt/format.h>

#include "wit-parser/drafter.h"
#include "wit-parser/suggest.h"

namespace witc::wit {
namespace {

/// The names a definition needs defined first. Functions of resources do not count.
void collect_needs(const ast::Type& type, std::vector<const ast::Id*>& needs) {
  using Form = ast::Type::Form;
  if (type.form == Form::kNamed || type.form == Form::kOwn || type.form == Form::kBorrow) needs.push_back(&type.name);
  for (const ast::Type& arg : type.args) collect_needs(arg, needs);
}

std::vector<const ast::Id*> needs_of(const ast::TypeDef& def) {
  std::vector<const ast::Id*> needs;
  match(
      def.body, [&](const ast::Type& type) { collect_needs(type, needs); },
      [&](const ast::Record& record) {
        for (const ast::Field& field : record.fields) collect_needs(field.type, needs);
      },
      [&](const ast::Variant& variant) {
        for (const ast::Case& c : variant.cases) {
          if (c.type) collect_needs(*c.type, needs);
        }
      },
      [](const ast::Enum&) {}, [](const ast::Flags&) {}, [](const ast::Resource&) {});
  return needs;
}

std::string key_of(const Type& type) {
  return match(
      type, [](Primitive p) { return std::string(to_string(p)); },
      [](TypeId id) { return fmt::format("#{}", id.value); });
}
std::string key_of(const std::optional<Type>& type) { return type ? key_of(*type) : "_"; }

/// Anonymous types with one key are one type.
std::string key_of(const TypeDefKind& kind) {
  return match(
      kind, [](const Borrow& b) { return fmt::format("borrow {}", b.resource.value); },
      [](const Tuple& t) {
        std::string key = "tuple";
        for (const Type& type : t.types) key += " " + key_of(type);
        return key;
      },
      [](const Option& o) { return "option " + key_of(o.type); },
      [](const ResultType& r) { return "result " + key_of(r.ok) + " " + key_of(r.err); },
      [](const List& l) { return "list " + key_of(l.type); },
      [](const FixedLengthList& l) { return fmt::format("list {} {}", key_of(l.type), l.length); },
      [](const Map& m) { return "map " + key_of(m.key) + " " + key_of(m.value); },
      [](const Future& f) { return "future " + key_of(f.type); },
      [](const Stream& s) { return "stream " + key_of(s.type); },
      [](const auto&) { return std::string(); });  // the others have names, or are no types of their own
}

/// The types an anonymous type is directly made of.
std::vector<Type> parts_of(const TypeDefKind& kind) {
  std::vector<Type> parts;
  auto add = [&](const std::optional<Type>& type) {
    if (type) parts.push_back(*type);
  };
  match(
      kind, [&](const Alias& a) { parts = {a.type}; }, [&](const Own& o) { parts = {o.resource}; },
      [&](const Borrow& b) { parts = {b.resource}; }, [&](const Tuple& t) { parts = t.types; },
      [&](const Option& o) { parts = {o.type}; }, [&](const List& l) { parts = {l.type}; },
      [&](const FixedLengthList& l) { parts = {l.type}; }, [&](const Map& m) { parts = {m.key, m.value}; },
      [&](const ResultType& r) {
        add(r.ok);
        add(r.err);
      },
      [&](const Future& f) { add(f.type); }, [&](const Stream& s) { add(s.type); }, [](const auto&) {});
  return parts;
}

bool can_be_map_key(const Type& type) {
  const auto* p = std::get_if<Primitive>(&type);
  return p != nullptr && *p != Primitive::kF32 && *p != Primitive::kF64 && *p != Primitive::kErrorContext;
}

std::string lower(std::string name) {
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

Diagnostic defined_twice(std::string_view what, const ast::Id& name, const Span& first) {
  return error(DiagCode::kWitResolve, name.span, fmt::format("{} `{}` is defined more than once", what, name.name))
      .note(first, "first defined here");
}

/// The names of fields, cases or flags are unique, whatever their case.
template <class Parts>
Result<void> check_unique(std::string_view what, const Parts& parts) {
  std::unordered_map<std::string, Span> seen;
  for (const auto& part : parts) {
    auto [prior, fresh] = seen.emplace(lower(part.name.name), part.name.span);
    if (!fresh) return defined_twice(what, part.name, prior->second);
  }
  return {};
}

}  // namespace

// -- gates and documentation ---------------------------------------------------------------------------

Result<Stability> stability_of(const std::vector<ast::Gate>& gates) {
  Stability stability;
  const ast::Gate* seen[4] = {};
  for (const ast::Gate& gate : gates) {
    const ast::Gate*& slot = seen[static_cast<int>(gate.kind)];
    if (slot != nullptr) {
      return error(DiagCode::kWitResolve, gate.keyword, "a gate is given twice").note(slot->keyword, "first here");
    }
    slot = &gate;
    switch (gate.kind) {
      case ast::Gate::Kind::kSince:
        stability.kind = Stability::Kind::kStable;
        stability.since = gate.version.version;
        break;
      case ast::Gate::Kind::kUnstable:
        stability.kind = Stability::Kind::kUnstable;
        stability.feature = gate.feature.name;
        break;
      case ast::Gate::Kind::kDeprecated:
        stability.deprecated = gate.version.version;
        break;
      case ast::Gate::Kind::kExternalId:
        break;
    }
  }
  const ast::Gate* since = seen[static_cast<int>(ast::Gate::Kind::kSince)];
  const ast::Gate* unstable = seen[static_cast<int>(ast::Gate::Kind::kUnstable)];
  const ast::Gate* deprecated = seen[static_cast<int>(ast::Gate::Kind::kDeprecated)];
  if (since != nullptr && unstable != nullptr) {
    return error(DiagCode::kWitResolve, since->keyword, "cannot specify both @since and @unstable")
        .note(unstable->keyword, "the other one is here");
  }
  if (deprecated != nullptr && since == nullptr && unstable == nullptr) {
    return error(DiagCode::kWitResolve, deprecated->keyword, "cannot specify @deprecated without @since or @unstable");
  }
  return stability;
}

Result<ItemInfo> item_info(const ast::Docs& docs, const std::vector<ast::Gate>& gates, Span span) {
  ItemInfo info;
  info.docs = docs.text;
  info.stability = TRY(stability_of(gates));
  info.span = span;
  for (const ast::Gate& gate : gates) {
    if (gate.kind == ast::Gate::Kind::kExternalId) info.external_id = gate.text;
  }
  return info;
}

// -- definitions -----------------------------------------------------------------------------------------

Result<void> Drafter::define_name(const ast::Id& name, std::optional<TypeId> type) {
  if (scope_.insert(name.name, {type, name.span})) return {};
  return defined_twice("name", name, scope_.find(name.name)->span);
}

TypeId Drafter::new_type(TypeDef def) {
  TypeId id = draft_.types.next_id();
  TypeId root = id;
  if (const auto* alias = std::get_if<Alias>(&def.kind)) {
    if (const auto* target = std::get_if<TypeId>(&alias->type)) root = roots_[target->value];
  }
  roots_.push_back(root);
  return draft_.types.push(std::move(def));
}

Result<void> Drafter::define_types(TypeOwner owner, const std::vector<TypeItem>& items) {
  for (const TypeItem& item : items) {
    if (item.use != nullptr) TRY(define_use(owner, *item.use, *item.gates));
  }
  std::vector<TopoNode> nodes;
  std::vector<const TypeItem*> defs;  // of each node; null for a used type
  std::unordered_map<std::string_view, Span> defined;
  for (const TypeItem& item : items) {
    if (item.use != nullptr) {
      for (const ast::UseName& name : item.use->names) {
        nodes.push_back({name.local().name, {}});
        defs.push_back(nullptr);
      }
      continue;
    }
    const ast::Id& name = item.def->name;
    auto [prior, fresh] = defined.emplace(name.name, name.span);
    if (!fresh) return defined_twice("name", name, prior->second);
    nodes.push_back({name.name, needs_of(*item.def)});
    defs.push_back(&item);
  }
  std::vector<std::size_t> order = TRY(topological_order("type", nodes));
  return define_types_in_order(owner, defs, order);
}

Result<void> Drafter::define_types_in_order(TypeOwner owner, const std::vector<const TypeItem*>& defs,
                                            const std::vector<std::size_t>& order) {
  for (std::size_t at : order) {
    if (defs[at] == nullptr) continue;
    const ast::TypeDef& def = *defs[at]->def;
    ItemInfo info = TRY(item_info(*defs[at]->docs, *defs[at]->gates, def.name.span));
    TypeDefKind kind = TRY(type_def(def, info.stability));
    TypeId id = new_type({def.name.name, std::move(kind), owner, std::move(info)});
    TRY(define_name(def.name, id));
  }
  return {};
}

Result<void> Drafter::define_use(TypeOwner owner, const ast::Use& use, const std::vector<ast::Gate>& gates) {
  InterfaceId from = TRY(look_up_interface(use.from));
  for (const ast::UseName& name : use.names) {
    ItemInfo info = TRY(item_info({}, gates, name.name.span));
    const Scope& names = interface_names_[from.value];
    const Meaning* meaning = names.find(name.name.name);
    if (meaning == nullptr) {
      return suggest(
          error(DiagCode::kWitResolve, name.name.span, fmt::format("name `{}` does not exist", name.name.name))
              .label(fmt::format("not in interface `{}`", use.from.name.name)),
          name.name.name, names, [](const auto& entry) -> std::string_view { return entry.first; });
    }
    if (!meaning->type) {
      return error(DiagCode::kWitResolve, name.name.span, fmt::format("cannot import function `{}`", name.name.name))
          .note(meaning->span, "it is defined here")
          .hint("`use` is for types; import the interface to call its functions");
    }
    TypeId id = new_type({name.local().name, Alias{*meaning->type}, owner, std::move(info)});
    TRY(define_name(name.local(), id));
  }
  return {};
}

Result<TypeDefKind> Drafter::type_def(const ast::TypeDef& def, const Stability& stability) {
  auto label = [](const ast::Case& c) {
    ItemInfo info;
    info.docs = c.docs.text;
    info.span = c.name.span;
    return Label{c.name.name, std::move(info)};
  };
  return match(
      def.body, [&](const ast::Type& written) { return written_kind(written, stability); },
      [&](const ast::Record& written) -> Result<TypeDefKind> {
        TRY(check_unique("field", written.fields));
        Record record;
        for (const ast::Field& field : written.fields) {
          ItemInfo info = TRY(item_info(field.docs, {}, field.name.span));
          Type field_type = TRY(type(field.type, stability));
          record.fields.push_back({field.name.name, field_type, std::move(info)});
        }
        return record;
      },
      [&](const ast::Variant& written) -> Result<TypeDefKind> {
        if (written.cases.empty()) return error(DiagCode::kWitResolve, def.name.span, "empty variant");
        TRY(check_unique("case", written.cases));
        Variant variant;
        for (const ast::Case& c : written.cases) {
          std::optional<Type> payload;
          if (c.type) payload = TRY(type(*c.type, stability));
          variant.cases.push_back({c.name.name, payload, TRY(item_info(c.docs, {}, c.name.span))});
        }
        return variant;
      },
      [&](const ast::Enum& written) -> Result<TypeDefKind> {
        if (written.cases.empty()) return error(DiagCode::kWitResolve, def.name.span, "empty enum");
        TRY(check_unique("case", written.cases));
        Enum result;
        for (const ast::Case& c : written.cases) result.cases.push_back(label(c));
        return result;
      },
      [&](const ast::Flags& written) -> Result<TypeDefKind> {
        TRY(check_unique("flag", written.flags));
        Flags flags;
        for (const ast::Case& c : written.flags) flags.flags.push_back(label(c));
        return flags;
      },
      [&](const ast::Resource& written) -> Result<TypeDefKind> {
        TRY(check_resource(written));
        return Resource{};
      });
}

Result<void> Drafter::check_resource(const ast::Resource& resource) const {
  const Span* constructor = nullptr;
  std::unordered_map<std::string_view, Span> names;
  for (const ast::Item<ast::Func>& item : resource.functions) {
    const ast::Id& name = item.body.name;
    if (item.body.kind == FunctionKind::kConstructor) {
      if (constructor != nullptr) {
        return error(DiagCode::kWitResolve, name.span, "duplicate constructors")
            .note(*constructor, "the first is here");
      }
      constructor = &name.span;
    } else if (auto [prior, fresh] = names.emplace(name.name, name.span); !fresh) {
      return error(DiagCode::kWitResolve, name.span, fmt::format("duplicate function name `{}`", name.name))
          .note(prior->second, "the first is here");
    }
  }
  return {};
}

// -- types as written --------------------------------------------------------------------------------------

Result<TypeId> Drafter::named_type(const ast::Id& name) {
  const Meaning* meaning = scope_.find(name.name);
  if (meaning == nullptr) {
    return suggest(error(DiagCode::kWitResolve, name.span, fmt::format("name `{}` does not exist", name.name)),
                   name.name, scope_, [](const auto& entry) -> std::string_view { return entry.first; });
  }
  if (!meaning->type) {
    return error(DiagCode::kWitResolve, name.span, fmt::format("cannot use function `{}` as a type", name.name))
        .note(meaning->span, "it is defined here");
  }
  return *meaning->type;
}

Result<TypeId> Drafter::handle_target(const ast::Id& name) {
  TypeId id = TRY(named_type(name));
  TypeId root = roots_[id.value];
  if (root.value < draft_.foreign_types.size()) {
    draft_.must_be_resources.emplace_back(root, name.span);
  } else if (!std::holds_alternative<Resource>(draft_.types[root].kind)) {
    return error(DiagCode::kWitResolve, name.span,
                 fmt::format("type `{}` used in a handle must be a resource", name.name));
  }
  return id;
}

Result<TypeDefKind> Drafter::written_kind(const ast::Type& written, const Stability& stability) {
  using Form = ast::Type::Form;
  auto arg = [&](std::size_t at) { return type(written.args[at], stability); };
  auto optional_arg = [&](std::size_t at) -> Result<std::optional<Type>> {
    if (at >= written.args.size()) return std::optional<Type>();
    return std::optional(TRY(arg(at)));
  };
  switch (written.form) {
    case Form::kPrimitive:
      return Alias{written.primitive};
    case Form::kNamed:
      return Alias{TRY(named_type(written.name))};
    case Form::kOwn:
      return Own{TRY(handle_target(written.name))};
    case Form::kBorrow:
      return Borrow{TRY(handle_target(written.name))};
    case Form::kTuple: {
      Tuple tuple;
      for (std::size_t i = 0; i < written.args.size(); ++i) tuple.types.push_back(TRY(arg(i)));
      return tuple;
    }
    case Form::kList:
      if (written.length) return FixedLengthList{TRY(arg(0)), *written.length};
      return List{TRY(arg(0))};
    case Form::kOption:
      return Option{TRY(arg(0))};
    case Form::kResult: {
      ResultType result;
      if (!written.ok_omitted) result.ok = TRY(optional_arg(0));
      result.err = TRY(optional_arg(written.ok_omitted ? 0 : 1));
      return result;
    }
    case Form::kMap: {
      Map map{TRY(arg(0)), TRY(arg(1))};
      if (can_be_map_key(map.key)) return map;
      return error(DiagCode::kWitResolve, written.keyword, "invalid map key type")
          .hint("a key is bool, char, string or an integer");
    }
    case Form::kFuture:
      return Future{TRY(optional_arg(0))};
    case Form::kStream:
      return Stream{TRY(optional_arg(0))};
  }
  return Alias{written.primitive};
}

Result<Type> Drafter::type(const ast::Type& written, const Stability& stability) {
  TypeDefKind kind = TRY(written_kind(written, stability));
  Stability found = inherited(kind, stability);
  return anonymous(std::move(kind), std::move(found), written.span);
}

/// An anonymous type inherits the gate of the first part that has one: `list<t>` is as gated as `t`.
Stability Drafter::inherited(const TypeDefKind& kind, const Stability& stability) const {
  if (stability.kind != Stability::Kind::kUnknown) return stability;
  for (const Type& part : parts_of(kind)) {
    const auto* id = std::get_if<TypeId>(&part);
    if (id == nullptr) continue;
    const Stability& found = draft_.types[*id].info.stability;
    if (found.kind != Stability::Kind::kUnknown) return found;
  }
  return {};
}

/// The one type of this structure. `own<r>` is written `r` where it has no name of its own.
Type Drafter::anonymous(TypeDefKind kind, Stability stability, Span span) {
  if (const auto* alias = std::get_if<Alias>(&kind)) return alias->type;
  if (const auto* own = std::get_if<Own>(&kind)) return own->resource;
  auto [slot, fresh] = anonymous_.try_emplace(key_of(kind));
  if (fresh) {
    ItemInfo info;
    info.stability = std::move(stability);
    info.span = span;
    slot->second = new_type({std::nullopt, std::move(kind), {}, std::move(info)});
  }
  return slot->second;
}

// -- functions -----------------------------------------------------------------------------------------------

Result<Function> Drafter::function(const ast::FuncType& written, std::string name, FunctionKind kind,
                                   std::optional<TypeId> resource, ItemInfo info) {
  Function function;
  function.name = std::move(name);
  function.kind = kind;
  function.is_async = written.is_async;
  function.resource = resource;
  function.info = std::move(info);
  std::unordered_map<std::string, Span> names;
  if (kind == FunctionKind::kMethod) {
    TypeDefKind self = Borrow{*resource};
    Stability stability = inherited(self, {});
    function.params.push_back({"self", anonymous(std::move(self), std::move(stability), written.span)});
    names.emplace("self", *function.info.span);
  }
  for (const ast::Param& param : written.params) {
    auto [prior, fresh] = names.emplace(lower(param.name.name), param.name.span);
    if (!fresh) return defined_twice("param", param.name, prior->second);
    function.params.push_back({param.name.name, TRY(type(param.type, {}))});
  }
  if (kind == FunctionKind::kConstructor) {
    function.result = written.result ? TRY(constructor_result(*resource, *written.result)) : Type(*resource);
  } else if (written.result) {
    function.result = TRY(type(*written.result, {}));
  }
  return function;
}

/// WIT.md, "Item: `resource`": a written result of a constructor is `result<r, ..>`.
Result<Type> Drafter::constructor_result(TypeId resource, const ast::Type& written) {
  Type result = TRY(type(written, {}));
  const auto* id = std::get_if<TypeId>(&result);
  const auto* kind = id == nullptr ? nullptr : std::get_if<ResultType>(&draft_.types[*id].kind);
  if (kind == nullptr) {
    return error(DiagCode::kWitResolve, written.span, "if a constructor return type is declared it must be a `result`");
  }
  if (kind->ok && *kind->ok == Type(resource)) return result;
  bool shown = written.form == ast::Type::Form::kResult && !written.ok_omitted && !written.args.empty();
  return error(DiagCode::kWitResolve, shown ? written.args[0].span : written.span,
               "the `ok` type must be the resource being constructed");
}

Result<Function> Drafter::resource_function(const ast::Item<ast::Func>& item, const ast::Id& resource) {
  TypeId id = TRY(named_type(resource));
  const ast::Func& func = item.body;
  ItemInfo info = TRY(item_info(item.docs, item.gates, func.name.span));
  std::string name = func.kind == FunctionKind::kConstructor
                         ? fmt::format("[constructor]{}", resource.name)
                         : fmt::format("[{}]{}.{}", func.kind == FunctionKind::kStatic ? "static" : "method",
                                       resource.name, func.name.name);
  return function(func.type, std::move(name), func.kind, id, std::move(info));
}

}  // namespace witc::wit
