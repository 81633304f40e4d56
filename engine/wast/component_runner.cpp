// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One walk: components are loaded, linked and started where they stand.
#include "engine/wast/component_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "adapter-gen/wave.h"
#include "engine/component.h"
#include "engine/wast/component_host.h"
#include "engine/wast/component_values.h"
#include "wasm/component/load.h"
#include "wasm/component/validate.h"

namespace witc::engine::wast {
namespace {

/// How far a component came. Empty `error`: it runs, or is a definition.
enum class Stage { kMalformed, kInvalid, kUnlinkable, kStart, kDone };
struct Outcome {
  Stage stage = Stage::kDone;
  std::string error;
  std::optional<Trap> trap;  // kStart
};

class ComponentRunner {
 public:
  ComponentRunner(SourceMap& sources, const EngineOptions& options, const component::Features& features)
      : sources_(sources), features_(features), engine_(options) {
    features_.core = features_.core & wasm::Features::runnable();
  }

  Result<Report> run(const std::vector<Directive>& script) {
    TRY(supply_host(linker_, sources_, host_));
    Report report;
    for (const Directive& directive : script) {
      std::string failure = execute(directive);
      if (failure.empty()) ++report.passed;
      else report.failures.push_back({directive.span, std::move(failure)});
    }
    return report;
  }

 private:
  std::string execute(const Directive& directive) {
    switch (directive.kind) {
      case Directive::kModule:
        if (!directive.module.is_component) return "a core module in a script of components is not supported";
        return make(directive.module).error;
      case Directive::kAction: {
        std::optional<Trap> trap;
        std::string failure = perform(directive.action, trap);
        return trap ? fmt::format("trapped: {}", to_string(*trap)) : failure;
      }
      case Directive::kAssertReturn:
        return check_return(directive);
      case Directive::kAssertTrap:
      case Directive::kAssertExhaustion: {
        std::optional<Trap> trap;
        std::string failure = perform(directive.action, trap);
        if (!failure.empty()) return failure;
        if (!trap) return fmt::format("no trap, expected `{}`", directive.message);
        return check_trap(*trap, directive.message);
      }
      case Directive::kAssertTrapModule: {
        const Outcome outcome = make(directive.module);
        if (outcome.trap) return check_trap(*outcome.trap, directive.message);
        return outcome.error.empty() ? fmt::format("no trap, expected `{}`", directive.message) : outcome.error;
      }
      case Directive::kAssertUnlinkable: {
        const Outcome outcome = make(directive.module);
        if (outcome.stage == Stage::kUnlinkable) return {};
        return outcome.error.empty() ? "the component links" : outcome.error;
      }
      case Directive::kAssertInvalid: {
        const Outcome outcome = check(directive.module);
        return outcome.stage == Stage::kDone ? "the component is valid" : "";
      }
      case Directive::kAssertMalformed: {
        const Outcome outcome = check(directive.module);
        return outcome.stage == Stage::kDone ? "the component is well formed" : "";
      }
      default:
        return fmt::format("`{}` is not supported", directive.name);
    }
  }

  /// The suites' expectations are worded as one engine or another words them, and differently for calls of the host and
  /// calls between components; what says the same is taken.
  static bool says(const Trap& trap, std::string_view expected) {
    const std::string_view prefix = "wasm trap: ";
    if (expected.starts_with(prefix)) expected.remove_prefix(prefix.size());
    if (expected.starts_with(trap.message) || trap.message.find(expected) != std::string::npos) return true;
    struct Wording {
      TrapKind kind;
      std::string_view start;
    };
    constexpr Wording kWordings[] = {
        {TrapKind::kUnreachable, "wasm `unreachable` instruction executed"},
        {TrapKind::kUnalignedPointer, "string pointer not aligned"},
        {TrapKind::kUnalignedPointer, "list pointer is not aligned"},
        {TrapKind::kReallocUnaligned, "unaligned pointer"},
        {TrapKind::kListOutOfBounds, "list content out-of-bounds"},
        {TrapKind::kStringOutOfBounds, "string content out-of-bounds"},
        {TrapKind::kReallocOutOfBounds, "list content out-of-bounds"},
        {TrapKind::kReallocOutOfBounds, "string content out-of-bounds"},
        {TrapKind::kStringTooLong, "string content out-of-bounds"},
        {TrapKind::kInvalidUtf8, "incomplete utf-8 byte sequence"},
        {TrapKind::kInvalidDiscriminant, "discriminant"},
        {TrapKind::kExceptionLeftComponent, "thrown Wasm exception"},
    };
    return std::ranges::any_of(kWordings, [&](const Wording& wording) {
      return wording.kind == trap.kind && expected.starts_with(wording.start);
    });
  }
  static std::string check_trap(const Trap& trap, const std::string& expected) {
    if (says(trap, expected)) return {};
    return fmt::format("trapped with `{}`, expected `{}`", trap.message, expected);
  }

  // -- components

  SourceId add_source(const ModuleForm& form) {
    const SourceKind kind = form.kind == ModuleForm::kBinary ? SourceKind::kBinary : SourceKind::kText;
    std::string contents = form.contents;
    if (form.kind == ModuleForm::kQuote) contents = fmt::format("(component {}\n)", contents);
    return sources_.add("<script>", std::move(contents), kind);
  }

