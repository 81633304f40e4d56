// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Worlds merged, adapters trimmed, imports and exports classified (linker/new/prepare.h).
#include "linker/new/prepare.h"

#include <algorithm>

#include "linker/new/module_names.h"
#include "linker/new/preview1/preview1.h"
#include "linker/new/trim_adapter.h"
#include "wasm/binary_reader.h"
#include "wasm/binary_writer.h"
#include "wasm/core/type_binary.h"
#include "wasm/core/validate.h"
#include "wit-parser/merge.h"

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

std::vector<std::uint8_t> import_section(const wasm::Module& module) {
  wasm::BinaryWriter out;
  out.vec(module.imports, [](wasm::BinaryWriter& to, const wasm::Import& import) {
    to.name(import.module).name(import.name);
    wasm::write_extern_type(to, import.type);
  });
  return out.take();
}

/// The module's own bytes, section by section: written anew, its code might move away from what debug
/// sections say of it. (The module was decoded, so its sections are well formed.) World sections are left out,
/// and the import section is written anew if it was changed.
std::vector<std::uint8_t> edited_bytes(const wasm::Module& module, bool has_new_imports) {
  constexpr std::size_t kHeader = 8;
  constexpr std::uint8_t kCustomSection = 0, kImportSection = 2;
  wasm::BinaryWriter out;
  out.bytes(module.bytes.first(kHeader));
  wasm::BinaryReader reader(module.source, module.bytes.subspan(kHeader), 0);
  while (!reader.at_end()) {
    std::size_t start = reader.position();
    Result<std::uint8_t> id = reader.u8();
    Result<wasm::BinaryReader> body = reader.sized_part();
    if (!id || !body) break;
    if (*id == kCustomSection) {
      Result<std::string_view> name = body->name();
      if (name && name->starts_with(kWorldSection)) continue;
    }
    if (*id == kImportSection && has_new_imports) {
      out.u8(kImportSection).sized([&](wasm::BinaryWriter& section) { section.bytes(import_section(module)); });
    } else {
      out.bytes(reader.bytes().subspan(start, reader.position() - start));
    }
  }
  return out.take();
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
    if (options_.newest_imports) TRY(wit::merge_compatible_imports(out_->metadata.resolve, out_->metadata.world));
    out_->abi = std::make_unique<WorldAbi>(out_->metadata.resolve);
    TRY(classify_main());
    for (AdapterInput& adapter : options_.adapters) TRY(prepare_adapter(adapter));
    TRY(check_memory());
    edit_main_module();
    out_->linked = std::move(options_.linked);
    out_->linked_exports = std::move(options_.linked_exports);
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
    Preview1Options options{is_command, options_.exit_with_code};
    for (const wasm::Import& import : out_->main.module.imports) {
      if (import.module == kPreview1Module) options.used.insert(import.name);
    }
    options_.adapters.push_back(TRY(preview1_adapter(sources_, options)));
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
    rename_imports(out_->main);
    return {};
  }

  /// Gives imports the names their module will be instantiated with, where classification made new ones.
  static void rename_imports(PreparedModule& module) {
    for (std::size_t i = 0; i < module.use.imports.size(); ++i) {
      std::string& name = module.module.imports[i].name;
      if (name == module.use.imports[i].name) continue;
      name = module.use.imports[i].name;
      module.has_new_imports = true;
    }
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
      keep.insert(import->export_name);
    }
    for (const auto& [key, func] : all.funcs) {
      keep.insert(func.name);
      for (const auto* name : {&func.post_return, &func.callback}) {
        if (*name) keep.insert(**name);
      }
    }
    for (const auto& [type, name] : all.dtors) keep.insert(name);
    for (const auto* name : {&all.realloc, &all.import_realloc, &all.export_realloc}) {
      if (*name) keep.insert(**name);
    }

    PreparedModule prepared;
    prepared.name = adapter.name;
    prepared.exports = exports;
    prepared.module = TRY(trimmed(std::move(adapter), keep));
    Result<ModuleUse> use = classify(context, prepared.module, exports);
    if (!use) return std::move(use).error().context("while connecting the adapter `" + adapter.name + "`");
    prepared.use = *std::move(use);
    TRY(check_own_memory(prepared));
    rename_imports(prepared);
    out_->adapters.push_back(std::move(prepared));
    return {};
  }

  /// What an adapter copies between: 32-bit memories, its own and the main module's.
  Result<void> check_own_memory(const PreparedModule& adapter) const {
    const wasm::MemoryType* own = adapter.use.adapter_memory();
    auto copies = [](const CoreImport& import) { return import.kind == CoreImport::Kind::kGuestCopy; };
    if (own == nullptr && !std::ranges::any_of(adapter.use.imports, copies)) return {};
    if (own == nullptr || own->limits.is_64 || own->is_shared) {
      return mismatch(adapter.module, "the adapter `" + adapter.name + "` copies to a memory that it does not have")
          .hint("it imports one of 32 bits as `__guest_memory__` `own`");
    }
    const auto& memories = out_->main.module.memories;
    if (!memories.empty() && memories.begin()->type.limits.is_64) {
      return mismatch(out_->main.module, "the module's memory is of 64 bits, that of the adapter `" + adapter.name + "` of 32");
    }
    return {};
  }

  Result<wasm::Module> trimmed(AdapterInput adapter, const std::set<std::string>& keep) const {
    Result<wasm::Module> module = trim_adapter(std::move(adapter.module), keep, adapter.absent);
    Result<void> valid = module ? wasm::validate_module(sources_, *module) : Result<void>(std::move(module).error());
    if (!valid) return std::move(valid).error().context("in what is used of the adapter `" + adapter.name + "`");
    return module;
  }

  Result<void> check_provided(const AdapterInput& adapter, const CoreImport& import) const {
    const wasm::Export* found = adapter.module.find_export(import.export_name);
    if (found == nullptr || found->kind != wasm::ExternKind::kFunc) {
      return mismatch(out_->main.module, "the module imports `" + import.export_name + "` of `" + import.module +
                                             "`, which the adapter does not provide");
    }
    const wasm::FuncType& type = adapter.module.func_type(wasm::FuncIndex(found->index));
    if (type == import.type) return {};
    return mismatch(out_->main.module, "the module imports `" + import.name + "` as " + to_string(import.type))
        .note("the adapter `" + adapter.name + "` provides it as " + to_string(type));
  }

  /// Canonical options that will be asked of the main module, and what it has.
  Result<void> check_memory() const {
    Has has{out_->main.use.exports.memory || out_->main.use.own_memory() != nullptr, false};
    for (std::size_t i = 0; i < out_->module_count(); ++i) {
      const ModuleExports& exports = out_->module(i).use.exports;
      if (exports.realloc || exports.import_realloc || exports.export_realloc) has.realloc = true;
    }
    for (std::size_t i = 0; i < out_->module_count(); ++i) {
      const PreparedModule& module = out_->module(i);
      for (const CoreImport& import : module.use.imports) {
        bool uses_main = import.kind == CoreImport::Kind::kMainMemory || import.kind == CoreImport::Kind::kGuestCopy;
        if (uses_main && !has.memory) return no_memory("an adapter uses it");
        TRY(check_table(import));
        TRY(check_needs(needs_of(*out_->abi, import), has, "import", import.name));
      }
      for (const wit::WorldKey& key : module.exports) TRY(check_export(module, key, has));
    }
    return {};
  }
  struct Has {
    bool memory, realloc;
  };
  Result<void> check_export(const PreparedModule& module, const wit::WorldKey& key, Has has) const {
    const wit::WorldItem* item = out_->world().exports.find(key);
    auto check = [&](const wit::Function& function) {
      const CoreFuncExport& core = module.use.exports.funcs.at({out_->metadata.resolve.world_key_name(key), function.name});
      return check_needs(out_->abi->export_needs(function, core.abi), has, "export", core.name);
    };
    if (const auto* function = std::get_if<wit::Function>(item)) return check(*function);
    if (const auto* interface = std::get_if<wit::WorldInterface>(item)) {
      for (const auto& [name, func] : out_->metadata.resolve.interfaces[interface->id].functions) TRY(check(func));
    }
    return {};
  }
  Result<void> check_table(const CoreImport& import) const {
    bool needs_table = import.kind == CoreImport::Kind::kBuiltin && import.builtin.info->op == component::CanonOp::kThreadNewIndirect;
    if (!needs_table || out_->main.use.exports.func_table) return {};
    return mismatch(out_->main.module, "the module does not export a table named `__indirect_function_table`")
        .note("the import `" + import.name + "` takes the function that a thread starts with from it")
        .hint("link with `--export-table`");
  }
  Diagnostic no_memory(const std::string& why) const {
    return mismatch(out_->main.module, "the module does not export a memory named `memory`").note(why);
  }
  Result<void> check_needs(Needs needs, Has has, const std::string& what, const std::string& name) const {
    if (needs.memory && !has.memory) return no_memory("the " + what + " `" + name + "` passes values through it");
    if (needs.realloc && !has.realloc) {
      return mismatch(out_->main.module, "the module does not export an allocator named `cabi_realloc`")
          .note("the " + what + " `" + name + "` hands strings or lists to the module");
    }
    return {};
  }

  void edit_main_module() {
    wasm::Module& module = out_->main.module;
    std::size_t removed = std::erase_if(module.customs, [](const wasm::CustomSection& section) {
      return section.name.starts_with(kWorldSection);
    });
    if ((removed == 0 && !out_->main.has_new_imports) || module.bytes.empty()) return;
    module.owned.push_back(edited_bytes(module, out_->main.has_new_imports));
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
    Result<void> valid = check_adapter_indices(adapter.module);
    if (!valid) return std::move(valid).error().context("while reading the adapter `" + adapter.name + "`");
  }
  return Preparer(sources, std::move(module), std::move(options)).run();
}

}  // namespace witc::linker
