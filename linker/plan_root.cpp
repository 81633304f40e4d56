// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the Plan meets the host: the root component's imports and exports.
#include <fmt/format.h>

#include <algorithm>

#include "base/overloaded.h"
#include "linker/planner.h"

namespace witc::linker {

using namespace component;

namespace {
constexpr int kMaxInstanceDepth = 100;
}

Result<void> Planner::define_root_import(Scope& scope, const ast::Import& import) {
  const ValidatedComponent& validated = *scope.component.validated;
  const std::string& name = import.name.name;
  switch (import.type.sort) {
    case Sort::kFunc: {
      FuncTypeId type = TRY(scope.substitution.func(validated.funcs.at(scope.funcs.size())));
      return append(scope, FuncValue{plan_.host_funcs.push({"", name, type}), name});
    }
    case Sort::kInstance:
      return append(scope, TRY(host_instance(scope, name, validated.instances.at(scope.instances.size()))));
    case Sort::kType: {
      const auto* resource = std::get_if<ResourceId>(&validated.types.at(scope.type_count).type);
      if (resource == nullptr) return append(scope, TypeValue{});
      return append(scope, TypeValue{host_resource(scope, *resource, "", name)});
    }
    case Sort::kCore:
      return append(scope, ModuleValue{TRY(host_module(scope, "", name, validated.core_modules.at(scope.core_modules.size())))});
    case Sort::kComponent: return unsupported(scope, fmt::format("the root component imports a component, `{}`", name));
    case Sort::kValue: break;
  }
  return unsupported(scope, fmt::format("the root component imports a value, `{}`", name));
}

ResourceId Planner::host_resource(Scope& scope, ResourceId type, const std::string& interface, std::string name) {
  if (auto known = scope.substitution.find(type)) {  // `use`d from an import before this one
    plan_.resources[*known].host_aliases.emplace_back(interface, std::move(name));
    return *known;
  }
  std::string path = interface.empty() ? name : fmt::format("{}#{}", interface, name);
  ResourceId id = plan_.types.add_resource({path});
  plan_.resources.push({.host_interface = interface, .name = std::move(name)});
  scope.substitution.bind(type, id);
  return id;
}

Result<ModuleId> Planner::host_module(Scope& scope, const std::string& interface, const std::string& name,
                                      ModuleTypeId type) {
  if (!modules_) return unsupported(scope, fmt::format("the root component imports a core module, `{}`", name));
  return module_id(scope, *TRY(modules_(interface, name, type)));
}

Result<Item> Planner::host_instance(Scope& scope, const std::string& interface, InstanceTypeId type) {
  struct Open {
    InstanceTypeId type;
    InstanceValue* value;
    std::string prefix;
  };
  InstanceValue* root = &instances_.emplace_back(InstanceValue{{}, interface});
  struct Func {
    FuncTypeId type;
    InstanceValue* value;
    std::string name, full;
  };
  std::vector<Open> open{{type, root, ""}};
  std::vector<Func> funcs;  // last, when all resources they may name are known
  while (!open.empty()) {
    Open current = std::move(open.back());
    open.pop_back();
    if (std::ranges::count(current.prefix, '.') > kMaxInstanceDepth) return limit("imported instances nest too deep");
    for (const auto& [name, item] : types_[current.type].exports) {
      TRY(charge(1));
      std::string full = current.prefix + name;
      if (const auto* func = std::get_if<FuncTypeId>(&item.type)) {
        funcs.push_back({*func, current.value, name, full});
      } else if (const auto* entity = std::get_if<TypeEntity>(&item.type)) {
        TypeValue value;
        if (const auto* resource = std::get_if<ResourceId>(&entity->type)) {
          value.resource = host_resource(scope, *resource, interface, full);
        }
        current.value->exports.insert(name, value);
      } else if (const auto* nested = std::get_if<InstanceTypeId>(&item.type)) {
        InstanceValue* value = &instances_.emplace_back(InstanceValue{{}, fmt::format("{}.{}", interface, full)});
        current.value->exports.insert(name, static_cast<const InstanceValue*>(value));
        open.push_back({*nested, value, full + "."});
      } else if (const auto* module = std::get_if<ModuleTypeId>(&item.type)) {
        current.value->exports.insert(name, ModuleValue{TRY(host_module(scope, interface, full, *module))});
      } else {
        return unsupported(scope, fmt::format("the import `{}` holds `{}`, which is neither a function, a type, a "
                                              "core module nor an instance", interface, full));
      }
    }
  }
  for (Func& func : funcs) {
    HostFuncId id = plan_.host_funcs.push({interface, func.full, TRY(scope.substitution.func(func.type))});
    func.value->exports.insert(func.name, FuncValue{id, fmt::format("{}.{}", interface, func.full)});
  }
  return Item(static_cast<const InstanceValue*>(root));
}

Result<std::vector<Export>> Planner::root_exports(Scope& root) {
  std::vector<Export> exports;
  for (std::size_t i = 0; i < root.exports.size(); ++i) {
    const auto& [name, item] = root.exports.at(i);
    if (auto made = TRY(root_export(root, name, root.export_types.at(i), item, 0))) exports.push_back(std::move(*made));
  }
  return exports;
}

Result<std::optional<Export>> Planner::root_export(Scope& root, const std::string& name, const EntityType& type,
                                                   const Item& item, int depth) {
  if (depth > kMaxInstanceDepth) return limit("exported instances nest too deep");
  TRY(charge(1));
  using Made = Result<std::optional<Export>>;
  return match(
      item, [&](const FuncValue& func) -> Made { return Export{name, func.def}; },
      [&](const ModuleValue& module) -> Made { return Export{name, module.id}; },
      [&](const ComponentValue&) -> Made { return std::optional<Export>(); },
      [&](const TypeValue& value) -> Made {
        if (value.resource) return Export{name, *value.resource};
        const auto* entity = std::get_if<TypeEntity>(&type);
        const auto* val_type = entity == nullptr ? nullptr : std::get_if<ValType>(&entity->type);
        if (val_type == nullptr) return std::optional<Export>();
        return Export{name, TRY(root.substitution.value(*val_type))};
      },
      [&](const InstanceValue* instance) -> Made {
        ExportedInstance exported;
        const auto* id = std::get_if<InstanceTypeId>(&type);
        if (id == nullptr) return std::optional<Export>();
        for (const auto& [inner, inner_type] : types_[*id].exports) {  // as narrow as the export's type says
          const Item* found = instance->exports.find(inner);
          if (found == nullptr) continue;
          auto made = TRY(root_export(root, inner, inner_type.type, *found, depth + 1));
          if (made) exported.exports.push_back(std::move(*made));
        }
        return Export{name, std::move(exported)};
      });
}

}  // namespace witc::linker
