// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The component's imports: of each interface of the world, the functions that are called and the types that
// are alive (linker/new/encoder.h).
#include "base/overloaded.h"
#include "linker/new/encoder.h"

namespace witc::linker {
namespace {

/// WIT types in the index space of one instance type.
class InstanceTypes : public wit::TypeEncoder {
 public:
  InstanceTypes(const wit::Resolve& resolve, RootTypes& root, wit::InterfaceId interface)
      : TypeEncoder(resolve), root_(root) {
    set_interface(interface);
  }
  void func(const wit::Function& function) {
    std::uint32_t type = encode_func(function);
    decls_.emplace_back(ast::ExportDecl{wit::extern_name(function.name, function.info.external_id), extern_func(type)});
  }
  std::vector<ast::Decl> take() { return std::move(decls_); }

 private:
  std::uint32_t define(ast::Type type) override {
    decls_.emplace_back(std::make_unique<ast::Type>(std::move(type)));
    return types_++;
  }
  std::optional<std::uint32_t> name_type(std::uint32_t index, ast::NameAttributes name) override {
    decls_.emplace_back(ast::ExportDecl{std::move(name), extern_type_eq(index)});
    return types_++;
  }
  std::uint32_t name_resource(ast::NameAttributes name) override {
    decls_.emplace_back(ast::ExportDecl{std::move(name), extern_resource()});
    return types_++;
  }
  std::uint32_t foreign_type(wit::InterfaceId, wit::TypeId id) override {
    std::uint32_t outer = root_.encode_id(id);
    decls_.emplace_back(ast::Alias{component::Sort::kType, {}, ast::AliasOuter{1, outer}});
    return types_++;
  }

  RootTypes& root_;
  std::vector<ast::Decl> decls_;
  std::uint32_t types_ = 0;
};

}  // namespace

std::set<wit::InterfaceId> Encoder::exported_dependencies(wit::InterfaceId id) const {
  std::set<wit::InterfaceId> out;
  std::vector<wit::InterfaceId> stack{id};
  while (!stack.empty()) {
    wit::InterfaceId top = stack.back();
    stack.pop_back();
    for (wit::InterfaceId dep : wit::interface_direct_deps(resolve_, top)) {
      if (in_.world().exports.contains(wit::WorldKey(dep)) && out.insert(dep).second) stack.push_back(dep);
    }
  }
  return out;
}

void Encoder::collect_live() {
  LiveTypes live(resolve_);
  for (const auto& [key, item] : in_.world().imports) {
    if (const auto* type = std::get_if<wit::WorldType>(&item)) live.add(type->id);
  }
  for (std::size_t module = 0; module < in_.module_count(); ++module) {
    for (const CoreImport& import : in_.module(module).use.imports) {
      if (import.channel && !import.is_exported) live.add(*import.channel);
      if (import.kind == CoreImport::Kind::kFunc) {
        live.add(*import.function);
        used_funcs_.emplace(import.interface, import.function->name);
      } else if (import.kind == CoreImport::Kind::kImportResourceDrop) {
        live.add(import.resource);
      }
    }
  }
  // What exports need of interfaces that are not exported themselves.
  for (const auto& [key, item] : in_.world().exports) {
    const auto* interface = std::get_if<wit::WorldInterface>(&item);
    if (interface == nullptr) {
      live.add(item);
      continue;
    }
    std::set<wit::InterfaceId> exported = exported_dependencies(interface->id);
    LiveTypes needed(resolve_);
    needed.add(interface->id);
    for (wit::TypeId type : needed.order()) {
      const auto* owner = std::get_if<wit::InterfaceId>(&resolve_.types[type].owner);
      if (owner != nullptr && *owner != interface->id && !exported.contains(*owner)) live.add(type);
    }
  }
  for (wit::TypeId type : live.order()) {
    if (const auto* owner = std::get_if<wit::InterfaceId>(&resolve_.types[type].owner)) live_types_[*owner].push_back(type);
  }
}

void Encoder::import_interface(const wit::WorldKey& key, const wit::WorldItem& item, wit::InterfaceId id) {
  InstanceTypes types(resolve_, root_, id);
  if (auto live = live_types_.find(id); live != live_types_.end()) {
    for (wit::TypeId type : live->second) types.encode(wit::Type(type));
  }
  for (const auto& [name, function] : resolve_.interfaces[id].functions) {
    if (used_funcs_.contains({id, name})) types.func(function);
  }
  std::vector<ast::Decl> decls = types.take();
  if (decls.empty()) return;
  std::uint32_t type = out_.type(ast::Type{ast::InstanceType{std::move(decls)}});
  std::uint32_t instance = out_.import(wit::world_item_name(resolve_, key, item), extern_instance(type));
  import_instances_[id] = instance;
  root_.set_instance(id, instance);
}

void Encoder::import_root_items() {
  const wit::World& world = in_.world();
  for (const auto& [key, item] : world.imports) {
    if (const auto* type = std::get_if<wit::WorldType>(&item)) root_.encode(wit::Type(type->id));
  }
  for (const auto& [key, item] : world.imports) {
    const auto* function = std::get_if<wit::Function>(&item);
    if (function == nullptr || !used_funcs_.contains({std::nullopt, function->name})) continue;
    std::uint32_t type = root_.encode_func(*function);
    import_funcs_[function->name] = out_.import(wit::world_item_name(resolve_, key, item), extern_func(type));
  }
}

void Encoder::imports() {
  collect_live();
  for (const auto& [key, item] : in_.world().imports) {
    if (const auto* interface = std::get_if<wit::WorldInterface>(&item)) import_interface(key, item, interface->id);
  }
  import_root_items();
}

std::uint32_t Encoder::imported_func(const CoreImport& import) {
  if (!import.interface) return import_funcs_[import.function->name];
  auto key = std::pair(*import.interface, import.function->name);
  auto it = import_aliases_.find(key);
  if (it == import_aliases_.end()) {
    std::uint32_t func = out_.alias(component::Sort::kFunc, import_instances_[*import.interface], import.function->name);
    it = import_aliases_.emplace(std::move(key), func).first;
  }
  return it->second;
}

}  // namespace witc::linker
