// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Packages and worlds as component types (wit-parser/binary/encode.h).
//
// An interface becomes an instance type, a world a component type. Where an interface uses another's
// type, the other is an import of the enclosing component type, its type is aliased out of that import,
// and the using instance type reaches the alias through an outer alias.
#include "wit-parser/binary/encode.h"

#include <algorithm>
#include <unordered_set>

#include "base/overloaded.h"
#include "wasm/binary_writer.h"
#include "wasm/component/encode.h"
#include "wit-parser/binary/package_docs.h"
#include "wit-parser/binary/type_encoder.h"

namespace witc::wit {
namespace {

constexpr std::uint8_t kMetadataVersion = 4;

bin::ExternType of_sort(component::Sort sort, std::uint32_t index) {
  bin::ExternType type;
  type.sort = sort;
  type.index = index;
  return type;
}
bin::ExternType type_eq(std::uint32_t index) {
  bin::ExternType type;
  type.sort = component::Sort::kType;
  type.type_bound.eq = index;
  return type;
}
bin::ExternType sub_resource() {
  bin::ExternType type;
  type.sort = component::Sort::kType;
  return type;
}

/// Declarators with the length of their type index space.
struct Decls {
  std::vector<bin::Decl> items;
  std::uint32_t types = 0;

  std::uint32_t define(bin::Type type) {
    items.emplace_back(std::make_unique<bin::Type>(std::move(type)));
    return types++;
  }
  std::uint32_t alias(bin::Alias alias) {
    items.emplace_back(std::move(alias));
    return types++;
  }
};

/// Writes the interfaces and functions of one component type.
class WorldEncoder : public TypeEncoder {
 public:
  using TypeEncoder::TypeEncoder;

  enum class Direction { kImport, kExport };

  void item(Direction direction, const WorldKey& key, const WorldItem& item) {
    bin::NameAttributes name = world_item_name(resolve_, key, item);
    match(
        item,
        [&](const WorldInterface& it) {
          std::uint32_t type = instance_type(it.id, /*with_functions=*/true);
          declare(direction, std::move(name), component::Sort::kInstance, type);
          instances_[it.id] = instance_count_++;
        },
        [&](const Function& it) {
          set_interface(std::nullopt);
          declare(direction, std::move(name), component::Sort::kFunc, encode_func(it));
        },
        [&](const WorldType& it) {
          set_interface(std::nullopt);
          direction_ = direction;
          encode(Type(it.id));
        });
  }

  void import_types_of(InterfaceId interface) {
    std::uint32_t type = instance_type(interface, /*with_functions=*/false);
    declare(Direction::kImport, extern_name(*resolve_.interface_path(interface)), component::Sort::kInstance, type);
    instances_[interface] = instance_count_++;
  }
  void export_interface(InterfaceId interface) {
    std::uint32_t type = instance_type(interface, /*with_functions=*/true);
    declare(Direction::kExport, extern_name(*resolve_.interface_path(interface)), component::Sort::kInstance, type);
  }

  bin::ComponentType take() { return {std::move(outer_.items)}; }

 private:
  std::uint32_t instance_type(InterfaceId interface, bool with_functions);

  void declare(Direction direction, bin::NameAttributes name, component::Sort sort, std::uint32_t type) {
    if (direction == Direction::kImport) {
      outer_.items.emplace_back(bin::ImportDecl{std::move(name), of_sort(sort, type)});
    } else {
      outer_.items.emplace_back(bin::ExportDecl{std::move(name), of_sort(sort, type)});
    }
  }

  Decls& here() { return instance_ ? *instance_ : outer_; }

  std::uint32_t define(bin::Type type) override { return here().define(std::move(type)); }
  std::uint32_t add_type(bin::NameAttributes name, bin::ExternType type) {
    if (!instance_ && direction_ == Direction::kImport) {
      outer_.items.emplace_back(bin::ImportDecl{std::move(name), type});
    } else {
      here().items.emplace_back(bin::ExportDecl{std::move(name), type});
    }
    return here().types++;
  }
  std::optional<std::uint32_t> name_type(std::uint32_t index, bin::NameAttributes name) override {
    return add_type(std::move(name), type_eq(index));
  }
  std::uint32_t name_resource(bin::NameAttributes name) override { return add_type(std::move(name), sub_resource()); }
  std::uint32_t foreign_type(InterfaceId owner, TypeId id) override;

