// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What generated host bindings have in common: the base of implementations, handles of resources a
// component exports, and `Codec<T>`, which turns the C++ values of wit.h into dynamic values (to_val)
// and back (from_val). A value from a component is what that component says it is, so every from_val
// checks, and answers with a trap. Where calls can do without dynamic values, `witc::host::Direct<T>`
// does the same between C++ objects and the guest's memory (adapter-gen/direct_codec.h).

#include <cstddef>
#include <functional>
#include <limits>
#include <type_traits>

#include "adapter-gen/direct_call.h"
#include "adapter-gen/host_binding.h"
#include "wit.h"

namespace wit {

using witc::abi::OrTrap;
using witc::abi::Trap;
using witc::abi::Val;
using witc::host::ExportCaller;
using witc::host::HostLinker;
using witc::host::ResourceTable;

// -- implementing imports ------------------------------------------------------------------------------

/// The base of what a host implements: interfaces, and resources of them.
class Implementation {
 public:
  virtual ~Implementation() = default;

  /// The trap of the last call, if it ended in one.
  friend std::optional<Trap> take_trap(Implementation& object) { return std::exchange(object.trap_, std::nullopt); }
  friend bool is_trapped(const Implementation& object) { return object.trap_.has_value(); }

 protected:
  /// Makes the call that is going on end in a trap; whatever is returned then is ignored.
  void trap(std::string message) { trap_ = Trap{witc::abi::TrapKind::kHost, std::move(message)}; }
  void trap(Trap trap) { trap_ = std::move(trap); }

 private:
  std::optional<Trap> trap_;
};

// -- handles of resources that a component exports -----------------------------------------------------

struct RawHandle {
  ExportCaller* caller = nullptr;
  std::uint64_t rep = 0;
};

/// The owner of a handle: moved, never copied, given back at the end of its life, which must be before
/// the end of the instance's.
template <class Resource>
class Handle {
 public:
  explicit Handle(RawHandle handle) : handle_(handle) {}
  Handle(Handle&& other) noexcept : handle_(std::exchange(other.handle_, RawHandle{})) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Handle() {
    if (handle_.caller != nullptr) (void)handle_.caller->drop(Resource::kInterface_, Resource::kName_, handle_.rep);
  }

  friend RawHandle raw_handle(const Handle& owner) { return owner.handle_; }
  friend RawHandle release_handle(Handle& owner) { return std::exchange(owner.handle_, RawHandle{}); }

 private:
  RawHandle handle_;
};

/// A handle lent for one call.
template <class Resource>
class Borrow {
 public:
  Borrow(const Resource& owner) : owner_(&owner) {}  // NOLINT: lending needs no word
  const Resource& operator*() const { return *owner_; }
  const Resource* operator->() const { return owner_; }

 private:
  const Resource* owner_;
};

}  // namespace wit

namespace wit::host {

/// What conversions need beside the value.
struct Scope {
  ResourceTable* table = nullptr;   // of our resources
  ExportCaller* caller = nullptr;   // of theirs
  std::vector<std::shared_ptr<void>> kept;

