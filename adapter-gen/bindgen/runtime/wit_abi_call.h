// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The second half of wit_abi.h: variants (and option, result), handles of resources, and the two
// calls, out of the component and into it.

#include "wit_abi.h"

namespace wit::abi {

// -- variants ----------------------------------------------------------------------------------------

template <class Payload>
struct PayloadAbi : Abi<Payload> {};
template <>
struct PayloadAbi<void> : Row<> {};

/// Discriminant and payload (`elem_size_variant`, `flatten_variant`); a case without payload is void.
template <class... Payloads>
struct CaseLayout {
  static constexpr std::size_t kCount = sizeof...(Payloads);
  using Discriminant = std::conditional_t<
      kCount <= 0x100, std::uint8_t, std::conditional_t<kCount <= 0x10000, std::uint16_t, std::uint32_t>>;

  static constexpr std::uint32_t kPayloadAlign = [] {
    std::uint32_t alignment = 1;
    ((alignment = PayloadAbi<Payloads>::kAlign > alignment ? PayloadAbi<Payloads>::kAlign : alignment), ...);
    return alignment;
  }();
  static constexpr std::uint32_t kPayloadSize = [] {
    std::uint32_t size = 0;
    ((size = PayloadAbi<Payloads>::kSize > size ? PayloadAbi<Payloads>::kSize : size), ...);
    return size;
  }();
  static constexpr std::uint32_t kPayloadOffset = align_to(sizeof(Discriminant), kPayloadAlign);
  static constexpr std::uint32_t kAlign =
      kPayloadAlign > sizeof(Discriminant) ? kPayloadAlign : std::uint32_t{sizeof(Discriminant)};
  static constexpr std::uint32_t kSize = align_to(kPayloadOffset + kPayloadSize, kAlign);
  static constexpr bool kBitwise = false;
  static constexpr bool kHasPointers = (PayloadAbi<Payloads>::kHasPointers || ...);

  static constexpr FlatTypes payload_flat() {
    FlatTypes joined;
    auto add = [&joined](const FlatTypes& payload) {
      for (unsigned i = 0; i < payload.count; ++i) {
        if (i < joined.count) joined.types[i] = join(joined.types[i], payload.types[i]);
        else joined.push(payload.types[i]);
      }
    };
    (add(PayloadAbi<Payloads>::flat()), ...);
    return joined;
  }
  static constexpr FlatTypes flat() {
    FlatTypes types;
    types.push(Core::kI32);
    types.append(payload_flat());
    return types;
  }

