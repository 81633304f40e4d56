// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Linking: imports to bindings, a program to the next step, a store along with it.
#include <fmt/format.h>

#include <optional>

#include "base/overloaded.h"
#include "engine/api/impl.h"
#include "wasm/core/builder.h"
#include "wasm/core/encode.h"

namespace witc::api {
namespace {

using engine::HostSlot;
using engine::InstanceId;
using engine::InstanceItem;

std::string text_of(const FuncType& type) {
  std::string out;
  auto add = [&](const std::vector<ValType>& values) {
    for (const ValType& value : values) {
      out += fmt::format("{},{},{};", static_cast<int>(value.kind), static_cast<int>(value.ref.heap.kind), value.ref.nullable);
    }
    out += '>';
  };
  add(type.params);
  add(type.results);
  return out;
}

/// Which function of which instance has that reference.
std::optional<InstanceItem> find_func(engine::Instance::Impl& runtime, std::uint64_t word) {
  for (InstanceId id : runtime.program().instances.ids()) {
    const std::vector<std::uint32_t>& offsets = runtime.layout(id).func_refs;
    for (std::size_t i = 0; i < offsets.size(); ++i) {
      if (offsets[i] == 0 || reinterpret_cast<std::uint64_t>(runtime.context.base() + offsets[i]) != word) continue;
      return InstanceItem{id, static_cast<std::uint32_t>(i)};
    }
  }
  return std::nullopt;
}

bool dispatch(engine::HostCall& call) {
  const auto& entry = *static_cast<const HostEntry*>(call.user_data);
  Caller caller(entry.store, entry.importer);
  auto done = (*entry.function)(caller, call.slots);
  return done ? true : call.trap(std::move(done).error());
}

}  // namespace

/// One instantiation under way.
struct Binder {
  const Linker& linker;
  StoreImpl& store;
  const Module::Impl& module;

  engine::CoreInstance instance;
  std::vector<engine::HostDecl> decls;
  std::vector<std::shared_ptr<const RawHostFunc>> functions;
  std::string key;

  std::expected<void, Error> bind_all() {
    instance.module = &module.module;
    instance.name = module.name;
    instance.facts = module.facts;
    for (const wasm::Import& import : module.module.imports) {
      if (std::string failure = bind(import); !failure.empty()) {
        return std::unexpected(to_error(fmt::format("import `{}` `{}`: {}", import.module, import.name, failure)));
      }
    }
    return {};
  }

 private:
  std::string bind(const wasm::Import& import) {
    for (const auto& [name, definition] : linker.items_) {
      if (name.first != import.module || name.second != import.name) continue;
      return match(
          definition, [&](const Linker::Host& host) { return bind_host(import, host); },
          [&](const Extern& item) { return bind_extern(import, item); });
    }
    for (const auto& [name, from] : linker.instances_) {
      if (name != import.module) continue;
      if (from.store != &store) return "the instance is in another store";
      const wasm::Export* item = store.module(from.id).find_export(import.name);
      if (item == nullptr) return "the instance has no such export";
      return bind_item(import, item->kind, {from.id, item->index});
    }
    return "nothing of that name is defined";
  }

  std::string bind_host(const wasm::Import& import, const Linker::Host& host) {
    const auto* type = std::get_if<wasm::TypeIndex>(&import.type);
    if (type == nullptr) return "a function is defined, something else is imported";
    const auto* wanted = std::get_if<FuncType>(&module.module.types[*type].type);
    if (wanted == nullptr || *wanted != host.type) return "the host function is of another type";
    const std::size_t before = store.core ? store.runtime().program().hosts.size() : 0;
    instance.imports.emplace_back(HostSlot(before + decls.size()));
    decls.push_back({import.module + "." + import.name, host.type});
    functions.push_back(host.function);
    key += "h" + text_of(host.type);
    return {};
  }

  std::string bind_extern(const wasm::Import& import, const Extern& item) {
    return match(
        item,
        [&](const Func& func) -> std::string {
          if (func.store() != &store) return "the function is in another store";
          const auto found = find_func(store.runtime(), func.word());
          if (!found) return "the function is not known to the store";
          return bind_item(import, ExternKind::kFunc, *found);
        },
        [&](const Memory& memory) { return bind_handle(import, ExternKind::kMemory, memory); },
        [&](const Table& table) { return bind_handle(import, ExternKind::kTable, table); },
        [&](const Global& global) { return bind_handle(import, ExternKind::kGlobal, global); });
  }

  template <class Handle>
  std::string bind_handle(const wasm::Import& import, ExternKind kind, const Handle& handle) {
    if (handle.store != &store) return "what is defined is in another store";
    return bind_item(import, kind, {handle.instance, handle.index});
  }

