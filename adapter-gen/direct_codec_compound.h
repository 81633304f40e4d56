// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The second half of direct_codec.h: types made of several.

#include "adapter-gen/direct_codec.h"

namespace witc::host {

// -- records -----------------------------------------------------------------------------------------------------

/// Values one after another: of a record, a tuple, a fixed-length list, parameters.
template <class... Ts>
struct DirectFields {
  static constexpr std::size_t kCount = sizeof...(Ts);
  template <std::size_t kIndex>
  using Field = std::tuple_element_t<kIndex, std::tuple<Ts...>>;

  static constexpr std::uint32_t kAlign = std::max({std::uint32_t{1}, Direct<Ts>::kAlign...});
  static constexpr unsigned kFlat = (0U + ... + Direct<Ts>::kFlat);
  /// The fields' offsets, and behind them the size.
  static constexpr std::array<std::uint32_t, kCount + 1> kOffsets = [] {
    constexpr std::uint32_t kSizes[] = {Direct<Ts>::kSize..., 0}, kAligns[] = {Direct<Ts>::kAlign..., kAlign};
    std::array<std::uint32_t, kCount + 1> offsets{};
    std::uint32_t at = 0;
    for (std::size_t i = 0; i <= kCount; ++i) {
      at = (at + kAligns[i] - 1) / kAligns[i] * kAligns[i];
      offsets[i] = at;
      at += kSizes[i];
    }
    return offsets;
  }();
  static constexpr std::uint32_t kSize = kOffsets[kCount];

  static bool fits(TypeMatch& match, std::span<const component::ValType> types) {
    if (types.size() != kCount) return false;
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return (Direct<Ts>::fits(match, types[I]) && ...);
    }(std::index_sequence_for<Ts...>());
  }

  /// `make(field...)` with the fields as rvalues; what a failure gives, if one of them cannot be lifted.
  template <class Place, class Make, class... Done>
  static auto lift(DirectCall& call, Place& from, Make&& make, auto failed, Done&&... done) -> decltype(failed) {
    constexpr std::size_t kNext = sizeof...(Done);
    if constexpr (kNext == kCount) {
      return make(std::move(done)...);
    } else {
      auto next = [&] {
        if constexpr (Place::kIsFlat) {
          return Direct<Field<kNext>>::lift(call, from);
        } else {
          Bytes32 field{from.ptr + kOffsets[kNext]};
          return Direct<Field<kNext>>::lift(call, field);
        }
      }();
      if (!next) [[unlikely]] return failed;
      return lift(call, from, std::forward<Make>(make), std::move(failed), std::move(done)..., *std::move(next));
    }
  }

  template <class Place>
  static bool lower(DirectCall& call, Place& to, auto&... values) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return (lower_field<I>(call, to, values) && ...);
    }(std::index_sequence_for<Ts...>());
  }

 private:
  template <std::size_t kIndex, class Place>
  static bool lower_field(DirectCall& call, Place& to, auto& value) {
    if constexpr (Place::kIsFlat) {
      return Direct<Field<kIndex>>::lower(call, value, to);
    } else {
      Bytes32 field{to.ptr + kOffsets[kIndex]};
      return Direct<Field<kIndex>>::lower(call, value, field);
    }
  }
};

template <class Fields>
struct DirectSizes {
  static constexpr std::uint32_t kSize = Fields::kSize, kAlign = Fields::kAlign;
  static constexpr unsigned kFlat = Fields::kFlat;
  static constexpr bool kBitwise = false, kNeedsCheck = true;
};

template <class Member>
struct DirectMember;
template <class Record, class T>
struct DirectMember<T Record::*> {
  using Type = T;
};

/// A record, by its members in the order of the WIT.
template <class Record, auto... kMembers>
struct DirectRecord : DirectSizes<DirectFields<typename DirectMember<decltype(kMembers)>::Type...>> {
  using Fields = DirectFields<typename DirectMember<decltype(kMembers)>::Type...>;

  static bool fits(TypeMatch& match, const component::ValType& type) {
    const component::ValueType seen = match.get(type);
    const auto* record = std::get_if<component::RecordType>(&seen);
    if (record == nullptr) return false;
    std::vector<component::ValType> types;
    for (const component::FieldType& field : record->fields) types.push_back(field.type);
    return Fields::fits(match, types);
  }
  template <class Place>
  static std::optional<Record> lift(DirectCall& call, Place& from) {
    return Fields::lift(
        call, from, [](auto&&... fields) { return std::optional<Record>(Record{std::move(fields)...}); },
        std::optional<Record>());
  }
  template <class Place>
  static bool lower(DirectCall& call, auto& value, Place& to) {
    return Fields::lower(call, to, value.*kMembers...);
  }
};