  /// Keeps a value until the call is over, so that a view of it can be handed out.
  template <class T>
  T& keep(T value) {
    auto owner = std::make_shared<T>(std::move(value));
    kept.push_back(owner);
    return *owner;
  }
};

template <class T>
struct Codec;

inline std::unexpected<Trap> mismatch() {
  return std::unexpected(Trap{witc::abi::TrapKind::kHost, "a value is not of the type the host's interface gives it"});
}

// -- scalars and strings -------------------------------------------------------------------------------

template <class T>
  requires std::is_arithmetic_v<T> || std::is_same_v<T, char32_t>
struct Codec<T> {
  static Val to_val(T value, Scope&) {
    if constexpr (std::is_same_v<T, bool>) return Val::boolean(value);
    else if constexpr (std::is_same_v<T, char32_t>) return Val::character(value);
    else if constexpr (std::is_same_v<T, float>) return Val::f32(value);
    else if constexpr (std::is_same_v<T, double>) return Val::f64(value);
    else if constexpr (std::is_signed_v<T>) return Val::signed_(value);
    else return Val::unsigned_(value);
  }
  static OrTrap<T> from_val(const Val& val, Scope&) {
    using Kept = std::conditional_t<!std::is_integral_v<T> || std::is_same_v<T, bool> || std::is_same_v<T, char32_t>, T,
                                    std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>>;
    const Kept* value = val.get_if<Kept>();
    if (value == nullptr) return mismatch();
    if constexpr (!std::is_same_v<Kept, T>) {
      if (*value < std::numeric_limits<T>::min() || *value > std::numeric_limits<T>::max()) return mismatch();
    }
    return static_cast<T>(*value);
  }
};

template <>
struct Codec<std::string_view> {
  static Val to_val(std::string_view text, Scope&) { return Val::string(std::string(text)); }
  static OrTrap<std::string_view> from_val(const Val& val, Scope&) {
    const auto* text = val.get_if<Val::String>();
    if (text == nullptr) return mismatch();
    return std::string_view(text->text);
  }
};
template <>
struct Codec<std::string> {
  static Val to_val(const std::string& text, Scope&) { return Val::string(text); }
  static OrTrap<std::string> from_val(const Val& val, Scope& scope) {
    return std::string(TRY_TRAP(Codec<std::string_view>::from_val(val, scope)));
  }
};

template <class T, std::uint32_t kCount>
struct EnumCodec {
  using DirectType = witc::host::DirectEnum<T, kCount>;
  static constexpr bool has_direct() { return true; }
  static Val to_val(T value, Scope&) { return Val::enumeration(static_cast<std::uint32_t>(value)); }
  static OrTrap<T> from_val(const Val& val, Scope&) {
    const auto* variant = val.get_if<Val::Variant>();
    if (variant == nullptr || variant->case_index >= kCount) return mismatch();
    return static_cast<T>(variant->case_index);
  }
};

template <class T>
concept FlagsType = requires { typename T::BitsType; };

template <FlagsType T>
struct Codec<T> {
  static Val to_val(T value, Scope&) { return Val::flags(value.bits()); }
  static OrTrap<T> from_val(const Val& val, Scope&) {
    const auto* flags = val.get_if<Val::Flags>();
    if (flags == nullptr) return mismatch();
    return T(static_cast<typename T::BitsType>(flags->bits));
  }
};

/// The same, knowing how many there are.
template <FlagsType T, std::uint32_t kCount>
struct FlagsCodec {
  using DirectType = witc::host::DirectFlags<T, kCount>;
  static constexpr bool has_direct() { return kCount <= 32; }
  static Val to_val(T value, Scope&) { return Val::flags(value.bits()); }
  static OrTrap<T> from_val(const Val& val, Scope&) {
    const auto* flags = val.get_if<Val::Flags>();
    if (flags == nullptr) return mismatch();
    return T(static_cast<typename T::BitsType>(flags->bits));
  }
};

// -- lists and maps ------------------------------------------------------------------------------------

template <class T>
Val items_to_val(auto& list, Scope& scope) {
  std::vector<Val> items;
  items.reserve(list.size());
  for (auto&& element : list) items.push_back(Codec<T>::to_val(element, scope));
  return Val::list(std::move(items));
}

template <class T>
struct Codec<std::vector<T>> {
  static Val to_val(auto& list, Scope& scope) {
    if constexpr (std::is_same_v<T, std::uint8_t>) return Val::bytes({list.begin(), list.end()});
    else return items_to_val<T>(list, scope);
  }
  static OrTrap<std::vector<T>> from_val(const Val& val, Scope& scope) {
    if constexpr (std::is_same_v<T, std::uint8_t>) {
      if (const auto* list = val.get_if<Val::Bytes>()) return list->bytes;
    }
    const auto* items = val.get_if<Val::List>();
    if (items == nullptr) return mismatch();
    std::vector<T> list;
    list.reserve(items->items.size());
    for (const Val& item : items->items) list.push_back(TRY_TRAP(Codec<T>::from_val(item, scope)));
    return list;
  }
};

template <class T>
struct Codec<std::span<const T>> {
  static Val to_val(std::span<const T> list, Scope& scope) { return Codec<std::vector<T>>::to_val(list, scope); }
  static OrTrap<std::span<const T>> from_val(const Val& val, Scope& scope) {
    if constexpr (std::is_same_v<T, std::uint8_t>) {
      if (const auto* list = val.get_if<Val::Bytes>()) return std::span<const T>(list->bytes);
    }
    return std::span<const T>(scope.keep(TRY_TRAP(Codec<std::vector<T>>::from_val(val, scope))));
  }
};

template <class T, std::size_t kCount>
struct Codec<std::array<T, kCount>> {
  static Val to_val(auto& list, Scope& scope) { return items_to_val<T>(list, scope); }
  static OrTrap<std::array<T, kCount>> from_val(const Val& val, Scope& scope) {
    std::vector<T> list = TRY_TRAP(Codec<std::vector<T>>::from_val(val, scope));
    if (list.size() != kCount) return mismatch();
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::array<T, kCount>{{std::move(list[I])...}};
    }(std::make_index_sequence<kCount>());
  }
};

