// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The second half of wit_host.h: handles, and calls in both directions.

#include "wit_host.h"

namespace wit::host {

// -- handles -------------------------------------------------------------------------------------------

/// An owned resource of ours: in the table while a component holds it. Calls of exports have a table if their caller was
/// told one; without, our resources are no value of any type, and the call fails.
template <class R>
struct Codec<std::unique_ptr<R>> {
  static Val to_val(std::unique_ptr<R>& object, Scope& scope) {
    return scope.table == nullptr ? Val() : Val::own(scope.table->add(std::move(object)));
  }
  static OrTrap<std::unique_ptr<R>> from_val(const Val& val, Scope& scope) {
    const auto* handle = val.get_if<Val::Handle>();
    if (handle == nullptr || !handle->is_own || scope.table == nullptr) return mismatch();
    std::unique_ptr<R> object = scope.table->take<R>(handle->rep);
    if (object == nullptr) return mismatch();
    return object;
  }
};

template <class R>
struct Codec<std::reference_wrapper<R>> {
  static OrTrap<std::reference_wrapper<R>> from_val(const Val& val, Scope& scope) {
    const auto* handle = val.get_if<Val::Handle>();
    R* object = handle == nullptr || scope.table == nullptr ? nullptr : scope.table->get<R>(handle->rep);
    if (object == nullptr) return mismatch();
    return std::ref(*object);
  }
  /// Lent to an export until the call is over.
  static Val to_val(const std::reference_wrapper<R>& object, Scope& scope) {
    ResourceTable* table = scope.table;
    if (table == nullptr) return Val();
    const std::uint64_t rep = table->lend(object.get());
    scope.kept.push_back(std::shared_ptr<void>(&object.get(), [table, rep](void*) { table->forget(rep); }));
    return Val::borrow(rep);
  }
};

/// An owned resource of a component.
template <class R>
  requires std::is_base_of_v<Handle<R>, R>
struct Codec<R> {
  static Val to_val(R& owner, Scope&) { return Val::own(release_handle(owner).rep); }
  static OrTrap<R> from_val(const Val& val, Scope& scope) {
    const auto* handle = val.get_if<Val::Handle>();
    if (handle == nullptr || !handle->is_own) return mismatch();
    return R(RawHandle{scope.caller, handle->rep});
  }
};

template <class R>
struct Codec<Borrow<R>> {
  static Val to_val(const Borrow<R>& borrow, Scope&) { return Val::borrow(raw_handle(*borrow).rep); }
  static OrTrap<Borrow<R>> from_val(const Val&, Scope&) { return mismatch(); }  // never lent to the host
};

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

/// A function of an interface, as the linker takes it. `host` must outlive the linker and its instances.
template <class Result, class... Params, class Host, class Member>
witc::host::HostFunction function(const HostLinker& linker, Host& host, Member member) {
  return [table = linker.resources(), &host, member](std::span<const Val> args) {
    return serve<Result, Params...>(table, args, [&](Params&&... params) {
      return invoke<Result>(host, member, std::forward<Params>(params)...);
    });
  };
}

/// A method of one of its resources.
template <class Result, class Self, class... Params, class Member>
witc::host::HostFunction method(const HostLinker& linker, Member member) {
  return [table = linker.resources(), member](std::span<const Val> args) {
    return serve<Result, std::reference_wrapper<Self>, Params...>(
        table, args, [&](std::reference_wrapper<Self>&& self, Params&&... params) {
          return invoke<Result>(self.get(), member, std::forward<Params>(params)...);
        });
  };
}

/// Calls an export.
template <class Result, class... Params>
OrTrap<Result> call(ExportCaller& caller, std::string_view interface, std::string_view name, Params&&... params) {
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

}  // namespace wit::host
