// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the host supplies, matched to what a component imports (engine/component.h, Linker).
#include <fmt/format.h>

#include "engine/component/instance.h"

namespace witc::engine {

void Linker::func(std::string_view interface, std::string_view name, HostFn function) {
  funcs_.insert_or_assign({interface_track(interface), std::string(name)}, Function{std::move(function), nullptr, {}});
}

void Linker::func(std::string_view interface, std::string_view name, HostFn function, DirectHostFn direct) {
  funcs_.insert_or_assign({interface_track(interface), std::string(name)},
                          Function{std::move(function), nullptr, {}, std::move(direct)});
}

HostResource Linker::resource(std::string_view interface, std::string_view name, HostDrop drop) {
  const HostResource made{static_cast<std::uint32_t>(drops_.size())};
  drops_.emplace_back([drop = std::move(drop)](std::uint64_t rep) -> std::expected<void, Trap> {
    if (drop) drop(rep);
    return {};
  });
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

Result<std::unique_ptr<const DirectLink>> Linker::match_direct(const Component& component, const linker::HostFunc& func,
                                                              const DirectHostFn& direct) {
  if (!direct.function) return std::unique_ptr<const DirectLink>();
  auto link = std::make_unique<DirectLink>(direct, host::TypeMatch(component.types()), func.name);
  if (direct.function.fits(link->match, component.types()[func.type])) return link;
  if (!direct.is_alone) return std::unique_ptr<const DirectLink>();
  return error(DiagCode::kRunMissingImport,
               fmt::format("the host's function `{}{}{}` is not of the type that the component imports: {}", func.interface,
                           func.interface.empty() ? "" : "#", func.name, component.types().to_string(func.type)));
}

Result<void> Linker::resolve_funcs(const Component& component, Linked& linked) const {
  std::vector<std::string> missing;
  for (const linker::HostFunc& func : component.plan().host_funcs) {
    auto found = funcs_.find({interface_track(func.interface), func.name});
    if (found != funcs_.end()) {
      linked.functions.push_back(found->second.call);
      linked.direct.push_back(TRY(match_direct(component, func, found->second.direct)));
      continue;
    }
    linked.direct.emplace_back();
    std::string shown = func.interface.empty() ? func.name : fmt::format("{}#{}", func.interface, func.name);
    linked.functions.emplace_back([shown](HostContext&, std::span<const abi::Val>) -> HostResult {
      return std::unexpected(Trap::host(fmt::format("the host does not supply `{}`", shown)));
    });
    missing.push_back(fmt::format("`{}`: {}", shown, component.types().to_string(func.type)));
  }
  if (missing.empty() || allow_missing_) return {};
  Diagnostic diagnostic = error(DiagCode::kRunMissingImport,
                                fmt::format("the component imports what the host does not supply: {}{}", missing.front(),
                                            missing.size() > 1 ? fmt::format(" and {} more", missing.size() - 1) : ""));
  for (std::string& text : missing) diagnostic = std::move(diagnostic).note(std::move(text));
  return std::move(diagnostic).hint("compose it with a component that exports them: `witc plug`");
}

/// Every resource must be supplied; one that has two names must be the same under both.
Result<void> Linker::resolve_drops(const Component& component, Linked& linked) const {
  const linker::Plan& plan = component.plan();
  for (component::ResourceId id : plan.resources.ids()) {
    const linker::PlanResource& resource = plan.resources[id];
    linked.drops.emplace_back();
    if (resource.defined_in) continue;
    auto found = resources_.find({interface_track(resource.host_interface), resource.name});
    if (found == resources_.end()) {
      if (allow_missing_) continue;
      return error(DiagCode::kRunMissingImport,
                   fmt::format("the component imports the resource `{}#{}`, which the host does not supply",
                               resource.host_interface, resource.name));
    }
    linked.drops.back() = drops_[found->second.index];
    linked.resources.emplace(id, found->second);
    for (const auto& [interface, name] : resource.host_aliases) {
      auto alias = resources_.find({interface_track(interface), name});
      if (alias == resources_.end() || alias->second.index == found->second.index) continue;
      return error(DiagCode::kRunMissingImport,
                   fmt::format("mismatched resource types: the component takes `{}#{}` for the resource `{}#{}`, and the "
                               "host supplies two", interface, name, resource.host_interface, resource.name));
    }
  }
  return {};
}

Result<InstancePre> Linker::instantiate_pre(Engine& engine, const Component& component) const {
  auto linked = std::make_shared<Linked>(component);
  TRY(resolve_funcs(component, *linked));
  TRY(resolve_drops(component, *linked));
  for (const linker::HostFunc& func : component.plan().host_funcs) {
    auto found = funcs_.find({interface_track(func.interface), func.name});
    if (found != funcs_.end() && found->second.live != nullptr) TRY(check_live(component, func, found->second, *linked));
  }
  return InstancePre(engine, std::move(linked));
}

Result<ComponentInstance> Linker::instantiate(Engine& engine, const Component& component) const {
  return TRY(instantiate_pre(engine, component)).instantiate();
}

InstancePre::InstancePre(Engine& engine, std::shared_ptr<const Linker::Linked> linked)
    : engine_(&engine), linked_(std::move(linked)) {}

const Component& InstancePre::component() const { return linked_->component; }

Result<ComponentInstance> InstancePre::instantiate() const {
  auto impl = std::make_shared<ComponentInstance::Impl>(linked_);
  std::vector<HostFunc> hosts;
  hosts.reserve(impl->slots.size());
  for (ComponentInstance::Impl::Slot& slot : impl->slots) hosts.push_back({&ComponentInstance::Impl::dispatch, &slot});
  impl->core = TRY(engine_->instantiate(*linked_->component.impl().code, hosts));
  impl->attach_handles();
  return ComponentInstance(std::move(impl));
}

}  // namespace witc::engine
