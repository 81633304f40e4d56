// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// For the engine's own tests: a Program of modules made with the builder, compiled and instantiated, with helpers that
// say what a test expects in one line.

#include <doctest/doctest.h>

#include <deque>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/slots.h"
#include "wasm/core/builder.h"
#include "wasm/core/load.h"
#include "wasm/core/validate.h"

namespace witc::engine::testing {

inline const wasm::ValType i32 = wasm::ValType::i32();
inline const wasm::ValType i64 = wasm::ValType::i64();
inline const wasm::ValType f32 = wasm::ValType::f32();
inline const wasm::ValType f64 = wasm::ValType::f64();

/// Keeps modules alive, for they are only referred to by the Program.
class World {
 public:
  Program program;
  std::vector<HostFunc> hosts;
  EngineOptions options;
  SourceMap sources;

  InstanceId add_text(std::string text, std::vector<ImportBinding> imports = {}, std::string name = "test",
                      bool inline_always = false) {
    Result<wasm::Module> module = wasm::load_module(sources, sources.add("<test>", std::move(text), SourceKind::kText));
    if (!module) FAIL(module.error()->message);
    modules_.push_back(*std::move(module));
    Result<void> valid = wasm::validate_module(sources, modules_.back(), wasm::Features::runnable());
    if (!valid) FAIL(valid.error()->message);
    return program.instances.push({&modules_.back(), std::move(name), std::move(imports), inline_always});
  }
  InstanceId add(wasm::ModuleBuilder&& builder, std::vector<ImportBinding> imports = {}, std::string name = "test",
                 bool inline_always = false) {
    modules_.push_back(std::move(builder).build());
    return program.instances.push({&modules_.back(), std::move(name), std::move(imports), inline_always});
  }
  HostSlot host(wasm::FuncType type, HostFunction function, void* user_data = nullptr) {
    hosts.push_back({function, user_data});
    return program.hosts.push({"host", std::move(type)});
  }
  CompiledProgram compile() {
    Result<CompiledProgram> code = Engine(options).compile(program);
    if (!code) FAIL(code.error()->message);
    return *std::move(code);
  }
  Instance instantiate(const CompiledProgram& code) {
    Result<Instance> made = Engine(options).instantiate(code, hosts);
    if (!made) FAIL(made.error()->message);
    Instance instance = *std::move(made);
    CallResult started = instance.instantiate_all();
    if (!started) FAIL(to_string(started.error()));
    return instance;
  }
  CompiledProgram compile_at(OptLevel level) {
    options.opt_level = level;
    return compile();
  }
  Instance run() { return instantiate(compile()); }

 private:
  std::deque<wasm::Module> modules_;
};

/// The results, or no value and the trap's message in `trap`.
inline std::vector<std::uint64_t> call(Instance& instance, InstanceId id, std::string_view name,
                                       std::vector<std::uint64_t> args, std::string* trap = nullptr) {
  const wasm::Module& module = *instance.program().instances[id].module;
  const wasm::Export* item = module.find_export(name);
  REQUIRE(item != nullptr);
  std::vector<std::uint64_t> results(slot_count(module.func_type(wasm::FuncIndex(item->index)).results));
  CallResult done = instance.call(id, name, args, results);
  if (done) return results;
  if (trap != nullptr) *trap = to_string(done.error());
  else FAIL(to_string(done.error()));
  return {};
}

/// The first line of the trap's text.
inline std::string trap_of(Instance& instance, InstanceId id, std::string_view name,
                           std::vector<std::uint64_t> args) {
  std::string trap = "no trap";
  call(instance, id, name, std::move(args), &trap);
  return trap.substr(0, trap.find('\n'));
}

}  // namespace witc::engine::testing
