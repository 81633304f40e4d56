// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Imports of a module matched with its world (linker/new/module_use.h); exports are in module_exports.cpp.
#include "linker/new/module_use.h"

#include "linker/new/module_names.h"

namespace witc::linker {
namespace {

const wasm::ValType kI32 = wasm::ValType::i32();

class ImportClassifier {
 public:
  ImportClassifier(const UseContext& context, const wasm::Module& module) : context_(context), module_(module) {}

  Result<CoreImport> classify(const wasm::Import& import);

 private:
  Result<CoreImport> from_root(CoreImport out, const NameScheme& names, const std::string& name);
  Result<CoreImport> from_interface(CoreImport out, const NameScheme& names, const std::string& interface,
                                    const std::string& name);
  Result<CoreImport> from_export(CoreImport out, const NameScheme& names, const std::string& interface,
                                 const std::string& name);
  Result<CoreImport> from_main(CoreImport out, const wasm::Import& import);
  Result<CoreImport> memory(CoreImport out, const wasm::MemoryType& type);
  Result<CoreImport> builtin(CoreImport out, BuiltinName name, const std::string& where);
  std::optional<Result<CoreImport>> from_env(const CoreImport& out);

  Diagnostic mismatch(std::string message) const {
    return error(DiagCode::kNewMismatch, {module_.source, offset_, offset_ + 1}, std::move(message));
  }
  Result<CoreImport> checked(CoreImport out, const wasm::FuncType& wanted) const {
    if (out.type == wanted) return out;
    return mismatch("import `" + out.module + "` `" + out.name + "` has the wrong signature")
        .label("the module imports " + to_string(out.type))
        .note("its world makes it " + to_string(wanted))
        .hint("make the bindings again from the WIT that the module's world was made from");
  }
  Result<CoreImport> function(CoreImport out, const wit::Function& function, bool is_async) const {
    out.kind = CoreImport::Kind::kFunc;
    out.function = &function;
    out.is_async = is_async;
    wasm::FuncType wanted = context_.abi.import_signature(function, is_async);
    return checked(std::move(out), wanted);
  }
  /// The function a built-in's name speaks of: of `out.interface`, or at the root of the world.
  const wit::Function* function_of(const CoreImport& out, const std::string& name) const {
    if (out.interface) return context_.resolve.interfaces[*out.interface].functions.find(name);
    const wit::WorldItems& items = out.is_exported ? world().exports : world().imports;
    const wit::WorldItem* item = items.find(wit::WorldKey(name));
    return item != nullptr ? std::get_if<wit::Function>(item) : nullptr;
  }

  const wit::World& world() const { return context_.resolve.worlds[context_.world]; }

