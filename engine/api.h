// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The engine for programs that run core WebAssembly modules: load, link, call. (Components: engine/component.h.)
// Needs no LLVM header.
//
//     api::Engine engine;
//     api::Module module = TRY(api::Module::load(engine, bytes));            // binary or text
//     api::Linker linker;
//     linker.func("env", "log", [](std::int32_t value) { std::printf("%d\n", value); });
//     api::Store store(engine);
//     api::Instance instance = TRY(linker.instantiate(store, module));
//     auto add = TRY(instance.func<std::int32_t(std::int32_t, std::int32_t)>("add"));
//     std::expected<std::int32_t, api::Trap> sum = add(1, 2);
//
// How it works. A module is compiled for what it is linked to: a call of another instance's function is a direct call,
// its memory is as near as the module's own. So machine code is made when a module is instantiated, and the Engine keeps
// it: another Store that instantiates the same modules in the same way starts at once. Instances, and all that is theirs,
// live until their Store is dropped.
//
// Threads. Engines and Modules may be used by any number of threads at once. A Store, and everything got from it, is
// used by one thread at a time; different Stores run at once. A handle (Instance, Func, Memory, Table, Global) is a small
// value that may be copied and is good as long as its Store.

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "engine/engine.h"
#include "engine/trap.h"
#include "wasm/core/types.h"

namespace witc::api {

using engine::EngineOptions;
using engine::OptLevel;
using engine::Trap;
using engine::TrapKind;
using wasm::ExternKind;
using wasm::FuncType;
using wasm::ValType;

/// What went wrong, for people; the trap where it was one (a start function's, say).
struct Error {
  std::string message;
  std::optional<Trap> trap;
};
template <class T>
using Expected = std::expected<T, Error>;

class Store;
class Linker;
struct StoreImpl;

/// Options, and the machine code made so far. Copies share it.
class Engine {
 public:
  explicit Engine(EngineOptions options = {});
  struct Impl;
  [[nodiscard]] Impl& impl() const { return *impl_; }

 private:
  std::shared_ptr<Impl> impl_;
};

/// An import or export of a module.
struct ItemType {
  std::string module;  // empty for exports
  std::string name;
  ExternKind kind = ExternKind::kFunc;
};

/// A module that was read and validated. Immutable; copies share it.
class Module {
 public:
  /// From the binary format or from text, which `bytes` need not outlive. `name` is for backtraces; the module's own name
  /// goes before it. Errors: malformed or invalid, with the place.
  static Expected<Module> load(const Engine& engine, std::span<const std::uint8_t> bytes, std::string name = "module");
  static Expected<Module> load(const Engine& engine, std::string_view text, std::string name = "module");

  [[nodiscard]] std::vector<ItemType> imports() const;
  [[nodiscard]] std::vector<ItemType> exports() const;

