// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/run_module.h"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <limits>

#include "engine/api.h"
#include "wasi-preview/preview1.h"
#include "wasm/core/load.h"
#include "wasm/core/type_text.h"
#include "wasm/core/validate.h"

namespace witc::cli {
namespace {

Result<api::Module> load(Context& context, const api::Engine& engine, SourceId source) {
  const std::string& name = context.sources.name(source);
  auto module = context.sources.kind(source) == SourceKind::kText
                    ? api::Module::load(engine, context.sources.text(source), name)
                    : api::Module::load(engine, context.sources.bytes(source), name);
  if (module) return *std::move(module);
  // What is wrong with it, with the place as every command shows it.
  const wasm::Module decoded = TRY(wasm::load_module(context.sources, source));
  TRY(wasm::validate_module(context.sources, decoded, wasm::Features::wasm3()));
  return error(DiagCode::kEngineResource, module.error().message);
}

/// The exit status for a trap; shown, and the core dump that was asked for written, unless it is the guest's own leaving.
Result<int> end_by(const ModuleRun& run, const api::Store& store, const api::Instance* instance, const api::Trap& trap) {
  if (trap.kind == api::TrapKind::kExit) return int{trap.exit_status};
  std::fflush(stdout);
  fmt::print(stderr, "error: the guest trapped: {}\n", store.describe(trap));
  if (!run.coredump.empty() && instance != nullptr) {
    const std::vector<std::uint8_t> dump = instance->coredump(trap, run.wasi.args[0]);
    TRY(write_output(run.coredump, {reinterpret_cast<const char*>(dump.data()), dump.size()}, SourceKind::kBinary));
    fmt::print(stderr, "note: its core dump is in `{}`\n", run.coredump);
  }
  return int{kTrapped};
}

template <class Number>
bool parse_whole(std::string_view text, Number& number) {
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  return wrong == std::errc() && end == text.data() + text.size();
}

/// Integers signed or unsigned, whatever fits the bits.
std::optional<api::Val> parse_value(const api::ValType& type, std::string_view text) {
  std::int64_t as_signed = 0;
  std::uint64_t as_unsigned = 0;
  float f32 = 0;
  double f64 = 0;
  switch (type.kind) {
    case api::ValType::kI32:
      if (!parse_whole(text, as_signed) || as_signed < std::numeric_limits<std::int32_t>::min() ||
          as_signed > std::numeric_limits<std::uint32_t>::max()) {
        return std::nullopt;
      }
      return api::Val::i32(static_cast<std::int32_t>(as_signed));
    case api::ValType::kI64:
      if (parse_whole(text, as_signed)) return api::Val::i64(as_signed);
      if (parse_whole(text, as_unsigned)) return api::Val::i64(static_cast<std::int64_t>(as_unsigned));
      return std::nullopt;
    case api::ValType::kF32:
      if (!parse_whole(text, f32)) return std::nullopt;
      return api::Val::f32(f32);
    case api::ValType::kF64:
      if (!parse_whole(text, f64)) return std::nullopt;
      return api::Val::f64(f64);
    case api::ValType::kV128:
    case api::ValType::kRef:
      return std::nullopt;
  }
  return std::nullopt;
}

void print_value(const api::Val& value) {
  switch (value.type().kind) {
    case api::ValType::kI32: fmt::print("{}\n", value.i32()); break;
    case api::ValType::kI64: fmt::print("{}\n", value.i64()); break;
    case api::ValType::kF32: fmt::print("{}\n", value.f32()); break;
    case api::ValType::kF64: fmt::print("{}\n", value.f64()); break;
    case api::ValType::kV128: fmt::print("0x{:016x}{:016x}\n", value.slots()[1], value.slots()[0]); break;
    case api::ValType::kRef: fmt::print("{}\n", value.word() == 0 ? "null" : "a reference"); break;
  }
}

Result<api::Func> find_func(const ModuleRun& run, const api::Module& module, const api::Instance& instance) {
  const bool is_command = run.invoke.empty();
  if (auto func = instance.func(is_command ? "_start" : run.invoke)) return *func;
  std::string names;
  for (const api::ItemType& item : module.exports()) {
    if (item.kind == api::ExternKind::kFunc) names += (names.empty() ? "it exports `" : ", `") + item.name + "`";
  }
  if (names.empty()) names = "it exports no functions";
  if (is_command) {
    return error(DiagCode::kRunNoSuchExport, fmt::format("`{}` is not a command: it does not export `_start`", run.wasi.args[0]))
        .hint("call one of its functions with `--invoke`; " + names);
  }
  return error(DiagCode::kRunNoSuchExport, fmt::format("the module does not export a function `{}`", run.invoke)).hint(names);
}

Result<std::vector<api::Val>> parse_arguments(const ModuleRun& run, const wasm::FuncType& type) {
  if (run.invoke.empty()) return std::vector<api::Val>();
  if (run.args.size() != type.params.size()) {
    return error(DiagCode::kRunNoSuchExport,
                 fmt::format("`{}` takes {} arguments, {} are given", run.invoke, type.params.size(), run.args.size()));
  }
  std::vector<api::Val> values;
  for (std::size_t i = 0; i < run.args.size(); ++i) {
    auto value = parse_value(type.params[i], run.args[i]);
    if (!value) {
      return error(DiagCode::kRunNoSuchExport,
                   fmt::format("`{}` is no value for argument {} of `{}`, of type {}", run.args[i], i + 1, run.invoke,
                               wasm::to_string(type.params[i])));
    }
    values.push_back(*value);
  }
  return values;
}

}  // namespace

Result<int> run_module(Context& context, SourceId source, const ModuleRun& run) {
  engine::EngineOptions options = run.engine;
  options.modules_come_first = true;
  api::Engine engine(options);
  const api::Module module = TRY(load(context, engine, source));
  auto program = wasi::Preview1::make(run.wasi);
  if (!program) return error(DiagCode::kFileUnreadable, program.error());
  api::Linker linker;
  program->add_to(linker);

  std::signal(SIGPIPE, SIG_IGN);  // what goes wrong with a write is the guest's to see
  std::signal(SIGXFSZ, SIG_IGN);
  api::Store store(engine);
  auto made = linker.instantiate(store, module);
  if (!made && made.error().trap) return end_by(run, store, nullptr, *made.error().trap);
  if (!made) return error(DiagCode::kRunMissingImport, made.error().message);
  const api::Instance instance = *made;

  const api::Func func = TRY(find_func(run, module, instance));
  const std::vector<api::Val> arguments = TRY(parse_arguments(run, func.type()));
  if (auto initialize = instance.func("_initialize"); initialize && !run.invoke.empty()) {
    if (auto done = initialize->call({}); !done && done.error().trap) {
      return end_by(run, store, &instance, *done.error().trap);
    }
  }
  auto results = func.call(arguments);
  if (!results && results.error().trap) return end_by(run, store, &instance, *results.error().trap);
  if (!results) return error(DiagCode::kRunNoSuchExport, results.error().message);
  for (const api::Val& value : *results) print_value(value);
  return int{kDone};
}

}  // namespace witc::cli