template <HasDirect... Ts>
struct Direct<std::tuple<Ts...>> : DirectSizes<DirectFields<Ts...>> {
  using Fields = DirectFields<Ts...>;
  using Tuple = std::tuple<Ts...>;

  static bool fits(TypeMatch& match, const component::ValType& type) {
    const component::ValueType seen = match.get(type);
    const auto* tuple = std::get_if<component::TupleType>(&seen);
    return tuple != nullptr && Fields::fits(match, tuple->types);
  }
  template <class Place>
  static std::optional<Tuple> lift(DirectCall& call, Place& from) {
    return Fields::lift(
        call, from, [](auto&&... fields) { return std::optional<Tuple>(std::in_place, std::move(fields)...); },
        std::optional<Tuple>());
  }
  template <class Place>
  static bool lower(DirectCall& call, auto& value, Place& to) {
    return std::apply([&](auto&... fields) { return Fields::lower(call, to, fields...); }, value);
  }
};

template <class T, std::size_t>
using Repeat = T;
template <class T, class Indices>
struct RepeatedFields;
template <class T, std::size_t... kIndices>
struct RepeatedFields<T, std::index_sequence<kIndices...>> {
  using Type = DirectFields<Repeat<T, kIndices>...>;
};

/// Longer ones go by Val: here each element is code.
template <HasDirect T, std::size_t kCount>
  requires(kCount <= 32)
struct Direct<std::array<T, kCount>> : DirectSizes<typename RepeatedFields<T, std::make_index_sequence<kCount>>::Type> {
  using Fields = typename RepeatedFields<T, std::make_index_sequence<kCount>>::Type;
  using Array = std::array<T, kCount>;

  static bool fits(TypeMatch& match, const component::ValType& type) {
    return fits_list(match, type, Direct<T>::fits, static_cast<std::uint32_t>(kCount));
  }
  template <class Place>
  static std::optional<Array> lift(DirectCall& call, Place& from) {
    return Fields::lift(
        call, from, [](auto&&... items) { return std::optional<Array>(Array{{std::move(items)...}}); },
        std::optional<Array>());
  }
  template <class Place>
  static bool lower(DirectCall& call, auto& value, Place& to) {
    return std::apply([&](auto&... items) { return Fields::lower(call, to, items...); }, value);
  }
};

/// A list of pairs; of equal keys the last one counts.
template <HasDirect K, HasDirect V>
struct Direct<std::map<K, V>> : DirectRange<std::map<K, V>, Direct<std::map<K, V>>> {
  using Pair = std::tuple<K, V>;
  static bool fits(TypeMatch& match, const component::ValType& type) {
    const component::ValueType seen = match.get(type);
    const auto* map = std::get_if<component::MapType>(&seen);
    return map != nullptr && Direct<K>::fits(match, map->key) && Direct<V>::fits(match, map->value);
  }
  static std::optional<std::map<K, V>> from_range(DirectCall& call, std::uint32_t ptr, std::uint32_t length) {
    if (!check_list<Pair>(call, ptr, length)) return std::nullopt;
    std::map<K, V> map;
    Bytes32 from{ptr};
    for (std::uint32_t i = 0; i < length; ++i, from.ptr += Direct<Pair>::kSize) {
      std::optional<Pair> pair = Direct<Pair>::lift(call, from);
      if (!pair) return std::nullopt;
      map.insert_or_assign(std::get<0>(*std::move(pair)), std::get<1>(*std::move(pair)));
    }
    return map;
  }
  static bool to_range(DirectCall& call, auto& map, std::uint64_t& ptr, std::uint64_t& length) {
    constexpr std::uint64_t kMost = 2 * abi::kMaxListByteLength;
    length = map.size();
    if (length > kMost / Direct<Pair>::kSize) return call.guest.fail(abi::TrapKind::kListTooLong);
    if (!call.guest.allocate(ptr, Direct<Pair>::kAlign, length * Direct<Pair>::kSize)) return false;
    Bytes32 to{ptr};
    for (auto& [key, value] : map) {
      if (!DirectFields<K, V>::lower(call, to, key, value)) return false;
      to.ptr += Direct<Pair>::kSize;
    }
    return true;
  }
};

// -- variants ----------------------------------------------------------------------------------------------------

/// Stands for a case that carries nothing.
struct NoPayload {};
template <>
struct Direct<NoPayload> {
  static constexpr std::uint32_t kSize = 0, kAlign = 1;
  static constexpr unsigned kFlat = 0;
  static constexpr bool kBitwise = false, kNeedsCheck = true;
};

