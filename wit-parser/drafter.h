// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The maker of drafts (draft.h): one object per package, its steps spread over draft.cpp (the order of
// things), draft_types.cpp (types and functions) and draft_worlds.cpp. Private to these three.

#include <functional>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "base/overloaded.h"
#include "wit-parser/draft.h"
#include "wit-parser/toposort.h"

namespace witc::wit {

/// The declarations of a package in one file. Top-level `use` names are good in their file only.
using Declarations = std::vector<const ast::FileItem*>;
using InterfaceOrWorld = std::variant<InterfaceId, WorldId>;

/// A mention of an interface or world by its path.
struct PathUse {
  const ast::Id* owner;  // the interface or world whose order it bears on; null if none
  const std::vector<ast::Gate>* gates;
  const ast::UsePath* path;
  const std::vector<ast::UseName>* names;  // of a `use` inside a block
  bool is_world;                           // of an include
};

/// What can define types in an interface or world: a `use` or a definition, with its item's trimmings.
struct TypeItem {
  const ast::Use* use = nullptr;
  const ast::TypeDef* def = nullptr;
  const ast::Docs* docs = nullptr;
  const std::vector<ast::Gate>* gates = nullptr;
};

class Drafter {
 public:
  Result<void> set_name(const ast::PackageName& name, const ast::Docs& docs);
  void add_file(Declarations declarations) { files_.push_back(std::move(declarations)); }
  Result<Draft> finish();

 private:
  /// What a name means inside an interface or world: a type, or something that is none.
  struct Meaning {
    std::optional<TypeId> type;
    Span span;
  };
  using Scope = OrderedMap<std::string, Meaning>;
  using FileNames = std::unordered_map<std::string, InterfaceOrWorld>;
  struct Located {
    const ast::FileItem* item;
    std::size_t file;
  };

  // draft.cpp
  Result<void> place_foreign_items();
  Result<void> place_foreign_types();
  Result<void> check_unique_items();
  Result<std::vector<std::size_t>> order_items();
  Result<void> note_needs(const Declarations& file, const std::unordered_map<std::string, const ast::Id*>& file_names,
                          std::vector<TopoNode>& nodes);
  Result<void> allocate(const std::vector<std::size_t>& order);
  Result<void> bind_file_names();
  Result<InterfaceOrWorld> look_up(const ast::UsePath& path) const;
  Result<InterfaceId> look_up_interface(const ast::UsePath& path) const;
  Result<WorldId> look_up_world(const ast::UsePath& path) const;
  Diagnostic no_such_item(const ast::Id& id) const;
  InterfaceId new_interface(ItemInfo info);
  WorldId new_world(ItemInfo info);
  Result<void> for_each_path(const Declarations& file, const std::function<Result<void>(const PathUse&)>& visit) const;

  // draft_types.cpp
  Result<void> define_types(TypeOwner owner, const std::vector<TypeItem>& items);
  Result<void> define_types_in_order(TypeOwner owner, const std::vector<const TypeItem*>& defs,
                                     const std::vector<std::size_t>& order);
  Result<void> define_use(TypeOwner owner, const ast::Use& use, const std::vector<ast::Gate>& gates);
  Result<void> define_name(const ast::Id& name, std::optional<TypeId> type);
  Result<TypeDefKind> type_def(const ast::TypeDef& def, const Stability& stability);
  Result<TypeDefKind> written_kind(const ast::Type& type, const Stability& stability);
  Result<void> check_resource(const ast::Resource& resource) const;
  Result<Type> type(const ast::Type& type, const Stability& stability);
  Result<TypeId> named_type(const ast::Id& name);
  Result<TypeId> handle_target(const ast::Id& name);
  Type anonymous(TypeDefKind kind, Stability stability, Span span);
  Stability inherited(const TypeDefKind& kind, const Stability& stability) const;
  TypeId new_type(TypeDef def);
  Result<Function> function(const ast::FuncType& type, std::string name, FunctionKind kind,
                            std::optional<TypeId> resource, ItemInfo info);
  Result<Function> resource_function(const ast::Item<ast::Func>& item, const ast::Id& resource);
  Result<Type> constructor_result(TypeId resource, const ast::Type& written);

  // draft_worlds.cpp
  Result<void> interface(InterfaceId id, const ast::InterfaceBody& body);
  Result<void> interface_functions(InterfaceId id, const ast::InterfaceBody& body);
  Result<void> world(WorldId id, const ast::World& world);
  Result<void> world_types(WorldId id, const ast::World& world);
  Result<void> world_extern(WorldId id, const ast::WorldItem& item, const ast::Extern& extern_);
  Result<std::pair<WorldKey, WorldItem>> extern_item(const ast::WorldItem& item, const ast::Extern& extern_);
  Result<void> include(WorldId id, const ast::Include& include, const std::vector<ast::Gate>& gates);

  Draft draft_;
  bool named_ = false;
  std::vector<Declarations> files_;
  std::vector<Located> items_;                                  // interfaces and worlds, as they stand in the text
  std::unordered_map<std::string, std::size_t> items_by_name_;  // into items_
  std::vector<InterfaceOrWorld> ids_;                           // of items_
  std::vector<FileNames> file_names_;                           // per file
  std::map<std::pair<std::string, std::string>, InterfaceOrWorld> foreign_;  // by package and name
  std::unordered_map<std::string, std::size_t> foreign_packages_;            // into draft_.uses
  std::vector<Scope> interface_names_;                                       // per interface
  std::unordered_map<std::string, TypeId> anonymous_;                        // by structure
  std::vector<TypeId> roots_;  // per type: what it is an alias of, in the end
  std::size_t file_ = 0;       // whose names are in scope
  Scope scope_;                // of the interface or world at hand
};

/// Gates as the graph has them. Errors (kWitResolve): a gate twice, `@since` with `@unstable`,
/// `@deprecated` alone.
Result<Stability> stability_of(const std::vector<ast::Gate>& gates);
/// Name, documentation, gates of an item.
Result<ItemInfo> item_info(const ast::Docs& docs, const std::vector<ast::Gate>& gates, Span span);

/// The name of an interface or world declaration; null for `use`.
const ast::Id* declared_name(const ast::FileItem& item);

}  // namespace witc::wit
