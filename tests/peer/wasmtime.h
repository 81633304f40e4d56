// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// wasmtime, where its Python package is installed: the package's shared library has wasmtime's C API, which is opened
// at run time, so that neither the build nor a test needs it. For the differential tests and the benchmarks.
//
// The declarations are those of the C API that are used, by the names and layouts of its documentation
// (https://docs.wasmtime.dev/c-api/).

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace witc::peer {

/// `wasmtime_val_t`.
struct Value {
  enum Kind : std::uint8_t { kI32, kI64, kF32, kF64, kV128, kFuncRef, kExternRef, kAnyRef, kExnRef };
  std::uint8_t kind = kI32;
  union Of {
    std::int32_t i32;
    std::int64_t i64;
    std::uint32_t f32;  // bits
    std::uint64_t f64;
    std::uint8_t v128[16];
    struct {
      std::uint64_t store_id;  // 0 for null
      std::uint64_t rest[2];
    } ref;
  } of{};
};

struct Api;

struct Options {
  bool optimise = true;  // the C API's `speed`, else `none`
};

/// A module, instantiated without imports in a store of its own.
class WasmtimeInstance {
 public:
  WasmtimeInstance(WasmtimeInstance&&) noexcept;
  ~WasmtimeInstance();

  /// Nothing, or why it trapped: one of the specification's messages, or the engine's own.
  std::optional<std::string> call(std::string_view function, std::span<const Value> args, std::span<Value> results);
  /// The exported memory's bytes, shared or not; nothing if there is none of that name.
  std::optional<std::span<const std::uint8_t>> memory(std::string_view name);
  std::optional<Value> global(std::string_view name);
  bool set_global(std::string_view name, const Value& value);
  /// The exported table's size.
  std::optional<std::uint64_t> table_size(std::string_view name);
  /// Is there a reference that is not null.
  bool table_has(std::string_view name, std::uint64_t index);

 private:
  friend class Wasmtime;
  struct State;
  explicit WasmtimeInstance(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class Wasmtime {
 public:
  /// Nothing if it is not installed. `WITC_WASMTIME_LIBRARY` names the library, else Python is asked.
  static std::unique_ptr<Wasmtime> load(const Options& options);
  ~Wasmtime();

  /// Compiles and instantiates; the message of the error or trap if that fails.
  std::expected<WasmtimeInstance, std::string> instantiate(std::span<const std::uint8_t> module) const;

 private:
  Wasmtime() = default;
  std::shared_ptr<const Api> api_;
  void* engine_ = nullptr;
};

}  // namespace witc::peer