  /// Reads and validates, no more.
  Outcome check(const ModuleForm& form) {
    Result<component::ast::Component> ast = component::load_component(sources_, add_source(form));
    if (!ast) return {Stage::kMalformed, ast.error()->message, {}};
    component::Types types;
    auto valid = component::validate_component(sources_, *ast, types, features_);
    if (!valid) return {Stage::kInvalid, valid.error()->message, {}};
    return {};
  }

  Outcome make(const ModuleForm& form) {
    if (form.is_definition) {
      definitions_.insert_or_assign(form.id, Definition{form, std::nullopt});
      latest_definition_ = form.id;
      return check(form);
    }
    if (!form.is_instance) {
      std::optional<Component> component;
      const Outcome loaded = load(form, component);
      return component ? start(*component, form.id) : loaded;
    }
    auto found = definitions_.find(form.instance_of.empty() ? latest_definition_ : form.instance_of);
    if (found == definitions_.end()) return {Stage::kMalformed, fmt::format("there is no component `{}`", form.instance_of), {}};
    auto& [definition, component] = found->second;
    if (!component) {
      if (Outcome loaded = load(definition, component); !component) return loaded;
    }
    return start(*component, form.id);
  }

  /// Links core modules and compiles.
  Outcome load(const ModuleForm& form, std::optional<Component>& component) {
    Result<component::ast::Component> ast = component::load_component(sources_, add_source(form));
    if (!ast) return {Stage::kMalformed, ast.error()->message, {}};
    Result<Component> loaded = Component::load(engine_, sources_, *std::move(ast), {features_, &linker_});
    if (loaded) {
      component = *std::move(loaded);
      return {};
    }
    const bool links = loaded.error()->code != DiagCode::kRunMissingImport;
    return {links ? Stage::kInvalid : Stage::kUnlinkable, loaded.error()->message, {}};
  }

  Outcome start(const Component& component, const std::string& id) {
    Result<ComponentInstance> instance = linker_.instantiate(engine_, component);
    if (!instance) return {Stage::kUnlinkable, instance.error()->message, {}};
    current_.reset();
    if (CallResult started = instance->start(); !started) return {Stage::kStart, started.error().message, started.error()};
    current_ = std::make_shared<ComponentInstance>(*std::move(instance));
    if (!id.empty()) {
      instances_[id] = current_;
      linker_.instance(id, *current_);
    }
    return {};
  }

  // -- calls

  /// Calls; a trap goes to `trap`, the result to result_.
  std::string perform(const Action& action, std::optional<Trap>& trap) {
    std::shared_ptr<ComponentInstance> instance = current_;
    if (!action.instance.empty()) {
      auto found = instances_.find(action.instance);
      instance = found == instances_.end() ? nullptr : found->second;
    }
    if (instance == nullptr) return "there is no instance";
    std::optional<ComponentFunc> func = instance->component().find_func("", action.name);
    if (!func) return fmt::format("there is no export `{}`", action.name);
    const component::Types& types = instance->component().types();
    const component::FuncType& type = types[func->type];
    if (type.params.size() != action.args.size()) return "another number of arguments";
    std::vector<abi::Val> args;
    for (std::size_t i = 0; i < action.args.size(); ++i) {
      std::optional<abi::Val> arg = to_val(action.args[i], types, type.params[i].type);
      if (!arg || !abi::matches(*arg, types, type.params[i].type)) return fmt::format("argument {} is not a value of its type", i);
      args.push_back(std::move(*arg));
    }
    result_type_ = type.result;
    result_types_ = &types;
    called_ = instance;
    auto result = instance->call(*func, args);
    if (result) result_ = *std::move(result);
    else trap = std::move(result).error();
    return {};
  }

  std::string check_return(const Directive& directive) {
    std::optional<Trap> trap;
    std::string failure = perform(directive.action, trap);
    if (trap) return fmt::format("trapped: {}", to_string(*trap));
    if (!failure.empty()) return failure;
    if (directive.results.size() != (result_type_ ? 1 : 0)) return "another number of results";
    if (!result_type_) return {};
    const std::optional<abi::Val> expected = to_val(directive.results.front(), *result_types_, *result_type_);
    if (!expected) return "the expected result is not a value of its type";
    if (*expected == *result_) return {};
    return fmt::format("the result is {}, expected {}", abi::to_wave(*result_, *result_types_, *result_type_),
                       abi::to_wave(*expected, *result_types_, *result_type_));
  }

  SourceMap& sources_;
  component::Features features_;
  Engine engine_;
  Linker linker_;
  ScriptHost host_;
  struct Definition {
    ModuleForm form;
    std::optional<Component> component;  // once it was instantiated
  };
  std::map<std::string, Definition> definitions_;
  std::string latest_definition_;
  std::map<std::string, std::shared_ptr<ComponentInstance>> instances_;
  std::shared_ptr<ComponentInstance> current_, called_;
  std::optional<abi::Val> result_;
  std::optional<component::ValType> result_type_;
  const component::Types* result_types_ = nullptr;
};

}  // namespace

Result<Report> run_components(SourceMap& sources, const std::vector<Directive>& script, const EngineOptions& options,
                              const component::Features& features) {
  return ComponentRunner(sources, options, features).run(script);
}

}  // namespace witc::engine::wast
