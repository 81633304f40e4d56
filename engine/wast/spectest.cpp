// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Core specification, repository `interpreter/README.md`, "Spectest host module".
#include "engine/wast/spectest.h"

#include <bit>
#include <string>
#include <utility>

#include "wasm/core/builder.h"

namespace witc::engine::wast {
namespace {

using wasm::ValType;

const std::vector<std::pair<std::string, std::vector<ValType>>>& prints() {
  static const std::vector<std::pair<std::string, std::vector<ValType>>> kPrints = {
      {"print", {}},
      {"print_i32", {ValType::i32()}},
      {"print_i64", {ValType::i64()}},
      {"print_f32", {ValType::f32()}},
      {"print_f64", {ValType::f64()}},
      {"print_i32_f32", {ValType::i32(), ValType::f32()}},
      {"print_f64_f64", {ValType::f64(), ValType::f64()}},
  };
  return kPrints;
}

template <class Bits>
void add_float(wasm::Module& module, const char* name, ValType type, std::uint8_t opcode, Bits bits) {
  std::vector<std::uint8_t>& code = module.owned.emplace_back();
  code.push_back(opcode);
  for (std::size_t i = 0; i < sizeof bits; ++i) code.push_back(static_cast<std::uint8_t>(bits >> (8 * i)));
  code.push_back(0x0b);
  const wasm::GlobalIndex index =
      module.globals.push({.type = {type, false}, .import = {}, .init = wasm::ConstExpr{{code, 0}}});
  module.exports.push_back({name, wasm::ExternKind::kGlobal, index.value});
}

}  // namespace

wasm::Module spectest_module() {
  wasm::ModuleBuilder builder;
  for (const auto& [name, params] : prints()) {
    builder.export_(name, builder.import_func("host", name, {params, {}}));
  }
  builder.export_("global_i32", builder.global({ValType::i32(), false}, wasm::Const::i32(666)));
  builder.export_("global_i64", builder.global({ValType::i64(), false}, wasm::Const::i64(666)));
  builder.export_("table", builder.table({{true, {}}, {10, 20}}));
  builder.export_("table64", builder.table({{true, {}}, {10, 20, true}}));
  builder.export_("shared_memory", builder.memory({{1, 1}, true}));
  builder.export_("memory", builder.memory({{1, 2}}));
  wasm::Module module = std::move(builder).build();
  add_float(module, "global_f32", ValType::f32(), 0x43, std::bit_cast<std::uint32_t>(666.6F));
  add_float(module, "global_f64", ValType::f64(), 0x44, std::bit_cast<std::uint64_t>(666.6));
  return module;
}

InstanceId add_spectest(Program& program, std::vector<HostFunc>& hosts, const wasm::Module& module) {
  CoreInstance instance{&module, "spectest", {}, false, true};
  for (const auto& [name, params] : prints()) {
    instance.imports.emplace_back(program.hosts.push({"spectest." + name, {params, {}}}));
    hosts.push_back({[](HostCall&) { return true; }, nullptr});
  }
  return program.instances.push(std::move(instance));
}

InstanceId add_wasmtime(Program& program, std::vector<HostFunc>& hosts, wasm::Module& module) {
  wasm::ModuleBuilder builder;
  builder.export_("gc", builder.import_func("host", "gc", {}));
  module = std::move(builder).build();
  hosts.push_back({[](HostCall& call) { return call.instance.collect_garbage(), true; }, nullptr});
  return program.instances.push({&module, "wasmtime", {program.hosts.push({"wasmtime.gc", {}})}, false});
}

}  // namespace witc::engine::wast
