// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The host of component scripts.
#include "engine/wast/component_host.h"

#include <fmt/format.h>

#include "wasm/core/load.h"
#include "wasm/core/validate.h"

namespace witc::engine::wast {
namespace {

using abi::Val;
using Args = std::span<const Val>;

constexpr const char* kSimpleModule = R"((module
  (global (export "g") i32 (i32.const 100))
  (func (export "f") (result i32) (i32.const 101))))";

HostFn returns(Val value) {
  return [value = std::move(value)](HostContext&, Args) -> HostResult { return value; };
}

/// A function that does nothing if `holds` is true of its arguments.
HostFn checks(bool (*holds)(Args)) {
  return [holds](HostContext& context, Args args) -> HostResult {
    if (holds(args)) return std::nullopt;
    return std::unexpected(Trap::host(fmt::format("unexpected arguments of {}", context.types.to_string(context.type))));
  };
}

std::uint64_t rep(const Val& handle) { return handle.get_if<Val::Handle>()->rep; }
bool is_own(const Val& handle) { return handle.get_if<Val::Handle>()->is_own; }

/// `resource1` is represented by the number it was constructed with.
void supply_resources(Linker& linker, ScriptHost& host) {
  const HostResource resource1 = linker.resource("host", "resource1", [&host](std::uint64_t dropped) {
    ++host.drops;
    host.last_drop = static_cast<std::uint32_t>(dropped);
  });
  linker.resource("host", "resource1-again", resource1);
  linker.resource("host", "resource2", [](std::uint64_t) {});
  linker.func("host", "[constructor]resource1", [](HostContext&, Args args) -> HostResult {
    return Val::own(*args[0].get_if<std::uint64_t>());
  });
  linker.func("host", "[static]resource1.assert",
              checks([](Args args) { return rep(args[0]) == *args[1].get_if<std::uint64_t>(); }));
  linker.func("host", "[static]resource1.last-drop",
              [&host](HostContext&, Args) -> HostResult { return Val::unsigned_(host.last_drop); });
  linker.func("host", "[static]resource1.drops",
              [&host](HostContext&, Args) -> HostResult { return Val::unsigned_(host.drops); });
  linker.func("host", "[method]resource1.simple", checks([](Args args) {
                return !is_own(args[0]) && rep(args[0]) == *args[1].get_if<std::uint64_t>();
              }));
  linker.func("host", "[method]resource1.take-borrow",
              checks([](Args args) { return !is_own(args[0]) && !is_own(args[1]); }));
  linker.func("host", "[method]resource1.take-own",
              checks([](Args args) { return !is_own(args[0]) && is_own(args[1]); }));
}

}  // namespace

Result<void> supply_host(Linker& linker, SourceMap& sources, ScriptHost& host) {
  host.simple_module = TRY(wasm::load_module(sources, sources.add("<host>", kSimpleModule, SourceKind::kText)));
  TRY(wasm::validate_module(sources, host.simple_module, wasm::Features::wasm3()));
  linker.func("", "host-return-two", returns(Val::unsigned_(2)));
  linker.func("", "host-echo-u32", [](HostContext&, Args args) -> HostResult { return args[0]; });
  linker.func("host", "return-three", returns(Val::unsigned_(3)));
  linker.func("host", "nested.return-four", returns(Val::unsigned_(4)));
  linker.func("host", "return-hi", returns(Val::string("hi")));
  linker.module("host", "simple-module", host.simple_module);
  supply_resources(linker, host);
  return {};
}

}  // namespace witc::engine::wast