  static void store_discriminant(std::size_t which, std::byte* at) {
    auto discriminant = static_cast<Discriminant>(which);
    std::memcpy(at, &discriminant, sizeof discriminant);
  }
  static std::size_t load_discriminant(const std::byte* at) {
    Discriminant discriminant;
    std::memcpy(&discriminant, at, sizeof discriminant);
    return discriminant;
  }
  /// Pushes the discriminant, lets `payload` push its values, and fills up to the widest case.
  template <class Lower>
  static void lower_case(std::size_t which, FlatValues& out, Lower payload) {
    out.push(which);
    unsigned end = out.at + payload_flat().count;
    payload();
    out.at = end;
  }
  /// Reads the discriminant, lets `payload(which)` read its values, and skips the rest.
  template <class Lift>
  static auto lift_case(FlatValues& in, Lift payload) {
    auto which = static_cast<std::size_t>(in.next());
    unsigned end = in.at + payload_flat().count;
    auto value = payload(which);
    in.at = end;
    return value;
  }
};

template <class T>
struct Abi<std::optional<T>> : CaseLayout<void, T> {
  using Layout = CaseLayout<void, T>;
  template <class V>
  static void store(V& value, std::byte* at, Scope& scope) {
    Layout::store_discriminant(value.has_value() ? 1 : 0, at);
    if (value) Abi<T>::store(*value, at + Layout::kPayloadOffset, scope);
  }
  static std::optional<T> load(const std::byte* at, Scope& scope) {
    if (Layout::load_discriminant(at) == 0) return std::nullopt;
    return std::optional<T>(std::in_place, Abi<T>::load(at + Layout::kPayloadOffset, scope));
  }
  template <class V>
  static void lower(V& value, FlatValues& out, Scope& scope) {
    Layout::lower_case(value.has_value() ? 1 : 0, out, [&] {
      if (value) Abi<T>::lower(*value, out, scope);
    });
  }
  static std::optional<T> lift(FlatValues& in, Scope& scope) {
    return Layout::lift_case(in, [&](std::size_t which) -> std::optional<T> {
      if (which == 0) return std::nullopt;
      return std::optional<T>(std::in_place, Abi<T>::lift(in, scope));
    });
  }
};

/// Error payload of a result: std::monostate stands for none.
template <class E>
using ErrorPayload = std::conditional_t<std::is_same_v<E, std::monostate>, void, E>;

template <class T, class E>
struct Abi<expected<T, E>> : CaseLayout<T, ErrorPayload<E>> {
  using Layout = CaseLayout<T, ErrorPayload<E>>;
  using Value = expected<T, E>;
  static constexpr bool kHasOk = !std::is_void_v<T>;
  static constexpr bool kHasError = !std::is_same_v<E, std::monostate>;

  template <class V>
  static void store(V& value, std::byte* at, Scope& scope) {
    Layout::store_discriminant(value ? 0 : 1, at);
    [[maybe_unused]] std::byte* payload = at + Layout::kPayloadOffset;
    if (value) {
      if constexpr (kHasOk) Abi<T>::store(*value, payload, scope);
    } else {
      if constexpr (kHasError) Abi<E>::store(value.error(), payload, scope);
    }
  }
  static Value load(const std::byte* at, Scope& scope) {
    return make(Layout::load_discriminant(at), [&]<class P>(std::type_identity<P>) {
      return Abi<P>::load(at + Layout::kPayloadOffset, scope);
    });
  }
  template <class V>
  static void lower(V& value, FlatValues& out, Scope& scope) {
    Layout::lower_case(value ? 0 : 1, out, [&] {
      if (value) {
        if constexpr (kHasOk) Abi<T>::lower(*value, out, scope);
      } else {
        if constexpr (kHasError) Abi<E>::lower(value.error(), out, scope);
      }
    });
  }
  static Value lift(FlatValues& in, Scope& scope) {
    return Layout::lift_case(in, [&](std::size_t which) {
      return make(which, [&]<class P>(std::type_identity<P>) { return Abi<P>::lift(in, scope); });
    });
  }

 private:
  template <class Read>
  static Value make(std::size_t which, [[maybe_unused]] Read read) {
    if (which == 0) {
      if constexpr (kHasOk) return Value(read(std::type_identity<T>()));
      else return Value();
    }
    if constexpr (kHasError) return unexpected<E>(read(std::type_identity<E>()));
    else return unexpected<E>(E());
  }
};

/// The payload of a case struct: the type of its `value`, or void.
template <class Case>
struct CasePayload {
  using Type = void;
};
template <class Case>
  requires requires(Case c) { c.value; }
struct CasePayload<Case> {
  using Type = decltype(Case::value);
};

template <class Variant>
struct LayoutOfCases;
template <class... Cases>
struct LayoutOfCases<std::variant<Cases...>> : CaseLayout<typename CasePayload<Cases>::Type...> {};

/// A WIT variant: `T::Cases` is the std::variant of its case structs, `value` holds one.
template <class T>
  requires requires { typename T::Cases; }
struct Abi<T> : LayoutOfCases<typename T::Cases> {
  using Layout = LayoutOfCases<typename T::Cases>;
  using Cases = typename T::Cases;

