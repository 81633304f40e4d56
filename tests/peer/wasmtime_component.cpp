// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/peer/wasmtime_component.h"

#include <dlfcn.h>

#include <utility>
#include <vector>

#include "tests/peer/library.h"

namespace witc::peer {
namespace {

struct ByteVec {
  std::size_t size = 0;
  char* data = nullptr;
};
/// `wasmtime_component_instance_t`, with room to spare.
struct InstanceHandle {
  std::uint64_t words[8] = {};
};
using Callback = void* (*)(void* data, void* context, const void* type, ComponentValue* args, std::size_t arg_count,
                           ComponentValue* results, std::size_t result_count);
using Finalizer = void (*)(void*);

}  // namespace

// Every function of the C API that is used: result, name without its prefix `wasm`, parameters.
#define WITC_COMPONENT_API(X)                                                                                      \
  X(void*, _config_new, ())                                                                                        \
  X(void*, _engine_new_with_config, (void*))                                                                       \
  X(void, _engine_delete, (void*))                                                                                 \
  X(void, _byte_vec_delete, (ByteVec*))                                                                            \
  X(void, time_config_cranelift_opt_level_set, (void*, std::uint8_t))                                              \
  X(void, time_config_concurrency_support_set, (void*, bool))                                                      \
  X(void, time_config_wasm_component_model_async_set, (void*, bool))                                               \
  X(void*, time_pooling_allocation_config_new, ())                                                                 \
  X(void, time_pooling_allocation_config_delete, (void*))                                                          \
  X(void, time_pooling_allocation_config_total_component_instances_set, (void*, std::uint32_t))                    \
  X(void, time_pooling_allocation_config_total_core_instances_set, (void*, std::uint32_t))                         \
  X(void, time_pooling_allocation_config_total_memories_set, (void*, std::uint32_t))                               \
  X(void, time_pooling_allocation_config_total_tables_set, (void*, std::uint32_t))                                 \
  X(void, time_pooling_allocation_config_total_gc_heaps_set, (void*, std::uint32_t))                               \
  X(void, time_pooling_allocation_config_total_stacks_set, (void*, std::uint32_t))                                 \
  X(void, time_pooling_allocation_config_max_memory_size_set, (void*, std::size_t))                                \
  X(void, time_pooling_allocation_strategy_set, (void*, const void*))                                              \
  X(void*, time_store_new, (void*, void*, void*))                                                                  \
  X(void, time_store_delete, (void*))                                                                              \
  X(void*, time_store_context, (void*))                                                                            \
  X(void, time_error_message, (void*, ByteVec*))                                                                   \
  X(void, time_error_delete, (void*))                                                                              \
  X(void*, time_component_new, (void*, const std::uint8_t*, std::size_t, void**))                                  \
  X(void, time_component_delete, (void*))                                                                          \
  X(void*, time_component_linker_new, (void*))                                                                     \
  X(void, time_component_linker_delete, (void*))                                                                   \
  X(void*, time_component_linker_root, (void*))                                                                    \
  X(void, time_component_linker_instance_delete, (void*))                                                          \
  X(void*, time_component_linker_instance_add_func, (void*, const char*, std::size_t, Callback, void*, Finalizer)) \
  X(void*, time_component_linker_instantiate, (const void*, void*, const void*, InstanceHandle*))                  \
  X(void*, time_component_instance_get_export_index,                                                               \
    (const InstanceHandle*, void*, const void*, const char*, std::size_t))                                         \
  X(bool, time_component_instance_get_func, (const InstanceHandle*, void*, const void*, ComponentFunction*))       \
  X(void*, time_component_get_export_index, (const void*, const void*, const char*, std::size_t))                  \
  X(void, time_component_export_index_delete, (void*))                                                             \
  X(void*, time_component_func_call,                                                                               \
    (const ComponentFunction*, void*, const ComponentValue*, std::size_t, ComponentValue*, std::size_t))

struct ComponentApi {
#define WITC_DECLARE(result, name, params) result(*name) params = nullptr;
  WITC_COMPONENT_API(WITC_DECLARE)
#undef WITC_DECLARE

