// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The canonical ABI seen from inside a guest (component-model CanonicalABI.md): how the C++ values of
// wit.h become the core values and bytes that cross the component's boundary, and back. Only the
// `.cpp` file that `witc bindgen cpp` makes includes this; it describes each record by its members
// and calls `call_import` and `call_export`, and everything else is worked out at compile time.
//
// `Abi<T>` says for one type: its size and alignment in memory, its flat core types, and
//     store, load    to and from memory
//     lower, lift    to and from flat core values
// A flat value is kept as 64 bits whatever its core type: the joins of variant payloads
// (`lower_flat_variant`: an f32 in an i32 slot, an i32 in an i64 slot) are then nothing to do at all.
//
// Who frees what: lowering points into the values it is given and puts what it must build into a
// Scope. Values that come in own their memory (the other side asked `cabi_realloc` for it): lifting
// moves it into C++ objects, or into the Scope where a view is handed out.

#include <bit>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <type_traits>

#include "wit_resource.h"

namespace wit::abi {

inline constexpr unsigned kMaxFlatParams = 16;
inline constexpr unsigned kMaxFlatResults = 1;

// -- flat types --------------------------------------------------------------------------------------

enum class Core : std::uint8_t { kI32, kI64, kF32, kF64 };

/// `join` of flatten_variant.
constexpr Core join(Core a, Core b) {
  if (a == b) return a;
  bool narrow = (a == Core::kI32 || a == Core::kF32) && (b == Core::kI32 || b == Core::kF32);
  return narrow ? Core::kI32 : Core::kI64;
}

/// A list of core types; one longer than kMaxFlatParams is only known to be too long.
struct FlatTypes {
  Core types[kMaxFlatParams + 1] = {};
  unsigned count = 0;

  constexpr void push(Core type) {
    if (count <= kMaxFlatParams) types[count++] = type;
  }
  constexpr void append(const FlatTypes& more) {
    for (unsigned i = 0; i < more.count; ++i) push(more.types[i]);
  }
};

constexpr std::uint32_t align_to(std::uint32_t offset, std::uint32_t alignment) {
  return (offset + alignment - 1) / alignment * alignment;
}

// -- values in flight --------------------------------------------------------------------------------

/// Core values, in the order they are passed.
struct FlatValues {
  std::uint64_t slots[kMaxFlatParams + 1] = {};
  unsigned at = 0;

  void push(std::uint64_t bits) { slots[at++] = bits; }
  std::uint64_t next() { return slots[at++]; }
};

inline std::uint64_t to_slot(std::int32_t value) { return static_cast<std::uint32_t>(value); }
inline std::uint64_t to_slot(std::int64_t value) { return static_cast<std::uint64_t>(value); }
inline std::uint64_t to_slot(float value) { return std::bit_cast<std::uint32_t>(value); }
inline std::uint64_t to_slot(double value) { return std::bit_cast<std::uint64_t>(value); }

template <class T>
T from_slot(std::uint64_t bits) {
  if constexpr (std::is_same_v<T, float>) return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
  else if constexpr (std::is_same_v<T, double>) return std::bit_cast<double>(bits);
  else return static_cast<T>(bits);
}

template <class T>
constexpr Core core_of() {
  if constexpr (std::is_same_v<T, std::int32_t>) return Core::kI32;
  else if constexpr (std::is_same_v<T, std::int64_t>) return Core::kI64;
  else if constexpr (std::is_same_v<T, float>) return Core::kF32;
  else return Core::kF64;
}

inline std::uint32_t address_of(const void* pointer) {
  return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(pointer));
}
template <class T = std::byte>
T* pointer_to(std::uint64_t address) {
  return reinterpret_cast<T*>(static_cast<std::uintptr_t>(address));
}

/// What lives until a call is over: buffers for lowered lists, buffers behind views, lent handles.
class Scope {
 public:
  Scope() = default;
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope() {
    while (!tasks_.empty()) {
      Task task = tasks_.back();
      tasks_.pop_back();
      task.run(task.what);
    }
  }

