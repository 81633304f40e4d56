// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Calls of components with C++ types, without generated code: the fastest there are (docs/embedding.md).
//
//     auto greet = TRY(TypedFunc<std::string(std::string_view, std::uint32_t)>::find(instance, "example:app/main", "greet"));
//     std::expected<std::string, Trap> said = greet("you", 3);
//
//     define_typed<std::uint32_t(std::string_view)>(linker, "example:log/sink@1.0.0", "write",
//                                                   [](std::string_view line) { return ...; });
//
// Types are those of generated bindings (adapter-gen/bindgen/runtime/wit.h): scalars, std::string, std::vector, std::optional,
// std::expected, std::tuple, std::array, std::map, and as parameters std::string_view and std::span. Records, enums and flags
// are told of by a specialisation:
//
//     template <>
//     struct witc::host::Direct<Point> : witc::host::DirectRecord<Point, &Point::x, &Point::y> {};
//
// Handles need the classes of generated bindings. Types are compared when the function is found, or linked.

#include <concepts>
#include <utility>

#include "adapter-gen/direct_call.h"
#include "engine/component.h"

namespace witc::engine {

/// What finding said: there is no such function, or none of that type that can be called so.
std::unexpected<Trap> no_typed_func(const Component& component, std::string_view interface, std::string_view name);

template <class Signature>
class TypedFunc;

/// An export of an instance, good as long as that, and used by one thread at a time. `Result` owns what it holds.
template <class Result, class... Params>
  requires host::DirectSignature<Result, Params...>
class TypedFunc<Result(Params...)> {
 public:
  /// Names as in Component::find_func. The trap (kHost) says why not; then ComponentInstance::call may do.
  static std::expected<TypedFunc, Trap> find(ComponentInstance& instance, std::string_view interface, std::string_view name) {
    if (auto func = instance.component().find_func(interface, name)) {
      if (auto target = instance.find_direct(*func, host::fits_signature<Result, Params...>)) {
        return TypedFunc(std::move(target));
      }
    }
    return no_typed_func(instance.component(), interface, name);
  }

  std::expected<Result, Trap> operator()(const Params&... params) const {
    host::DirectCall call{*target_};
    auto result = host::call_directly<Result, Params...>(*target_, call, params...);
    if (!result) [[unlikely]] return std::unexpected(target_->take_trap());
    if constexpr (std::is_void_v<Result>) return {};
    else return *std::move(result);
  }

 private:
  explicit TypedFunc(std::unique_ptr<DirectCallee> target) : target_(std::move(target)) {}
  std::unique_ptr<DirectCallee> target_;
};

/// HostFn of a function that has no other way than to be called directly.
HostFn only_direct(std::string_view interface, std::string_view name);

namespace detail {

template <class Signature>
struct TypedHost;

template <class Result, class... Params>
struct TypedHost<Result(Params...)> {
  static_assert(host::DirectSignature<Result, Params...>);

  template <class Function>
  static host::DirectFunction make(Function function) {
    host::DirectFunction made{host::fits_signature<Result, Params...>};
    made.state = std::make_shared<const Function>(std::move(function));
    made.call = [](const void* state, host::DirectGuest& guest, std::uint64_t* slots) {
      host::DirectCall call{guest};
      return host::serve_directly<Result, Params...>(call, slots, [&](Params&&... params) {
        return answer(guest, *static_cast<const Function*>(state), std::move(params)...);
      });
    };
    return made;
  }

 private:
  static auto answer(host::DirectGuest& guest, const auto& function, Params&&... params) {
    using Given = decltype(function(std::move(params)...));
    if constexpr (std::is_same_v<Given, std::expected<Result, abi::Trap>>) {
      Given given = function(std::move(params)...);
      if (!given) [[unlikely]] guest.fail(std::move(given).error());
      if constexpr (std::is_void_v<Result>) return given.has_value();
      else return given ? std::optional<Result>(*std::move(given)) : std::nullopt;
    } else if constexpr (std::is_void_v<Result>) {
      function(std::move(params)...);
      return true;
    } else {
      return std::optional<Result>(function(std::move(params)...));
    }
  }
};

}  // namespace detail

/// Supplies a function of that type, called as const; it gives the result, or an std::expected of it or an abi::Trap. Views
/// among its parameters are of the guest's memory, good until it returns. A component that imports it with another type
/// cannot be linked; one that can only be called by Val (ComponentInstance::find_direct) traps when it calls.
template <class Signature, class Function>
void define_typed(Linker& linker, std::string_view interface, std::string_view name, Function function) {
  linker.func(interface, name, only_direct(interface, name),
              {detail::TypedHost<Signature>::make(std::move(function)), nullptr, /*is_alone=*/true});
}

}  // namespace witc::engine
