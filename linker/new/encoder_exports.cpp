// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The component's exports (linker/new/encoder.h). A function is lifted and exported. An interface needs
// more: its types must be exported under their names, and its functions with types that refer to those
// exports, which a bag of exports cannot say. So a small component imports the lifted functions and the
// types they are made of, gives the types their names, and exports the functions again with the named
// types; its one instance is the export.
#include "linker/new/encoder.h"

namespace witc::linker {
namespace {

/// A valid, unique import name for a function of the wrapping component: `import-method-r-f`.
std::string import_name(const wit::Function& function) {
  if (function.kind == wit::FunctionKind::kFreestanding) return "import-func-" + function.name;
  std::string name = "import-";
  for (char c : function.name) {
    if (c == '[') continue;
    name += c == ']' || c == '.' ? '-' : c;
  }
  return name;
}

/// WIT types in the index space of the wrapping component: imported at first, exported from the moment
/// `export_types` is called.
class WrapperTypes : public wit::TypeEncoder {
 public:
  struct TypeImport {
    std::string name;
    std::uint32_t index;
  };

  using TypeEncoder::TypeEncoder;

  void export_types(Maps imported) {
    exporting_ = true;
    imported.funcs.clear();
    maps() = std::move(imported);
  }
  [[nodiscard]] ComponentWriter& out() { return out_; }
  [[nodiscard]] const std::vector<TypeImport>& imports() const { return imports_; }

 private:
  std::uint32_t define(ast::Type type) override { return out_.type(std::move(type)); }
  std::optional<std::uint32_t> name_type(std::uint32_t index, ast::NameAttributes name) override {
    if (exporting_) return out_.export_(std::move(name), {component::Sort::kType, {}, index});
    return import(name.name, extern_type_eq(index));
  }
  std::uint32_t name_resource(ast::NameAttributes name) override { return import(name.name, extern_resource()); }
  /// Types of other interfaces are met first, with that interface set: nothing is foreign here.
  std::uint32_t foreign_type(wit::InterfaceId, wit::TypeId id) override {
    std::optional<wit::InterfaceId> self = interface();
    set_interface(std::get<wit::InterfaceId>(resolve_.types[id].owner));
    std::uint32_t index = encode_id(id);
    set_interface(self);
    return index;
  }

  std::uint32_t import(const std::string& name, const ast::ExternType& type) {
    std::string unique = "import-type-" + name;
    for (std::size_t n = 0; !names_.insert(unique).second; ++n) unique = "import-type-" + name + std::to_string(n);
    std::uint32_t index = out_.import(plain_name(unique), type);
    imports_.push_back({std::move(unique), index});
    return index;
  }