  /// Memory for `size` bytes, aligned for every WIT type.
  std::byte* allocate(std::size_t size) {
    void* memory = std::malloc(size);
    if (memory == nullptr) std::abort();
    adopt(memory);
    return static_cast<std::byte*>(memory);
  }
  /// Frees memory that came from cabi_realloc.
  void adopt(void* memory) {
    tasks_.push_back({std::free, memory});
  }
  /// Keeps a value, so that a view of it can be handed out.
  template <class T>
  T& keep(T value) {
    T* kept = new T(std::move(value));
    tasks_.push_back({[](void* what) { delete static_cast<T*>(what); }, kept});
    return *kept;
  }
  /// Gives a lent handle back.
  template <class Resource>
  void give_back(RawHandle handle) {
    tasks_.push_back({[](void* what) { Resource::drop_(RawHandle{static_cast<std::int32_t>(address_of(what))}); },
                      pointer_to<void>(static_cast<std::uint32_t>(handle.index))});
  }

 private:
  struct Task {
    void (*run)(void*);
    void* what;
  };
  std::vector<Task> tasks_;
};

// -- scalars -----------------------------------------------------------------------------------------

template <class T>
struct Abi;

/// One core value, and in memory the same bytes as in C++ (`load_int`, `store_int` and the like).
template <class T, Core kCore>
struct ScalarAbi {
  static constexpr std::uint32_t kSize = sizeof(T);
  static constexpr std::uint32_t kAlign = sizeof(T);
  static constexpr bool kBitwise = true;       // its bytes in C++ are its bytes in the ABI
  static constexpr bool kHasPointers = false;  // no string or list in it
  static constexpr FlatTypes flat() {
    FlatTypes types;
    types.push(kCore);
    return types;
  }
  static void store(const T& value, std::byte* at, Scope&) { std::memcpy(at, &value, sizeof value); }
  static T load(const std::byte* at, Scope&) {
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
  }
  static void lower(const T& value, FlatValues& out, Scope&) {
    if constexpr (std::is_floating_point_v<T>) out.push(to_slot(value));
    else if constexpr (kCore == Core::kI64) out.push(to_slot(static_cast<std::int64_t>(value)));
    else out.push(to_slot(static_cast<std::int32_t>(value)));
  }
  static T lift(FlatValues& in, Scope&) { return from_slot<T>(in.next()); }
};

template <> struct Abi<bool> : ScalarAbi<bool, Core::kI32> {};
template <> struct Abi<std::uint8_t> : ScalarAbi<std::uint8_t, Core::kI32> {};
template <> struct Abi<std::uint16_t> : ScalarAbi<std::uint16_t, Core::kI32> {};
template <> struct Abi<std::uint32_t> : ScalarAbi<std::uint32_t, Core::kI32> {};
template <> struct Abi<std::uint64_t> : ScalarAbi<std::uint64_t, Core::kI64> {};
template <> struct Abi<std::int8_t> : ScalarAbi<std::int8_t, Core::kI32> {};
template <> struct Abi<std::int16_t> : ScalarAbi<std::int16_t, Core::kI32> {};
template <> struct Abi<std::int32_t> : ScalarAbi<std::int32_t, Core::kI32> {};
template <> struct Abi<std::int64_t> : ScalarAbi<std::int64_t, Core::kI64> {};
template <> struct Abi<float> : ScalarAbi<float, Core::kF32> {};
template <> struct Abi<double> : ScalarAbi<double, Core::kF64> {};
template <> struct Abi<char32_t> : ScalarAbi<char32_t, Core::kI32> {};

/// An enum's underlying type has the size of its discriminant.
template <class T>
  requires std::is_enum_v<T>
struct Abi<T> : ScalarAbi<T, Core::kI32> {};

template <class T>
concept FlagsType = requires { typename T::BitsType; } && std::is_base_of_v<Flags<T, typename T::BitsType>, T>;

template <FlagsType T>
struct Abi<T> : ScalarAbi<T, Core::kI32> {
  using Bits = ScalarAbi<typename T::BitsType, Core::kI32>;
  static void lower(const T& value, FlatValues& out, Scope& scope) { Bits::lower(value.bits(), out, scope); }
  static T lift(FlatValues& in, Scope& scope) { return T(Bits::lift(in, scope)); }
};

