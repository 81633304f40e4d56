// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Aliases (wasm/component/validator.h; Binary.md, "Alias Definitions").
#include <fmt/format.h>

#include "base/overloaded.h"
#include "wasm/component/keywords.h"
#include "wasm/component/limits.h"
#include "wasm/component/validator.h"

namespace witc::component {
namespace {

// Words of messages. The only core sort that instances and components know is the module.
std::string_view describe(Sort sort) { return sort == Sort::kCore ? "module" : keyword(sort); }
std::string_view describe(CoreSort sort) { return sort == CoreSort::kFunc ? "function" : keyword(sort); }

}  // namespace

Result<void> Validator::define(const ast::Alias& alias) {
  return match(
      alias.target, [&](const ast::AliasExport& target) { return alias_export(alias, target); },
      [&](const ast::AliasCoreExport& target) { return alias_core_export(alias, target); },
      [&](const ast::AliasOuter& target) { return alias_outer(alias, target); });
}

Result<void> Validator::alias_export(const ast::Alias& alias, const ast::AliasExport& target) {
  InstanceTypeId id = *TRY(at(scope().spaces.instances, target.instance, "instance"));
  if (alias.sort == Sort::kValue) TRY(need(features_.values, "a value", "values"));
  const auto& exports = types()[id].exports;
  const Extern* found = exports.find(target.name);
  if (found == nullptr) {
    return invalid(fmt::format("instance {} has no export named `{}`", target.instance, target.name));
  }
  bool core_ok = alias.sort != Sort::kCore || alias.core == CoreSort::kModule;
  if (!core_ok || Matcher::describe(found->type) != describe(alias.sort)) {
    return invalid(
        fmt::format("export `{}` for instance {} is not a {}", target.name, target.instance, describe(alias.sort)));
  }
  std::size_t position = 0;
  while (exports.at(position).first != target.name) ++position;
  if (!budget_.spend(position / 8)) return check_budget();
  return push({found->type, nominals_.instance_exports[id][position]});
}

Result<void> Validator::alias_core_export(const ast::Alias& alias, const ast::AliasCoreExport& target) {
  const CoreInstanceExports* instance = TRY(at(scope().spaces.core_instances, target.instance, "core instance"));
  const CoreEntity* found = instance->find(target.name);
  if (found == nullptr) {
    return invalid(fmt::format("core instance {} has no export named `{}`", target.instance, target.name));
  }
  if (alias.sort != Sort::kCore || static_cast<std::uint8_t>(alias.core) != static_cast<std::uint8_t>(found->kind)) {
    std::string_view sort = alias.sort == Sort::kCore ? describe(alias.core) : describe(alias.sort);
    return invalid(fmt::format("export `{}` for core instance {} is not a {}", target.name, target.instance, sort));
  }
  return push_core(*found);
}

Result<Scope*> Validator::outer_scope(std::uint32_t count) {
  if (count >= scopes_.size()) return invalid(fmt::format("invalid outer alias count of {}", count));
  return scopes_[scopes_.size() - 1 - count].get();
}

Result<void> Validator::alias_outer(const ast::Alias& alias, const ast::AliasOuter& target) {
  Scope* outer = TRY(outer_scope(target.count));
  if (alias.sort == Sort::kCore && alias.core == CoreSort::kModule) {
    return push({*TRY(at(outer->spaces.core_modules, target.index, "module")), Nominals::none()});
  }
  if (alias.sort == Sort::kComponent) {
    return push({*TRY(at(outer->spaces.components, target.index, "component")), Nominals::none()});
  }
  if (alias.sort == Sort::kCore && alias.core == CoreSort::kType) {
    CoreTypeEntity type = *TRY(at(outer->spaces.core_types, target.index, "core type"));
    CoreTypes& here = scope().core_types;
    scope().spaces.core_types.push_back(type);
    here.raw.push(wasm::SubType{true, {}, wasm::FuncType{}});
    here.rec_groups.push_back(1);
    here.canon.push_back(outer->core_types.canon[target.index]);
    here.is_module.push_back(std::holds_alternative<ModuleTypeId>(type));
    return {};
  }
  if (alias.sort != Sort::kType) {
    return invalid(fmt::format("outer aliases of {}s are not allowed", describe(alias.sort)));
  }
  if (target.index >= outer->spaces.types.size()) {
    return invalid(fmt::format("unknown type {}: type index out of bounds", target.index));
  }
  TypeItem item{outer->spaces.types[target.index], outer->type_nominals[target.index]};
  // From one component into another around it no resources may come, so that each stands by itself.
  bool crosses = target.count > 0 && scopes_[scopes_.size() - target.count]->kind == Scope::kComponent;
  if (crosses) {
    FreeResources free(context_);
    free.add(EntityType(item.type));
    if (!free.empty()) {
      return invalid(
          "cannot alias outer type which transitively refers to resources not defined in the current component");
    }
  }
  return push_type(item);
}

}  // namespace witc::component
