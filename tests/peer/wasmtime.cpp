// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/peer/wasmtime.h"

#include <dlfcn.h>

#include <array>

#include "tests/peer/library.h"

namespace witc::peer {
namespace {

struct ByteVec {
  std::size_t size = 0;
  char* data = nullptr;
};

/// `wasmtime_extern_t`: what an export is; `of` is handed back to the API as it came.
struct Extern {
  enum Kind : std::uint8_t { kFunc, kGlobal, kTable, kMemory, kSharedMemory, kTag };
  std::uint8_t kind = kFunc;
  std::uint64_t of[3] = {};
};

struct InstanceHandle {
  std::uint64_t store_id = 0;
  std::size_t index = 0;
};

constexpr std::size_t kStack = 4u << 20;

}  // namespace

// Every function of the C API that is used: result, name without its prefix `wasm`, parameters.
#define WITC_WASMTIME_API(X)                                                                                        \
  X(void*, _config_new, ())                                                                                         \
  X(void*, _engine_new_with_config, (void*))                                                                        \
  X(void, _engine_delete, (void*))                                                                                  \
  X(void, _trap_delete, (void*))                                                                                    \
  X(void, _trap_message, (void*, ByteVec*))                                                                         \
  X(void, _byte_vec_delete, (ByteVec*))                                                                             \
  X(void, time_config_max_wasm_stack_set, (void*, std::size_t))                                                     \
  X(void, time_config_async_stack_size_set, (void*, std::uint64_t))                                                 \
  X(void, time_config_cranelift_opt_level_set, (void*, std::uint8_t))                                               \
  X(void, time_config_parallel_compilation_set, (void*, bool))                                                      \
  X(void, time_config_wasm_threads_set, (void*, bool))                                                              \
  X(void, time_config_shared_memory_set, (void*, bool))                                                             \
  X(void, time_config_wasm_tail_call_set, (void*, bool))                                                            \
  X(void, time_config_wasm_function_references_set, (void*, bool))                                                  \
  X(void, time_config_wasm_gc_set, (void*, bool))                                                                   \
  X(void, time_config_wasm_relaxed_simd_set, (void*, bool))                                                         \
  X(void, time_config_wasm_multi_memory_set, (void*, bool))                                                         \
  X(void, time_config_wasm_memory64_set, (void*, bool))                                                             \
  X(void, time_config_wasm_exceptions_set, (void*, bool))                                                           \
  X(void, time_config_wasm_custom_page_sizes_set, (void*, bool))                                                    \
  X(void, time_config_wasm_wide_arithmetic_set, (void*, bool))                                                      \
  X(void*, time_store_new, (void*, void*, void*))                                                                   \
  X(void, time_store_delete, (void*))                                                                               \
  X(void*, time_store_context, (void*))                                                                             \
  X(void*, time_module_new, (void*, const std::uint8_t*, std::size_t, void**))                                      \
  X(void, time_module_delete, (void*))                                                                              \
  X(void*, time_instance_new, (void*, void*, const Extern*, std::size_t, InstanceHandle*, void**))                  \
  X(bool, time_instance_export_get, (void*, const InstanceHandle*, const char*, std::size_t, Extern*))              \
  X(void*, time_func_call, (void*, const void*, const Value*, std::size_t, Value*, std::size_t, void**))            \
  X(bool, time_trap_code, (void*, std::uint8_t*))                                                                   \
  X(void, time_error_message, (void*, ByteVec*))                                                                    \
  X(void, time_error_delete, (void*))                                                                               \
  X(std::uint8_t*, time_memory_data, (void*, const void*))                                                          \
  X(std::size_t, time_memory_data_size, (void*, const void*))                                                       \
  X(std::uint8_t*, time_sharedmemory_data, (void*))                                                                 \
  X(std::size_t, time_sharedmemory_data_size, (void*))                                                              \
  X(void, time_global_get, (void*, const void*, Value*))                                                            \
  X(void*, time_global_set, (void*, const void*, const Value*))                                                     \
  X(std::uint64_t, time_table_size, (void*, const void*))                                                           \
  X(bool, time_table_get, (void*, const void*, std::uint64_t, Value*))                                              \
  X(void, time_val_unroot, (Value*))                                                                                \
  X(void, time_extern_delete, (Extern*))

struct Api {
#define WITC_DECLARE(result, name, params) result(*name) params = nullptr;
  WITC_WASMTIME_API(WITC_DECLARE)
#undef WITC_DECLARE