// -- strings, lists, maps ----------------------------------------------------------------------------

/// What strings, lists and maps have in common: address and length (`load_list_from_range`).
struct RangeAbi {
  static constexpr std::uint32_t kSize = 8;
  static constexpr std::uint32_t kAlign = 4;
  static constexpr bool kBitwise = false;
  static constexpr bool kHasPointers = true;
  static constexpr FlatTypes flat() {
    FlatTypes types;
    types.push(Core::kI32);
    types.push(Core::kI32);
    return types;
  }

  struct Range {
    std::uint32_t address;
    std::uint32_t length;
  };
  static void store(Range range, std::byte* at) { std::memcpy(at, &range, sizeof range); }
  static Range load(const std::byte* at) {
    Range range;
    std::memcpy(&range, at, sizeof range);
    return range;
  }
  static void lower(Range range, FlatValues& out) {
    out.push(range.address);
    out.push(range.length);
  }
  static Range lift(FlatValues& in) {
    auto address = static_cast<std::uint32_t>(in.next());
    return {address, static_cast<std::uint32_t>(in.next())};
  }
};

/// Store, load, lower and lift of T by `Self::to_range(value, scope)` and `Self::from_range(range, scope)`.
template <class T, class Self>
struct ByRange : RangeAbi {
  template <class V>
  static void store(V& value, std::byte* at, Scope& scope) { RangeAbi::store(Self::to_range(value, scope), at); }
  static T load(const std::byte* at, Scope& scope) { return Self::from_range(RangeAbi::load(at), scope); }
  template <class V>
  static void lower(V& value, FlatValues& out, Scope& scope) { RangeAbi::lower(Self::to_range(value, scope), out); }
  static T lift(FlatValues& in, Scope& scope) { return Self::from_range(RangeAbi::lift(in), scope); }
};

template <>
struct Abi<std::string_view> : ByRange<std::string_view, Abi<std::string_view>> {
  static Range to_range(std::string_view text, Scope&) {
    return {address_of(text.data()), static_cast<std::uint32_t>(text.size())};
  }
  static std::string_view from_range(Range range, Scope& scope) {
    if (range.length == 0) return {};
    scope.adopt(pointer_to(range.address));
    return {pointer_to<const char>(range.address), range.length};
  }
};

template <>
struct Abi<std::string> : ByRange<std::string, Abi<std::string>> {
  static Range to_range(const std::string& text, Scope& scope) { return Abi<std::string_view>::to_range(text, scope); }
  static std::string from_range(Range range, Scope&) {
    std::string text(pointer_to<const char>(range.address), range.length);
    if (range.length != 0) std::free(pointer_to(range.address));
    return text;
  }
};

/// A list of `count` elements that begin at `begin`. Elements that look the same on both sides of the
/// boundary stay where they are.
template <class T, class Iterator>
RangeAbi::Range list_to_range(Iterator begin, std::size_t count, Scope& scope) {
  if constexpr (Abi<T>::kBitwise && std::contiguous_iterator<Iterator>) {
    return {count == 0 ? 0 : address_of(std::to_address(begin)), static_cast<std::uint32_t>(count)};
  } else {
    std::byte* memory = count * Abi<T>::kSize == 0 ? nullptr : scope.allocate(count * Abi<T>::kSize);
    std::byte* at = memory;
    for (std::size_t i = 0; i < count; ++i, ++begin, at += Abi<T>::kSize) {
      auto&& element = *begin;
      Abi<T>::store(element, at, scope);
    }
    return {address_of(memory), static_cast<std::uint32_t>(count)};
  }
}

template <class T>
std::vector<T> list_from_range(RangeAbi::Range range, Scope& scope) {
  std::vector<T> list;
  std::byte* at = pointer_to(range.address);
  if constexpr (Abi<T>::kBitwise && !std::is_same_v<T, bool>) {
    list.assign(reinterpret_cast<const T*>(at), reinterpret_cast<const T*>(at) + range.length);
  } else {
    list.reserve(range.length);
    for (std::uint32_t i = 0; i < range.length; ++i) list.push_back(Abi<T>::load(at + i * Abi<T>::kSize, scope));
  }
  if (range.length * Abi<T>::kSize != 0) std::free(at);
  return list;
}

