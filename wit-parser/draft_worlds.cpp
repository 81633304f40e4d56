// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Drafts, third part: the contents of interfaces and worlds, put together from types and functions.
#include <fmt/format.h>

#include "wit-parser/drafter.h"

namespace witc::wit {
namespace {

std::string_view kind_name(const WorldItem& item) {
  return match(
      item, [](const WorldInterface&) { return "interface"; }, [](const Function&) { return "func"; },
      [](const WorldType&) { return "type"; });
}

}  // namespace

Result<void> Drafter::interface(InterfaceId id, const ast::InterfaceBody& body) {
  std::vector<TypeItem> items;
  for (const ast::InterfaceItem& item : body.items) {
    if (const auto* use = std::get_if<ast::Use>(&item.body)) {
      items.push_back({use, nullptr, &item.docs, &item.gates});
    } else if (const auto* def = std::get_if<ast::TypeDef>(&item.body)) {
      items.push_back({nullptr, def, &item.docs, &item.gates});
    }
  }
  TRY(define_types(id, items));
  for (const auto& [name, meaning] : scope_) draft_.interfaces[id].types.insert(name, *meaning.type);
  TRY(interface_functions(id, body));
  interface_names_[id.value] = std::move(scope_);
  scope_ = {};
  return {};
}

Result<void> Drafter::interface_functions(InterfaceId id, const ast::InterfaceBody& body) {
  std::vector<Function> functions;
  for (const ast::InterfaceItem& item : body.items) {
    if (const auto* func = std::get_if<ast::Func>(&item.body)) {
      TRY(define_name(func->name, std::nullopt));
      ItemInfo info = TRY(item_info(item.docs, item.gates, func->name.span));
      functions.push_back(
          TRY(function(func->type, func->name.name, FunctionKind::kFreestanding, std::nullopt, std::move(info))));
    } else if (const auto* def = std::get_if<ast::TypeDef>(&item.body)) {
      const auto* resource = std::get_if<ast::Resource>(&def->body);
      if (resource == nullptr) continue;
      for (const auto& inner : resource->functions) functions.push_back(TRY(resource_function(inner, def->name)));
    }
  }
  for (Function& function : functions) {
    std::string name = function.name;
    draft_.interfaces[id].functions.insert(std::move(name), std::move(function));
  }
  return {};
}

Result<void> Drafter::world(WorldId id, const ast::World& world) {
  TRY(world_types(id, world));
  for (const ast::WorldItem& item : world.items) {
    if (const auto* included = std::get_if<ast::Include>(&item.body)) TRY(include(id, *included, item.gates));
  }
  for (const auto& [name, meaning] : scope_) draft_.worlds[id].imports.insert(name, WorldType{*meaning.type});
  for (const ast::WorldItem& item : world.items) {
    if (const auto* extern_ = std::get_if<ast::Extern>(&item.body)) {
      TRY(world_extern(id, item, *extern_));
    } else if (const auto* def = std::get_if<ast::TypeDef>(&item.body)) {
      const auto* resource = std::get_if<ast::Resource>(&def->body);
      if (resource == nullptr) continue;
      for (const auto& inner : resource->functions) {
        Function function = TRY(resource_function(inner, def->name));
        std::string name = function.name;
        draft_.worlds[id].imports.insert(std::move(name), std::move(function));
      }
    }
  }
  scope_ = {};
  return {};
}

Result<void> Drafter::world_types(WorldId id, const ast::World& world) {
  std::vector<TypeItem> items;
  for (const ast::WorldItem& item : world.items) {
    if (const auto* use = std::get_if<ast::Use>(&item.body)) {
      items.push_back({use, nullptr, &item.docs, &item.gates});
    } else if (const auto* def = std::get_if<ast::TypeDef>(&item.body)) {
      items.push_back({nullptr, def, &item.docs, &item.gates});
    }
  }
  return define_types(id, items);
}

Result<void> Drafter::include(WorldId id, const ast::Include& include, const std::vector<ast::Gate>& gates) {
  DraftInclude draft;
  draft.stability = TRY(stability_of(gates));
  draft.world = TRY(look_up_world(include.from));
  draft.span = include.from.name.span;
  for (const ast::UseName& name : include.names) {
    draft.renames.push_back({name.name.name, name.local().name, name.name.span});
  }
  draft_.includes[id].push_back(std::move(draft));
  return {};
}

Result<void> Drafter::world_extern(WorldId id, const ast::WorldItem& item, const ast::Extern& extern_) {
  auto [key, world_item] = TRY(extern_item(item, extern_));
  WorldItems& items = extern_.is_export ? draft_.worlds[id].exports : draft_.worlds[id].imports;
  std::string_view verb = extern_.is_export ? "export" : "import";
  const WorldItem* prior = items.find(key);
  if (prior == nullptr) {
    items.insert(std::move(key), std::move(world_item));
    return {};
  }
  if (std::holds_alternative<InterfaceId>(key)) {
    return error(DiagCode::kWitResolve, extern_.name_span(),
                 fmt::format("interface cannot be {}ed more than once", verb));
  }
  return error(
      DiagCode::kWitResolve, extern_.name_span(),
      fmt::format("{} `{}` conflicts with prior {} of same name", verb, std::get<std::string>(key), kind_name(*prior)));
}

Result<std::pair<WorldKey, WorldItem>> Drafter::extern_item(const ast::WorldItem& item, const ast::Extern& extern_) {
  using Entry = std::pair<WorldKey, WorldItem>;
  ItemInfo info = TRY(item_info(item.docs, item.gates, extern_.name_span()));
  if (const auto* written = std::get_if<ast::FuncType>(&extern_.body)) {
    Function func =
        TRY(function(*written, extern_.label->name, FunctionKind::kFreestanding, std::nullopt, std::move(info)));
    return Entry(extern_.label->name, std::move(func));
  }
  if (const auto* body = std::get_if<ast::InterfaceBody>(&extern_.body)) {
    // The interface has a scope of its own; its documentation stays with it.
    InterfaceId id = new_interface(info);
    Scope outer = std::move(scope_);
    scope_ = {};
    TRY(interface(id, *body));
    scope_ = std::move(outer);
    info.docs.clear();
    return Entry(extern_.label->name, WorldInterface{id, std::move(info)});
  }
  InterfaceId id = TRY(look_up_interface(std::get<ast::UsePath>(extern_.body)));
  WorldKey key = extern_.label ? WorldKey(extern_.label->name) : WorldKey(id);
  return Entry(std::move(key), WorldInterface{id, std::move(info)});
}

}  // namespace witc::wit