  bool open(void* library) {
#define WITC_FIND(result, name, params)                                    \
  name = reinterpret_cast<result(*) params>(dlsym(library, "wasm" #name)); \
  if (name == nullptr) return false;
    WITC_COMPONENT_API(WITC_FIND)
#undef WITC_FIND
    return true;
  }
  /// The message; `error` is freed.
  [[nodiscard]] std::string text(void* error) const {
    ByteVec message;
    time_error_message(error, &message);
    time_error_delete(error);
    std::string text(message.data, message.size);
    _byte_vec_delete(&message);
    return text;
  }
};

struct ComponentInstance::State {
  std::shared_ptr<const ComponentApi> api;
  void* store = nullptr;
  void* context = nullptr;
  InstanceHandle instance;
  ~State() {
    if (store != nullptr) api->time_store_delete(store);
  }
};

ComponentInstance::ComponentInstance(std::unique_ptr<State> state) : state_(std::move(state)) {}
ComponentInstance::ComponentInstance(ComponentInstance&&) noexcept = default;
ComponentInstance::~ComponentInstance() = default;

std::optional<ComponentFunction> ComponentInstance::find(std::string_view name) {
  void* index = state_->api->time_component_instance_get_export_index(&state_->instance, state_->context, nullptr,
                                                                      name.data(), name.size());
  if (index == nullptr) return std::nullopt;
  auto function = find(ComponentExport{index});
  state_->api->time_component_export_index_delete(index);
  return function;
}

std::optional<ComponentFunction> ComponentInstance::find(ComponentExport item) {
  ComponentFunction function;
  if (!state_->api->time_component_instance_get_func(&state_->instance, state_->context, item.index, &function)) {
    return std::nullopt;
  }
  return function;
}

std::optional<std::string> ComponentInstance::call(const ComponentFunction& function,
                                                   std::span<const ComponentValue> args,
                                                   std::span<ComponentValue> results) {
  void* error = state_->api->time_component_func_call(&function, state_->context, args.data(), args.size(),
                                                      results.data(), results.size());
  if (error == nullptr) return std::nullopt;
  return state_->api->text(error);
}

struct LoadedComponent::State {
  struct Host {
    ComponentHost function;
    void* data;
  };
  std::shared_ptr<const ComponentApi> api;
  void* engine = nullptr;
  void* component = nullptr;
  void* linker = nullptr;
  std::vector<std::unique_ptr<Host>> hosts;
  std::vector<void*> found;
  ~State() {
    for (void* index : found) api->time_component_export_index_delete(index);
    if (linker != nullptr) api->time_component_linker_delete(linker);
    if (component != nullptr) api->time_component_delete(component);
  }
  static void* call_host(void* data, void*, const void*, ComponentValue* args, std::size_t arg_count,
                         ComponentValue* results, std::size_t result_count) {
    const auto* host = static_cast<const Host*>(data);
    host->function(host->data, {args, arg_count}, {results, result_count});
    return nullptr;
  }
};

LoadedComponent::LoadedComponent(std::unique_ptr<State> state) : state_(std::move(state)) {}
LoadedComponent::LoadedComponent(LoadedComponent&&) noexcept = default;
LoadedComponent::~LoadedComponent() = default;

std::optional<std::string> LoadedComponent::define(std::string_view name, ComponentHost host, void* data) {
  const ComponentApi& api = *state_->api;
  state_->hosts.push_back(std::make_unique<State::Host>(State::Host{host, data}));
  void* root = api.time_component_linker_root(state_->linker);
  void* error = api.time_component_linker_instance_add_func(root, name.data(), name.size(), State::call_host,
                                                            state_->hosts.back().get(), nullptr);
  api.time_component_linker_instance_delete(root);
  if (error == nullptr) return std::nullopt;
  return api.text(error);
}

std::optional<ComponentExport> LoadedComponent::find(std::string_view name) {
  void* index = state_->api->time_component_get_export_index(state_->component, nullptr, name.data(), name.size());
  if (index == nullptr) return std::nullopt;
  state_->found.push_back(index);
  return ComponentExport{index};
}

std::expected<ComponentInstance, std::string> LoadedComponent::instantiate() {
  auto made = std::make_unique<ComponentInstance::State>();
  made->api = state_->api;
  made->store = made->api->time_store_new(state_->engine, nullptr, nullptr);
  made->context = made->api->time_store_context(made->store);
  void* error =
      made->api->time_component_linker_instantiate(state_->linker, made->context, state_->component, &made->instance);
  if (error != nullptr) return std::unexpected(state_->api->text(error));
  return ComponentInstance(std::move(made));
}

std::unique_ptr<ComponentEngine> ComponentEngine::load(const ComponentOptions& options) {
  void* library = open_library();
  auto api = std::make_shared<ComponentApi>();
  if (library == nullptr || !api->open(library)) return nullptr;
  void* config = api->_config_new();
  api->time_config_cranelift_opt_level_set(config, 1);
  if (!options.concurrency) {
    api->time_config_wasm_component_model_async_set(config, false);
    api->time_config_concurrency_support_set(config, false);
  }
  if (options.pool != 0) {
    void* pool = api->time_pooling_allocation_config_new();
    api->time_pooling_allocation_config_total_component_instances_set(pool, options.pool);
    for (auto set : {api->time_pooling_allocation_config_total_core_instances_set,
                     api->time_pooling_allocation_config_total_memories_set,
                     api->time_pooling_allocation_config_total_tables_set}) {
      set(pool, 4 * options.pool);
    }
    api->time_pooling_allocation_strategy_set(config, pool);
    api->time_pooling_allocation_config_delete(pool);
  }
  std::unique_ptr<ComponentEngine> loaded(new ComponentEngine);
  loaded->engine_ = api->_engine_new_with_config(config);
  loaded->api_ = std::move(api);
  if (loaded->engine_ == nullptr) return nullptr;
  return loaded;
}

ComponentEngine::~ComponentEngine() {
  if (engine_ != nullptr) api_->_engine_delete(engine_);
}

std::expected<LoadedComponent, std::string> ComponentEngine::compile(std::span<const std::uint8_t> binary) {
  auto state = std::make_unique<LoadedComponent::State>();
  state->api = api_;
  state->engine = engine_;
  if (void* error = api_->time_component_new(engine_, binary.data(), binary.size(), &state->component)) {
    return std::unexpected(api_->text(error));
  }
  state->linker = api_->time_component_linker_new(engine_);
  return LoadedComponent(std::move(state));
}

}  // namespace witc::peer
