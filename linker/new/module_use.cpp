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
  Result<CoreImport> function(CoreImport out, const wit::Function& function) const {
    out.kind = CoreImport::Kind::kFunc;
    out.function = &function;
    wasm::FuncType wanted = context_.abi.import_signature(function);
    return checked(std::move(out), wanted);
  }
  Diagnostic async_unsupported(const std::string& name) const {
    return error(DiagCode::kAbiUnsupported, {module_.source, offset_, offset_ + 1},
                 "import `" + name + "` belongs to the asynchronous ABI, which is not supported yet");
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
  } else if (context_.main != nullptr && std::holds_alternative<wasm::MemoryType>(import.type) && import.module == "env" &&
             import.name == "memory") {
    out.kind = CoreImport::Kind::kMainMemory;
    return out;
  } else {
    return mismatch("the module imports `" + import.module + "` `" + import.name + "`, which is not a function")
        .hint("a component's core module imports functions only");
  }
  if (context_.main != nullptr && import.module == "__main_module__") return from_main(std::move(out), import);
  if (context_.adapters.contains(import.module)) {
    out.kind = CoreImport::Kind::kAdapterFunc;
    return out;
  }
  const NameScheme& names = scheme_of(import.module);
  std::string module = names.strip(import.module);
  if (module == names.root) return from_root(std::move(out), names, import.name);
  if (std::optional<std::string> interface = names.exported_interface(module)) {
    return from_export(std::move(out), names, *interface, import.name);
  }
  return from_interface(std::move(out), names, names.interface(module), import.name);
}

Result<CoreImport> ImportClassifier::from_main(CoreImport out, const wasm::Import& import) {
  bool is_realloc = import.name == "cabi_realloc" || import.name == "canonical_abi_realloc";
  const ModuleExports& main = *context_.main_exports;
  out.main_export = import.name;
  if (is_realloc) {
    const std::optional<std::string>& realloc = main.adapter_realloc ? main.adapter_realloc : main.realloc;
    if (!realloc) {
      out.kind = CoreImport::Kind::kAllocator;
      return out;
    }
    out.main_export = *realloc;
  }
  out.kind = CoreImport::Kind::kMainFunc;
  const wasm::Export* found = context_.main->find_export(out.main_export);
  if (found == nullptr || found->kind != wasm::ExternKind::kFunc) {
    return mismatch("the adapter needs the function `" + out.main_export + "`, which the module does not export");
  }
  const wasm::FuncType& type = context_.main->func_type(wasm::FuncIndex(found->index));
  if (type != out.type) {
    return mismatch("the adapter needs `" + out.main_export + "` as " + to_string(out.type))
        .note("the module exports it as " + to_string(type));
  }
  return out;
}

Result<CoreImport> ImportClassifier::from_root(CoreImport out, const NameScheme& names, const std::string& name) {
  if (is_async_name(name)) return async_unsupported(name);
  const wit::WorldItem* item = world().imports.find(wit::WorldKey(name));
  if (item != nullptr) {
    if (const auto* func = std::get_if<wit::Function>(item)) {
      out.key = name;
      return function(std::move(out), *func);
    }
  }
  if (std::optional<std::string> resource = names.resource_drop(name)) {
    const wit::WorldItem* type = world().imports.find(wit::WorldKey(*resource));
    if (const auto* found = type != nullptr ? std::get_if<wit::WorldType>(type) : nullptr) {
      out.kind = CoreImport::Kind::kImportResourceDrop;
      out.resource = context_.resolve.dealias(found->id);
      return checked(std::move(out), {{kI32}, {}});
    }
  }
  return mismatch("the module imports the function `" + name + "`, which its world does not import")
      .hint("add `import " + name + ": func(..);` to the world");
}

Result<CoreImport> ImportClassifier::from_interface(CoreImport out, const NameScheme& names, const std::string& interface,
                                                    const std::string& name) {
  if (is_async_name(name)) return async_unsupported(name);
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
  if (const wit::Function* func = def.functions.find(name)) return function(std::move(out), *func);
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
  if (is_async_name(name)) return async_unsupported(name);
  std::optional<WorldInterfaceRef> found = find_interface(context_.resolve, world().exports, interface, names);
  if (!found) {
    return mismatch("the module imports from `" + out.module + "`, but its world does not export `" + interface + "`");
  }
  out.key = found->key;
  out.interface = found->id;
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

Result<ModuleUse> classify(const UseContext& context, const wasm::Module& module, const std::vector<wit::WorldKey>& exports) {
  ModuleUse use;
  std::set<std::pair<std::string, std::string>> seen;
  ImportClassifier imports(context, module);
  for (const wasm::Import& import : module.imports) {
    CoreImport classified = TRY(imports.classify(import));
    if (!seen.emplace(import.module, import.name).second) {
      return error(DiagCode::kNewMismatch, {module.source, import.offset, import.offset + 1},
                   "the module imports `" + import.module + "` `" + import.name + "` twice, which a component cannot say");
    }
    use.imports.push_back(std::move(classified));
  }
  use.exports = TRY(classify_exports(context, module, exports));
  return use;
}

}  // namespace witc::linker
