// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loading a component, and finding what it exports (engine/component.h, Component).
#include <fmt/format.h>

#include "base/overloaded.h"
#include "base/semver.h"
#include "engine/cache/code_archive.h"
#include "engine/cache/known_modules.h"
#include "engine/component/instance.h"
#include "engine/dwarf.h"
#include "linker/plan_component.h"
#include "wasm/component/decode.h"

namespace witc::engine {
namespace {

/// `ns:pkg/iface@1.2.3` → `iface`.
std::string_view plain_interface(std::string_view interface) {
  interface = interface.substr(0, interface.find('@'));
  std::size_t slash = interface.rfind('/');
  return slash == std::string_view::npos ? interface : interface.substr(slash + 1);
}

std::string full_name(std::string_view interface, std::string_view name) {
  return interface.empty() ? std::string(name) : fmt::format("{}.{}", interface, name);
}

ComponentFunc to_func(const linker::Plan& plan, std::string_view interface, const linker::Export& item) {
  const linker::FuncDef& def = std::get<linker::FuncDef>(item.item);
  linker::FuncTypeId type = match(
      def, [](const linker::LiftedFunc& func) { return func.type; },
      [&](linker::HostFuncId id) { return plan.host_funcs[id].type; });
  return {full_name(interface, item.name), &def, type};
}

}  // namespace

std::string interface_track(std::string_view interface) {
  std::size_t at = interface.rfind('@');
  if (at == std::string_view::npos) return std::string(interface);
  std::optional<Version> version = Version::parse(interface.substr(at + 1));
  if (!version) return std::string(interface);
  return fmt::format("{}@{}", interface.substr(0, at), compatibility_track(*version));
}

Result<Component> Component::load(Engine& engine, const SourceMap& sources, SourceId source,
                                  const LoadOptions& options) {
  auto impl = std::make_shared<Impl>();
  impl->ast = TRY(component::decode_component(sources, sources.whole(source)));
  return finish_loading(engine, sources, std::move(impl), options);
}

Result<Component> Component::load(Engine& engine, const SourceMap& sources, component::ast::Component ast,
                                  const LoadOptions& options) {
  auto impl = std::make_shared<Impl>();
  impl->ast = std::move(ast);
  return finish_loading(engine, sources, std::move(impl), options);
}

Result<Component> Component::finish_loading(Engine& engine, const SourceMap& sources, std::shared_ptr<Impl> impl,
                                            const LoadOptions& options) {
  component::Features features = options.features;
  features.core = features.core & wasm::Features::runnable();
  KnownModulesOnDisk on_disk(engine.options().code_cache);
  CodeArchive* archive = engine.options().archive.get();
  wasm::KnownModules* known = archive == nullptr ? &on_disk : &archive->known_modules();
  impl->validated = TRY(component::validate_component(sources, impl->ast, impl->static_types, features, known));
  linker::HostModules modules;
  if (options.linker != nullptr) {
    modules = [&](const std::string& interface, const std::string& name, component::ModuleTypeId expected) {
      return options.linker->find_module(sources, impl->static_types, interface, name, expected);
    };
  }
  impl->plan = TRY(linker::plan_component(sources, impl->ast, impl->validated, impl->static_types, {}, modules));
  impl->program = TRY(build_program(impl->plan));
  for (CoreInstance& instance : impl->program.program.instances) {
    instance.facts = archive == nullptr ? on_disk.facts_of(*instance.module) : archive->facts_of(*instance.module);
  }
  impl->code = TRY(engine.compile(impl->program.program));
  return Component(std::move(impl));
}

const linker::Plan& Component::plan() const { return impl_->plan; }
void Component::add_sources(Trap& trap) const { engine::add_sources(trap, impl_->program.program); }
const std::string& Component::ir() const { return impl_->code->ir(); }

std::vector<ComponentFunc> Component::funcs() const {
  std::vector<ComponentFunc> found;
  std::vector<std::pair<std::string, const std::vector<linker::Export>*>> levels{{"", &plan().exports}};
  while (!levels.empty()) {
    auto [interface, exports] = std::move(levels.back());
    levels.pop_back();
    for (const linker::Export& item : *exports) {
      if (std::holds_alternative<linker::FuncDef>(item.item)) found.push_back(to_func(plan(), interface, item));
      if (const auto* instance = std::get_if<linker::ExportedInstance>(&item.item)) {
        levels.emplace_back(full_name(interface, item.name), &instance->exports);
      }
    }
  }
  return found;
}

namespace {

/// The exported instance that `interface` names and `has` accepts: by its exact name, then by its compatibility track,
/// then by its name without version or package, where only one has it.
template <class Has>
const linker::Export* find_interface(const linker::Plan& plan, std::string_view interface, Has has) {
  auto is_named = [&](const std::string& name, int closeness) {
    if (closeness == 0) return name == interface;
    if (closeness == 1) return interface_track(name) == interface_track(interface);
    return interface == plain_interface(name) || interface == std::string_view(name).substr(0, name.find('@'));
  };
  for (int closeness = 0; closeness < 3; ++closeness) {
    const linker::Export* found = nullptr;
    std::size_t count = 0;
    for (const linker::Export& item : plan.exports) {
      const auto* instance = std::get_if<linker::ExportedInstance>(&item.item);
      if (instance == nullptr || !is_named(item.name, closeness) || !has(instance->exports)) continue;
      found = &item;
      ++count;
    }
    if (count == 1 || (count > 1 && closeness < 2)) return found;
  }
  return nullptr;
}

/// The export of that name that holds a T.
template <class T>
const linker::Export* find_item(const std::vector<linker::Export>& exports, std::string_view name) {
  for (const linker::Export& item : exports) {
    if (item.name == name && std::holds_alternative<T>(item.item)) return &item;
  }
  return nullptr;
}

/// The export and the full name of its interface.
template <class T>
std::pair<const linker::Export*, std::string_view> find_export(const linker::Plan& plan, std::string_view interface,
                                                               std::string_view name) {
  if (interface.empty()) return {find_item<T>(plan.exports, name), ""};
  auto has = [&](const std::vector<linker::Export>& exports) { return find_item<T>(exports, name) != nullptr; };
  const linker::Export* instance = find_interface(plan, interface, has);
  if (instance == nullptr) return {nullptr, ""};
  return {find_item<T>(std::get<linker::ExportedInstance>(instance->item).exports, name), instance->name};
}

}  // namespace

std::optional<ComponentFunc> Component::find_func(std::string_view interface, std::string_view name) const {
  auto [item, shown] = find_export<linker::FuncDef>(plan(), interface, name);
  if (item == nullptr) return std::nullopt;
  return to_func(plan(), shown, *item);
}

std::optional<component::ResourceId> Component::find_resource(std::string_view interface, std::string_view name) const {
  auto [item, shown] = find_export<linker::ResourceId>(plan(), interface, name);
  if (item == nullptr) return std::nullopt;
  return std::get<linker::ResourceId>(item->item);
}

}  // namespace witc::engine
