// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Components on wasmtime, through the same shared library as tests/peer/wasmtime.h: for benchmarks and the tests beside
// them. Values are the C API's own, so that a call costs what it costs there and no more.

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace witc::peer {

/// `wasmtime_component_val_t`, of which scalars and strings are used.
struct ComponentValue {
  enum Kind : std::uint8_t { kBool, kS8, kU8, kS16, kU16, kS32, kU32, kS64, kU64, kF32, kF64, kChar, kString };
  std::uint8_t kind = kU32;
  union Of {
    std::uint32_t u32;
    std::uint64_t u64;
    struct {
      std::size_t size;
      const char* data;
    } string;
    std::uint64_t words[3];
  } of{};
};

struct ComponentApi;

struct ComponentOptions {
  /// What async components need (`concurrency_support`): without it, calls cost less.
  bool concurrency = true;
  /// The pooling allocator, with room for this many component instances at once; 0: memory on demand.
  std::uint32_t pool = 0;
};

/// What a function of the host's is given. No error can be returned.
using ComponentHost = void (*)(void* data, std::span<const ComponentValue> args, std::span<ComponentValue> results);

/// `wasmtime_component_func_t`, whose size is the library's affair.
struct ComponentFunction {
  std::uint64_t words[8] = {};
};

/// A function by its place in its component, found once for all instances.
struct ComponentExport {
  void* index = nullptr;
};

/// An instance in a store of its own.
class ComponentInstance {
 public:
  ComponentInstance(ComponentInstance&&) noexcept;
  ~ComponentInstance();
  /// A function that the component itself exports.
  std::optional<ComponentFunction> find(std::string_view name);
  std::optional<ComponentFunction> find(ComponentExport item);
  /// Nothing, or what went wrong. Results are the caller's; scalars need no freeing.
  std::optional<std::string> call(const ComponentFunction& function, std::span<const ComponentValue> args,
                                  std::span<ComponentValue> results);

 private:
  friend class LoadedComponent;
  struct State;
  explicit ComponentInstance(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Compiled, and what it is linked with.
class LoadedComponent {
 public:
  LoadedComponent(LoadedComponent&&) noexcept;
  ~LoadedComponent();
  /// A function that the component itself imports.
  std::optional<std::string> define(std::string_view name, ComponentHost host, void* data);
  /// Good as long as this is; nothing if there is none of that name.
  std::optional<ComponentExport> find(std::string_view name);
  std::expected<ComponentInstance, std::string> instantiate();

 private:
  friend class ComponentEngine;
  struct State;
  explicit LoadedComponent(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class ComponentEngine {
 public:
  /// Nothing if it is not installed. It must outlive what it loads.
  static std::unique_ptr<ComponentEngine> load(const ComponentOptions& options);
  ~ComponentEngine();
  /// From a component binary, at `speed`.
  std::expected<LoadedComponent, std::string> compile(std::span<const std::uint8_t> binary);

 private:
  ComponentEngine() = default;
  std::shared_ptr<const ComponentApi> api_;
  void* engine_ = nullptr;
};

}  // namespace witc::peer