  struct Impl;
  explicit Module(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  [[nodiscard]] const std::shared_ptr<const Impl>& impl() const { return impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

/// A reference to something of the host's that guests can only pass on: 0 is null.
struct ExternRef {
  std::uint64_t word = 0;
  friend bool operator==(ExternRef, ExternRef) = default;
};

/// A function of a Store, or (default) the null reference.
class Func {
 public:
  Func() = default;
  /// A host function as a value, e.g. for a table. The types as in Linker::func.
  template <class Function>
  static Expected<Func> wrap(Store& store, Function function);

  explicit operator bool() const { return word_ != 0; }
  [[nodiscard]] FuncType type() const;
  /// Calls it. The arguments must fit the type. Errors: they do not, or the trap.
  Expected<std::vector<class Val>> call(std::span<const class Val> args) const;

  Func(StoreImpl* store, std::uint64_t word) : store_(store), word_(word) {}
  [[nodiscard]] std::uint64_t word() const { return word_; }
  [[nodiscard]] StoreImpl* store() const { return store_; }
  /// As compiled code passes values: engine/engine.h. No type is compared.
  std::expected<void, Trap> call_slots(std::span<std::uint64_t> slots) const;

 private:
  StoreImpl* store_ = nullptr;
  std::uint64_t word_ = 0;
};

/// A value with its type. References to functions are Funcs, those to host objects ExternRefs; other references are
/// opaque words, good until the guest runs again.
class Val {
 public:
  Val() = default;
  Val(ValType type, std::uint64_t low, std::uint64_t high = 0) : type_(type), slots_{low, high} {}
  static Val i32(std::int32_t value) { return {ValType::i32(), static_cast<std::uint32_t>(value)}; }
  static Val i64(std::int64_t value) { return {ValType::i64(), static_cast<std::uint64_t>(value)}; }
  static Val f32(float value) { return {ValType::f32(), std::bit_cast<std::uint32_t>(value)}; }
  static Val f64(double value) { return {ValType::f64(), std::bit_cast<std::uint64_t>(value)}; }
  static Val v128(std::uint64_t low, std::uint64_t high) { return {ValType::v128(), low, high}; }
  static Val of(Func func) { return {ValType::funcref(), func.word()}; }
  static Val of(ExternRef reference) { return {ValType::externref(), reference.word}; }

  [[nodiscard]] const ValType& type() const { return type_; }
  [[nodiscard]] std::int32_t i32() const { return static_cast<std::int32_t>(static_cast<std::uint32_t>(slots_[0])); }
  [[nodiscard]] std::int64_t i64() const { return static_cast<std::int64_t>(slots_[0]); }
  [[nodiscard]] float f32() const { return std::bit_cast<float>(static_cast<std::uint32_t>(slots_[0])); }
  [[nodiscard]] double f64() const { return std::bit_cast<double>(slots_[0]); }
  [[nodiscard]] std::uint64_t word() const { return slots_[0]; }
  [[nodiscard]] const std::array<std::uint64_t, 2>& slots() const { return slots_; }

 private:
  ValType type_;
  std::array<std::uint64_t, 2> slots_{};
};

/// C++ types that stand for wasm types, for typed functions.
template <class T>
struct WasmType;
template <class T, ValType (*kType)()>
struct WasmScalar {
  static ValType type() { return kType(); }
  static std::uint64_t to_slot(T value) {
    if constexpr (sizeof(T) == 4) return std::bit_cast<std::uint32_t>(value);
    else return std::bit_cast<std::uint64_t>(value);
  }
  static T from_slot(std::uint64_t slot, StoreImpl*) {
    if constexpr (sizeof(T) == 4) return std::bit_cast<T>(static_cast<std::uint32_t>(slot));
    else return std::bit_cast<T>(slot);
  }
};
template <> struct WasmType<std::int32_t> : WasmScalar<std::int32_t, ValType::i32> {};
template <> struct WasmType<std::uint32_t> : WasmScalar<std::uint32_t, ValType::i32> {};
template <> struct WasmType<std::int64_t> : WasmScalar<std::int64_t, ValType::i64> {};
template <> struct WasmType<std::uint64_t> : WasmScalar<std::uint64_t, ValType::i64> {};
template <> struct WasmType<float> : WasmScalar<float, ValType::f32> {};
template <> struct WasmType<double> : WasmScalar<double, ValType::f64> {};
template <> struct WasmType<ExternRef> : WasmScalar<ExternRef, ValType::externref> {};
template <>
struct WasmType<Func> {
  static ValType type() { return ValType::funcref(); }
  static std::uint64_t to_slot(Func func) { return func.word(); }
  static Func from_slot(std::uint64_t slot, StoreImpl* store) { return {store, slot}; }
};

/// Results: none, one, or several as a tuple.
template <class Result>
struct WasmResults {
  static std::vector<ValType> types() { return {WasmType<Result>::type()}; }
  static Result load(const std::uint64_t* slots, StoreImpl* store) { return WasmType<Result>::from_slot(slots[0], store); }
  static void save(std::uint64_t* slots, const Result& value) { slots[0] = WasmType<Result>::to_slot(value); }
};
template <>
struct WasmResults<void> {
  static std::vector<ValType> types() { return {}; }
  static void load(const std::uint64_t*, StoreImpl*) {}
};
template <class... Ts>
struct WasmResults<std::tuple<Ts...>> {
  static std::vector<ValType> types() { return {WasmType<Ts>::type()...}; }
  static std::tuple<Ts...> load(const std::uint64_t* slots, StoreImpl* store) {
    return std::tuple<Ts...>{WasmType<Ts>::from_slot(*slots++, store)...};  // braces: left to right
  }
  static void save(std::uint64_t* slots, const std::tuple<Ts...>& values) {
    std::apply([&](const Ts&... value) { ((*slots++ = WasmType<Ts>::to_slot(value)), ...); }, values);
  }
};

/// A function whose type was compared once.
template <class Signature>
class TypedFunc;
template <class Result, class... Args>
class TypedFunc<Result(Args...)> {
 public:
  static FuncType type() { return {{WasmType<Args>::type()...}, WasmResults<Result>::types()}; }
  explicit TypedFunc(Func func) : func_(func) {}

  std::expected<Result, Trap> operator()(Args... args) const {
    std::array<std::uint64_t, kSlots> slots{WasmType<Args>::to_slot(args)...};
    if (auto done = func_.call_slots(slots); !done) return std::unexpected(std::move(done).error());
    if constexpr (std::is_void_v<Result>) return {};
    else return WasmResults<Result>::load(slots.data(), func_.store());
  }
  [[nodiscard]] Func func() const { return func_; }

 private:
  template <class T>
  struct Count : std::integral_constant<std::size_t, 1> {};
  template <class... Ts>
  struct Count<std::tuple<Ts...>> : std::integral_constant<std::size_t, sizeof...(Ts)> {};
  static constexpr std::size_t kSlots = std::max({sizeof...(Args), Count<Result>::value, std::size_t{1}});

  Func func_;
};

/// A linear memory. The bytes never move, but there are more of them when it has grown.
class Memory {
 public:
  /// `pages`: of 64 KiB, now and at most.
  static Expected<Memory> make(Store& store, std::uint64_t pages, std::optional<std::uint64_t> max_pages = {});
  [[nodiscard]] std::span<std::uint8_t> bytes() const;
  /// In pages of the memory's type.
  [[nodiscard]] std::uint64_t size() const;
  /// The size before, or nothing if it cannot grow so far.
  std::optional<std::uint64_t> grow(std::uint64_t pages) const;

  StoreImpl* store = nullptr;
  engine::InstanceId instance;
  std::uint32_t index = 0;
};

/// A table of references.
class Table {
 public:
  /// Of functions, all null.
  static Expected<Table> make(Store& store, std::uint32_t size, std::optional<std::uint32_t> max_size = {});
  [[nodiscard]] std::uint64_t size() const;
  /// Nothing if out of bounds. `func` is for tables of functions: it is null for others.
  [[nodiscard]] std::optional<Val> get(std::uint64_t at) const;
  [[nodiscard]] std::optional<Func> func(std::uint64_t at) const;
  /// False if out of bounds or of another type.
  bool set(std::uint64_t at, const Val& value) const;

  StoreImpl* store = nullptr;
  engine::InstanceId instance;
  std::uint32_t index = 0;
};

class Global {
 public:
  static Expected<Global> make(Store& store, const Val& value, bool is_mutable);
  [[nodiscard]] wasm::GlobalType type() const;
  [[nodiscard]] Val get() const;
  /// False if it is immutable or of another type.
  bool set(const Val& value) const;

  StoreImpl* store = nullptr;
  engine::InstanceId instance;
  std::uint32_t index = 0;
};

using Extern = std::variant<Func, Memory, Table, Global>;

/// A module in a Store.
class Instance {
 public:
  /// Exports by name; nothing if there is none of the kind.
  [[nodiscard]] std::optional<Func> func(std::string_view name) const;
  [[nodiscard]] std::optional<Memory> memory(std::string_view name) const;
  [[nodiscard]] std::optional<Table> table(std::string_view name) const;
  [[nodiscard]] std::optional<Global> global(std::string_view name) const;
  /// A function with its type: `func<std::int32_t(std::int32_t, double)>("f")`. Errors: there is none, or of another type.
  template <class Signature>
  [[nodiscard]] Expected<TypedFunc<Signature>> func(std::string_view name) const {
    Expected<Func> found = typed_func(name, TypedFunc<Signature>::type());
    if (!found) return std::unexpected(std::move(found).error());
    return TypedFunc<Signature>(*found);
  }
  /// A core dump after that trap: engine/coredump.h.
  [[nodiscard]] std::vector<std::uint8_t> coredump(const Trap& trap, std::string_view name) const;

  StoreImpl* store = nullptr;
  engine::InstanceId id;

 private:
  [[nodiscard]] Expected<Func> typed_func(std::string_view name, const FuncType& type) const;
};

/// What runs: instances and what they own. Move-only.
class Store {
 public:
  explicit Store(const Engine& engine);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  /// The trap's backtrace with the places in the source where modules carry DWARF: engine/dwarf.h.
  [[nodiscard]] std::string describe(Trap trap) const;
  [[nodiscard]] StoreImpl& impl() const { return *impl_; }

 private:
  std::unique_ptr<StoreImpl> impl_;
};

/// A host function's view of who calls it: as first parameter `Caller&`.
class Caller {
 public:
  Caller(StoreImpl* store, engine::InstanceId instance) : instance_{store, instance} {}
  /// The instance that imports the function.
  [[nodiscard]] const Instance& instance() const { return instance_; }
  /// For host functions that wait in poll(2): readable once the store is interrupted. engine::Instance::interrupt_fd.
  [[nodiscard]] int interrupt_fd() const;

 private:
  Instance instance_;
};

/// A host function as it is called: arguments in `slots`, results over them. Must not throw anything but
/// std::exceptions, which become traps.
using RawHostFunc = std::function<std::expected<void, Trap>(Caller& caller, std::span<std::uint64_t> slots)>;

namespace detail {

template <class Result, class... Args>
struct Typed {
  static FuncType type() { return {{WasmType<Args>::type()...}, results()}; }

  template <class Function, class... First>
  static RawHostFunc wrap(Function function) {
    return [function = std::move(function)](Caller& caller, std::span<std::uint64_t> slots) -> std::expected<void, Trap> {
      return call(function, caller, slots, std::index_sequence_for<Args...>(), std::bool_constant<sizeof...(First) != 0>());
    };
  }

 private:
  template <class T>
  struct Plain {
    using type = T;
  };
  template <class T>
  struct Plain<std::expected<T, Trap>> {
    using type = T;
  };
  using Value = typename Plain<Result>::type;
  static constexpr bool kMayTrap = !std::is_same_v<Value, Result>;
  static std::vector<ValType> results() { return WasmResults<Value>::types(); }

  template <class Function, std::size_t... kIndex, bool kWithCaller>
  static std::expected<void, Trap> call(const Function& function, Caller& caller, std::span<std::uint64_t> slots,
                                        std::index_sequence<kIndex...>, std::bool_constant<kWithCaller>) {
    auto run = [&]() -> Result {
      if constexpr (kWithCaller) {
        return function(caller, WasmType<Args>::from_slot(slots[kIndex], caller.instance().store)...);
      } else {
        return function(WasmType<Args>::from_slot(slots[kIndex], caller.instance().store)...);
      }
    };
    if constexpr (kMayTrap) {
      Result result = run();
      if (!result) return std::unexpected(std::move(result).error());
      if constexpr (!std::is_void_v<Value>) WasmResults<Value>::save(slots.data(), *result);
    } else if constexpr (std::is_void_v<Value>) {
      run();
    } else {
      WasmResults<Value>::save(slots.data(), run());
    }
    return {};
  }
};

template <class Result, class... Args, class Function>
std::pair<FuncType, RawHostFunc> typed_host(std::function<Result(Args...)>*, Function function) {
  return {Typed<Result, Args...>::type(), Typed<Result, Args...>::template wrap<Function>(std::move(function))};
}
template <class Result, class... Args, class Function>
std::pair<FuncType, RawHostFunc> typed_host(std::function<Result(Caller&, Args...)>*, Function function) {
  return {Typed<Result, Args...>::type(), Typed<Result, Args...>::template wrap<Function, Caller>(std::move(function))};
}
template <class Function>
std::pair<FuncType, RawHostFunc> host_func(Function function) {
  using Signature = decltype(std::function(function));
  return typed_host(static_cast<Signature*>(nullptr), std::move(function));
}

}  // namespace detail

/// What imports mean. Copies are independent.
class Linker {
 public:
  /// A host function of C++: parameters of the types that WasmType knows, after an optional `Caller&`; it returns
  /// nothing, one of them or a tuple, or an std::expected of one of these or a Trap. It is called as const. A later
  /// definition of a name replaces an earlier one.
  template <class Function>
  Linker& func(std::string_view module, std::string_view name, Function function) {
    auto [type, raw] = detail::host_func(std::move(function));
    return func(module, name, std::move(type), std::move(raw));
  }
  /// A host function of any type (of types without indices: no references to defined types).
  Linker& func(std::string_view module, std::string_view name, FuncType type, RawHostFunc function);
  /// One item of a store.
  Linker& define(std::string_view module, std::string_view name, Extern item);
  /// All exports of an instance, tags among them, under a module's name.
  Linker& instance(std::string_view module, const Instance& instance);

  /// Makes an instance: links, compiles unless this was done before, runs the start function. What is defined from a
  /// store can only be imported in the same. Errors: an import that is missing or does not fit, resources, a trap. After
  /// a trap the instance stays in the store, for others may refer to it by then.
  Expected<Instance> instantiate(Store& store, const Module& module) const;

 private:
  struct Host {
    FuncType type;
    std::shared_ptr<const RawHostFunc> function;
  };
  using Definition = std::variant<Host, Extern>;
  friend struct Binder;

  std::vector<std::pair<std::pair<std::string, std::string>, Definition>> items_;
  std::vector<std::pair<std::string, Instance>> instances_;
};

/// Compiles a module as it will be when it is the first of a store, and a Linker gives it a host function for each of its
/// imports: for EngineOptions::archive. Errors: resources; imports that are no functions.
std::expected<void, Error> compile_ahead(const Engine& engine, const Module& module);

/// A module that exports the host function again, to have it as a value.
Expected<Func> wrap_func(Store& store, FuncType type, RawHostFunc function);

template <class Function>
Expected<Func> Func::wrap(Store& store, Function function) {
  auto [type, raw] = detail::host_func(std::move(function));
  return wrap_func(store, std::move(type), std::move(raw));
}

}  // namespace witc::api