  ComponentWriter out_;
  bool exporting_ = false;
  std::set<std::string> names_;
  std::vector<TypeImport> imports_;
};

/// Imports everything, types before functions, then exports everything under its name. Gives the TypeIds
/// whose imports `wrapper.imports()` lists, in that order.
std::vector<wit::TypeId> write_wrapper(const wit::Resolve& resolve, WrapperTypes& wrapper, wit::InterfaceId id,
                                       const std::vector<wit::TypeId>& foreign) {
  const wit::Interface& interface = resolve.interfaces[id];
  for (wit::TypeId type : foreign) {
    wrapper.set_interface(std::get<wit::InterfaceId>(resolve.types[type].owner));
    wrapper.encode(wit::Type(type));
  }
  wrapper.set_interface(id);
  wit::TypeEncoder::Maps foreign_maps = wrapper.maps();

  auto is_resource = [&](wit::TypeId type) { return std::holds_alternative<wit::Resource>(resolve.types[type].kind); };
  std::map<wit::TypeId, std::uint32_t> resources;
  for (const auto& [name, type] : interface.types) {
    if (is_resource(type)) resources[type] = wrapper.encode_id(type);
  }
  std::uint32_t func_count = 0;
  for (const auto& [name, function] : interface.functions) {
    std::uint32_t type = wrapper.encode_func(function);
    wrapper.out().import(plain_name(import_name(function)), extern_func(type));
  }
  std::map<std::uint32_t, wit::TypeId> by_index;
  for (const auto& [type, index] : wrapper.maps().types) by_index.emplace(index, type);
  std::vector<wit::TypeId> imported;
  for (const WrapperTypes::TypeImport& import : wrapper.imports()) imported.push_back(by_index.at(import.index));

  wrapper.export_types(std::move(foreign_maps));
  for (const auto& [name, type] : interface.types) {
    if (!is_resource(type)) {
      wrapper.encode(wit::Type(type));
      continue;
    }
    ast::NameAttributes attributes = wit::extern_name(name, resolve.types[type].info.external_id);
    wrapper.maps().types[type] = wrapper.out().export_(std::move(attributes), {component::Sort::kType, {}, resources[type]});
  }
  for (const auto& [name, function] : interface.functions) {
    std::uint32_t type = wrapper.encode_func(function);
    wrapper.out().export_(wit::extern_name(name, function.info.external_id), {component::Sort::kFunc, {}, func_count++},
                          extern_func(type));
  }
  return imported;
}

}  // namespace

void Encoder::exports() {
  for (std::size_t module = 0; module < in_.module_count(); ++module) {
    for (const wit::WorldKey& key : in_.module(module).exports) {
      const wit::WorldItem* item = in_.world().exports.find(key);
      if (item == nullptr) continue;
      if (const auto* interface = std::get_if<wit::WorldInterface>(item)) {
        export_interface(module, key, *item, interface->id);
      } else if (const auto* function = std::get_if<wit::Function>(item)) {
        root_.set_interface(std::nullopt);
        std::uint32_t func = lift(module, key, *function, root_.encode_func(*function));
        out_.export_(wit::world_item_name(resolve_, key, *item), {component::Sort::kFunc, {}, func});
      }
    }
  }
}

std::uint32_t Encoder::lift(std::size_t module, const wit::WorldKey& key, const wit::Function& function, std::uint32_t type) {
  const CoreFuncExport& core = in_.module(module).use.exports.funcs.at({resolve_.world_key_name(key), function.name});
  Needs needs = in_.abi->export_needs(function, core.abi);
  ast::CanonOpts options;
  if (needs.memory) options.memory = memory_of(module);
  if (needs.realloc) {
    std::optional<ModuleExport> realloc = realloc_of(module, /*for_imports=*/false);
    options.realloc = realloc ? entry(realloc->first, realloc->second) : allocator();
  }
  if (needs.string_encoding) options.string_encoding = in_.metadata.encoding(/*import=*/false, key, function.name);
  if (core.post_return) options.post_return = entry(module, *core.post_return);
  if (core.callback) options.callback = entry(module, *core.callback);
  options.is_async = core.abi != LiftAbi::kSync;
  return out_.lift(entry(module, core.name), type, std::move(options));
}

void Encoder::forget_types(wit::InterfaceId id) {
  for (const auto& [name, type] : resolve_.interfaces[id].types) root_.maps().types.erase(type);
  // Types without a name may be made of those, and cost nothing to look up again.
  std::erase_if(root_.maps().types, [&](const auto& entry) {
    return std::holds_alternative<std::monostate>(resolve_.types[entry.first].owner);
  });
}

void Encoder::export_interface(std::size_t module, const wit::WorldKey& key, const wit::WorldItem& item, wit::InterfaceId id) {
  const wit::Interface& interface = resolve_.interfaces[id];
  // The interface's own types are defined anew: where it is imported too, those are other types.
  forget_types(id);
  root_.set_interface(id);
  for (const auto& [name, type] : interface.types) {
    if (auto resource = exported_resources_.find(type); resource != exported_resources_.end()) {
      root_.maps().types[type] = resource->second;
    }
  }
  std::vector<ast::InstantiateArg> args;
  for (const auto& [name, function] : interface.functions) {
    std::uint32_t func = lift(module, key, function, root_.encode_func(function));
    args.push_back({import_name(function), {component::Sort::kFunc, {}, func}});
  }

  LiveTypes live(resolve_);
  live.add(id);
  std::vector<wit::TypeId> foreign;
  for (wit::TypeId type : live.order()) {
    const auto* owner = std::get_if<wit::InterfaceId>(&resolve_.types[type].owner);
    if (owner != nullptr && *owner != id) foreign.push_back(type);
  }
  WrapperTypes wrapper(resolve_);
  std::vector<wit::TypeId> imported = write_wrapper(resolve_, wrapper, id, foreign);
  for (std::size_t i = 0; i < imported.size(); ++i) {
    args.push_back({wrapper.imports()[i].name, {component::Sort::kType, {}, root_.encode_id(imported[i])}});
  }

  std::uint32_t component = out_.nested(std::move(wrapper.out()).take());
  std::uint32_t instance = out_.instantiate(component, std::move(args));
  std::uint32_t exported =
      out_.export_(wit::world_item_name(resolve_, key, item), {component::Sort::kInstance, {}, instance});
  root_.set_instance(id, exported);
  forget_types(id);
}

}  // namespace witc::linker
