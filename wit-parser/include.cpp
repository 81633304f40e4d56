// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `include` (WIT.md, "Union of Worlds with `include`"): the items of one world copied into another.
// Interfaces by name are shared and merge; plain names are copied, with the types the included world
// owns, because each world owns its types; two plain names of one spelling are an error that `with`
// is there to avoid.
#include <fmt/format.h>

#include <optional>

#include "wit-parser/settler.h"

namespace witc::wit {
namespace {

/// What a plain name becomes by one rename: `x as y` also makes `[method]x.f` into `[method]y.f`.
std::optional<std::string> renamed(const std::string& name, const DraftRename& rename) {
  if (name == rename.from) return rename.to;
  std::size_t bracket = name.find(']');
  if (bracket == std::string::npos) return std::nullopt;
  std::string prefix = name.substr(0, bracket + 1);
  std::string rest = name.substr(bracket + 1);
  std::size_t dot = rest.find('.');
  if (rest.substr(0, dot) != rename.from) return std::nullopt;
  return prefix + rename.to + (dot == std::string::npos ? "" : rest.substr(dot));
}

std::string lower(std::string name) {
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

}  // namespace

Result<void> Settler::include_worlds(WorldId id, const std::vector<DraftInclude>& includes) {
  for (const DraftInclude& include : includes) {
    if (TRY(enabled(include.stability, include.span))) TRY(include_world(id, include));
  }
  return check_names(id);
}

Result<void> Settler::include_world(WorldId id, const DraftInclude& include) {
  WorldId included_id = TRY(settled(include.world, include.span));
  const World included = resolve_.worlds[included_id];  // a copy: the graph grows meanwhile
  TRY(check_renames(included, include));
  clone_from_ = included_id;
  clone_to_ = id;
  clones_.clear();
  bool from_elsewhere = included.package != package_;
  for (bool is_export : {false, true}) {
    for (const auto& [key, item] : is_export ? included.exports : included.imports) {
      if (const auto* interface = std::get_if<InterfaceId>(&key)) {
        TRY(include_interface(id, is_export, *interface, std::get<WorldInterface>(item), from_elsewhere));
      } else {
        TRY(include_plain(id, is_export, std::get<std::string>(key), item, include));
      }
    }
  }
  return {};
}

Result<void> Settler::check_renames(const World& included, const DraftInclude& include) const {
  for (const DraftRename& rename : include.renames) {
    bool found = false;
    for (const WorldItems* items : {&included.imports, &included.exports}) {
      for (const auto& [key, _] : *items) {
        const auto* name = std::get_if<std::string>(&key);
        found |= name != nullptr && renamed(*name, rename);
      }
    }
    if (!found) {
      return error(DiagCode::kWitResolve, rename.span,
                   fmt::format("no import or export of world `{}` has the plain name `{}`", included.name, rename.from))
          .hint("`with` renames plain names only: an interface keeps its own");
    }
  }
  return {};
}

Result<void> Settler::include_plain(WorldId id, bool is_export, const std::string& name, WorldItem item,
                                    const DraftInclude& include) {
  std::string new_name = name;
  for (const DraftRename& rename : include.renames) {
    if (auto changed = renamed(name, rename)) {
      new_name = *changed;
      break;
    }
  }
  clone(item);
  if (auto* function = std::get_if<Function>(&item)) function->name = new_name;
  if (auto* type = std::get_if<WorldType>(&item)) resolve_.types[type->id].name = new_name;
  World& world = resolve_.worlds[id];
  if ((is_export ? world.exports : world.imports).insert(new_name, std::move(item))) return {};
  return error(DiagCode::kWitResolve, include.span,
               fmt::format("{} of `{}` shadows previously {}ed items", is_export ? "export" : "import", new_name,
                           is_export ? "export" : "import"))
      .hint(fmt::format("give it another name: `include .. with {{ {} as other }}`", new_name));
}

Result<void> Settler::include_interface(WorldId id, bool is_export, InterfaceId interface, const WorldInterface& item,
                                        bool from_elsewhere) {
  World& world = resolve_.worlds[id];
  WorldItems& items = is_export ? world.exports : world.imports;
  items.insert(interface, item);
  Stability& into = std::get<WorldInterface>(*items.find(interface)).info.stability;
  const Stability& from = item.info.stability;
  // Another package's versions say nothing about this one's.
  if (from_elsewhere && from.kind == Stability::Kind::kStable) {
    into = {};
  } else if (from.kind != Stability::Kind::kUnknown && !same_stability(from, into)) {
    if (into.kind != Stability::Kind::kUnknown) {
      return error(DiagCode::kWitResolve, item.info.span.value_or(Span{}),
                   "an interface is included with two different gates");
    }
    into = from;
  }
  return {};
}

/// Names that differ in case only are not allowed (WIT.md, "WIT Worlds").
Result<void> Settler::check_names(WorldId id) const {
  const World& world = resolve_.worlds[id];
  for (bool is_export : {false, true}) {
    std::unordered_map<std::string, std::string> seen;
    for (const auto& [key, item] : is_export ? world.exports : world.imports) {
      const auto* name = std::get_if<std::string>(&key);
      if (name == nullptr) continue;
      auto [prior, fresh] = seen.emplace(lower(*name), *name);
      if (fresh) continue;
      const ItemInfo& info = match(
          item, [](const WorldInterface& i) -> const ItemInfo& { return i.info; },
          [](const Function& f) -> const ItemInfo& { return f.info; },
          [&](const WorldType& t) -> const ItemInfo& { return resolve_.types[t.id].info; });
      std::string_view verb = is_export ? "export" : "import";
      return error(DiagCode::kWitResolve, info.span.value_or(*world.info.span),
                   fmt::format("{} `{}` in world `{}` conflicts with {} `{}`", verb, *name, world.name, verb,
                               prior->second))
          .note("names are the same whatever their case");
    }
  }
  return {};
}

// -- copies ------------------------------------------------------------------------------------------------

void Settler::clone(WorldItem& item) {
  match(
      item, [&](WorldType& type) { clone(type.id); }, [&](Function& function) { clone(function); },
      [&](WorldInterface& interface) {
        if (!resolve_.interfaces[interface.id].name) clone_interface(interface.id);
      });
}

void Settler::clone(Function& function) {
  if (function.resource) clone(*function.resource);
  for (Param& param : function.params) clone(param.type);
  clone(function.result);
}

void Settler::clone(std::optional<Type>& type) {
  if (type) clone(*type);
}

void Settler::clone(Type& type) {
  if (auto* id = std::get_if<TypeId>(&type)) clone(*id);
}

/// The copy of a type, made once per inclusion, after the copies of its parts.
void Settler::clone(TypeId& id) {
  auto made = clones_.find(id);
  if (made == clones_.end()) {
    TypeDef def = resolve_.types[id];
    clone_parts(def);
    made = clones_.emplace(id, resolve_.types.push(std::move(def))).first;
  }
  id = made->second;
}

void Settler::clone_parts(TypeDef& def) {
  if (def.owner.index() != 0) def.owner = clone_to_;
  match(
      def.kind,
      [&](Alias& alias) {
        auto* id = std::get_if<TypeId>(&alias.type);
        if (id == nullptr) return;
        // What is used from an interface stays used from it.
        if (resolve_.types[*id].owner == clone_from_) {
          clone(*id);
        } else if (auto made = clones_.find(*id); made != clones_.end()) {
          *id = made->second;
        }
      },
      [](Resource&) {}, [](Flags&) {}, [](Enum&) {}, [&](Own& own) { clone(own.resource); },
      [&](Borrow& borrow) { clone(borrow.resource); }, [&](Option& o) { clone(o.type); },
      [&](List& l) { clone(l.type); }, [&](FixedLengthList& l) { clone(l.type); },
      [&](Map& m) {
        clone(m.key);
        clone(m.value);
      },
      [&](Tuple& tuple) {
        for (Type& type : tuple.types) clone(type);
      },
      [&](Record& record) {
        for (Field& field : record.fields) clone(field.type);
      },
      [&](Variant& variant) {
        for (Case& c : variant.cases) clone(c.type);
      },
      [&](ResultType& r) {
        clone(r.ok);
        clone(r.err);
      },
      [&](Future& f) { clone(f.type); }, [&](Stream& s) { clone(s.type); });
}

/// The copy of an inline interface owns copies of its types.
void Settler::clone_interface(InterfaceId& id) {
  Interface copy = resolve_.interfaces[id];
  TypeOwner from = clone_from_, to = clone_to_;
  clone_from_ = id;
  clone_to_ = resolve_.interfaces.next_id();
  for (auto& [_, type] : copy.types) clone(type);
  for (auto& [_, function] : copy.functions) clone(function);
  clone_from_ = from;
  clone_to_ = to;
  copy.package = package_;
  copy.clone_of = id;
  id = resolve_.interfaces.push(std::move(copy));
}

}  // namespace witc::wit