  Decls outer_;
  std::optional<Decls> instance_;
  Direction direction_ = Direction::kImport;
  std::unordered_map<InterfaceId, std::uint32_t> instances_;
  std::unordered_map<TypeId, std::uint32_t> outer_aliases_;
  std::uint32_t instance_count_ = 0;
};

std::uint32_t WorldEncoder::instance_type(InterfaceId interface, bool with_functions) {
  set_interface(interface);
  Maps saved = std::exchange(maps(), {});
  instance_.emplace();
  const Interface& def = resolve_.interfaces[interface];
  for (const auto& [name, id] : def.types) encode(Type(id));
  if (with_functions) {
    for (const Function* function : functions_in_order(def)) {
      std::uint32_t type = encode_func(*function);
      instance_->items.emplace_back(
          bin::ExportDecl{extern_name(function->name, function->info.external_id), of_sort(component::Sort::kFunc, type)});
    }
  }
  bin::InstanceType type{std::move(instance_->items)};
  instance_.reset();
  maps() = std::move(saved);
  return outer_.define(bin::Type{std::move(type)});
}

std::uint32_t WorldEncoder::foreign_type(InterfaceId owner, TypeId id) {
  auto found = outer_aliases_.find(id);
  if (found == outer_aliases_.end()) {
    bin::Alias alias{component::Sort::kType, {}, bin::AliasExport{instances_[owner], resolve_.types[id].name.value_or("")}};
    found = outer_aliases_.emplace(id, outer_.alias(std::move(alias))).first;
  }
  if (!instance_) return found->second;
  return instance_->alias(bin::Alias{component::Sort::kType, {}, bin::AliasOuter{1, found->second}});
}

/// `interface` and all it depends on, dependencies first.
std::vector<InterfaceId> with_dependencies(const Resolve& resolve, InterfaceId interface) {
  std::vector<InterfaceId> order;
  std::unordered_set<InterfaceId> seen, done;
  std::vector<InterfaceId> stack{interface};
  while (!stack.empty()) {
    InterfaceId top = stack.back();
    if (seen.insert(top).second) {
      std::vector<InterfaceId> deps = interface_direct_deps(resolve, top);
      for (InterfaceId dep : deps | std::views::reverse) {
        if (!seen.contains(dep)) stack.push_back(dep);
      }
      continue;
    }
    stack.pop_back();
    if (done.insert(top).second) order.push_back(top);
  }
  return order;
}

bin::ComponentType encode_interface(const Resolve& resolve, InterfaceId interface) {
  WorldEncoder encoder(resolve);
  for (InterfaceId id : with_dependencies(resolve, interface)) {
    if (id == interface) {
      encoder.export_interface(id);
    } else {
      encoder.import_types_of(id);
    }
  }
  return encoder.take();
}

/// A component type that exports `world` under its path.
bin::ComponentType wrap_world(const Resolve& resolve, WorldId world) {
  const World& def = resolve.worlds[world];
  Decls decls;
  std::uint32_t type = decls.define(bin::Type{encode_world(resolve, world)});
  const PackageName& package = resolve.packages[*def.package].name;
  std::string path = package.ns + ":" + package.name + "/" + def.name;
  if (package.version) path += "@" + package.version->to_string();
  decls.items.emplace_back(bin::ExportDecl{extern_name(std::move(path)), of_sort(component::Sort::kComponent, type)});
  return {std::move(decls.items)};
}

void add_custom(bin::Component& component, std::string name, std::vector<std::uint8_t> bytes) {
  component.owned.push_back(std::move(bytes));
  component.definitions.push_back({bin::CustomSection{std::move(name), component.owned.back()}});
}

/// Defines the type and exports it; `types` is the length of the type index space.
void export_type(bin::Component& component, std::uint32_t& types, const std::string& name, bin::ComponentType type) {
  component.definitions.push_back({bin::Type{std::move(type)}});
  bin::Export exported{extern_name(name), {component::Sort::kType, {}, types++}, std::nullopt};
  component.definitions.push_back({std::move(exported)});
  ++types;  // an exported type has an index of its own
}

}  // namespace

bin::ComponentType encode_world(const Resolve& resolve, WorldId world) {
  WorldEncoder encoder(resolve);
  for (const auto& [key, item] : resolve.worlds[world].imports) encoder.item(WorldEncoder::Direction::kImport, key, item);
  for (const auto& [key, item] : resolve.worlds[world].exports) encoder.item(WorldEncoder::Direction::kExport, key, item);
  return encoder.take();
}

bin::Component encode_package(const Resolve& resolve, PackageId package) {
  bin::Component component;
  std::uint32_t types = 0;
  for (const auto& [name, id] : resolve.packages[package].interfaces) {
    export_type(component, types, name, encode_interface(resolve, id));
  }
  for (const auto& [name, id] : resolve.packages[package].worlds) {
    export_type(component, types, name, wrap_world(resolve, id));
  }
  add_custom(component, std::string(kPackageDocsSection), encode_package_docs(resolve, package));
  add_custom(component, "producers", producers_section());
  return component;
}

std::vector<std::uint8_t> producers_section(const Producers& extra) {
  wasm::BinaryWriter out;
  out.u32(1).name("processed-by").u32(static_cast<std::uint32_t>(1 + extra.size()));
  out.name("witc").name(kWitcVersion);
  for (const auto& [tool, version] : extra) out.name(tool).name(version);
  return out.take();
}

std::vector<std::uint8_t> encode_world_metadata(const Resolve& resolve, WorldId world, component::StringEncoding encoding,
                                                const Producers& extra) {
  bin::Component component;
  add_custom(component, "wit-component-encoding", {kMetadataVersion, static_cast<std::uint8_t>(encoding)});
  std::uint32_t types = 0;
  export_type(component, types, resolve.worlds[world].name, wrap_world(resolve, world));
  add_custom(component, "producers", producers_section(extra));
  return component::encode(component);
}

}  // namespace witc::wit
