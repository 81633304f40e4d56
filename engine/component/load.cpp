// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loading a component, and finding what it exports (engine/component.h, Component).
#include <fmt/format.h>

#include "base/overloaded.h"
#include "base/semver.h"
#include "engine/component/instance.h"
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

Result<Component> Component::load(Engine& engine, const SourceMap& sources, SourceId source) {
  auto impl = std::make_shared<Impl>();
  impl->ast = TRY(component::decode_component(sources, sources.whole(source)));
  return finish_loading(engine, sources, std::move(impl));
}

Result<Component> Component::load(Engine& engine, const SourceMap& sources, component::ast::Component ast) {
  auto impl = std::make_shared<Impl>();
  impl->ast = std::move(ast);
  return finish_loading(engine, sources, std::move(impl));
}

Result<Component> Component::finish_loading(Engine& engine, const SourceMap& sources, std::shared_ptr<Impl> impl) {
  impl->validated = TRY(component::validate_component(sources, impl->ast, impl->static_types));
  impl->plan = TRY(linker::plan_component(sources, impl->ast, impl->validated, impl->static_types));
  impl->program = TRY(build_program(impl->plan));
  impl->code = TRY(engine.compile(impl->program.program));
  return Component(std::move(impl));
}

const linker::Plan& Component::plan() const { return impl_->plan; }
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

std::optional<ComponentFunc> Component::find_func(std::string_view interface, std::string_view name) const {
  auto find_in = [&](std::string_view shown, const std::vector<linker::Export>& exports) -> std::optional<ComponentFunc> {
    for (const linker::Export& item : exports) {
      if (item.name == name && std::holds_alternative<linker::FuncDef>(item.item)) return to_func(plan(), shown, item);
    }
    return std::nullopt;
  };
  if (interface.empty()) return find_in("", plan().exports);

  // By the exact name, then by its compatibility track, then by the plain name where only one has it.
  for (int closeness = 0; closeness < 3; ++closeness) {
    std::optional<ComponentFunc> found;
    std::size_t matches = 0;
    for (const linker::Export& item : plan().exports) {
      const auto* instance = std::get_if<linker::ExportedInstance>(&item.item);
      if (instance == nullptr) continue;
      bool same = closeness == 0   ? item.name == interface
                  : closeness == 1 ? interface_track(item.name) == interface_track(interface)
                                   : plain_interface(item.name) == plain_interface(interface) &&
                                         (interface.find('/') == std::string_view::npos ||
                                          item.name.substr(0, item.name.find('@')) == interface);
      if (!same) continue;
      if (auto func = find_in(item.name, instance->exports)) {
        found = std::move(func);
        ++matches;
      }
    }
    if (matches == 1 || (matches > 1 && closeness < 2)) return found;
  }
  return std::nullopt;
}

}  // namespace witc::engine