  template <class V>
  static void store(V& variant, std::byte* at, Scope& scope) {
    Layout::store_discriminant(variant.value.index(), at);
    std::visit([&]<class C>(C& chosen) {
      using Payload = typename CasePayload<std::remove_const_t<C>>::Type;
      if constexpr (!std::is_void_v<Payload>) Abi<Payload>::store(chosen.value, at + Layout::kPayloadOffset, scope);
    }, variant.value);
  }
  static T load(const std::byte* at, Scope& scope) {
    return make<0>(Layout::load_discriminant(at), [&]<class P>(std::type_identity<P>) {
      return Abi<P>::load(at + Layout::kPayloadOffset, scope);
    });
  }
  template <class V>
  static void lower(V& variant, FlatValues& out, Scope& scope) {
    Layout::lower_case(variant.value.index(), out, [&] {
      std::visit([&]<class C>(C& chosen) {
        using Payload = typename CasePayload<std::remove_const_t<C>>::Type;
        if constexpr (!std::is_void_v<Payload>) Abi<Payload>::lower(chosen.value, out, scope);
      }, variant.value);
    });
  }
  static T lift(FlatValues& in, Scope& scope) {
    return Layout::lift_case(in, [&](std::size_t which) {
      return make<0>(which, [&]<class P>(std::type_identity<P>) { return Abi<P>::lift(in, scope); });
    });
  }

 private:
  template <std::size_t kCase, class Read>
  static T make(std::size_t which, Read read) {
    if constexpr (kCase + 1 < std::variant_size_v<Cases>) {
      if (which != kCase) return make<kCase + 1>(which, read);
    }
    using Case = std::variant_alternative_t<kCase, Cases>;
    using Payload = typename CasePayload<Case>::Type;
    if constexpr (std::is_void_v<Payload>) return T{Cases(std::in_place_index<kCase>)};
    else return T{Cases(std::in_place_index<kCase>, Case{read(std::type_identity<Payload>())})};
  }
};

// -- handles -----------------------------------------------------------------------------------------

/// What all handles have in common: an i32 (`flatten_type`, own and borrow).
template <class T, class Self>
struct HandleAbi {
  using Index = ScalarAbi<std::int32_t, Core::kI32>;
  static constexpr std::uint32_t kSize = 4;
  static constexpr std::uint32_t kAlign = 4;
  static constexpr bool kBitwise = false;
  static constexpr bool kHasPointers = false;
  static constexpr FlatTypes flat() { return Index::flat(); }