  const UseContext& context_;
  const wasm::Module& module_;
  std::uint32_t offset_ = 0;
};

Result<CoreImport> ImportClassifier::classify(const wasm::Import& import) {
  offset_ = import.offset;
  CoreImport out;
  out.module = import.module;
  out.name = import.name;
  if (const auto* type = std::get_if<wasm::TypeIndex>(&import.type)) {
    const auto* func = std::get_if<wasm::FuncType>(&module_.types[*type].type);
    if (func == nullptr) return mismatch("import `" + import.module + "` `" + import.name + "` is not of a function type");
    out.type = *func;
  } else if (const auto* type = std::get_if<wasm::MemoryType>(&import.type);
             type != nullptr && import.module == "env" && import.name == "memory") {
    return memory(std::move(out), *type);
  } else if (type != nullptr && context_.main != nullptr && import.module == kGuestMemoryModule &&
             import.name == kAdapterMemoryName) {
    out.kind = CoreImport::Kind::kAdapterMemory;
    out.memory = *type;
    return out;  // Preparer::check_own_memory
  } else {
    return mismatch("the module imports `" + import.module + "` `" + import.name + "`, which is not a function")
        .hint("a component's core module imports functions, and a memory only as `env` `memory`");
  }
  if (context_.main != nullptr && import.module == kGuestMemoryModule && (import.name == "read" || import.name == "write")) {
    out.kind = CoreImport::Kind::kGuestCopy;
    return checked(std::move(out), {{kI32, kI32, kI32}, {}});
  }
  if (context_.main != nullptr && import.module == "__main_module__") return from_main(std::move(out), import);
  if (context_.adapters.contains(import.module)) {
    out.kind = CoreImport::Kind::kAdapterFunc;
    out.export_name = import.name;
    return out;
  }
  const NameScheme& names = scheme_of(import.module);
  if (std::optional<Result<CoreImport>> known = from_env(out)) return *std::move(known);
  std::string module = names.strip(import.module);
  if (module == names.root) return from_root(std::move(out), names, import.name);
  if (std::optional<std::string> interface = names.exported_interface(module)) {
    return from_export(std::move(out), names, *interface, import.name);
  }
  return from_interface(std::move(out), names, names.interface(module), import.name);
}

Result<CoreImport> ImportClassifier::memory(CoreImport out, const wasm::MemoryType& type) {
  out.kind = context_.main != nullptr ? CoreImport::Kind::kMainMemory : CoreImport::Kind::kOwnMemory;
  if (out.kind == CoreImport::Kind::kOwnMemory) out.memory = type;
  return out;
}

/// What wasm-ld makes of thread-local state: the stack pointer is context slot 0, the base of thread-local
/// storage is slot 1 or a global (Encoder::tls_base).
std::optional<Result<CoreImport>> ImportClassifier::from_env(const CoreImport& import) {
  if (import.module != "env") return std::nullopt;
  CoreImport out = import;
  using Kind = CoreImport::Kind;
  bool is_get = import.name.starts_with("__wasm_get_"), is_set = import.name.starts_with("__wasm_set_");
  const std::vector<wasm::ValType>& word = is_get ? out.type.results : out.type.params;
  bool is_64 = word.size() == 1 && word[0] == wasm::ValType::i64();
  std::vector<wasm::ValType> pointer{is_64 ? wasm::ValType::i64() : kI32};
  wasm::FuncType wanted = is_get ? wasm::FuncType{{}, pointer} : wasm::FuncType{pointer, {}};
  if ((is_get || is_set) && import.name.ends_with("_tls_base")) {
    out.kind = is_get ? Kind::kTlsBaseGet : Kind::kTlsBaseSet;
    return checked(std::move(out), wanted);
  }
  if ((is_get || is_set) && import.name.ends_with("_stack_pointer")) {
    out.kind = Kind::kBuiltin;
    out.builtin = *parse_builtin_name(is_get ? "[context-get-0]" : "[context-set-0]");
    out.builtin.is_64 = is_64;
    return checked(std::move(out), wanted);
  }
  return std::nullopt;
}

Result<CoreImport> ImportClassifier::builtin(CoreImport out, BuiltinName name, const std::string& where) {
  out.kind = CoreImport::Kind::kBuiltin;
  bool is_return = name.info->op == component::CanonOp::kTaskReturn;
  if (is_return || name.index) {
    out.function = function_of(out, name.function);
    if (out.function == nullptr) {
      return mismatch("the module imports `" + out.name + "`, but " + where + " has no function `" + name.function + "`")
          .hint("make the bindings again from the WIT that the module's world was made from");
    }
    if (!out.interface) out.key = name.function;
  }
  if (name.index) {
    std::vector<wit::TypeId> channels = futures_and_streams(context_.resolve, *out.function);
    bool wants_stream = name.info->name.starts_with("stream");
    bool fits = *name.index < channels.size() &&
                std::holds_alternative<wit::Stream>(context_.resolve.types[channels[*name.index]].kind) == wants_stream;
    if (!fits) {
      return mismatch("the module imports `" + out.name + "`, but number " + std::to_string(*name.index) +
                      " of the streams and futures of `" + name.function + "` is no " + (wants_stream ? "stream" : "future"))
          .note("its type has " + std::to_string(channels.size()) + " of them, counted from 0")
          .hint("make the bindings again from the WIT that the module's world was made from");
    }
    out.channel = channels[*name.index];
  }
  wasm::FuncType wanted = is_return ? context_.abi.task_return_signature(*out.function) : builtin_signature(name);
  out.builtin = std::move(name);
  return checked(std::move(out), wanted);
}

Result<CoreImport> ImportClassifier::from_main(CoreImport out, const wasm::Import& import) {
  bool is_realloc = import.name == "cabi_realloc" || import.name == "canonical_abi_realloc";
  const ModuleExports& main = *context_.main_exports;
  out.export_name = import.name;
  if (is_realloc) {
    const std::optional<std::string>& realloc = main.adapter_realloc ? main.adapter_realloc : main.realloc;
    if (!realloc) {
      out.kind = CoreImport::Kind::kAllocator;
      return out;
    }
    out.export_name = *realloc;
  }
  out.kind = CoreImport::Kind::kMainFunc;
  const wasm::Export* found = context_.main->find_export(out.export_name);
  if (found == nullptr || found->kind != wasm::ExternKind::kFunc) {
    return mismatch("the adapter needs the function `" + out.export_name + "`, which the module does not export");
  }
  const wasm::FuncType& type = context_.main->func_type(wasm::FuncIndex(found->index));
  if (type != out.type) {
    return mismatch("the adapter needs `" + out.export_name + "` as " + to_string(out.type))
        .note("the module exports it as " + to_string(type));
  }
  return out;
}

Result<CoreImport> ImportClassifier::from_root(CoreImport out, const NameScheme& names, const std::string& name) {
  std::optional<BuiltinName> known = names.is_standard ? std::nullopt : parse_builtin_name(name);
  if (known && !is_exported_only(known->info->op)) return builtin(std::move(out), *std::move(known), "the world");
  bool is_async = !names.is_standard && name.starts_with(kAsyncLowerPrefix);
  std::string function_name = is_async ? name.substr(kAsyncLowerPrefix.size()) : name;
  if (const wit::Function* func = function_of(out, function_name)) {
    out.key = function_name;
    return function(std::move(out), *func, is_async);
  }
  if (std::optional<std::string> resource = names.resource_drop(name)) {
    const wit::WorldItem* type = world().imports.find(wit::WorldKey(*resource));
    if (const auto* found = type != nullptr ? std::get_if<wit::WorldType>(type) : nullptr) {
      out.kind = CoreImport::Kind::kImportResourceDrop;
      out.resource = context_.resolve.dealias(found->id);
      return checked(std::move(out), {{kI32}, {}});
    }
  }
  Diagnostic missing = mismatch("the module imports `" + name + "` of `" + out.module + "`, which its world does not import");
  if (!function_name.starts_with('[')) return std::move(missing).hint("add `import " + function_name + ": func(..);` to the world");
  return std::move(missing)
      .note("a name in brackets is a built-in: of a function or resource at the root of the world, or of everybody")
      .hint("`[resource-new]` and `[resource-rep]` are for resources that are exported: `[export]ns:pkg/iface`");
}

Result<CoreImport> ImportClassifier::from_interface(CoreImport out, const NameScheme& names, const std::string& interface,
                                                    const std::string& name) {
  std::optional<WorldInterfaceRef> found = find_interface(context_.resolve, world().imports, interface, names);
  if (!found) {
    Diagnostic diagnostic = mismatch("the module imports from `" + out.module + "`, which its world does not import")
                                .label("function `" + name + "`");
    if (world().imports.empty() && world().exports.empty()) {
      return std::move(diagnostic).hint("the module has no world: `witc embed` puts one into it");
    }
    if (interface.starts_with("wasi_")) return std::move(diagnostic).hint("`--adapt " + interface + "=ADAPTER.wasm` adapts it");
    return std::move(diagnostic).hint("add `import " + interface + ";` to the world");
  }
  out.key = found->key;
  out.interface = found->id;
  const wit::Interface& def = context_.resolve.interfaces[found->id];
  std::optional<BuiltinName> known = names.is_standard ? std::nullopt : parse_builtin_name(name);
  if (known && is_channel(known->info->op)) {
    return builtin(std::move(out), *std::move(known), "interface `" + interface + "`");
  }
  bool is_async = !names.is_standard && name.starts_with(kAsyncLowerPrefix);
  const wit::Function* func = def.functions.find(is_async ? name.substr(kAsyncLowerPrefix.size()) : name);
  if (func != nullptr) return function(std::move(out), *func, is_async);
  if (std::optional<std::string> resource = names.resource_drop(name)) {
    if (const wit::TypeId* type = def.types.find(*resource)) {
      out.kind = CoreImport::Kind::kImportResourceDrop;
      out.resource = context_.resolve.dealias(*type);
      return checked(std::move(out), {{kI32}, {}});
    }
  }
  return mismatch("interface `" + interface + "` has no function `" + name + "`, which the module imports");
}

Result<CoreImport> ImportClassifier::from_export(CoreImport out, const NameScheme& names, const std::string& interface,
                                                 const std::string& name) {
  out.is_exported = true;
  std::optional<BuiltinName> known = names.is_standard ? std::nullopt : parse_builtin_name(name);
  if (known && !is_channel(known->info->op) && !is_exported_only(known->info->op)) known.reset();
  if (interface == names.root) {
    if (known) return builtin(std::move(out), *std::move(known), "the world's exports");
    return mismatch("the module imports `" + out.module + "` `" + name + "`, which is no built-in of exported functions");
  }
  std::optional<WorldInterfaceRef> found = find_interface(context_.resolve, world().exports, interface, names);
  if (!found) {
    return mismatch("the module imports from `" + out.module + "`, but its world does not export `" + interface + "`");
  }
  out.key = found->key;
  out.interface = found->id;
  if (known) return builtin(std::move(out), *std::move(known), "exported interface `" + interface + "`");
  using Kind = CoreImport::Kind;
  struct Builtin {
    std::optional<std::string> resource;
    Kind kind;
    wasm::FuncType type;
  };
  const Builtin builtins[] = {
      {names.resource_drop(name), Kind::kExportResourceDrop, {{kI32}, {}}},
      {names.resource_new(name), Kind::kExportResourceNew, {{kI32}, {kI32}}},
      {names.resource_rep(name), Kind::kExportResourceRep, {{kI32}, {kI32}}},
  };
  for (const Builtin& builtin : builtins) {
    if (!builtin.resource) continue;
    const wit::TypeId* type = context_.resolve.interfaces[found->id].types.find(*builtin.resource);
    if (type == nullptr || !std::holds_alternative<wit::Resource>(context_.resolve.types[*type].kind)) continue;
    out.kind = builtin.kind;
    out.resource = *type;
    return checked(std::move(out), builtin.type);
  }
  return mismatch("exported interface `" + interface + "` gives the module no function `" + name + "`");
}

}  // namespace

std::string to_string(const wasm::FuncType& type) {
  auto list = [](const std::vector<wasm::ValType>& types) {
    std::string out = "(";
    for (const wasm::ValType& item : types) {
      if (out.size() > 1) out += ", ";
      switch (item.kind) {
        case wasm::ValType::kI32: out += "i32"; break;
        case wasm::ValType::kI64: out += "i64"; break;
        case wasm::ValType::kF32: out += "f32"; break;
        case wasm::ValType::kF64: out += "f64"; break;
        case wasm::ValType::kV128: out += "v128"; break;
        case wasm::ValType::kRef: out += "ref"; break;
      }
    }
    return out + ")";
  };
  return list(type.params) + " -> " + list(type.results);
}

Needs needs_of(WorldAbi& abi, const CoreImport& import) {
  if (import.kind == CoreImport::Kind::kFunc) return abi.import_needs(*import.function, import.is_async);
  if (import.kind != CoreImport::Kind::kBuiltin) return {};
  using component::CanonOp;
  switch (import.builtin.info->op) {
    case CanonOp::kTaskReturn: return abi.task_return_needs(*import.function);
    case CanonOp::kStreamRead:
    case CanonOp::kFutureRead: return import.channel ? abi.channel_needs(*import.channel, /*is_read=*/true) : Needs{};
    case CanonOp::kStreamWrite:
    case CanonOp::kFutureWrite: return import.channel ? abi.channel_needs(*import.channel, /*is_read=*/false) : Needs{};
    case CanonOp::kErrorContextNew: return {true, false, true};
    case CanonOp::kErrorContextDebugMessage: return {true, true, true};
    case CanonOp::kWaitableSetWait:
    case CanonOp::kWaitableSetPoll: return {true, false, false};
    default: return {};
  }
}

Result<ModuleUse> classify(const UseContext& context, const wasm::Module& module, const std::vector<wit::WorldKey>& exports) {
  ModuleUse use;
  std::set<std::pair<std::string, std::string>> seen;
  std::map<std::pair<std::string, std::string>, std::size_t> count;
  ImportClassifier imports(context, module);
  for (const wasm::Import& import : module.imports) {
    CoreImport classified = TRY(imports.classify(import));
    // A module may import one function several times, an instance cannot export it several times: the second
    // gets a name of its own (which no function of a world has).
    std::size_t& n = count[{import.module, import.name}];
    for (++n; !seen.emplace(import.module, classified.name).second; ++n) {
      classified.name = import.name + "#" + std::to_string(n);
    }
    use.imports.push_back(std::move(classified));
  }
  use.exports = TRY(classify_exports(context, module, exports));
  return use;
}

}  // namespace witc::linker
