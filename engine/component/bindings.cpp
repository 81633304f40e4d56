// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/bindings.h"

#include <fmt/format.h>

#include "engine/component/instance.h"

namespace witc::engine {

void BindingLinker::define_func(std::string_view interface, std::string_view name, host::HostFunction function) {
  DirectHostFn direct{function.direct, caller_};
  HostFn by_val = [function = std::move(function.call), caller = caller_, owner = owner_](
                                    HostContext& context, std::span<const abi::Val> args) -> HostResult {
    ComponentInstance* before = std::exchange(*caller, &context.instance);
    host::CallResult result = function(args);
    *caller = before;
    if (result) return std::move(*result);
    if (result.error().exit_status) return std::unexpected(Trap::exit(*result.error().exit_status));
    return std::unexpected(Trap::host(std::move(result.error().message)));
  };
  linker_.func(interface, name, std::move(by_val), std::move(direct));
}

void BindingLinker::define_resource(std::string_view interface, std::string_view name,
                                    std::function<void(std::uint64_t rep)> drop) {
  linker_.resource(interface, name, [drop = std::move(drop), owner = owner_](std::uint64_t rep) { drop(rep); });
}

std::unexpected<abi::Trap> BindingCaller::to_abi(Trap trap) {
  last_trap_ = std::move(trap);
  return std::unexpected(abi::Trap{abi::TrapKind::kHost, last_trap_->message});
}

host::CallResult BindingCaller::call(std::string_view interface, std::string_view name, std::span<const abi::Val> args) {
  std::pair<std::string, std::string> key(interface, name);
  auto it = funcs_.find(key);
  if (it == funcs_.end()) {
    std::optional<ComponentFunc> found = instance_.component().find_func(interface, name);
    if (!found) return to_abi(Trap::host(fmt::format("the component does not export `{}` of `{}`", name, interface)));
    it = funcs_.emplace(std::move(key), std::move(*found)).first;
  }
  auto result = instance_.call(it->second, args);
  if (!result) return to_abi(std::move(result.error()));
  return std::move(*result);
}

host::DirectExport* BindingCaller::find_direct(const void* tag, std::string_view interface, std::string_view name,
                                               host::DirectFits fits) {
  auto it = direct_.find(tag);
  if (it == direct_.end()) {
    std::unique_ptr<DirectCallee> made;
    if (auto func = instance_.component().find_func(interface, name)) made = instance_.find_direct(*func, fits);
    it = direct_.emplace(tag, std::move(made)).first;
  }
  return it->second.get();
}

abi::Trap BindingCaller::take_trap(host::DirectExport& target) {
  return to_abi(static_cast<DirectCallee&>(target).take_trap()).error();
}

abi::OrTrap<void> BindingCaller::drop(std::string_view interface, std::string_view resource, std::uint64_t rep) {
  std::optional<component::ResourceId> id = instance_.component().find_resource(interface, resource);
  if (!id) return to_abi(Trap::host(fmt::format("the component does not export resource `{}` of `{}`", resource, interface)));
  auto done = instance_.drop(*id, rep);
  if (!done) return to_abi(std::move(done.error()));
  return {};
}

}  // namespace witc::engine
