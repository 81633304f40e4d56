// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "linker/plan_print.h"

#include <fmt/format.h>

#include <iterator>

#include "base/overloaded.h"
#include "wasm/component/canon.h"

namespace witc::linker {

using namespace component;

namespace {

class Printer {
 public:
  explicit Printer(const Plan& plan) : plan_(plan) {}

  std::string run() {
    for (auto id : plan_.component_instances.ids()) component_instance(id);
    for (auto id : plan_.resources.ids()) resource(id);
    for (auto id : plan_.modules.ids()) {
      line("module[{}] {} x{}", id.value, plan_.modules[id].name, plan_.modules[id].instance_count);
    }
    for (auto id : plan_.host_funcs.ids()) host_func(id);
    for (auto id : plan_.options.ids()) options(id);
    for (auto id : plan_.adapters.ids()) adapter(id);
    for (auto id : plan_.host_lowers.ids()) {
      const HostLower& lower = plan_.host_lowers[id];
      line("host-lower[{}] host-func[{}] options[{}]", id.value, lower.func.value, lower.lower.value);
    }
    for (auto id : plan_.builtins.ids()) builtin(id);
    for (auto id : plan_.core_instances.ids()) core_instance(id);
    for (const Step& step : plan_.steps) {
      match(
          step, [&](const InstantiateStep& item) { line("step instantiate core-instance[{}]", item.instance.value); },
          [&](const DefineResourceStep& item) { line("step define-resource resource[{}]", item.resource.value); });
    }
    exports(plan_.exports, "export ");
    return std::move(out_);
  }

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
    out_ += '\n';
  }

  std::string item(const CoreItem& item) {
    return fmt::format("core-instance[{}].{}[{}]", item.instance.value, wasm::to_string(item.kind), item.index);
  }
  std::string def(const CoreDef& def) {
    return match(
        def, [&](const CoreItem& core) { return item(core); },
        [](AdapterId id) { return fmt::format("adapter[{}]", id.value); },
        [](HostLowerId id) { return fmt::format("host-lower[{}]", id.value); },
        [](BuiltinId id) { return fmt::format("builtin[{}]", id.value); });
  }
  std::string lift(const LiftedFunc& func) {
    return fmt::format("lift {} options[{}] {}", def(func.callee), func.options.value, plan_.types.to_string(func.type));
  }

  void component_instance(ComponentInstanceId id) {
    const ComponentInstance& instance = plan_.component_instances[id];
    line("instance[{}] {}{}", id.value, instance.name,
         instance.parent ? fmt::format(" in instance[{}]", instance.parent->value) : "");
  }
  void resource(ResourceId id) {
    const PlanResource& resource = plan_.resources[id];
    if (!resource.defined_in) {
      line("resource[{}] {} from host `{}`", id.value, resource.name, resource.host_interface);
      return;
    }
    line("resource[{}] {} of instance[{}]{}", id.value, resource.name, resource.defined_in->value,
         resource.dtor ? " dtor " + def(*resource.dtor) : "");
  }
  void host_func(HostFuncId id) {
    const HostFunc& func = plan_.host_funcs[id];
    line("host-func[{}] `{}` {}: {}", id.value, func.interface, func.name, plan_.types.to_string(func.type));
  }
  void options(OptionsId id) {
    const CanonOptions& options = plan_.options[id];
    std::string text = fmt::format("instance[{}]", options.instance.value);
    switch (options.string_encoding) {
      case StringEncoding::kUtf8: break;
      case StringEncoding::kUtf16: text += " utf16"; break;
      case StringEncoding::kLatin1Utf16: text += " latin1+utf16"; break;
    }
    if (options.memory) text += fmt::format(" memory{}={}", options.is_memory64 ? "64" : "", item(*options.memory));
    if (options.realloc) text += " realloc=" + def(*options.realloc);
    if (options.post_return) text += " post-return=" + def(*options.post_return);
    if (options.callback) text += " callback=" + def(*options.callback);
    if (options.is_async) text += " async";
    line("options[{}] {}", id.value, text);
  }
  void adapter(AdapterId id) {
    const Adapter& adapter = plan_.adapters[id];
    line("adapter[{}] {}", id.value, adapter.name);
    line("  {}", lift(adapter.lift));
    line("  lower options[{}]", adapter.lower.value);
  }
  void builtin(BuiltinId id) {
    const Builtin& builtin = plan_.builtins[id];
    const CanonInfo* info = find_canon(builtin.opcode);
    std::string text(info == nullptr ? "?" : info->name);
    if (builtin.resource) text += fmt::format(" resource[{}]", builtin.resource->value);
    if (builtin.type) text += " " + plan_.types.to_string(*builtin.type);
    if (builtin.options) text += fmt::format(" options[{}]", builtin.options->value);
    line("builtin[{}] {} in instance[{}]", id.value, text, builtin.instance.value);
  }
  void core_instance(CoreInstanceId id) {
    const CoreInstance& instance = plan_.core_instances[id];
    const PlanModule& module = plan_.modules[instance.module];
    line("core-instance[{}] {} = module[{}] in instance[{}]", id.value, instance.name, instance.module.value,
         instance.owner.value);
    for (std::size_t i = 0; i < instance.imports.size(); ++i) {
      const wasm::Import& import = module.module->imports[i];
      line("  {} {} <- {}", import.module, import.name, def(instance.imports[i]));
    }
  }
  // Depth is bounded by the planner.
  void exports(const std::vector<Export>& list, const std::string& indent) {
    for (const Export& item : list) {
      match(
          item.item,
          [&](const FuncDef& func) {
            line("{}{} = {}", indent, item.name,
                 match(
                     func, [&](const LiftedFunc& lifted) { return lift(lifted); },
                     [](HostFuncId host) { return fmt::format("host-func[{}]", host.value); }));
          },
          [&](const ExportedInstance& instance) {
            line("{}{}", indent, item.name);
            exports(instance.exports, std::string(indent.find_first_not_of(' ') == std::string::npos
                                                      ? indent.size() + 2 : 2, ' '));
          },
          [&](ResourceId resource) { line("{}{} = resource[{}]", indent, item.name, resource.value); },
          [&](ModuleId module) { line("{}{} = module[{}]", indent, item.name, module.value); },
          [&](const ValType& type) { line("{}{} = type {}", indent, item.name, plan_.types.to_string(type)); });
    }
  }

  const Plan& plan_;
  std::string out_;
};

}  // namespace

std::string print(const Plan& plan) { return Printer(plan).run(); }

}  // namespace witc::linker
