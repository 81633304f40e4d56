// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Engines and modules: reading, and the tree of what was compiled.
#include "base/render.h"
#include "engine/api/impl.h"
#include "engine/cache/code_archive.h"
#include "engine/cache/known_modules.h"
#include "wasm/core/load.h"
#include "wasm/core/validate.h"

namespace witc::api {
namespace {

/// Steps that are kept although no store uses them.
constexpr std::size_t kKeptSteps = 256;

Expected<Module> load_source(const Engine& engine, std::string contents, SourceKind kind, std::string name) {
  auto impl = std::make_shared<Module::Impl>();
  const SourceId source = impl->sources.add(name, std::move(contents), kind);
  Result<wasm::Module> module = wasm::load_module(impl->sources, source);
  if (!module) return std::unexpected(to_error(impl->sources, module.error()));
  impl->module = *std::move(module);
  const EngineOptions& options = engine.impl().compiler.options();
  engine::KnownModulesOnDisk on_disk(options.code_cache);
  wasm::KnownModules* known = options.archive == nullptr ? &on_disk : &options.archive->known_modules();
  if (auto valid = wasm::validate_module(impl->sources, impl->module, wasm::Features::wasm3(), known); !valid) {
    return std::unexpected(to_error(impl->sources, valid.error()));
  }
  impl->facts = options.archive == nullptr ? on_disk.facts_of(impl->module) : options.archive->facts_of(impl->module);
  impl->name = impl->module.names.module.value_or(std::move(name));
  const std::lock_guard lock(engine.impl().mutex);
  engine.impl().all_plain &= engine::is_plain(impl->module, impl->facts.get());
  impl->number = engine.impl().modules++;
  return Module(std::move(impl));
}

}  // namespace

Error to_error(const SourceMap& sources, const Diagnostic& diagnostic) {
  std::string text = render_text(diagnostic, sources);
  while (text.ends_with('\n')) text.pop_back();
  return {std::move(text), std::nullopt};
}

Error to_error(Trap trap) {
  std::string text = engine::to_string(trap);
  return {std::move(text), std::move(trap)};
}

Error to_error(std::string message) { return {std::move(message), std::nullopt}; }

Engine::Engine(EngineOptions options) : impl_(std::make_shared<Impl>(options)) {}

Expected<StepRef> Engine::Impl::start() {
  const std::lock_guard lock(mutex);
  if (root == nullptr) {
    engine::Program program;
    program.is_open = true;
    program.is_plain = compiler.options().modules_come_first && all_plain;
    auto code = compiler.compile(std::move(program));
    if (!code) return std::unexpected(to_error(code.error()->message));
    root = std::make_shared<Step>(Step{nullptr, nullptr, *std::move(code)});
  }
  return root;
}

Expected<Module> Engine::Impl::helper(const Engine& self, const std::vector<std::uint8_t>& bytes) {
  {
    const std::lock_guard lock(mutex);
    if (auto known = helpers.find(bytes); known != helpers.end()) return known->second;
  }
  Expected<Module> made = Module::load(self, bytes, "host");
  if (!made) return made;
  const std::lock_guard lock(mutex);
  return helpers.emplace(bytes, *std::move(made)).first->second;
}

StepRef Engine::Impl::find(const StepKey& key) {
  const std::lock_guard lock(mutex);
  auto found = steps.find(key);
  return found == steps.end() ? nullptr : found->second;
}

StepRef Engine::Impl::add(StepKey key, StepRef step) {
  const std::lock_guard lock(mutex);
  const auto [entry, is_new] = steps.emplace(std::move(key), std::move(step));
  const StepRef kept = entry->second;
  if (!is_new) return kept;
  order.push_back(entry);
  while (order.size() > kKeptSteps) {
    steps.erase(order.front());
    order.pop_front();
  }
  return kept;
}

Expected<Module> Module::load(const Engine& engine, std::span<const std::uint8_t> bytes, std::string name) {
  const bool is_binary = bytes.size() >= 4 && bytes[0] == 0 && bytes[1] == 'a' && bytes[2] == 's' && bytes[3] == 'm';
  return load_source(engine, std::string(bytes.begin(), bytes.end()), is_binary ? SourceKind::kBinary : SourceKind::kText,
                     std::move(name));
}

Expected<Module> Module::load(const Engine& engine, std::string_view text, std::string name) {
  return load(engine, std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()), std::move(name));
}

std::vector<ItemType> Module::imports() const {
  std::vector<ItemType> out;
  for (const wasm::Import& item : impl_->module.imports) {
    out.push_back({item.module, item.name, static_cast<ExternKind>(item.type.index())});
  }
  return out;
}

std::vector<ItemType> Module::exports() const {
  std::vector<ItemType> out;
  for (const wasm::Export& item : impl_->module.exports) out.push_back({{}, item.name, item.kind});
  return out;
}

}  // namespace witc::api
