// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Compiling one core module by itself, at -O0: what the compiling fuzzer and the mutation test do with valid inputs.

#include "engine/engine.h"
#include "wasm/core/module.h"

namespace witc {

/// Compiles a valid module whose imports are functions (others are left alone: they need a provider). What the engine
/// refuses, it refuses with a diagnostic. Returns whether there was code.
inline bool compiles_alone(const wasm::Module& module) {
  engine::Program program;
  engine::CoreInstance instance{&module, "fuzz", {}, false};
  for (const wasm::Import& import : module.imports) {
    const auto* type = std::get_if<wasm::TypeIndex>(&import.type);
    const auto* func = type == nullptr ? nullptr : std::get_if<wasm::FuncType>(&module.types[*type].type);
    if (func == nullptr) return false;
    // A signature that names the module's own types would mean others in the host's.
    auto is_plain = [](const wasm::ValType& item) {
      return !item.is_ref() || item.ref.heap.kind != wasm::HeapType::kIndex;
    };
    for (const auto* list : {&func->params, &func->results}) {
      for (const wasm::ValType& item : *list) {
        if (!is_plain(item)) return false;
      }
    }
    instance.imports.emplace_back(program.hosts.push({import.name, *func}));
  }
  program.instances.push(std::move(instance));
  engine::EngineOptions options;
  options.opt_level = engine::OptLevel::kNone;
  options.threads = 1;
  return engine::Engine(options).compile(std::move(program)).has_value();
}

}  // namespace witc