template <class T>
struct Abi<std::vector<T>> : ByRange<std::vector<T>, Abi<std::vector<T>>> {
  using Range = RangeAbi::Range;
  static Range to_range(auto& list, Scope& scope) { return list_to_range<T>(list.begin(), list.size(), scope); }
  static std::vector<T> from_range(Range range, Scope& scope) { return list_from_range<T>(range, scope); }
};

template <class T>
struct Abi<std::span<const T>> : ByRange<std::span<const T>, Abi<std::span<const T>>> {
  using Range = RangeAbi::Range;
  static Range to_range(std::span<const T> list, Scope& scope) {
    return list_to_range<T>(list.begin(), list.size(), scope);
  }
  static std::span<const T> from_range(Range range, Scope& scope) {
    if constexpr (Abi<T>::kBitwise) {
      if (range.length * Abi<T>::kSize == 0) return {};
      scope.adopt(pointer_to(range.address));
      return {pointer_to<const T>(range.address), range.length};
    } else {
      return scope.keep(list_from_range<T>(range, scope));
    }
  }
};

/// A map is a list of pairs; of equal keys the last one counts.
template <class K, class V>
struct Abi<std::map<K, V>> : ByRange<std::map<K, V>, Abi<std::map<K, V>>> {
  using Range = RangeAbi::Range;
  static constexpr std::uint32_t kValueOffset = align_to(Abi<K>::kSize, Abi<V>::kAlign);
  static constexpr std::uint32_t kStride =
      align_to(kValueOffset + Abi<V>::kSize, Abi<K>::kAlign > Abi<V>::kAlign ? Abi<K>::kAlign : Abi<V>::kAlign);

  static Range to_range(auto& map, Scope& scope) {
    std::byte* memory = map.empty() ? nullptr : scope.allocate(map.size() * kStride);
    std::byte* at = memory;
    for (auto& [key, value] : map) {
      Abi<K>::store(key, at, scope);
      Abi<V>::store(value, at + kValueOffset, scope);
      at += kStride;
    }
    return {address_of(memory), static_cast<std::uint32_t>(map.size())};
  }
  static std::map<K, V> from_range(Range range, Scope& scope) {
    std::map<K, V> map;
    std::byte* at = pointer_to(range.address);
    for (std::uint32_t i = 0; i < range.length; ++i, at += kStride) {
      K key = Abi<K>::load(at, scope);
      map.insert_or_assign(std::move(key), Abi<V>::load(at + kValueOffset, scope));
    }
    if (range.length != 0) std::free(pointer_to(range.address));
    return map;
  }
};

// -- records, tuples, fixed-length lists -------------------------------------------------------------

/// Size, alignment and flat types of fields in a row (`elem_size_record`).
template <class... Fields>
struct Row {
  static constexpr std::uint32_t kAlign = [] {
    std::uint32_t alignment = 1;
    ((alignment = Abi<Fields>::kAlign > alignment ? Abi<Fields>::kAlign : alignment), ...);
    return alignment;
  }();
  static constexpr std::uint32_t kSize = [] {
    std::uint32_t end = 0;
    ((end = align_to(end, Abi<Fields>::kAlign) + Abi<Fields>::kSize), ...);
    return align_to(end, kAlign);
  }();
  static constexpr bool kHasPointers = (Abi<Fields>::kHasPointers || ...);
  static constexpr FlatTypes flat() {
    FlatTypes types;
    (types.append(Abi<Fields>::flat()), ...);
    return types;
  }
};

/// Walks the fields of a row through memory.
struct Cursor {
  std::byte* base;
  std::uint32_t offset = 0;

