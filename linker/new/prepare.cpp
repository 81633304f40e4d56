// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Worlds merged, adapters trimmed, imports and exports classified (linker/new/prepare.h).
#include "linker/new/prepare.h"

#include <algorithm>

#include "linker/new/module_names.h"
#include "linker/new/preview1/preview1.h"
#include "linker/new/trim_adapter.h"
#include "wasm/binary_reader.h"
#include "wasm/core/validate.h"

namespace witc::linker {
namespace {

/// Functions the main module imports from the adapter.
std::vector<const CoreImport*> used_of(const ModuleUse& main, const std::string& adapter) {
  std::vector<const CoreImport*> out;
  for (const CoreImport& import : main.imports) {
    if (import.kind == CoreImport::Kind::kAdapterFunc && import.module == adapter) out.push_back(&import);
  }
  return out;
}

constexpr std::string_view kWorldSection = "component-type";

/// The module's own bytes, section by section: written anew, its code might move away from what debug
/// sections say of it. (The module was decoded, so its sections are well formed.)
std::vector<std::uint8_t> without_world_sections(const wasm::Module& module) {
  constexpr std::size_t kHeader = 8;
  std::vector<std::uint8_t> out(module.bytes.begin(), module.bytes.begin() + kHeader);
  wasm::BinaryReader reader(module.source, module.bytes.subspan(kHeader), 0);
  while (!reader.at_end()) {
    std::size_t start = reader.position();
    Result<std::uint8_t> id = reader.u8();
    Result<wasm::BinaryReader> body = reader.sized_part();
    if (!id || !body) break;
    if (*id == 0) {
      Result<std::string_view> name = body->name();
      if (name && name->starts_with(kWorldSection)) continue;
    }
    std::span<const std::uint8_t> section = reader.bytes().subspan(start, reader.position() - start);
    out.insert(out.end(), section.begin(), section.end());
  }
  return out;
}

bool imports_from(const wasm::Module& module, std::string_view name) {
  return std::ranges::any_of(module.imports, [&](const wasm::Import& import) { return import.module == name; });
}

class Preparer {
 public:
  Preparer(SourceMap& sources, wasm::Module module, NewOptions options)
      : sources_(sources), options_(std::move(options)), out_(std::make_unique<Prepared>()) {
    out_->main.name = "main";
    out_->main.module = std::move(module);
  }

  Result<std::unique_ptr<Prepared>> run() {
    TRY(read_main_world());
    TRY(add_builtin_adapter());
    TRY(read_adapter_worlds());
    TRY(check_world_found());
    out_->abi = std::make_unique<WorldAbi>(out_->metadata.resolve);
    TRY(classify_main());
    for (AdapterInput& adapter : options_.adapters) TRY(prepare_adapter(adapter));
    TRY(check_memory());
    strip_world_sections();
    return std::move(out_);
  }

 private:
  Diagnostic mismatch(const wasm::Module& module, std::string message) const {
    return error(DiagCode::kNewMismatch, {module.source, 0, 0}, std::move(message));
  }

  UseContext context() const {
    std::set<std::string> names;
    for (const AdapterInput& adapter : options_.adapters) names.insert(adapter.name);
    return {out_->metadata.resolve, out_->metadata.world, *out_->abi, std::move(names)};
  }

  Result<void> read_main_world() {
    out_->metadata = TRY(wit::decode_world_metadata(sources_, out_->main.module));
    for (const auto& [key, item] : out_->world().exports) out_->main.exports.push_back(key);
    return {};
  }

  Result<void> add_builtin_adapter() {
    auto given = [&](const AdapterInput& adapter) { return adapter.name == kPreview1Module; };
    if (!options_.builtin_preview1 || std::ranges::any_of(options_.adapters, given)) return {};
    bool is_command = out_->main.module.find_export("_start") != nullptr;
    for (const wit::WorldKey& key : out_->main.exports) {
      if (out_->metadata.resolve.world_key_name(key).starts_with("wasi:cli/run")) is_command = false;
    }
    if (!is_command && !imports_from(out_->main.module, kPreview1Module)) return {};
    options_.adapters.push_back({std::string(kPreview1Module), TRY(preview1_adapter(sources_, {is_command, options_.exit_with_code}))});
    return {};
  }

  Result<void> read_adapter_worlds() {
    adapter_exports_.resize(options_.adapters.size());
    for (std::size_t i = 0; i < options_.adapters.size(); ++i) {
      Result<std::vector<wit::WorldKey>> exports =
          wit::add_world_metadata(sources_, options_.adapters[i].module, out_->metadata);
      if (!exports) return std::move(exports).error().context("while reading the adapter `" + options_.adapters[i].name + "`");
      adapter_exports_[i] = *std::move(exports);
    }
    return {};
  }

  Result<void> check_world_found() {
    if (out_->metadata.found) return {};
    return error(DiagCode::kNewWorldMissing, {out_->main.module.source, 0, 0}, "the module has no world to make a component from")
        .note("a world is a `component-type` custom section, which bindings generators put into the object file they emit")
        .hint("link that object file, or put a world in with `witc embed WIT --world W MODULE`");
  }

  Result<void> classify_main() {
    out_->main.use = TRY(classify(context(), out_->main.module, out_->main.exports));
    return {};
  }