  std::string bind_item(const wasm::Import& import, ExternKind kind, InstanceItem item) {
    const wasm::Module& from = store.module(item.instance);
    engine::TypeSpace types;
    if (!engine::matches(types, engine::item_type(from, kind, item.index), from, import.type, module.module)) {
      return "what is defined is of another type";
    }
    instance.imports.emplace_back(item);
    key += fmt::format("i{}.{}.{};", static_cast<int>(kind), item.instance.value, item.index);
    return {};
  }
};

Linker& Linker::func(std::string_view module, std::string_view name, FuncType type, RawHostFunc function) {
  items_.insert(items_.begin(), {{std::string(module), std::string(name)},
                                 Host{std::move(type), std::make_shared<const RawHostFunc>(std::move(function))}});
  return *this;
}

Linker& Linker::define(std::string_view module, std::string_view name, Extern item) {
  items_.insert(items_.begin(), {{std::string(module), std::string(name)}, std::move(item)});
  return *this;
}

Linker& Linker::instance(std::string_view module, const Instance& instance) {
  instances_.insert(instances_.begin(), {std::string(module), instance});
  return *this;
}

namespace {

/// The store's program with one more instance.
Expected<StepRef> next_step(StoreImpl& store, const std::shared_ptr<const Module::Impl>& module, Binder& binder) {
  Engine::Impl& engine = store.home.impl();
  StepKey key{store.step.get(), module->number, binder.key};
  if (StepRef known = engine.find(key)) return known;
  auto code = engine.compiler.extend(store.step->code, binder.instance, binder.decls);
  if (!code) return std::unexpected(to_error(module->sources, code.error()));
  return engine.add(std::move(key), std::make_shared<Step>(Step{store.step, module, *std::move(code)}));
}

std::expected<void, Error> start(StoreImpl& store) {
  if (store.core) return {};
  auto root = store.home.impl().start();
  if (!root) return std::unexpected(std::move(root).error());
  auto made = store.home.impl().compiler.instantiate((*root)->code, {});
  if (!made) return std::unexpected(to_error(made.error()->message));
  store.step = *std::move(root);
  store.core = *std::move(made);
  return {};
}

}  // namespace

Expected<Instance> Linker::instantiate(Store& where, const Module& module) const {
  StoreImpl& store = where.impl();
  if (auto ready = start(store); !ready) return std::unexpected(std::move(ready).error());
  Binder binder{*this, store, *module.impl(), {}, {}, {}, {}};
  if (auto bound = binder.bind_all(); !bound) return std::unexpected(std::move(bound).error());
  Expected<StepRef> step = next_step(store, module.impl(), binder);
  if (!step) return std::unexpected(std::move(step).error());

  const InstanceId id = store.runtime().program().instances.next_id();
  std::vector<engine::HostFunc> hosts;
  for (const auto& function : binder.functions) {
    store.hosts.push_back({&store, id, function});
    hosts.push_back({dispatch, &store.hosts.back()});
  }
  if (auto grown = store.core->extend((*step)->code, hosts); !grown) {
    return std::unexpected(to_error(grown.error()->message));
  }
  store.step = *std::move(step);
  if (engine::CallResult done = store.core->instantiate_one(id); !done) {
    return std::unexpected(to_error(std::move(done).error()));
  }
  return Instance(&store, id);
}

std::expected<void, Error> compile_ahead(const Engine& engine, const Module& module) {
  auto root = engine.impl().start();
  if (!root) return std::unexpected(std::move(root).error());
  const Module::Impl& impl = *module.impl();
  engine::CoreInstance instance{.module = &impl.module, .name = impl.name, .facts = impl.facts};
  std::vector<engine::HostDecl> decls;
  for (const wasm::Import& import : impl.module.imports) {
    const auto* type = std::get_if<wasm::TypeIndex>(&import.type);
    if (type == nullptr) {
      return std::unexpected(to_error(fmt::format("import `{}` `{}`: only functions can be linked later", import.module, import.name)));
    }
    instance.imports.emplace_back(HostSlot(decls.size()));
    decls.push_back({import.module + "." + import.name, std::get<FuncType>(impl.module.types[*type].type), &impl.module});
  }
  auto code = engine.impl().compiler.extend((*root)->code, std::move(instance), decls);
  if (!code) return std::unexpected(to_error(impl.sources, code.error()));
  return {};
}

Expected<Func> wrap_func(Store& store, FuncType type, RawHostFunc function) {
  wasm::ModuleBuilder builder;
  builder.export_("f", builder.import_func("host", "f", type));
  const wasm::Module built = std::move(builder).build();
  const std::vector<std::uint8_t> bytes = wasm::encode_module(built);
  Expected<Module> module = store.impl().home.impl().helper(store.impl().home, bytes);
  if (!module) return std::unexpected(std::move(module).error());
  Expected<Instance> made = Linker().func("host", "f", std::move(type), std::move(function)).instantiate(store, *module);
  if (!made) return std::unexpected(std::move(made).error());
  return *made->func("f");
}

}  // namespace witc::api
