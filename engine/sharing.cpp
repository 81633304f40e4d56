// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/sharing.h"

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace witc::engine {
namespace {

// So many bytes of wasm code must be saved: some tenths of a second of compiling. Adapters lose nothing by it.
constexpr std::size_t kWorthSharing = 16 * 1024;
constexpr std::size_t kAdapterWorthSharing = 512;
// What a function costs besides its body.
constexpr std::size_t kFunction = 32;

std::size_t code_size(const wasm::Module& module) {
  std::size_t bytes = 0;
  for (const wasm::Func& func : module.funcs) {
    if (!func.import) bytes += func.body.bytes.size() + kFunction;
  }
  return bytes;
}

/// What an adapter or a frame does, without its names. Empty if it has what these have not.
class AdapterKey {
 public:
  explicit AdapterKey(const wasm::Module& module) {
    if (!module.tables.empty() || !module.elements.empty() || !module.data.empty() || !module.tags.empty() || module.start) return;
    is_good_ = true;
    for (const wasm::SubType& type : module.types) add_type(type);
    for (const wasm::Import& import : module.imports) add_import(import);
    for (const wasm::Memory& memory : module.memories) is_good_ &= memory.import.has_value();
    for (const wasm::Global& global : module.globals) is_good_ &= global.import.has_value();
    for (const wasm::Func& func : module.funcs) add_func(func);
    for (const wasm::Export& item : module.exports) {
      add(static_cast<std::uint64_t>(item.kind));
      add(item.index);
    }
    if (!is_good_) key_.clear();
  }
  std::string take() { return std::move(key_); }

 private:
  void add(std::uint64_t number) { key_.append(reinterpret_cast<const char*>(&number), sizeof number); }
  void add(const std::vector<wasm::ValType>& types) {
    add(types.size());
    for (const wasm::ValType& type : types) add(type);
  }
  void add(const wasm::ValType& type) {
    if (type.kind == wasm::ValType::kRef) is_good_ = false;
    add(type.kind);
  }
  void add_type(const wasm::SubType& type) {
    const auto* func = std::get_if<wasm::FuncType>(&type.type);
    if (func == nullptr || !type.supertypes.empty()) {
      is_good_ = false;
      return;
    }
    add(func->params);
    add(func->results);
  }
  void add_import(const wasm::Import& import) {
    add(import.type.index());
    if (const auto* func = std::get_if<wasm::TypeIndex>(&import.type)) return add(func->value);
    if (const auto* global = std::get_if<wasm::GlobalType>(&import.type)) {
      add(global->type);
      return add(global->is_mutable ? 1 : 0);
    }
    const auto* memory = std::get_if<wasm::MemoryType>(&import.type);
    if (memory == nullptr) {
      is_good_ = false;
      return;
    }
    add(memory->limits.min);
    add(memory->limits.max.value_or(~std::uint64_t{0}));
    add((memory->limits.is_64 ? 1 : 0) + (memory->is_shared ? 2 : 0));
    add(memory->page_size_log2);
  }
  void add_func(const wasm::Func& func) {
    add(func.type.value);
    if (func.import) return;
    add(func.locals.size());
    for (const wasm::LocalGroup& group : func.locals) {
      add(group.count);
      add(group.type);
    }
    add(func.body.bytes.size());
    key_.append(reinterpret_cast<const char*>(func.body.bytes.data()), func.body.bytes.size());
  }

  std::string key_;
  bool is_good_ = false;
};

class Classes {
 public:
  SharingClasses of(const Program& program) {
    SharingClasses out;
    for (const CoreInstance& instance : program.instances) {
      if (sized_.insert(instance.module).second) ++sizes_[instance.module->bytes.size()];
    }
    for (const CoreInstance& instance : program.instances) out.push(of(instance));
    for (std::uint32_t& number : out) {
      const Class& found = classes_[number];
      if (number != 0 && (found.instances - 1) * found.bytes < found.threshold) number = 0;
    }
    return out;
  }

 private:
  struct Class {
    std::size_t instances = 0;
    std::size_t bytes = 0;
    std::size_t threshold = 0;
  };

  std::uint32_t of(const CoreInstance& instance) {
    const wasm::Module& module = *instance.module;
    auto [known, is_new] = modules_.try_emplace(&module, 0);
    if (is_new) known->second = find(module, instance.inline_always);
    ++classes_[known->second].instances;
    return known->second;
  }
  std::uint32_t find(const wasm::Module& module, bool is_adapter) {
    const auto next = static_cast<std::uint32_t>(classes_.size());
    std::uint32_t found = next;
    if (is_adapter) {
      std::string key = AdapterKey(module).take();
      if (key.empty()) return 0;
      found = adapters_.try_emplace(std::move(key), next).first->second;
    } else {
      if (!module.tags.empty()) return 0;
      const std::string_view bytes(reinterpret_cast<const char*>(module.bytes.data()), module.bytes.size());
      if (bytes.empty()) return 0;
      if (sizes_[bytes.size()] > 1) found = guests_.try_emplace(bytes, next).first->second;  // else it is like no other
    }
    if (found == next) classes_.push_back({0, code_size(module), is_adapter ? kAdapterWorthSharing : kWorthSharing});
    return found;
  }

  std::vector<Class> classes_ = std::vector<Class>(1);
  std::unordered_map<const wasm::Module*, std::uint32_t> modules_;
  std::unordered_set<const wasm::Module*> sized_;
  std::unordered_map<std::size_t, std::size_t> sizes_;  // of modules, in bytes: how many there are of each
  std::unordered_map<std::string_view, std::uint32_t> guests_;
  std::unordered_map<std::string, std::uint32_t> adapters_;
};

}  // namespace

SharingClasses sharing_classes(const Program& program) {
  if (!program.is_open) return Classes().of(program);
  SharingClasses out;
  out.resize(program.instances.size());
  return out;
}

}  // namespace witc::engine
