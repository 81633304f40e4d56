// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Calls in both directions by the conversions of direct_codec.h: what the engine's TypedFunc and generated host bindings
// are made of. Flattening and spilling are those of CanonicalABI.md "Lifting and Lowering Values".

#include "adapter-gen/direct_codec.h"

namespace witc::host {

template <class Result>
constexpr bool has_direct_result() {
  if constexpr (std::is_void_v<Result>) return true;
  else return HasDirect<Result>;
}
/// Can a function of this type be called directly?
template <class Result, class... Params>
concept DirectSignature = (HasDirect<Params> && ...) && has_direct_result<Result>();

/// DirectFunction::fits of a function of C++.
template <class Result, class... Params>
bool fits_signature(TypeMatch& match, const component::FuncType& type) {
  std::vector<component::ValType> params;
  for (const component::FieldType& param : type.params) params.push_back(param.type);
  if (type.is_async || !DirectFields<Params...>::fits(match, params)) return false;
  if constexpr (std::is_void_v<Result>) return !type.result;
  else return type.result && Direct<Result>::fits(match, *type.result);
}

/// May a value of T lie there, by what the guest says?
template <class T>
bool check_place(DirectGuest& guest, std::uint32_t ptr) {
  if (ptr % T::kAlign != 0) return guest.fail(abi::TrapKind::kUnalignedPointer);
  return guest.contains(ptr, T::kSize) || guest.fail(abi::TrapKind::kListOutOfBounds);
}

/// DirectFunction::call: lifts the arguments, calls, lowers the result. `function` takes them as rvalues and gives an
/// std::optional<Result>, or a bool if there is no result; nothing or false after DirectGuest::fail.
template <class Result, class... Params>
bool serve_directly(DirectCall& call, std::uint64_t* slots, auto&& function) {
  using Fields = DirectFields<Params...>;
  constexpr bool kIsSpilled = Fields::kFlat > abi::kMaxFlatParams;
  auto run = [&](Params&&... params) -> bool {
    if constexpr (std::is_void_v<Result>) {
      return function(std::move(params)...);
    } else {
      std::optional<Result> result = function(std::move(params)...);
      if (!result) [[unlikely]] return false;
      if constexpr (Direct<Result>::kFlat <= abi::kMaxFlatResults) {
        Slots to{slots};
        return Direct<Result>::lower(call, *result, to);
      } else {
        const auto ptr = static_cast<std::uint32_t>(slots[kIsSpilled ? 1 : Fields::kFlat]);
        if (!check_place<Direct<Result>>(call.guest, ptr)) return false;
        Bytes32 to{ptr};
        return Direct<Result>::lower(call, *result, to);
      }
    }
  };
  if constexpr (kIsSpilled) {
    const auto ptr = static_cast<std::uint32_t>(slots[0]);
    if (!check_place<Fields>(call.guest, ptr)) return false;
    Bytes32 from{ptr};
    return Fields::lift(call, from, run, false);
  } else {
    Slots from{slots};
    return Fields::lift(call, from, run, false);
  }
}

namespace detail {

template <class... Params>
bool lower_arguments(DirectCall& call, std::uint64_t* slots, auto&... params) {
  using Fields = DirectFields<Params...>;
  if constexpr (Fields::kFlat > abi::kMaxFlatParams) {
    if (!call.guest.allocate(slots[0], Fields::kAlign, Fields::kSize)) return false;
    Bytes32 to{slots[0]};
    return Fields::lower(call, to, params...);
  } else {
    Slots to{slots};
    return Fields::lower(call, to, params...);
  }
}

template <class Result>
std::optional<Result> lift_result(DirectCall& call, std::uint64_t* slots) {
  if constexpr (Direct<Result>::kFlat <= abi::kMaxFlatResults) {
    Slots from{slots};
    return Direct<Result>::lift(call, from);
  } else {
    const auto ptr = static_cast<std::uint32_t>(slots[0]);
    if (!check_place<Direct<Result>>(call.guest, ptr)) return std::nullopt;
    Bytes32 from{ptr};
    return Direct<Result>::lift(call, from);
  }
}

}  // namespace detail

/// Calls an export: its result, or true if there is none. Nothing or false if it failed: then the trap is to be taken.
/// `call.guest` is the export, and `Result` owns what it holds.
template <class Result, class... Params>
auto call_directly(DirectExport& target, DirectCall& call, auto&... params)
    -> std::conditional_t<std::is_void_v<Result>, bool, std::optional<std::conditional_t<std::is_void_v<Result>, char, Result>>> {
  constexpr unsigned kFlat = DirectFields<Params...>::kFlat;
  std::uint64_t slots[kFlat == 0 || kFlat > abi::kMaxFlatParams ? 1 : kFlat];
  if constexpr (std::is_void_v<Result>) {
    if (!target.begin() || !detail::lower_arguments<Params...>(call, slots, params...) || !target.call(slots)) return false;
    return target.finish(0);
  } else {
    if (!target.begin() || !detail::lower_arguments<Params...>(call, slots, params...) || !target.call(slots)) {
      return std::nullopt;
    }
    const std::uint64_t first = slots[0];
    std::optional<Result> result = detail::lift_result<Result>(call, slots);
    if (!result || !target.finish(first)) [[unlikely]] return std::nullopt;
    return result;
  }
}

}  // namespace witc::host
