// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Drafts, first part: which interfaces and worlds there are, in which order they can be looked at, and
// what each path means. See draft.h; the steps are listed in Drafter::finish.
#include "wit-parser/draft.h"

#include <fmt/format.h>

#include "wit-parser/drafter.h"
#include "wit-parser/suggest.h"
#include "wit-parser/toposort.h"

namespace witc::wit {
namespace {

PackageName to_name(const ast::PackageName& name) {
  return {name.ns.name, name.name.name, name.version ? std::optional(name.version->version) : std::nullopt};
}

/// `ns:name` without the version, which messages point at.
Span short_span(const ast::PackageName& name) { return {name.ns.span.source, name.ns.span.begin, name.name.span.end}; }

Result<void> visit_uses(const std::vector<ast::InterfaceItem>& items, const ast::Id* owner,
                        const std::function<Result<void>(const PathUse&)>& visit) {
  for (const ast::InterfaceItem& item : items) {
    const auto* use = std::get_if<ast::Use>(&item.body);
    if (use != nullptr) TRY(visit({owner, &item.gates, &use->from, &use->names, false}));
  }
  return {};
}

Result<void> visit_externs(const ast::World& world, bool exports,
                           const std::function<Result<void>(const PathUse&)>& visit) {
  for (const ast::WorldItem& item : world.items) {
    const auto* extern_ = std::get_if<ast::Extern>(&item.body);
    if (extern_ == nullptr || extern_->is_export != exports) continue;
    if (const auto* path = std::get_if<ast::UsePath>(&extern_->body)) {
      TRY(visit({nullptr, &item.gates, path, nullptr, false}));
    } else if (const auto* body = std::get_if<ast::InterfaceBody>(&extern_->body)) {
      TRY(visit_uses(body->items, nullptr, visit));
    }
  }
  return {};
}

Result<void> visit_world(const ast::World& world, const std::function<Result<void>(const PathUse&)>& visit) {
  for (const ast::WorldItem& item : world.items) {
    if (const auto* use = std::get_if<ast::Use>(&item.body)) {
      TRY(visit({nullptr, &item.gates, &use->from, &use->names, false}));
    } else if (const auto* include = std::get_if<ast::Include>(&item.body)) {
      TRY(visit({&world.name, &item.gates, &include->from, nullptr, true}));
    }
  }
  // Imports before exports, as they are printed: the order of packages follows this.
  TRY(visit_externs(world, false, visit));
  return visit_externs(world, true, visit);
}

}  // namespace

const ast::Id* declared_name(const ast::FileItem& item) {
  if (const auto* interface = std::get_if<ast::Interface>(&item.body)) return &interface->name;
  if (const auto* world = std::get_if<ast::World>(&item.body)) return &world->name;
  return nullptr;
}

Result<void> Drafter::set_name(const ast::PackageName& name, const ast::Docs& docs) {
  PackageName given = to_name(name);
  if (named_ && !(given == draft_.name)) {
    return error(DiagCode::kWitResolve, name.span,
                 fmt::format("package identifier `{}` does not match previous package name of `{}`", given.to_string(),
                             draft_.name.to_string()))
        .note(draft_.name_span, "the package is named here");
  }
  if (!docs.text.empty() && !draft_.docs.empty()) {
    return error(DiagCode::kWitResolve, *docs.span, "found doc comments on multiple `package` items")
        .note(draft_.name_span, "this one has some already");
  }
  named_ = true;
  draft_.name = std::move(given);
  draft_.name_span = name.span;
  if (!docs.text.empty()) draft_.docs = docs.text;
  return {};
}

Result<Draft> Drafter::finish() {
  if (!named_) {
    return error(DiagCode::kWitResolve, "no `package` header was found in any WIT file for this package")
        .hint("begin a file with `package my:name;`");
  }
  // What there is, here and elsewhere, and in which order to look at it.
  TRY(place_foreign_items());
  TRY(check_unique_items());
  std::vector<std::size_t> order = TRY(order_items());
  TRY(allocate(order));
  TRY(bind_file_names());
  TRY(place_foreign_types());
  // What it contains: interfaces first, worlds may mention any of them.
  for (std::size_t at : order) {
    const auto* interface_ = std::get_if<ast::Interface>(&items_[at].item->body);
    if (interface_ == nullptr) continue;
    file_ = items_[at].file;
    TRY(interface(std::get<InterfaceId>(ids_[at]), interface_->body));
  }
  for (std::size_t at : order) {
    const auto* world_ = std::get_if<ast::World>(&items_[at].item->body);
    if (world_ == nullptr) continue;
    file_ = items_[at].file;
    TRY(world(std::get<WorldId>(ids_[at]), *world_));
  }
  return std::move(draft_);
}

Result<void> Drafter::for_each_path(const Declarations& file,
                                    const std::function<Result<void>(const PathUse&)>& visit) const {
  for (const ast::FileItem* item : file) {
    if (const auto* world = std::get_if<ast::World>(&item->body)) {
      TRY(visit_world(*world, visit));
    } else if (const auto* interface = std::get_if<ast::Interface>(&item->body)) {
      TRY(visit_uses(interface->body.items, &interface->name, visit));
    } else if (const auto* use = std::get_if<ast::TopLevelUse>(&item->body)) {
      TRY(visit({nullptr, &item->gates, &use->path, nullptr, false}));
    }
  }
  return {};
}

// -- other packages ------------------------------------------------------------------------------------

InterfaceId Drafter::new_interface(ItemInfo info) {
  interface_names_.emplace_back();
  Interface interface;
  interface.info = std::move(info);
  return draft_.interfaces.push(std::move(interface));
}

WorldId Drafter::new_world(ItemInfo info) {
  draft_.includes.push({});
  World world;
  world.info = std::move(info);
  return draft_.worlds.push(std::move(world));
}

/// A placeholder for every interface and world of another package that is mentioned. Runs first, so
/// that placeholders have the lowest ids.
Result<void> Drafter::place_foreign_items() {
  auto place = [&](const PathUse& use) -> Result<void> {
    if (!use.path->package) return {};
    PackageName package = to_name(*use.path->package);
    std::string key = package.to_string();
    Span package_span = short_span(*use.path->package);
    if (foreign_packages_.emplace(key, draft_.uses.size()).second) draft_.uses.emplace_back(package, package_span);
    Stability stability = TRY(stability_of(*use.gates));
    const ast::Id& name = use.path->name;
    auto [slot, fresh] = foreign_.try_emplace({key, name.name});
    if (fresh) {
      ItemInfo info;
      info.span = name.span;
      ForeignItem item{std::move(package), name.name, package_span, name.span, {}};
      if (use.is_world) {
        slot->second = new_world(std::move(info));
        draft_.foreign_worlds.push_back(std::move(item));
      } else {
        slot->second = new_interface(std::move(info));
        draft_.foreign_interfaces.push_back(std::move(item));
      }
    }
    ForeignItem& item = match(
        slot->second, [&](InterfaceId id) -> ForeignItem& { return draft_.foreign_interfaces[id.value]; },
        [&](WorldId id) -> ForeignItem& { return draft_.foreign_worlds[id.value]; });
    item.mentions.push_back(std::move(stability));
    return {};
  };
  for (const Declarations& file : files_) TRY(for_each_path(file, place));
  return {};
}

/// A placeholder for every type used from another package's interface.
Result<void> Drafter::place_foreign_types() {
  auto place = [&](const PathUse& use) -> Result<void> {
    if (use.names == nullptr) return {};
    InterfaceId from = TRY(look_up_interface(*use.path));
    if (from.value >= draft_.foreign_interfaces.size()) return {};
    Stability stability = TRY(stability_of(*use.gates));
    for (const ast::UseName& name : *use.names) {
      if (interface_names_[from.value].contains(name.name.name)) continue;
      TypeId id = new_type({name.name.name, Resource{}, from, {}});
      draft_.foreign_types.push_back({from, name.name.name, name.name.span, stability});
      interface_names_[from.value].insert(name.name.name, {id, name.name.span});
    }
    return {};
  };
  for (file_ = 0; file_ < files_.size(); ++file_) TRY(for_each_path(files_[file_], place));
  return {};
}

// -- this package --------------------------------------------------------------------------------------

Result<void> Drafter::check_unique_items() {
  for (std::size_t file = 0; file < files_.size(); ++file) {
    for (const ast::FileItem* item : files_[file]) {
      const ast::Id* name = declared_name(*item);
      if (name == nullptr) continue;
      auto [prior, fresh] = items_by_name_.emplace(name->name, items_.size());
      if (!fresh) {
        return error(DiagCode::kWitResolve, name->span, fmt::format("duplicate item named `{}`", name->name))
            .note(declared_name(*items_[prior->second].item)->span, "the other one is here");
      }
      items_.push_back({item, file});
    }
  }
  return {};
}

/// The order of interfaces and worlds, by `use` within interfaces and `include` within worlds.
Result<std::vector<std::size_t>> Drafter::order_items() {
  std::vector<TopoNode> nodes;
  for (const Located& located : items_) nodes.push_back({declared_name(*located.item)->name, {}});
  for (const Declarations& file : files_) {
    std::unordered_map<std::string, const ast::Id*> names;  // null: of another package
    for (const ast::FileItem* item : file) {
      const ast::Id* local = declared_name(*item);
      const ast::Id* means = local;
      if (const auto* use = std::get_if<ast::TopLevelUse>(&item->body)) {
        local = &use->local();
        means = use->path.package ? nullptr : &use->path.name;
      }
      if (local != nullptr && !names.emplace(local->name, means).second) {
        return error(DiagCode::kWitResolve, local->span, fmt::format("duplicate name `{}` in this file", local->name));
      }
    }
    TRY(note_needs(file, names, nodes));
  }
  return topological_order("interface or world", nodes);
}

Result<void> Drafter::note_needs(const Declarations& file,
                                 const std::unordered_map<std::string, const ast::Id*>& file_names,
                                 std::vector<TopoNode>& nodes) {
  return for_each_path(file, [&](const PathUse& use) -> Result<void> {
    if (use.owner == nullptr || use.path->package) return {};
    auto& needs = nodes[items_by_name_.at(use.owner->name)].needs;
    if (auto named = file_names.find(use.path->name.name); named != file_names.end()) {
      if (named->second != nullptr) needs.push_back(named->second);
    } else if (items_by_name_.contains(use.path->name.name)) {
      needs.push_back(&use.path->name);
    } else {
      return no_such_item(use.path->name);
    }
    return {};
  });
}

Result<void> Drafter::allocate(const std::vector<std::size_t>& order) {
  ids_.resize(items_.size());
  for (std::size_t at : order) {
    const ast::Id& name = *declared_name(*items_[at].item);
    ItemInfo info = TRY(item_info(items_[at].item->docs, items_[at].item->gates, name.span));
    if (std::holds_alternative<ast::Interface>(items_[at].item->body)) {
      InterfaceId id = new_interface(std::move(info));
      draft_.interfaces[id].name = name.name;
      ids_[at] = id;
    } else {
      WorldId id = new_world(std::move(info));
      draft_.worlds[id].name = name.name;
      ids_[at] = id;
    }
  }
  return {};
}

/// What a bare name means in each file: its own items and its top-level `use`s.
Result<void> Drafter::bind_file_names() {
  for (const Declarations& file : files_) {
    FileNames& names = file_names_.emplace_back();
    for (const ast::FileItem* item : file) {
      if (const ast::Id* name = declared_name(*item)) {
        names.emplace(name->name, ids_[items_by_name_.at(name->name)]);
        continue;
      }
      const auto& use = std::get<ast::TopLevelUse>(item->body);
      if (!item->gates.empty()) {
        return error(DiagCode::kWitResolve, item->gates.front().span, "a `use` at the top level cannot be gated");
      }
      const ast::Id& target = use.path.name;
      if (use.path.package) {
        names.emplace(use.local().name, foreign_.at({to_name(*use.path.package).to_string(), target.name}));
      } else if (auto found = items_by_name_.find(target.name); found != items_by_name_.end()) {
        names.emplace(use.local().name, ids_[found->second]);
      } else {
        return no_such_item(target);
      }
    }
  }
  return {};
}

Diagnostic Drafter::no_such_item(const ast::Id& id) const {
  return suggest(error(DiagCode::kWitResolve, id.span, fmt::format("interface or world `{}` does not exist", id.name)),
                 id.name, items_,
                 [](const Located& located) -> std::string_view { return declared_name(*located.item)->name; });
}

Result<InterfaceOrWorld> Drafter::look_up(const ast::UsePath& path) const {
  if (path.package) return foreign_.at({to_name(*path.package).to_string(), path.name.name});
  const FileNames& names = file_names_[file_];
  if (auto found = names.find(path.name.name); found != names.end()) return found->second;
  if (auto found = items_by_name_.find(path.name.name); found != items_by_name_.end()) return ids_[found->second];
  return no_such_item(path.name);
}

Result<InterfaceId> Drafter::look_up_interface(const ast::UsePath& path) const {
  InterfaceOrWorld found = TRY(look_up(path));
  if (const auto* id = std::get_if<InterfaceId>(&found)) return *id;
  return error(DiagCode::kWitResolve, path.name.span,
               fmt::format("name `{}` is defined as a world, not an interface", path.name.name));
}

Result<WorldId> Drafter::look_up_world(const ast::UsePath& path) const {
  InterfaceOrWorld found = TRY(look_up(path));
  if (const auto* id = std::get_if<WorldId>(&found)) return *id;
  return error(DiagCode::kWitResolve, path.name.span,
               fmt::format("name `{}` is defined as an interface, not a world", path.name.name));
}

// -- files to packages -----------------------------------------------------------------------------------

namespace {

Result<Draft> nested_draft(const ast::FileItem& item, const ast::NestedPackage& package) {
  if (!item.gates.empty()) {
    return error(DiagCode::kWitResolve, item.gates.front().span, "a package cannot be gated");
  }
  Drafter drafter;
  TRY(drafter.set_name(package.name, item.docs));
  Declarations declarations;
  for (const ast::FileItem& inner : package.items) {
    if (const auto* nested = std::get_if<ast::NestedPackage>(&inner.body)) {
      return error(DiagCode::kWitResolve, nested->name.span, "nested packages must be placed at the top level");
    }
    declarations.push_back(&inner);
  }
  drafter.add_file(std::move(declarations));
  return drafter.finish();
}

}  // namespace

Result<std::vector<Draft>> make_drafts(const std::vector<ast::File>& files) {
  std::vector<Draft> drafts;
  Drafter main;
  for (const ast::File& file : files) {
    Declarations declarations;
    for (const ast::FileItem& item : file.items) {
      if (const auto* nested = std::get_if<ast::NestedPackage>(&item.body)) {
        drafts.push_back(TRY(nested_draft(item, *nested)));
      } else {
        declarations.push_back(&item);
      }
    }
    if (file.package) TRY(main.set_name(file.package->name, file.package->docs));
    main.add_file(std::move(declarations));
  }
  drafts.push_back(TRY(main.finish()));
  return drafts;
}

}  // namespace witc::wit