template <class K, class V>
struct Codec<std::map<K, V>> {
  static Val to_val(auto& map, Scope& scope) {
    std::vector<std::pair<Val, Val>> entries;
    for (auto& [key, value] : map) entries.emplace_back(Codec<K>::to_val(key, scope), Codec<V>::to_val(value, scope));
    return Val::map(std::move(entries));
  }
  static OrTrap<std::map<K, V>> from_val(const Val& val, Scope& scope) {
    std::map<K, V> map;
    for (auto& [key, value] : TRY_TRAP((Codec<std::vector<std::tuple<K, V>>>::from_val(val, scope)))) {
      map.insert_or_assign(std::move(key), std::move(value));
    }
    return map;
  }
};

// -- records and tuples --------------------------------------------------------------------------------

/// The fields of `val`, each by its codec, in a tuple.
template <class... Ts>
OrTrap<std::tuple<Ts...>> fields_from_val(const Val& val, Scope& scope) {
  const auto* record = val.get_if<Val::Record>();
  if (record == nullptr || record->fields.size() != sizeof...(Ts)) return mismatch();
  return [&]<std::size_t... I>(std::index_sequence<I...>) -> OrTrap<std::tuple<Ts...>> {
    std::tuple<OrTrap<Ts>...> read{Codec<Ts>::from_val(record->fields[I], scope)...};
    std::optional<Trap> trap;
    ((std::get<I>(read) || trap ? void() : void(trap = std::get<I>(read).error())), ...);
    if (trap) return std::unexpected(*std::move(trap));
    return std::tuple<Ts...>{*std::move(std::get<I>(read))...};
  }(std::index_sequence_for<Ts...>());
}

template <class... Ts>
struct Codec<std::tuple<Ts...>> {
  static Val to_val(auto& tuple, Scope& scope) {
    std::vector<Val> fields;
    std::apply([&](auto&... field) { (fields.push_back(Codec<Ts>::to_val(field, scope)), ...); }, tuple);
    return Val::tuple(std::move(fields));
  }
  static OrTrap<std::tuple<Ts...>> from_val(const Val& val, Scope& scope) { return fields_from_val<Ts...>(val, scope); }
};

template <class Member>
struct MemberType;
template <class Record, class Field>
struct MemberType<Field Record::*> {
  using Type = Field;
};
template <auto kMember>
using FieldOf = typename MemberType<decltype(kMember)>::Type;

/// A record, by its members in the order of the WIT.
template <class Record, auto... kMembers>
struct RecordCodec {
  using DirectType = witc::host::DirectRecord<Record, kMembers...>;
  static constexpr bool has_direct() { return (witc::host::HasDirect<FieldOf<kMembers>> && ...); }
  static Val to_val(auto& value, Scope& scope) {
    std::vector<Val> fields;
    (fields.push_back(Codec<FieldOf<kMembers>>::to_val(value.*kMembers, scope)), ...);
    return Val::record(std::move(fields));
  }
  static OrTrap<Record> from_val(const Val& val, Scope& scope) {
    auto fields = TRY_TRAP(fields_from_val<FieldOf<kMembers>...>(val, scope));
    return std::apply([](auto&... field) { return Record{std::move(field)...}; }, fields);
  }
};

