// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the host supplies, matched to what a component imports (engine/component.h, Linker).
#include <fmt/format.h>

#include "engine/component/instance.h"

namespace witc::engine {

void Linker::func(std::string_view interface, std::string_view name, HostFn function) {
  funcs_.insert_or_assign({interface_track(interface), std::string(name)}, std::move(function));
}

HostResource Linker::resource(std::string_view interface, std::string_view name, HostDrop drop) {
  const HostResource made{static_cast<std::uint32_t>(drops_.size())};
  drops_.push_back(std::move(drop));
  resource(interface, name, made);
  return made;
}
void Linker::resource(std::string_view interface, std::string_view name, HostResource same) {
  resources_.insert_or_assign({interface_track(interface), std::string(name)}, same);
}

void Linker::module(std::string_view interface, std::string_view name, const wasm::Module& module) {
  modules_.insert_or_assign({interface_track(interface), std::string(name)}, &module);
}

Result<const wasm::Module*> Linker::find_module(const SourceMap& sources, component::Types& types,
                                                const std::string& interface, const std::string& name,
                                                component::ModuleTypeId expected) const {
  const std::string shown = interface.empty() ? name : fmt::format("{}#{}", interface, name);
  auto found = modules_.find({interface_track(interface), name});
  if (found == modules_.end()) {
    return error(DiagCode::kRunMissingImport,
                 fmt::format("the component imports the core module `{}`, which the host does not supply", shown));
  }
  if (auto matched = component::match_module(sources, *found->second, expected, types); !matched) {
    return error(DiagCode::kRunMissingImport,
                 fmt::format("the core module `{}` is not of the type that the component imports: {}", shown, matched.error()));
  }
  return found->second;
}

Result<std::vector<HostFn>> Linker::resolve_funcs(const Component& component) const {
  std::vector<HostFn> functions;
  std::vector<std::string> missing;
  for (const linker::HostFunc& func : component.plan().host_funcs) {
    auto found = funcs_.find({interface_track(func.interface), func.name});
    if (found != funcs_.end()) {
      functions.push_back(found->second);
      continue;
    }
    std::string shown = func.interface.empty() ? func.name : fmt::format("{}#{}", func.interface, func.name);
    functions.emplace_back([shown](HostContext&, std::span<const abi::Val>) -> HostResult {
      return std::unexpected(Trap::host(fmt::format("the host does not supply `{}`", shown)));
    });
    missing.push_back(fmt::format("`{}`: {}", shown, component.types().to_string(func.type)));
  }
  if (missing.empty() || allow_missing_) return functions;
  Diagnostic diagnostic = error(DiagCode::kRunMissingImport,
                                fmt::format("the component imports what the host does not supply: {}{}", missing.front(),
                                            missing.size() > 1 ? fmt::format(" and {} more", missing.size() - 1) : ""));
  for (std::string& text : missing) diagnostic = std::move(diagnostic).note(std::move(text));
  return std::move(diagnostic).hint("compose it with a component that exports them: `witc plug`");
}

/// Every resource must be supplied; one that has two names must be the same under both.
Result<std::vector<HostDrop>> Linker::resolve_drops(const Component& component) const {
  std::vector<HostDrop> drops;
  for (const linker::PlanResource& resource : component.plan().resources) {
    drops.emplace_back();
    if (resource.defined_in) continue;
    auto found = resources_.find({interface_track(resource.host_interface), resource.name});
    if (found == resources_.end()) {
      if (allow_missing_) continue;
      return error(DiagCode::kRunMissingImport,
                   fmt::format("the component imports the resource `{}#{}`, which the host does not supply",
                               resource.host_interface, resource.name));
    }
    drops.back() = drops_[found->second.index];
    for (const auto& [interface, name] : resource.host_aliases) {
      auto alias = resources_.find({interface_track(interface), name});
      if (alias == resources_.end() || alias->second.index == found->second.index) continue;
      return error(DiagCode::kRunMissingImport,
                   fmt::format("mismatched resource types: the component takes `{}#{}` for the resource `{}#{}`, and the "
                               "host supplies two", interface, name, resource.host_interface, resource.name));
    }
  }
  return drops;
}

Result<ComponentInstance> Linker::instantiate(Engine& engine, const Component& component) const {
  auto impl = std::make_unique<ComponentInstance::Impl>(component, TRY(resolve_funcs(component)), TRY(resolve_drops(component)));
  std::vector<HostFunc> hosts;
  for (ComponentInstance::Impl::Slot& slot : impl->slots) hosts.push_back({&ComponentInstance::Impl::dispatch, &slot});
  impl->core = TRY(engine.instantiate(*component.impl().code, hosts));
  return ComponentInstance(std::move(impl));
}

}  // namespace witc::engine