  bool open(void* library) {
#define WITC_FIND(result, name, params)                                 \
  name = reinterpret_cast<result(*) params>(dlsym(library, "wasm" #name)); \
  if (name == nullptr) return false;
    WITC_WASMTIME_API(WITC_FIND)
#undef WITC_FIND
    return true;
  }

  [[nodiscard]] std::string text(ByteVec message) const {
    std::string text(message.data, message.size);
    _byte_vec_delete(&message);
    return text;
  }

  /// The message of whichever is not null, which is freed.
  [[nodiscard]] std::string failure(void* error, void* trap) const {
    static constexpr std::array kMessages = {
        "call stack exhausted",          "out of bounds memory access", "unaligned atomic",
        "out of bounds table access",    "uninitialized element",       "indirect call type mismatch",
        "integer overflow",              "integer divide by zero",      "invalid conversion to integer",
        "unreachable",                   "interrupt",                   "all fuel consumed",
        "expected shared memory",        "null reference",              "out of bounds array access",
        "allocation size too large",     "cast failure"};
    ByteVec message;
    if (error != nullptr) {
      time_error_message(error, &message);
      time_error_delete(error);
      return text(message);
    }
    std::uint8_t code = 0;
    if (time_trap_code(trap, &code) && code < kMessages.size()) {
      _trap_delete(trap);
      return kMessages[code];
    }
    _trap_message(trap, &message);
    _trap_delete(trap);
    return text(message);
  }
};

struct WasmtimeInstance::State {
  std::shared_ptr<const Api> api;
  void* store = nullptr;
  void* context = nullptr;
  InstanceHandle instance;

  ~State() {
    if (store != nullptr) api->time_store_delete(store);
  }
  std::optional<Extern> find(std::string_view name, Extern::Kind kind) const {
    Extern item;
    if (!api->time_instance_export_get(context, &instance, name.data(), name.size(), &item)) return std::nullopt;
    if (item.kind != kind) return std::nullopt;
    return item;
  }
};

WasmtimeInstance::WasmtimeInstance(std::unique_ptr<State> state) : state_(std::move(state)) {}
WasmtimeInstance::WasmtimeInstance(WasmtimeInstance&&) noexcept = default;
WasmtimeInstance::~WasmtimeInstance() = default;

std::optional<std::string> WasmtimeInstance::call(std::string_view function, std::span<const Value> args,
                                                  std::span<Value> results) {
  const auto func = state_->find(function, Extern::kFunc);
  if (!func) return "no such function";
  void* trap = nullptr;
  void* error = state_->api->time_func_call(state_->context, func->of, args.data(), args.size(), results.data(),
                                            results.size(), &trap);
  if (error == nullptr && trap == nullptr) return std::nullopt;
  return state_->api->failure(error, trap);
}

std::optional<std::span<const std::uint8_t>> WasmtimeInstance::memory(std::string_view name) {
  if (const auto memory = state_->find(name, Extern::kMemory)) {
    return std::span<const std::uint8_t>(state_->api->time_memory_data(state_->context, memory->of),
                                         state_->api->time_memory_data_size(state_->context, memory->of));
  }
  if (auto memory = state_->find(name, Extern::kSharedMemory)) {
    void* shared = reinterpret_cast<void*>(memory->of[0]);
    const std::span<const std::uint8_t> bytes(state_->api->time_sharedmemory_data(shared),
                                              state_->api->time_sharedmemory_data_size(shared));
    state_->api->time_extern_delete(&*memory);
    return bytes;
  }
  return std::nullopt;
}

std::optional<Value> WasmtimeInstance::global(std::string_view name) {
  const auto global = state_->find(name, Extern::kGlobal);
  if (!global) return std::nullopt;
  Value value;
  state_->api->time_global_get(state_->context, global->of, &value);
  Value copy = value;
  if (value.kind > Value::kFuncRef) state_->api->time_val_unroot(&value);
  return copy;
}

bool WasmtimeInstance::set_global(std::string_view name, const Value& value) {
  const auto global = state_->find(name, Extern::kGlobal);
  return global && state_->api->time_global_set(state_->context, global->of, &value) == nullptr;
}

std::optional<std::uint64_t> WasmtimeInstance::table_size(std::string_view name) {
  const auto table = state_->find(name, Extern::kTable);
  if (!table) return std::nullopt;
  return state_->api->time_table_size(state_->context, table->of);
}

bool WasmtimeInstance::table_has(std::string_view name, std::uint64_t index) {
  const auto table = state_->find(name, Extern::kTable);
  Value value;
  if (!table || !state_->api->time_table_get(state_->context, table->of, index, &value)) return false;
  const bool has = value.of.ref.store_id != 0;
  if (value.kind > Value::kFuncRef) state_->api->time_val_unroot(&value);
  return has;
}

std::unique_ptr<Wasmtime> Wasmtime::load(const Options& options) {
  void* library = open_library();
  auto api = std::make_shared<Api>();
  if (library == nullptr || !api->open(library)) return nullptr;
  void* config = api->_config_new();
  api->time_config_async_stack_size_set(config, 2 * kStack);
  api->time_config_max_wasm_stack_set(config, kStack);
  api->time_config_cranelift_opt_level_set(config, options.optimise ? 1 : 0);
  api->time_config_parallel_compilation_set(config, false);
  for (auto set : {api->time_config_wasm_threads_set, api->time_config_shared_memory_set,
                   api->time_config_wasm_tail_call_set, api->time_config_wasm_function_references_set,
                   api->time_config_wasm_gc_set, api->time_config_wasm_relaxed_simd_set,
                   api->time_config_wasm_multi_memory_set, api->time_config_wasm_memory64_set,
                   api->time_config_wasm_exceptions_set, api->time_config_wasm_custom_page_sizes_set,
                   api->time_config_wasm_wide_arithmetic_set}) {
    set(config, true);
  }
  std::unique_ptr<Wasmtime> loaded(new Wasmtime);
  loaded->engine_ = api->_engine_new_with_config(config);
  loaded->api_ = std::move(api);
  if (loaded->engine_ == nullptr) return nullptr;
  return loaded;
}

Wasmtime::~Wasmtime() {
  if (engine_ != nullptr) api_->_engine_delete(engine_);
}

std::expected<WasmtimeInstance, std::string> Wasmtime::instantiate(std::span<const std::uint8_t> module) const {
  void* compiled = nullptr;
  if (void* error = api_->time_module_new(engine_, module.data(), module.size(), &compiled)) {
    return std::unexpected(api_->failure(error, nullptr));
  }
  auto state = std::make_unique<WasmtimeInstance::State>();
  state->api = api_;
  state->store = api_->time_store_new(engine_, nullptr, nullptr);
  state->context = api_->time_store_context(state->store);
  void* trap = nullptr;
  void* error = api_->time_instance_new(state->context, compiled, nullptr, 0, &state->instance, &trap);
  api_->time_module_delete(compiled);
  if (error != nullptr || trap != nullptr) return std::unexpected(api_->failure(error, trap));
  return WasmtimeInstance(std::move(state));
}

}  // namespace witc::peer