// -- option, result, variant ---------------------------------------------------------------------------

template <class T>
struct Codec<std::optional<T>> {
  static Val to_val(auto& value, Scope& scope) {
    return value ? Val::some(Codec<T>::to_val(*value, scope)) : Val::none();
  }
  static OrTrap<std::optional<T>> from_val(const Val& val, Scope& scope) {
    const auto* variant = val.get_if<Val::Variant>();
    if (variant == nullptr || variant->case_index > 1) return mismatch();
    if (variant->case_index == 0) return std::optional<T>();
    if (variant->payload == nullptr) return mismatch();
    return std::optional<T>(std::in_place, TRY_TRAP(Codec<T>::from_val(*variant->payload, scope)));
  }
};

template <class T, class E>
struct Codec<expected<T, E>> {
  static constexpr bool kHasOk = !std::is_void_v<T>;
  static constexpr bool kHasError = !std::is_same_v<E, std::monostate>;

  static Val to_val(auto& value, Scope& scope) {
    if (value) {
      if constexpr (kHasOk) return Val::ok(Codec<T>::to_val(*value, scope));
      else return Val::ok();
    }
    if constexpr (kHasError) return Val::error(Codec<E>::to_val(value.error(), scope));
    else return Val::error();
  }
  static OrTrap<expected<T, E>> from_val(const Val& val, Scope& scope) {
    const auto* variant = val.get_if<Val::Variant>();
    if (variant == nullptr || variant->case_index > 1) return mismatch();
    bool is_ok = variant->case_index == 0;
    if ((is_ok ? kHasOk : kHasError) != (variant->payload != nullptr)) return mismatch();
    if (is_ok) {
      if constexpr (kHasOk) return expected<T, E>(TRY_TRAP(Codec<T>::from_val(*variant->payload, scope)));
      else return expected<T, E>();
    }
    if constexpr (kHasError) {
      return expected<T, E>(unexpected<E>(TRY_TRAP(Codec<E>::from_val(*variant->payload, scope))));
    } else {
      return expected<T, E>(unexpected<E>(E()));
    }
  }
};

template <class T>
  requires requires { typename T::Cases; }
struct Codec<T> {
  using Cases = typename T::Cases;

  static Val to_val(auto& variant, Scope& scope) {
    auto index = static_cast<std::uint32_t>(variant.value.index());
    return std::visit([&]<class C>(C& chosen) {
      if constexpr (requires { chosen.value; }) {
        return Val::variant(index, Codec<decltype(C::value)>::to_val(chosen.value, scope));
      } else {
        return Val::variant(index);
      }
    }, variant.value);
  }
  static OrTrap<T> from_val(const Val& val, Scope& scope) {
    const auto* variant = val.get_if<Val::Variant>();
    if (variant == nullptr) return mismatch();
    return read<0>(*variant, scope);
  }

 private:
  template <std::size_t kCase>
  static OrTrap<T> read(const Val::Variant& variant, Scope& scope) {
    if constexpr (kCase == std::variant_size_v<Cases>) {
      return mismatch();
    } else {
      using Case = std::variant_alternative_t<kCase, Cases>;
      if (variant.case_index != kCase) return read<kCase + 1>(variant, scope);
      if constexpr (requires(Case c) { c.value; }) {
        if (variant.payload == nullptr) return mismatch();
        auto payload = Codec<decltype(Case::value)>::from_val(*variant.payload, scope);
        if (!payload) return std::unexpected(std::move(payload).error());
        return T{Cases(std::in_place_index<kCase>, Case{*std::move(payload)})};
      } else {
        return T{Cases(std::in_place_index<kCase>)};
      }
    }
  }
};

}  // namespace wit::host

/// Records, enums and flags: as their Codec tells.
template <class T>
  requires(requires { typename wit::host::Codec<T>::DirectType; } && wit::host::Codec<T>::has_direct())
struct witc::host::Direct<T> : wit::host::Codec<T>::DirectType {};

#include "wit_host_call.h"