  Result<void> prepare_adapter(AdapterInput& adapter) {
    std::size_t index = static_cast<std::size_t>(&adapter - options_.adapters.data());
    std::vector<const CoreImport*> used = used_of(out_->main.use, adapter.name);
    const std::vector<wit::WorldKey>& exports = adapter_exports_[index];
    if (used.empty() && exports.empty()) return {};

    UseContext context = this->context();
    context.main = &out_->main.module;
    context.main_exports = &out_->main.use.exports;
    ModuleExports all = TRY(classify_exports(context, adapter.module, exports));
    std::set<std::string> keep;
    for (const CoreImport* import : used) {
      TRY(check_provided(adapter, *import));
      keep.insert(import->name);
    }
    for (const auto& map : {all.funcs, all.post_returns}) {
      for (const auto& [key, name] : map) keep.insert(name);
    }
    for (const auto& [type, name] : all.dtors) keep.insert(name);
    for (const auto* name : {&all.realloc, &all.import_realloc, &all.export_realloc}) {
      if (*name) keep.insert(**name);
    }

    PreparedModule prepared;
    prepared.name = adapter.name;
    prepared.exports = exports;
    prepared.module = TRY(trim_adapter(std::move(adapter.module), keep));
    Result<ModuleUse> use = classify(context, prepared.module, exports);
    if (!use) return std::move(use).error().context("while connecting the adapter `" + adapter.name + "`");
    prepared.use = *std::move(use);
    out_->adapters.push_back(std::move(prepared));
    return {};
  }

  Result<void> check_provided(const AdapterInput& adapter, const CoreImport& import) const {
    const wasm::Export* found = adapter.module.find_export(import.name);
    if (found == nullptr || found->kind != wasm::ExternKind::kFunc) {
      return mismatch(out_->main.module, "the module imports `" + import.name + "` of `" + import.module +
                                             "`, which the adapter does not provide");
    }
    const wasm::FuncType& type = adapter.module.func_type(wasm::FuncIndex(found->index));
    if (type == import.type) return {};
    return mismatch(out_->main.module, "the module imports `" + import.name + "` as " + to_string(import.type))
        .note("the adapter `" + adapter.name + "` provides it as " + to_string(type));
  }

  /// Canonical options that will be asked of the main module, and what it has.
  Result<void> check_memory() const {
    bool has_memory = out_->main.use.exports.memory.has_value();
    bool has_realloc = false;
    for (std::size_t i = 0; i < out_->module_count(); ++i) {
      const ModuleUse& use = out_->module(i).use;
      if (use.exports.realloc || use.exports.import_realloc || use.exports.export_realloc) has_realloc = true;
      for (const CoreImport& import : use.imports) {
        if (import.kind == CoreImport::Kind::kMainMemory && !has_memory) return no_memory("an adapter uses it");
        if (import.kind != CoreImport::Kind::kFunc) continue;
        TRY(check_needs(out_->abi->import_needs(*import.function), has_memory, has_realloc, "import", *import.function));
      }
      for (const wit::WorldKey& key : out_->module(i).exports) {
        const wit::WorldItem* item = out_->world().exports.find(key);
        if (const auto* function = std::get_if<wit::Function>(item)) {
          TRY(check_needs(out_->abi->export_needs(*function), has_memory, has_realloc, "export", *function));
        } else if (const auto* interface = std::get_if<wit::WorldInterface>(item)) {
          for (const auto& [name, func] : out_->metadata.resolve.interfaces[interface->id].functions) {
            TRY(check_needs(out_->abi->export_needs(func), has_memory, has_realloc, "export", func));
          }
        }
      }
    }
    return {};
  }
  Diagnostic no_memory(const std::string& why) const {
    return mismatch(out_->main.module, "the module does not export a memory named `memory`").note(why);
  }
  Result<void> check_needs(Needs needs, bool has_memory, bool has_realloc, const std::string& what,
                           const wit::Function& function) const {
    if (needs.memory && !has_memory) return no_memory("the " + what + " `" + function.name + "` passes values through it");
    if (needs.realloc && !has_realloc) {
      return mismatch(out_->main.module, "the module does not export an allocator named `cabi_realloc`")
          .note("the " + what + " `" + function.name + "` hands strings or lists to the module");
    }
    return {};
  }

  void strip_world_sections() {
    wasm::Module& module = out_->main.module;
    std::size_t removed = std::erase_if(module.customs, [](const wasm::CustomSection& section) {
      return section.name.starts_with(kWorldSection);
    });
    if (removed == 0 || module.bytes.empty()) return;
    module.owned.push_back(without_world_sections(module));
    module.bytes = module.owned.back();
  }

  SourceMap& sources_;
  NewOptions options_;
  std::unique_ptr<Prepared> out_;
  std::vector<std::vector<wit::WorldKey>> adapter_exports_;
};

}  // namespace

Result<std::unique_ptr<Prepared>> prepare(SourceMap& sources, wasm::Module module, NewOptions options) {
  TRY(wasm::validate_module(sources, module));
  for (const AdapterInput& adapter : options.adapters) {
    Result<void> valid = wasm::validate_module(sources, adapter.module);
    if (!valid) return std::move(valid).error().context("while reading the adapter `" + adapter.name + "`");
  }
  return Preparer(sources, std::move(module), std::move(options)).run();
}

}  // namespace witc::linker
