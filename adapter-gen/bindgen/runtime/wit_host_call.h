// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The end of wit_host.h: calls in both directions.

#include "wit_host.h"
#include "wit_host_handles.h"

namespace wit::host {

using witc::host::DirectCall;
using witc::host::DirectExport;
using witc::host::DirectFunction;
using witc::host::DirectGuest;

// -- calls ---------------------------------------------------------------------------------------------

/// Reads the arguments of an import, calls `implementation` with them, gives its result or its trap.
template <class Result, class... Params, class Function>
witc::host::CallResult serve(const std::shared_ptr<ResourceTable>& table, std::span<const Val> args, Function function) {
  if (args.size() != sizeof...(Params)) return mismatch();
  if (table->full()) return std::unexpected(Trap{witc::abi::TrapKind::kHost, "the guest holds too many host resources"});
  Scope scope;
  scope.table = table.get();
  return [&]<std::size_t... I>(std::index_sequence<I...>) -> witc::host::CallResult {
    std::tuple<OrTrap<Params>...> read{Codec<Params>::from_val(args[I], scope)...};
    std::optional<Trap> trap;
    ((std::get<I>(read) || trap ? void() : void(trap = std::get<I>(read).error())), ...);
    if (trap) return std::unexpected(*std::move(trap));
    if constexpr (std::is_void_v<Result>) {
      if ((trap = function(*std::move(std::get<I>(read))...))) return std::unexpected(*std::move(trap));
      return std::optional<Val>();
    } else {
      auto [result, ended] = function(*std::move(std::get<I>(read))...);
      if (ended) return std::unexpected(*std::move(ended));
      return std::optional<Val>(Codec<Result>::to_val(result, scope));
    }
  }(std::index_sequence_for<Params...>());
}

/// Calls a member function and asks its object for a trap: for `serve`.
template <class Result, class Object, class Member, class... Args>
auto invoke(Object& object, Member member, Args&&... args) {
  if constexpr (std::is_void_v<Result>) {
    std::invoke(member, object, std::forward<Args>(args)...);
    return take_trap(object);
  } else {
    Result result = std::invoke(member, object, std::forward<Args>(args)...);
    std::optional<Trap> trap = take_trap(object);
    return std::pair<Result, std::optional<Trap>>(std::move(result), std::move(trap));
  }
}

/// The same for calls without Val: the result, or true; nothing or false for a trap.
template <class Result, class Object, class Member, class... Args>
auto answer(DirectGuest& guest, Object& object, Member member, Args&&... args) {
  if constexpr (std::is_void_v<Result>) {
    std::invoke(member, object, std::forward<Args>(args)...);
    return !is_trapped(object) || guest.fail(*take_trap(object));
  } else {
    std::optional<Result> result(std::invoke(member, object, std::forward<Args>(args)...));
    if (is_trapped(object)) [[unlikely]] {
      guest.fail(*take_trap(object));
      result.reset();
    }
    return result;
  }
}

/// `by_val`, and where types allow of it `call(guest, params...)` beside it, which gives what `answer` gives.
template <class Result, class... Params, class Call>
witc::host::HostFunction with_direct(const HostLinker& linker, witc::host::HostFunction by_val, Call call) {
  if constexpr (witc::host::DirectSignature<Result, Params...>) {
    struct State {
      std::shared_ptr<ResourceTable> table;
      Call call;
    };
    by_val.direct.fits = witc::host::fits_signature<Result, Params...>;
    by_val.direct.state = std::make_shared<const State>(linker.resources(), std::move(call));
    by_val.direct.call = [](const void* state, DirectGuest& guest, std::uint64_t* slots) {
      const State& self = *static_cast<const State*>(state);
      if (self.table->full()) [[unlikely]] {
        return guest.fail(Trap{witc::abi::TrapKind::kHost, "the guest holds too many host resources"});
      }
      DirectCall under_way{guest, self.table.get()};
      return witc::host::serve_directly<Result, Params...>(
          under_way, slots, [&](Params&&... params) { return self.call(guest, std::move(params)...); });
    };
  }
  return by_val;
}

/// A function of an interface, as the linker takes it. `host` must outlive the linker and its instances.
template <class Result, class... Params, class Host, class Member>
witc::host::HostFunction function(const HostLinker& linker, Host& host, Member member) {
  auto by_val = [table = linker.resources(), &host, member](std::span<const Val> args) {
    return serve<Result, Params...>(table, args, [&](Params&&... params) {
      return invoke<Result>(host, member, std::forward<Params>(params)...);
    });
  };
  return with_direct<Result, Params...>(linker, std::move(by_val), [&host, member](DirectGuest& guest, Params&&... params) {
    return answer<Result>(guest, host, member, std::move(params)...);
  });
}

/// A method of one of its resources.
template <class Result, class Self, class... Params, class Member>
witc::host::HostFunction method(const HostLinker& linker, Member member) {
  using Object = std::reference_wrapper<Self>;
  auto by_val = [table = linker.resources(), member](std::span<const Val> args) {
    return serve<Result, Object, Params...>(table, args, [&](Object&& self, Params&&... params) {
      return invoke<Result>(self.get(), member, std::forward<Params>(params)...);
    });
  };
  return with_direct<Result, Object, Params...>(
      linker, std::move(by_val), [member](DirectGuest& guest, Object&& self, Params&&... params) {
        return answer<Result>(guest, self.get(), member, std::move(params)...);
      });
}

/// Calls an export, by Val.
template <class Result, class... Params>
OrTrap<Result> call_by_val(ExportCaller& caller, std::string_view interface, std::string_view name, Params&... params) {
  Scope scope;
  scope.caller = &caller;
  scope.table = caller.resources();
  std::vector<Val> args;
  (args.push_back(Codec<std::remove_cvref_t<Params>>::to_val(params, scope)), ...);
  std::optional<Val> result = TRY_TRAP(caller.call(interface, name, args));
  if constexpr (std::is_void_v<Result>) {
    if (result) return mismatch();
    return {};
  } else {
    if (!result) return mismatch();
    return Codec<Result>::from_val(*result, scope);
  }
}

/// A string as a template argument.
template <std::size_t kSize>
struct Name {
  char text[kSize];
  consteval Name(const char (&literal)[kSize]) {  // NOLINT: a literal is one
    for (std::size_t i = 0; i < kSize; ++i) text[i] = literal[i];
  }
  constexpr operator std::string_view() const { return {text, kSize - 1}; }  // NOLINT
};

/// Its address stands for one export with one C++ type.
template <Name kInterface, Name kFunction, class Result, class... Params>
inline constexpr char kExport = 0;

/// Calls an export.
template <class Result, Name kInterface, Name kFunction, class... Params>
OrTrap<Result> call(ExportCaller& caller, Params&&... params) {
  if constexpr (witc::host::DirectSignature<Result, std::remove_cvref_t<Params>...>) {
    constexpr const void* kTag = &kExport<kInterface, kFunction, Result, std::remove_cvref_t<Params>...>;
    DirectExport* target = caller.direct(kTag, kInterface, kFunction,
                                         witc::host::fits_signature<Result, std::remove_cvref_t<Params>...>);
    if (target != nullptr) {
      DirectCall under_way{*target, caller.resources(), &caller};
      auto result = witc::host::call_directly<Result, std::remove_cvref_t<Params>...>(*target, under_way, params...);
      if (!result) [[unlikely]] return std::unexpected(caller.take_trap(*target));
      if constexpr (std::is_void_v<Result>) return {};
      else return *std::move(result);
    }
  }
  return call_by_val<Result>(caller, kInterface, kFunction, params...);
}

}  // namespace wit::host
