// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Component instances (wasm/component/validator.h; Binary.md, "Instance Definitions"). Instantiating a
// component matches the arguments with its imports, which tells what its resources stand for; its exports
// with those put in, and with new resources for the ones it defines, are the instance's type.
#include <fmt/format.h>

#include "base/overloaded.h"
#include "wasm/component/limits.h"
#include "wasm/component/validator.h"

namespace witc::component {

Result<void> Validator::define(const ast::Instance& instance) {
  InstanceTypeId id = TRY(match(
      instance.expr, [&](const ast::Instantiate& expr) { return instantiate(expr); },
      [&](const ast::InlineExports& expr) { return inline_exports(expr); }));
  TRY(check_size(infos_.of(id)));
  return push({id, Nominals::none()});
}

Result<InstanceTypeId> Validator::instantiate(const ast::Instantiate& expr) {
  ComponentTypeId id = *TRY(at(scope().spaces.components, expr.component, "component"));
  std::unordered_map<std::string, Item> args;
  for (const ast::InstantiateArg& arg : expr.args) {
    Item item = TRY(item_at(arg.item));
    if (!args.emplace(arg.name, item).second) {
      return invalid(
          fmt::format("instantiation argument `{}` conflicts with previous argument `{}`", arg.name, arg.name));
    }
  }
  ComponentType type = types()[id];  // a copy: the arena grows meanwhile
  if (!budget_.spend(type.imports.size() + type.exports.size())) return check_budget().error().clone();
  Substitution substitution(context_);
  auto lookup = [&](const std::string& name) -> const Item* {
    auto found = args.find(name);
    return found == args.end() ? nullptr : &found->second;
  };
  Matched matched = Matcher(context_).open(lookup, type.imports, nominals_.component_imports[id],
                                           type.imported_resources, "import", substitution);
  if (!matched) return invalid(matched.error());
  if (!budget_.spend(20 * type.defined_resources.size())) return check_budget().error().clone();
  for (ResourceId old : type.defined_resources) {
    ResourceId fresh = types().add_resource({types()[old].path});
    substitution.resources.insert_or_assign(old, fresh);
    const auto index = static_cast<std::uint32_t>(scope().spaces.instances.size());
    nominals_.resource_origins.emplace(fresh, ResourceOrigin{ResourceOrigin::kInstance, component_, index});
    scope().defined_resources.push_back(fresh);
  }
  InstanceType instance;
  std::vector<NominalId> nodes = nominals_.component_exports[id];
  std::size_t position = 0;
  for (const auto& [name, item] : type.exports) {
    Item replaced = substitution.apply(Item{item.type, nodes[position]});
    nodes[position++] = replaced.nominal;
    instance.exports.insert(name, Extern{item.attributes, replaced.type});
  }
  return context_.add_instance(std::move(instance), std::move(nodes));
}

Result<InstanceTypeId> Validator::inline_exports(const ast::InlineExports& expr) {
  InstanceType instance;
  std::vector<NominalId> nodes;
  NameScope names;  // knows no resources: a bag of exports introduces none
  std::uint64_t size = 1;
  for (const ast::InlineExport& item : expr.exports) {
    Item part = TRY(item_at(item.item));
    TRY(check_extern_name(Direction::kExport, item.name, part, names));
    TRY(take_name(Direction::kExport, item.name.name, names));
    instance.exports.insert(item.name.name, Extern{item.name, part.type});
    nodes.push_back(part.nominal);
    size += infos_.of(part.type).size;
    if (size > kMaxTypeSize) return too_large(fmt::format("effective type size exceeds the limit of {}", kMaxTypeSize));
  }
  return context_.add_instance(std::move(instance), std::move(nodes));
}

}  // namespace witc::component
