// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// For the tests of components: one component from text, loaded, linked, started and called, with failures that say
// what went wrong.

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/component.h"
#include "wasm/component/parse.h"

namespace witc::engine::testing {

/// Fields of a core module: a memory, and a realloc that never frees.
inline constexpr std::string_view kMemory = R"((memory (export "memory") 2)
  (global $next (mut i32) (i32.const 1024))
  (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local i32)
    (local.set 4 (i32.and (i32.add (global.get $next) (i32.sub (local.get 2) (i32.const 1)))
                          (i32.sub (i32.const 0) (local.get 2))))
    (global.set $next (i32.add (local.get 4) (local.get 3)))
    (memory.copy (local.get 4) (local.get 0) (select (local.get 1) (local.get 3) (i32.lt_u (local.get 1) (local.get 3))))
    (local.get 4)))";

struct ComponentWorld {
  Engine engine;
  SourceMap sources;
  ComponentInstance instance;

  explicit ComponentWorld(std::string_view text, const std::function<void(Linker&)>& supply = {},
                          EngineOptions options = {})
      : engine(std::move(options)), instance(make(text, supply)) {}

  /// The result, or what trapped in `trap`.
  std::optional<abi::Val> run(std::string_view name, const std::vector<abi::Val>& args, std::string& trap) {
    std::size_t dot = name.find('#');
    std::string_view interface = dot == std::string_view::npos ? "" : name.substr(0, dot);
    auto func = instance.component().find_func(interface, dot == std::string_view::npos ? name : name.substr(dot + 1));
    if (!func) FAIL(name);
    auto result = instance.call(*func, args);
    if (result) return *std::move(result);
    trap = result.error().message;
    return std::nullopt;
  }
  /// Calls an export, `interface#name` or `name`; nothing for one without a result.
  std::optional<abi::Val> call(std::string_view name, const std::vector<abi::Val>& args = {}) {
    std::string trap;
    auto result = run(name, args, trap);
    CHECK_MESSAGE(trap.empty(), trap);
    return result;
  }
  std::string trap_of(std::string_view name, const std::vector<abi::Val>& args = {}) {
    std::string trap = "no trap";
    run(name, args, trap);
    return trap;
  }

 private:
  template <class T>
  static T good(Result<T> result) {
    if (!result) FAIL(result.error()->message);
    return *std::move(result);
  }
  ComponentInstance make(std::string_view text, const std::function<void(Linker&)>& supply) {
    SourceId source = sources.add("test.wat", std::string(text), SourceKind::kText);
    Component component = good(Component::load(engine, sources, good(component::parse_component(sources, source))));
    Linker linker;
    if (supply) supply(linker);
    ComponentInstance made = good(linker.instantiate(engine, component));
    CallResult started = made.start();
    if (!started) FAIL(to_string(started.error()));
    return made;
  }
};

}  // namespace witc::engine::testing
