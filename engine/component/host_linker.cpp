// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the host supplies, matched to what a component imports (engine/component.h, Linker).
#include <fmt/format.h>

#include "engine/component/instance.h"

namespace witc::engine {

void Linker::func(std::string_view interface, std::string_view name, HostFn function) {
  funcs_.insert_or_assign({interface_track(interface), std::string(name)}, std::move(function));
}

void Linker::resource(std::string_view interface, std::string_view name, HostDrop drop) {
  resources_.insert_or_assign({interface_track(interface), std::string(name)}, std::move(drop));
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

std::vector<HostDrop> Linker::resolve_drops(const Component& component) const {
  std::vector<HostDrop> drops;
  for (const linker::PlanResource& resource : component.plan().resources) {
    auto found = resources_.find({interface_track(resource.host_interface), resource.name});
    drops.push_back(!resource.defined_in && found != resources_.end() ? found->second : HostDrop());
  }
  return drops;
}

Result<ComponentInstance> Linker::instantiate(Engine& engine, const Component& component) const {
  auto impl = std::make_unique<ComponentInstance::Impl>(component, TRY(resolve_funcs(component)), resolve_drops(component));
  std::vector<HostFunc> hosts;
  for (ComponentInstance::Impl::Slot& slot : impl->slots) hosts.push_back({&ComponentInstance::Impl::dispatch, &slot});
  impl->core = TRY(engine.instantiate(*component.impl().code, hosts));
  return ComponentInstance(std::move(impl));
}

}  // namespace witc::engine
