// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Exports of a module matched with its world (linker/new/module_use.h).
#include <unordered_map>

#include "linker/new/module_names.h"

namespace witc::linker {
namespace {

const wasm::ValType kI32 = wasm::ValType::i32();

constexpr std::pair<std::string_view, LiftAbi> kLifts[] = {
    {"", LiftAbi::kSync},
    {"[async-lift]", LiftAbi::kAsync},
    {"[async-lift-stackful]", LiftAbi::kAsyncStackful},
};

class ExportClassifier {
 public:
  ExportClassifier(const UseContext& context, const wasm::Module& module) : context_(context), module_(module) {
    for (const wasm::Export& item : module.exports) by_name_.emplace(item.name, &item);
  }

  Result<ModuleExports> run(const std::vector<wit::WorldKey>& keys) {
    TRY(special());
    for (const wit::WorldKey& key : keys) TRY(world_export(key));
    return std::move(out_);
  }

 private:
  Diagnostic mismatch(std::string message) const {
    return error(DiagCode::kNewMismatch, {module_.source, 0, 0}, std::move(message));
  }

  const wasm::FuncType* func(const std::string& name) const {
    auto it = by_name_.find(name);
    if (it == by_name_.end() || it->second->kind != wasm::ExternKind::kFunc) return nullptr;
    return &module_.func_type(wasm::FuncIndex(it->second->index));
  }

  /// The first of the names that the module exports as a function of this type.
  Result<std::optional<std::string>> special_func(std::initializer_list<std::string> names, const wasm::FuncType& wanted) {
    for (const std::string& name : names) {
      const wasm::FuncType* type = func(name);
      if (type == nullptr) continue;
      TRY(check(name, *type, wanted));
      return std::optional(name);
    }
    return std::optional<std::string>();
  }

  Result<void> check(const std::string& name, const wasm::FuncType& type, const wasm::FuncType& wanted) const {
    if (type == wanted) return {};
    return mismatch("export `" + name + "` has the wrong signature")
        .label("the module exports " + to_string(type))
        .note("its world makes it " + to_string(wanted))
        .hint("make the bindings again from the WIT that the module's world was made from");
  }

  Result<void> special() {
    for (const char* name : {"memory", "cm32p2_memory"}) {
      auto it = by_name_.find(name);
      if (it == by_name_.end() || it->second->kind != wasm::ExternKind::kMemory) continue;
      if (out_.memory) return mismatch("the module exports more than one memory");
      out_.memory = name;
    }
    const wasm::FuncType realloc{{kI32, kI32, kI32, kI32}, {kI32}};
    out_.realloc = TRY(special_func({"cm32p2_realloc", "cabi_realloc", "canonical_abi_realloc"}, realloc));
    out_.import_realloc = TRY(special_func({"cabi_import_realloc"}, realloc));
    out_.export_realloc = TRY(special_func({"cabi_export_realloc"}, realloc));
    out_.adapter_realloc = TRY(special_func({"cabi_realloc_adapter"}, realloc));
    out_.task_hook = TRY(special_func({"__wasm_task_hook"}, {{kI32}, {}}));
    if (auto it = by_name_.find("__indirect_function_table");
        it != by_name_.end() && it->second->kind == wasm::ExternKind::kTable) {
      out_.func_table = it->first;
    }
    out_.initialize = TRY(special_func({"cm32p2_initialize", "_initialize"}, {{}, {}}));
    return {};
  }

  Result<void> world_export(const wit::WorldKey& key) {
    const wit::World& world = context_.resolve.worlds[context_.world];
    const wit::WorldItem* item = world.exports.find(key);
    if (item == nullptr) return {};
    if (const auto* function = std::get_if<wit::Function>(item)) return this->function(key, *function, /*at_root=*/true);
    const auto* interface = std::get_if<wit::WorldInterface>(item);
    if (interface == nullptr) return {};
    const wit::Interface& def = context_.resolve.interfaces[interface->id];
    for (const auto& [name, func] : def.functions) TRY(function(key, func, /*at_root=*/false));
    for (const auto& [name, type] : def.types) {
      if (std::holds_alternative<wit::Resource>(context_.resolve.types[type].kind)) TRY(resource(key, type, name));
    }
    return {};
  }

  Result<void> function(const wit::WorldKey& key, const wit::Function& function, bool at_root) {
    std::string path = context_.resolve.world_key_name(key);
    for (const NameScheme* names : {&legacy_names(), &standard_names()}) {
      std::string plain = names->func(names->spelling(context_.resolve, key), function.name, at_root);
      for (const auto& [prefix, abi] : kLifts) {
        if (names->is_standard && abi != LiftAbi::kSync) continue;
        std::string name = std::string(prefix) + plain;
        const wasm::FuncType* type = func(name);
        if (type == nullptr) continue;
        TRY(check(name, *type, context_.abi.export_signature(function, abi)));
        out_.funcs[{path, function.name}] = TRY(with_companions(*names, {name, abi, {}, {}}, *type));
        if (abi == LiftAbi::kSync || function.is_async) return {};
        return mismatch("export `" + name + "` is lifted asynchronously, but its function is not `async`")
            .note("the world has `" + function.name + "` as a function that returns at once")
            .hint("export it as `" + plain + "`, or make it an `async func` in the WIT");
      }
    }
    std::string wanted = legacy_names().func(path, function.name, at_root);
    std::string what = at_root ? "function `" + function.name + "`"
                               : "function `" + function.name + "` of interface `" + path + "`";
    return mismatch("the world exports " + what + ", which the module does not")
        .note("a module exports it as `" + wanted + "`, " + to_string(context_.abi.export_signature(function)))
        .hint("link the object file that the bindings came with, and define the function");
  }

  /// The post-return function of a synchronous lift, the callback of an asynchronous one.
  Result<CoreFuncExport> with_companions(const NameScheme& names, CoreFuncExport out, const wasm::FuncType& type) const {
    if (out.abi == LiftAbi::kSync) {
      std::string post = names.post_return(out.name);
      if (const wasm::FuncType* found = func(post)) {
        TRY(check(post, *found, {type.results, {}}));
        out.post_return = std::move(post);
      }
    }
    if (out.abi == LiftAbi::kAsync) {
      std::string callback = "[callback]" + out.name;
      const wasm::FuncType* found = func(callback);
      if (found == nullptr) {
        return mismatch("export `" + out.name + "` has no callback")
            .note("a function lifted as `[async-lift]` needs an export `" + callback + "`, (i32, i32, i32) -> (i32)")
            .hint("link the object file that the bindings came with, or lift it as `[async-lift-stackful]`");
      }
      TRY(check(callback, *found, {{kI32, kI32, kI32}, {kI32}}));
      out.callback = std::move(callback);
    }
    return out;
  }

  Result<void> resource(const wit::WorldKey& key, wit::TypeId type, const std::string& name) {
    for (const NameScheme* names : {&legacy_names(), &standard_names()}) {
      std::string dtor = names->dtor(names->spelling(context_.resolve, key), name);
      const wasm::FuncType* found = func(dtor);
      if (found == nullptr) continue;
      TRY(check(dtor, *found, {{kI32}, {}}));
      out_.dtors[type] = dtor;
    }
    return {};
  }

  const UseContext& context_;
  const wasm::Module& module_;
  std::unordered_map<std::string, const wasm::Export*> by_name_;
  ModuleExports out_;
};

}  // namespace

Result<ModuleExports> classify_exports(const UseContext& context, const wasm::Module& module,
                                       const std::vector<wit::WorldKey>& exports) {
  return ExportClassifier(context, module).run(exports);
}

}  // namespace witc::linker