  template <class V>
  static void store(V& value, std::byte* at, Scope& scope) { Index::store(Self::to_index(value), at, scope); }
  static T load(const std::byte* at, Scope& scope) { return Self::from_index(Index::load(at, scope), scope); }
  template <class V>
  static void lower(V& value, FlatValues& out, Scope& scope) { Index::lower(Self::to_index(value), out, scope); }
  static T lift(FlatValues& in, Scope& scope) { return Self::from_index(Index::lift(in, scope), scope); }
};

/// An owned handle of a resource that others implement: passing it gives it away.
template <class T>
  requires std::is_base_of_v<Handle<T>, T>
struct Abi<T> : HandleAbi<T, Abi<T>> {
  static std::int32_t to_index(T& owner) { return release_handle(owner).index; }
  static T from_index(std::int32_t index, Scope&) { return T(RawHandle{index}); }
};

/// A lent handle of such a resource; one lent to us is given back when the call is over.
template <class R>
struct Abi<Borrow<R>> : HandleAbi<Borrow<R>, Abi<Borrow<R>>> {
  static std::int32_t to_index(const Borrow<R>& borrow) { return raw_handle(borrow).index; }
  static Borrow<R> from_index(std::int32_t index, Scope& scope) {
    scope.give_back<R>(RawHandle{index});
    return Borrow<R>(RawHandle{index});
  }
};

/// What a handle of a resource implemented here stands for. The object can be taken out of it: then
/// dropping the handle, which ends in the destructor we export, destroys only the empty box.
template <class R>
struct Box {
  std::unique_ptr<R> object;
};

/// An owned handle of a resource implemented here, by the canonical built-ins of the resource.
template <class R, auto* kResourceNew, auto* kResourceRep, auto* kResourceDrop>
struct ExportedOwnAbi
    : HandleAbi<std::unique_ptr<R>, ExportedOwnAbi<R, kResourceNew, kResourceRep, kResourceDrop>> {
  static std::int32_t to_index(std::unique_ptr<R>& object) {
    return kResourceNew(static_cast<std::int32_t>(address_of(new Box<R>{std::move(object)})));
  }
  static std::unique_ptr<R> from_index(std::int32_t index, Scope&) {
    auto* box = pointer_to<Box<R>>(static_cast<std::uint32_t>(kResourceRep(index)));
    std::unique_ptr<R> object = std::move(box->object);
    kResourceDrop(index);
    return object;
  }
};

/// A lent one: the representation itself.
template <class R>
struct Abi<std::reference_wrapper<R>> : HandleAbi<std::reference_wrapper<R>, Abi<std::reference_wrapper<R>>> {
  static std::reference_wrapper<R> from_index(std::int32_t rep, Scope&) {
    return *pointer_to<Box<R>>(static_cast<std::uint32_t>(rep))->object;
  }
};

/// The destructor of a resource implemented here.
template <class R>
void destroy(std::int32_t rep) {
  delete pointer_to<Box<R>>(static_cast<std::uint32_t>(rep));
}

// -- calls -------------------------------------------------------------------------------------------

template <class... Expected>
constexpr bool same_types(const FlatTypes& flat) {
  if (flat.count != sizeof...(Expected)) return false;
  unsigned i = 0;
  return ((core_of<Expected>() == flat.types[i++]) && ...);
}

template <class Result>
constexpr bool returns_flat() {
  if constexpr (std::is_void_v<Result>) return true;
  else return Abi<Result>::flat().count <= kMaxFlatResults;
}

/// The core parameters of a lowered function (`flatten_functype`, context "lower").
template <class Result, class... Params>
constexpr FlatTypes import_params() {
  FlatTypes flat = Row<Params...>::flat();
  if (flat.count > kMaxFlatParams) {
    flat = FlatTypes();
    flat.push(Core::kI32);
  }
  if (!returns_flat<Result>()) flat.push(Core::kI32);
  return flat;
}

/// Calls an import. Arguments are lent, but for handles passed as lvalues, which are given away.
template <class Result, class CoreResult, class... CoreParams, class... Params>
Result call_import(CoreResult (*import)(CoreParams...), Params&&... params) {
  using Args = Row<std::remove_cvref_t<Params>...>;
  static_assert(same_types<CoreParams...>(import_params<Result, std::remove_cvref_t<Params>...>()));
  Scope scope;
  FlatValues args;
  alignas(8) [[maybe_unused]] std::byte spilled[Args::kSize + 1];
  if constexpr (Args::flat().count <= kMaxFlatParams) {
    (Abi<std::remove_cvref_t<Params>>::lower(params, args, scope), ...);
  } else {
    Cursor cursor{spilled};
    (Abi<std::remove_cvref_t<Params>>::store(params, cursor.next<std::remove_cvref_t<Params>>(), scope), ...);
    args.push(address_of(spilled));
  }
  auto invoke = [&]<std::size_t... I>(std::index_sequence<I...>) {
    return import(from_slot<CoreParams>(args.slots[I])...);
  };
  constexpr auto kIndices = std::index_sequence_for<CoreParams...>();
  if constexpr (std::is_void_v<Result>) {
    invoke(kIndices);
  } else if constexpr (!returns_flat<Result>()) {
    alignas(8) std::byte area[Abi<Result>::kSize];
    args.push(address_of(area));
    invoke(kIndices);
    return Abi<Result>::load(area, scope);
  } else if constexpr (Abi<Result>::flat().count == 0) {
    invoke(kIndices);
    FlatValues none;
    return Abi<Result>::lift(none, scope);
  } else {
    static_assert(core_of<CoreResult>() == Abi<Result>::flat().types[0]);
    FlatValues result;
    result.push(to_slot(invoke(kIndices)));
    result.at = 0;
    return Abi<Result>::lift(result, scope);
  }
}

/// A result that is read by the caller after we returned: kept whole until `post_return`, so that
/// strings and lists need not be copied to be returned.
template <class Result>
struct Returned {
  alignas(8) std::byte area[Abi<Result>::kSize];  // first: its address is what the caller knows
  Result value;
  Scope scope;
};

/// Ends the life of a result (`post-return`).
template <class Result>
void post_return(std::int32_t area) {
  delete pointer_to<Returned<Result>>(static_cast<std::uint32_t>(area));
}

/// Lowers the result of an export; gives the core result, if there is one.
template <class Result>
auto return_result(Result result) {
  if constexpr (!returns_flat<Result>()) {
    if constexpr (Abi<Result>::kHasPointers) {
      auto* returned = new Returned<Result>{{}, std::move(result), {}};
      Abi<Result>::store(returned->value, returned->area, returned->scope);
      return static_cast<std::int32_t>(address_of(returned->area));
    } else {
      alignas(8) static std::byte area[Abi<Result>::kSize];  // read before anybody can call again
      Scope scope;
      Abi<Result>::store(result, area, scope);
      return static_cast<std::int32_t>(address_of(area));
    }
  } else {
    FlatValues out;
    Scope scope;
    Abi<Result>::lower(result, out, scope);
    constexpr FlatTypes kFlat = Abi<Result>::flat();
    if constexpr (kFlat.count == 0) return;
    else if constexpr (kFlat.types[0] == Core::kI32) return from_slot<std::int32_t>(out.slots[0]);
    else if constexpr (kFlat.types[0] == Core::kI64) return from_slot<std::int64_t>(out.slots[0]);
    else if constexpr (kFlat.types[0] == Core::kF32) return from_slot<float>(out.slots[0]);
    else return from_slot<double>(out.slots[0]);
  }
}

/// Lifts the arguments of an export, calls what implements it, lowers the result.
template <class Result, class... Params, class Implementation, class... CoreParams>
auto call_export(Implementation implementation, CoreParams... core) {
  using Args = Row<Params...>;
  constexpr bool kSpilled = Args::flat().count > kMaxFlatParams;
  FlatValues in;
  (in.push(to_slot(core)), ...);
  in.at = 0;
  Scope scope;
  auto lift_args = [&] {
    if constexpr (kSpilled) {
      std::byte* memory = pointer_to(in.next());
      Cursor cursor{memory};
      std::tuple<Params...> args{Abi<Params>::load(cursor.next<Params>(), scope)...};
      std::free(memory);
      return args;
    } else {
      static_assert(same_types<CoreParams...>(Args::flat()));
      return std::tuple<Params...>{Abi<Params>::lift(in, scope)...};
    }
  };
  auto call = [&](Params&... args) -> Result { return std::invoke(implementation, std::forward<Params>(args)...); };
  std::tuple<Params...> args = lift_args();
  if constexpr (std::is_void_v<Result>) std::apply(call, args);
  else return return_result<Result>(std::apply(call, args));
}

/// `cabi_realloc`: how the other side gets memory for what it passes in.
inline void* reallocate(void* old, std::size_t old_size, std::size_t alignment, std::size_t new_size) {
  if (new_size == 0) {
    if (old_size != 0) std::free(old);
    return pointer_to<void>(alignment);
  }
  void* memory = std::realloc(old_size == 0 ? nullptr : old, new_size);
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace wit::abi