template <class... Payloads>
struct DirectCases {
  static constexpr std::size_t kCount = sizeof...(Payloads);
  template <std::size_t kCase>
  using Payload = std::tuple_element_t<kCase, std::tuple<Payloads...>>;
  using Number = std::conditional_t<kCount <= 0x100, std::uint8_t, std::conditional_t<kCount <= 0x10000, std::uint16_t, std::uint32_t>>;

  static constexpr std::uint32_t kPayloadAlign = std::max({Direct<Payloads>::kAlign...});
  static constexpr std::uint32_t kAlign = std::max<std::uint32_t>(kPayloadAlign, sizeof(Number));
  static constexpr std::uint32_t kPayloadOffset = (sizeof(Number) + kPayloadAlign - 1) / kPayloadAlign * kPayloadAlign;
  static constexpr std::uint32_t kSize =
      (kPayloadOffset + std::max({Direct<Payloads>::kSize...}) + kAlign - 1) / kAlign * kAlign;
  static constexpr unsigned kFlat = 1 + std::max({Direct<Payloads>::kFlat...});

  static bool fits(TypeMatch& match, std::span<const std::optional<component::ValType>> types) {
    if (types.size() != kCount) return false;
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return (fits_case<Payloads>(match, types[I]) && ...);
    }(std::index_sequence_for<Payloads...>());
  }

  /// `make(index, payload)` of the case that is there; the payload an rvalue, of NoPayload if there is none.
  template <class Result, class Place, class Make>
  static std::optional<Result> lift(DirectCall& call, Place& from, Make make) {
    std::uint32_t number;
    if constexpr (Place::kIsFlat) number = static_cast<std::uint32_t>(*from.at);
    else number = load_scalar<Number>(call, from.ptr);
    std::optional<Result> result = lift_case<0, Result>(call, from, number, make);
    if constexpr (Place::kIsFlat) from.at += kFlat;
    return result;
  }

  template <std::size_t kCase, class Place>
  static bool lower(DirectCall& call, auto& payload, Place& to) {
    using Chosen = Payload<kCase>;
    if constexpr (Place::kIsFlat) {
      Slots inner{to.at + 1};
      to.put(kCase);
      for (unsigned i = Direct<Chosen>::kFlat; i + 1 < kFlat; ++i) to.at[i] = 0;
      to.at += kFlat - 1;
      if constexpr (!std::is_same_v<Chosen, NoPayload>) return Direct<Chosen>::lower(call, payload, inner);
    } else {
      store_scalar(call, static_cast<Number>(kCase), to.ptr);
      Bytes32 inner{to.ptr + kPayloadOffset};
      if constexpr (!std::is_same_v<Chosen, NoPayload>) return Direct<Chosen>::lower(call, payload, inner);
    }
    return true;
  }

 private:
  template <class Chosen>
  static bool fits_case(TypeMatch& match, const std::optional<component::ValType>& type) {
    if constexpr (std::is_same_v<Chosen, NoPayload>) return !type;
    else return type && Direct<Chosen>::fits(match, *type);
  }

  template <std::size_t kCase, class Result, class Place, class Make>
  static std::optional<Result> lift_case(DirectCall& call, Place& from, std::uint32_t number, Make& make) {
    if constexpr (kCase == kCount) {
      call.guest.fail(abi::TrapKind::kInvalidDiscriminant);
      return std::nullopt;
    } else {
      if (number != kCase) return lift_case<kCase + 1, Result>(call, from, number, make);
      using Chosen = Payload<kCase>;
      std::integral_constant<std::size_t, kCase> index;
      if constexpr (std::is_same_v<Chosen, NoPayload>) {
        return std::optional<Result>(std::in_place, make(index, NoPayload()));
      } else {
        auto payload = [&] {
          if constexpr (Place::kIsFlat) {
            Slots inner{from.at + 1};
            return Direct<Chosen>::lift(call, inner);
          } else {
            Bytes32 inner{from.ptr + kPayloadOffset};
            return Direct<Chosen>::lift(call, inner);
          }
        }();
        if (!payload) return std::nullopt;
        return std::optional<Result>(std::in_place, make(index, *std::move(payload)));
      }
    }
  }
};

template <HasDirect T>
struct Direct<std::optional<T>> : DirectSizes<DirectCases<NoPayload, T>> {
  using Cases = DirectCases<NoPayload, T>;

  static bool fits(TypeMatch& match, const component::ValType& type) {
    const component::ValueType seen = match.get(type);
    const auto* option = std::get_if<component::OptionType>(&seen);
    return option != nullptr && Direct<T>::fits(match, option->type);
  }
  template <class Place>
  static std::optional<std::optional<T>> lift(DirectCall& call, Place& from) {
    return Cases::template lift<std::optional<T>>(call, from, [](auto index, auto&& payload) {
      if constexpr (index == 0) return std::optional<T>();
      else return std::optional<T>(std::in_place, std::move(payload));
    });
  }
  template <class Place>
  static bool lower(DirectCall& call, auto& value, Place& to) {
    NoPayload none;
    return value ? Cases::template lower<1>(call, *value, to) : Cases::template lower<0>(call, none, to);
  }
};