  template <class T>
  std::byte* next() {
    offset = align_to(offset, Abi<T>::kAlign);
    std::byte* at = base + offset;
    offset += Abi<T>::kSize;
    return at;
  }
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
struct RecordAbi : Row<FieldOf<kMembers>...> {
  using Layout = Row<FieldOf<kMembers>...>;
  static constexpr bool kBitwise = (Abi<FieldOf<kMembers>>::kBitwise && ...) && sizeof(Record) == Layout::kSize &&
                                   alignof(Record) == Layout::kAlign;
  template <class V>
  static void store(V& value, std::byte* at, Scope& scope) {
    Cursor cursor{at};
    (Abi<FieldOf<kMembers>>::store(value.*kMembers, cursor.next<FieldOf<kMembers>>(), scope), ...);
  }
  static Record load(const std::byte* at, Scope& scope) {
    Cursor cursor{const_cast<std::byte*>(at)};
    return Record{Abi<FieldOf<kMembers>>::load(cursor.next<FieldOf<kMembers>>(), scope)...};
  }
  template <class V>
  static void lower(V& value, FlatValues& out, Scope& scope) {
    (Abi<FieldOf<kMembers>>::lower(value.*kMembers, out, scope), ...);
  }
  static Record lift(FlatValues& in, Scope& scope) {
    return Record{Abi<FieldOf<kMembers>>::lift(in, scope)...};
  }
};

template <class... Ts>
struct Abi<std::tuple<Ts...>> : Row<Ts...> {
  static constexpr bool kBitwise = false;  // std::tuple does not say how it lies in memory
  template <class V>
  static void store(V& value, std::byte* at, Scope& scope) {
    Cursor cursor{at};
    std::apply([&](auto&... field) { (Abi<Ts>::store(field, cursor.next<Ts>(), scope), ...); }, value);
  }
  static std::tuple<Ts...> load(const std::byte* at, Scope& scope) {
    [[maybe_unused]] Cursor cursor{const_cast<std::byte*>(at)};
    return std::tuple<Ts...>{Abi<Ts>::load(cursor.next<Ts>(), scope)...};
  }
  template <class V>
  static void lower(V& value, FlatValues& out, Scope& scope) {
    std::apply([&](auto&... field) { (Abi<Ts>::lower(field, out, scope), ...); }, value);
  }
  static std::tuple<Ts...> lift(FlatValues& in, Scope& scope) {
    return std::tuple<Ts...>{Abi<Ts>::lift(in, scope)...};
  }
};

template <class T, std::size_t kCount>
struct Abi<std::array<T, kCount>> {
  static constexpr std::uint32_t kSize = Abi<T>::kSize * kCount;
  static constexpr std::uint32_t kAlign = Abi<T>::kAlign;
  static constexpr bool kBitwise = Abi<T>::kBitwise;
  static constexpr bool kHasPointers = Abi<T>::kHasPointers;
  static constexpr FlatTypes flat() {
    FlatTypes types;
    for (std::size_t i = 0; i < kCount && types.count <= kMaxFlatParams; ++i) types.append(Abi<T>::flat());
    return types;
  }
  template <class V>
  static void store(V& value, std::byte* at, Scope& scope) {
    for (auto& element : value) {
      Abi<T>::store(element, at, scope);
      at += Abi<T>::kSize;
    }
  }
  static std::array<T, kCount> load(const std::byte* at, Scope& scope) {
    return build([&, i = 0u]() mutable { return Abi<T>::load(at + Abi<T>::kSize * i++, scope); });
  }
  template <class V>
  static void lower(V& value, FlatValues& out, Scope& scope) {
    for (auto& element : value) Abi<T>::lower(element, out, scope);
  }
  static std::array<T, kCount> lift(FlatValues& in, Scope& scope) {
    return build([&] { return Abi<T>::lift(in, scope); });
  }

 private:
  template <class Make>
  static std::array<T, kCount> build(Make make) {
    if constexpr (std::is_default_constructible_v<T>) {
      std::array<T, kCount> array;
      for (auto& element : array) element = make();
      return array;
    } else {
      return [&]<std::size_t... I>(std::index_sequence<I...>) {
        return std::array<T, kCount>{{((void)I, make())...}};
      }(std::make_index_sequence<kCount>());
    }
  }
};

}  // namespace wit::abi

#include "wit_abi_call.h"
