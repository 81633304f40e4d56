// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Linking what a live instance exports to what another one imports (engine/component.h, Linker::instance).
//
// The two instances stay two programs, each with its Types: a call goes out of the one as a call of the host's function,
// and into the other as a call of the host's. Resources keep their identity because a resource of the live instance is one
// HostResource of the linker, however often and under whatever names it is exported; its representation passes as it is.
#include <fmt/format.h>

#include "base/overloaded.h"
#include "engine/component/instance.h"
#include "linker/substitution.h"

namespace witc::engine {

struct Linker::Live {
  std::shared_ptr<ComponentInstance::Impl> instance;
  [[nodiscard]] const linker::Plan& plan() const { return instance->plan; }
};

void Linker::instance(std::string_view name, ComponentInstance& live) {
  auto shared = std::make_shared<const Live>(Live{live.impl_});
  lives_.push_back(shared);
  define(shared, name, "", shared->plan().exports);
}

void Linker::instances(ComponentInstance& live) {
  auto shared = std::make_shared<const Live>(Live{live.impl_});
  lives_.push_back(shared);
  std::vector<linker::Export> of_root;
  for (const linker::Export& item : shared->plan().exports) {
    if (const auto* nested = std::get_if<linker::ExportedInstance>(&item.item)) {
      define(shared, item.name, "", nested->exports);
    } else {
      of_root.push_back(item);
    }
  }
  define(shared, "", "", of_root);
}

void Linker::define(const std::shared_ptr<const Live>& live, std::string_view interface, const std::string& prefix,
                    const std::vector<linker::Export>& exports) {
  for (const linker::Export& item : exports) {
    const std::string name = prefix + item.name;
    const Key key{interface_track(interface), name};
    match(
        item.item,
        [&](const linker::FuncDef& def) {
          linker::FuncTypeId type = match(
              def, [](const linker::LiftedFunc& func) { return func.type; },
              [&](linker::HostFuncId id) { return live->plan().host_funcs[id].type; });
          HostFn call = [live, def, type, name](HostContext&, std::span<const abi::Val> args) -> HostResult {
            return live->instance->call(def, type, name, args);
          };
          funcs_.insert_or_assign(key, Function{std::move(call), live, type});
        },
        [&](const linker::ExportedInstance& nested) { define(live, interface, name + ".", nested.exports); },
        [&](component::ResourceId resource) { resources_.insert_or_assign(key, live_resource(live, resource)); },
        [&](linker::ModuleId module) { modules_.insert_or_assign(key, live->plan().modules[module].module); },
        [](const component::ValType&) {});
  }
}

HostResource Linker::live_resource(const std::shared_ptr<const Live>& live, component::ResourceId resource) {
  auto [known, fresh] = live_resources_.try_emplace({live->instance.get(), resource});
  if (!fresh) return known->second;
  const linker::PlanResource& definition = live->plan().resources[resource];
  if (!definition.defined_in) {  // the host's, which the live instance passes on: perhaps known here already
    auto same = resources_.find({interface_track(definition.host_interface), definition.name});
    if (same != resources_.end()) return known->second = same->second;
  }
  known->second.index = static_cast<std::uint32_t>(drops_.size());
  drops_.emplace_back([live, resource](std::uint64_t rep) { return live->instance->drop(resource, rep); });
  return known->second;
}

/// The type imported, in terms of the live instance's resources, must be the one exported.
Result<void> Linker::check_live(const Component& component, const linker::HostFunc& func, const Function& given,
                                const Linked& linked) const {
  const linker::Plan& plan = given.live->plan();
  component::Types types = plan.types;
  linker::Substitution substitution(component.types(), types);
  for (const auto& [imported, known] : linked.resources) {
    for (const auto& [from, index] : live_resources_) {
      if (from.first == given.live->instance.get() && index.index == known.index) substitution.bind(imported, from.second);
    }
    if (!substitution.find(imported)) substitution.bind(imported, types.add_resource({component.types()[imported].path}));
  }
  Result<component::FuncTypeId> wanted = substitution.func(func.type);
  if (wanted && *wanted == given.live_type) return {};
  std::string shown = func.interface.empty() ? func.name : fmt::format("{}#{}", func.interface, func.name);
  Diagnostic diagnostic = error(DiagCode::kRunMissingImport,
                                fmt::format("`{}` is linked to a function of another type", shown));
  return std::move(diagnostic)
      .note(fmt::format("the component imports `{}`", component.types().to_string(func.type)))
      .note(fmt::format("the instance exports `{}`", plan.types.to_string(given.live_type)));
}

}  // namespace witc::engine