template <class T>
concept IsPayload = std::is_void_v<T> || std::is_same_v<T, std::monostate> || HasDirect<T>;
template <class T>
using PayloadOf = std::conditional_t<std::is_void_v<T> || std::is_same_v<T, std::monostate>, NoPayload, T>;

template <IsPayload T, IsPayload E>
struct Direct<std::expected<T, E>> : DirectSizes<DirectCases<PayloadOf<T>, PayloadOf<E>>> {
  using Cases = DirectCases<PayloadOf<T>, PayloadOf<E>>;
  using Value = std::expected<T, E>;

  static bool fits(TypeMatch& match, const component::ValType& type) {
    const component::ValueType seen = match.get(type);
    const auto* result = std::get_if<component::ResultValType>(&seen);
    if (result == nullptr) return false;
    const std::array<std::optional<component::ValType>, 2> cases = {result->ok, result->error};
    return Cases::fits(match, cases);
  }
  template <class Place>
  static std::optional<Value> lift(DirectCall& call, Place& from) {
    return Cases::template lift<Value>(call, from, [](auto index, auto&& payload) {
      if constexpr (index == 0) return ok(std::move(payload));
      else return failed(std::move(payload));
    });
  }
  static Value ok(auto&& payload) {
    if constexpr (std::is_void_v<T>) return Value();
    else return Value(std::in_place, std::move(payload));
  }
  static Value failed(auto&& payload) {
    if constexpr (std::is_same_v<E, std::monostate>) return Value(std::unexpect);
    else return Value(std::unexpect, std::move(payload));
  }
  template <class Place>
  static bool lower(DirectCall& call, auto& value, Place& to) {
    NoPayload none;
    if (value) {
      if constexpr (std::is_void_v<T>) return Cases::template lower<0>(call, none, to);
      else return Cases::template lower<0>(call, *value, to);
    }
    if constexpr (std::is_same_v<E, std::monostate>) return Cases::template lower<1>(call, none, to);
    else return Cases::template lower<1>(call, value.error(), to);
  }
};

template <class Case>
struct CasePayload {
  using Type = NoPayload;
};
template <class Case>
  requires requires(Case c) { c.value; }
struct CasePayload<Case> {
  using Type = decltype(Case::value);
};
template <class Variant>
struct VariantCases;
template <class... Cases>
struct VariantCases<std::variant<Cases...>> {
  using Type = DirectCases<typename CasePayload<Cases>::Type...>;
};

/// A struct over `value`, an std::variant `Cases` of a struct for each case, as bindings have it.
template <class T>
  requires requires { typename T::Cases; }
struct Direct<T> : DirectSizes<typename VariantCases<typename T::Cases>::Type> {
  using Cases = typename VariantCases<typename T::Cases>::Type;

  static bool fits(TypeMatch& match, const component::ValType& type) {
    const component::ValueType seen = match.get(type);
    const auto* variant = std::get_if<component::VariantType>(&seen);
    if (variant == nullptr) return false;
    std::vector<std::optional<component::ValType>> cases;
    for (const component::CaseType& c : variant->cases) cases.push_back(c.type);
    return Cases::fits(match, cases);
  }
  template <class Place>
  static std::optional<T> lift(DirectCall& call, Place& from) {
    return Cases::template lift<T>(call, from, [](auto index, auto&& payload) {
      using Case = std::variant_alternative_t<index, typename T::Cases>;
      if constexpr (requires(Case c) { c.value; }) {
        return T{typename T::Cases(std::in_place_index<index>, Case{std::move(payload)})};
      } else {
        return T{typename T::Cases(std::in_place_index<index>)};
      }
    });
  }
  template <class Place>
  static bool lower(DirectCall& call, auto& value, Place& to) {
    return lower_case<0>(call, value, to);
  }

 private:
  template <std::size_t kCase, class Place>
  static bool lower_case(DirectCall& call, auto& value, Place& to) {
    if constexpr (kCase == Cases::kCount) {
      return call.guest.fail_value();
    } else {
      if (value.value.index() != kCase) return lower_case<kCase + 1>(call, value, to);
      auto& chosen = *std::get_if<kCase>(&value.value);
      if constexpr (requires { chosen.value; }) {
        return Cases::template lower<kCase>(call, chosen.value, to);
      } else {
        NoPayload none;
        return Cases::template lower<kCase>(call, none, to);
      }
    }
  }
};

}  // namespace witc::host
