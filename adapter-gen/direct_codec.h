// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Lifting and lowering of C++ types, worked out at compile time: the canonical ABI for 32-bit memories and UTF-8
// (adapter-gen/host_direct.h says when that is what a guest has). `Direct<T>` says of a type
//
//     kSize, kAlign, kFlat        bytes and alignment in memory, number of flat core values
//     kBitwise                    its bytes in C++ are its bytes in memory, once `is_valid` holds
//     fits                        is a component type this one?
//     lift, lower                 out of and into a Place: flat slots, or memory that was checked to be there
//
// A flat value is 64 bits whatever its core type, so the joins of `flatten_variant` are nothing to do. Lifting gives
// nothing, and lowering false, once DirectGuest::fail was called. Every check of the interpreter is here, in its order.
// Views (string_view, span) that are lifted are of the guest's own memory: good until the host function returns, for
// nothing runs in the guest meanwhile.

#include <array>
#include <bit>
#include <cstring>
#include <expected>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <variant>

#include "adapter-gen/host_direct.h"
#include "adapter-gen/layout.h"
#include "adapter-gen/transcode.h"

namespace witc::host {

class ResourceTable;
class ExportCaller;

/// What one call's conversions share.
struct DirectCall {
  DirectGuest& guest;
  ResourceTable* table = nullptr;
  ExportCaller* caller = nullptr;
  std::vector<std::shared_ptr<const void>> kept{};

  /// Keeps a value until the call is over, so that a view of it can be handed out.
  template <class T>
  const T& keep(T value) {
    auto owner = std::make_shared<const T>(std::move(value));
    kept.push_back(owner);
    return *owner;
  }
};

template <class T>
struct Direct;

template <class T>
concept HasDirect = requires { Direct<T>::kSize; };

// -- places ------------------------------------------------------------------------------------------------------

/// The next flat values. `kOf` picks the slots' side of what differs.
struct Slots {
  static constexpr bool kIsFlat = true;
  std::uint64_t* at;

  std::uint64_t get() { return *at++; }
  void put(std::uint64_t bits) { *at++ = bits; }
};
/// An address in guest memory: as many bytes as the type has are there.
struct Bytes32 {
  static constexpr bool kIsFlat = false;
  std::uint64_t ptr;
};

template <class T>
T load_scalar(const DirectCall& call, std::uint64_t ptr) {
  T value;
  std::memcpy(&value, call.guest.memory() + ptr, sizeof value);
  return value;
}
template <class T>
void store_scalar(const DirectCall& call, T value, std::uint64_t ptr) {
  std::memcpy(call.guest.memory() + ptr, &value, sizeof value);
}

// -- scalars -----------------------------------------------------------------------------------------------------

template <class T>
constexpr component::PrimValType prim_of() {
  using component::PrimValType;
  if constexpr (std::is_same_v<T, bool>) return PrimValType::kBool;
  else if constexpr (std::is_same_v<T, char32_t>) return PrimValType::kChar;
  else if constexpr (std::is_same_v<T, float>) return PrimValType::kF32;
  else if constexpr (std::is_same_v<T, double>) return PrimValType::kF64;
  else if constexpr (std::is_signed_v<T>) {
    constexpr PrimValType kBySize[] = {PrimValType::kS8, PrimValType::kS16, PrimValType::kS32, PrimValType::kS64};
    return kBySize[std::countr_zero(sizeof(T))];
  } else {
    constexpr PrimValType kBySize[] = {PrimValType::kU8, PrimValType::kU16, PrimValType::kU32, PrimValType::kU64};
    return kBySize[std::countr_zero(sizeof(T))];
  }
}

inline bool fits_prim(const TypeMatch& match, const component::ValType& type, component::PrimValType wanted) {
  const component::ValueType seen = match.get(type);
  const auto* prim = std::get_if<component::PrimValType>(&seen);
  return prim != nullptr && *prim == wanted;
}

constexpr bool is_scalar_value(std::uint32_t code) { return code < 0x110000 && (code < 0xd800 || code > 0xdfff); }

template <class T>
  requires std::is_arithmetic_v<T> || std::is_same_v<T, char32_t>
struct Direct<T> {
  static constexpr std::uint32_t kSize = sizeof(T), kAlign = sizeof(T);
  static constexpr unsigned kFlat = 1;
  static constexpr bool kBitwise = !std::is_same_v<T, bool>;
  static constexpr bool kIsChar = std::is_same_v<T, char32_t>;
  static constexpr bool kNeedsCheck = kIsChar;
  static constexpr abi::TrapKind kInvalid = abi::TrapKind::kInvalidChar;

  static bool fits(TypeMatch& match, const component::ValType& type) { return fits_prim(match, type, prim_of<T>()); }
  static bool is_valid(T value) {
    if constexpr (kIsChar) return is_scalar_value(value);
    else return true;
  }
  template <class Place>
  static std::optional<T> lift(DirectCall& call, Place& from) {
    T value;
    if constexpr (!Place::kIsFlat) {
      if constexpr (std::is_same_v<T, bool>) value = load_scalar<std::uint8_t>(call, from.ptr) != 0;
      else value = load_scalar<T>(call, from.ptr);
    } else {
      const std::uint64_t bits = from.get();
      if constexpr (std::is_same_v<T, bool>) value = static_cast<std::uint32_t>(bits) != 0;
      else if constexpr (std::is_same_v<T, float>) value = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
      else if constexpr (std::is_same_v<T, double>) value = std::bit_cast<double>(bits);
      else value = static_cast<T>(bits);
    }
    if (kIsChar && !is_valid(value)) {
      call.guest.fail(abi::TrapKind::kInvalidChar);
      return std::nullopt;
    }
    return value;
  }
  template <class Place>
  static bool lower(DirectCall& call, T value, Place& to) {
    if (kIsChar && !is_valid(value)) return call.guest.fail_value();
    if constexpr (!Place::kIsFlat) {
      if constexpr (std::is_same_v<T, bool>) store_scalar<std::uint8_t>(call, value ? 1 : 0, to.ptr);
      else store_scalar<T>(call, value, to.ptr);
    } else if constexpr (std::is_same_v<T, float>) {
      to.put(std::bit_cast<std::uint32_t>(value));
    } else if constexpr (std::is_same_v<T, double>) {
      to.put(std::bit_cast<std::uint64_t>(value));
    } else if constexpr (sizeof(T) == 8) {
      to.put(static_cast<std::uint64_t>(value));
    } else {
      to.put(static_cast<std::uint32_t>(static_cast<std::int32_t>(value)));
    }
    return true;
  }
};

/// The cases of an enum are numbered from 0, and it is as large as its discriminant.
template <class T, std::uint32_t kCount>
struct DirectEnum {
  using Number = std::conditional_t<kCount <= 0x100, std::uint8_t, std::conditional_t<kCount <= 0x10000, std::uint16_t, std::uint32_t>>;
  static constexpr std::uint32_t kSize = sizeof(Number), kAlign = sizeof(Number);
  static constexpr unsigned kFlat = 1;
  static constexpr bool kBitwise = sizeof(T) == sizeof(Number), kNeedsCheck = true;
  static constexpr abi::TrapKind kInvalid = abi::TrapKind::kInvalidDiscriminant;

  static bool fits(TypeMatch& match, const component::ValType& type) {
    const component::ValueType seen = match.get(type);
    const auto* found = std::get_if<component::EnumType>(&seen);
    return found != nullptr && found->labels.size() == kCount;
  }
  static bool is_valid(T value) { return static_cast<std::uint32_t>(value) < kCount; }
  template <class Place>
  static std::optional<T> lift(DirectCall& call, Place& from) {
    std::uint32_t number;
    if constexpr (Place::kIsFlat) number = static_cast<std::uint32_t>(from.get());
    else number = load_scalar<Number>(call, from.ptr);
    if (number < kCount) return static_cast<T>(number);
    call.guest.fail(kInvalid);
    return std::nullopt;
  }
  template <class Place>
  static bool lower(DirectCall& call, T value, Place& to) {
    if (!is_valid(value)) return call.guest.fail_value();
    if constexpr (Place::kIsFlat) to.put(static_cast<std::uint32_t>(value));
    else store_scalar(call, static_cast<Number>(value), to.ptr);
    return true;
  }
};

/// T has `bits()`, and is made from them.
template <class T, std::uint32_t kCount>
struct DirectFlags {
  using Bits = std::conditional_t<kCount <= 8, std::uint8_t, std::conditional_t<kCount <= 16, std::uint16_t, std::uint32_t>>;
  static_assert(kCount <= 32);
  static constexpr std::uint32_t kSize = sizeof(Bits), kAlign = sizeof(Bits);
  static constexpr unsigned kFlat = 1;
  static constexpr bool kBitwise = false, kNeedsCheck = true;
  static constexpr std::uint32_t kMask = kCount >= 32 ? ~0u : (1u << kCount) - 1;

  static bool fits(TypeMatch& match, const component::ValType& type) {
    const component::ValueType seen = match.get(type);
    const auto* found = std::get_if<component::FlagsType>(&seen);
    return found != nullptr && found->labels.size() == kCount;
  }
  template <class Place>
  static std::optional<T> lift(DirectCall& call, Place& from) {
    std::uint32_t bits;
    if constexpr (Place::kIsFlat) bits = static_cast<std::uint32_t>(from.get());
    else bits = load_scalar<Bits>(call, from.ptr);
    return T(static_cast<decltype(T().bits())>(bits & kMask));
  }
  template <class Place>
  static bool lower(DirectCall& call, T value, Place& to) {
    const std::uint64_t bits = value.bits();
    if ((bits & ~std::uint64_t{kMask}) != 0) return call.guest.fail_value();
    if constexpr (Place::kIsFlat) to.put(bits);
    else store_scalar(call, static_cast<Bits>(bits), to.ptr);
    return true;
  }
};

// -- what is an address and a length -----------------------------------------------------------------------------

/// `Self::from_range` lifts, `Self::to_range` lowers.
template <class T, class Self>
struct DirectRange {
  static constexpr std::uint32_t kSize = 8, kAlign = 4;
  static constexpr unsigned kFlat = 2;
  static constexpr bool kBitwise = false, kNeedsCheck = true;

  template <class Place>
  static std::optional<T> lift(DirectCall& call, Place& from) {
    std::uint32_t ptr, length;
    if constexpr (Place::kIsFlat) {
      ptr = static_cast<std::uint32_t>(from.get());
      length = static_cast<std::uint32_t>(from.get());
    } else {
      ptr = load_scalar<std::uint32_t>(call, from.ptr);
      length = load_scalar<std::uint32_t>(call, from.ptr + 4);
    }
    return Self::from_range(call, ptr, length);
  }
  template <class Place>
  static bool lower(DirectCall& call, auto& value, Place& to) {
    std::uint64_t ptr = 0, length = 0;
    if (!Self::to_range(call, value, ptr, length)) return false;
    if constexpr (Place::kIsFlat) {
      to.put(ptr);
      to.put(length);
    } else {
      store_scalar(call, static_cast<std::uint32_t>(ptr), to.ptr);
      store_scalar(call, static_cast<std::uint32_t>(length), to.ptr + 4);
    }
    return true;
  }
};

/// Is it UTF-8? Short ASCII is told without a call.
inline bool is_text(const std::uint8_t* text, std::size_t size) {
  constexpr std::size_t kShort = 64;
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  if (size <= kShort) {
    auto word = [&](std::size_t at) {
      std::uint64_t bits;
      std::memcpy(&bits, text + at, sizeof bits);
      return bits;
    };
    std::uint64_t seen = 0;
    if (size >= 8) {
      for (std::size_t at = 0; at + 8 <= size; at += 8) seen |= word(at);
      seen |= word(size - 8);
    } else {
      for (std::size_t at = 0; at < size; ++at) seen |= text[at];
    }
    if ((seen & kHighBits) == 0) return true;
  }
  return abi::is_utf8({text, size});
}

template <>
struct Direct<std::string_view> : DirectRange<std::string_view, Direct<std::string_view>> {
  static bool fits(TypeMatch& match, const component::ValType& type) {
    return fits_prim(match, type, component::PrimValType::kString);
  }
  static std::optional<std::string_view> from_range(DirectCall& call, std::uint32_t ptr, std::uint32_t length) {
    DirectGuest& guest = call.guest;
    if (!guest.is_utf8()) [[unlikely]] {
      std::string loaded;
      if (!guest.load_string(ptr, length, loaded)) return std::nullopt;
      return std::string_view(call.keep(std::move(loaded)));
    }
    const std::uint8_t* text = guest.memory() + ptr;
    if (length > abi::kMaxStringByteLength) guest.fail(abi::TrapKind::kStringTooLong);
    else if (!guest.contains(ptr, length)) guest.fail(abi::TrapKind::kStringOutOfBounds);
    else if (!is_text(text, length)) guest.fail(abi::TrapKind::kInvalidUtf8);
    else return std::string_view(reinterpret_cast<const char*>(text), length);
    return std::nullopt;
  }
  static bool to_range(DirectCall& call, std::string_view text, std::uint64_t& ptr, std::uint64_t& length) {
    if (text.size() > abi::kMaxStringByteLength) return call.guest.fail(abi::TrapKind::kStringTooLong);
    if (!is_text(reinterpret_cast<const std::uint8_t*>(text.data()), text.size())) return call.guest.fail_value();
    if (!call.guest.is_utf8()) [[unlikely]] return call.guest.store_string(text, ptr, length);
    length = text.size();
    if (!call.guest.allocate(ptr, 1, length)) return false;
    if (length != 0) std::memcpy(call.guest.memory() + ptr, text.data(), length);
    return true;
  }
};

template <>
struct Direct<std::string> : DirectRange<std::string, Direct<std::string>> {
  using View = Direct<std::string_view>;
  static bool fits(TypeMatch& match, const component::ValType& type) { return View::fits(match, type); }
  static std::optional<std::string> from_range(DirectCall& call, std::uint32_t ptr, std::uint32_t length) {
    const std::optional<std::string_view> view = View::from_range(call, ptr, length);
    if (!view) return std::nullopt;
    return std::string(*view);
  }
  static bool to_range(DirectCall& call, std::string_view text, std::uint64_t& ptr, std::uint64_t& length) {
    return View::to_range(call, text, ptr, length);
  }
};

/// Of elements that lie `kStep` bytes apart: is all of the list in memory?
template <class T>
bool check_list(DirectCall& call, std::uint32_t ptr, std::uint32_t length) {
  if (length > abi::kMaxListByteLength / Direct<T>::kSize) return call.guest.fail(abi::TrapKind::kListTooLong);
  if (ptr % Direct<T>::kAlign != 0) return call.guest.fail(abi::TrapKind::kUnalignedPointer);
  if (!call.guest.contains(ptr, std::uint64_t{length} * Direct<T>::kSize)) {
    return call.guest.fail(abi::TrapKind::kListOutOfBounds);
  }
  return true;
}
/// The list where it is. Of bitwise elements, which are valid.
template <class T>
std::optional<std::span<const T>> view_list(DirectCall& call, std::uint32_t ptr, std::uint32_t length) {
  if (!check_list<T>(call, ptr, length)) return std::nullopt;
  const std::span<const T> items(reinterpret_cast<const T*>(call.guest.memory() + ptr), length);
  if constexpr (Direct<T>::kNeedsCheck) {
    for (const T& item : items) {
      if (Direct<T>::is_valid(item)) continue;
      call.guest.fail(Direct<T>::kInvalid);
      return std::nullopt;
    }
  }
  return items;
}

template <class T>
bool lower_list(DirectCall& call, auto& list, std::uint64_t& ptr, std::uint64_t& length) {
  constexpr std::uint64_t kMost = 2 * abi::kMaxListByteLength;  // as the interpreter
  length = list.size();
  if (length > kMost / Direct<T>::kSize) return call.guest.fail(abi::TrapKind::kListTooLong);
  if (!call.guest.allocate(ptr, Direct<T>::kAlign, length * Direct<T>::kSize)) return false;
  if constexpr (Direct<T>::kBitwise && requires { list.data(); }) {
    if constexpr (Direct<T>::kNeedsCheck) {
      for (const T& item : list) {
        if (!Direct<T>::is_valid(item)) return call.guest.fail_value();
      }
    }
    if (length != 0) std::memcpy(call.guest.memory() + ptr, list.data(), length * sizeof(T));
  } else {
    Bytes32 to{ptr};
    for (auto&& item : list) {
      if (!Direct<T>::lower(call, item, to)) return false;
      to.ptr += Direct<T>::kSize;
    }
  }
  return true;
}

inline bool fits_list(TypeMatch& match, const component::ValType& type, auto fits_element,
                      std::optional<std::uint32_t> length = std::nullopt) {
  const component::ValueType seen = match.get(type);
  const auto* list = std::get_if<component::ListType>(&seen);
  return list != nullptr && list->length == length && fits_element(match, list->element);
}

template <HasDirect T>
struct Direct<std::vector<T>> : DirectRange<std::vector<T>, Direct<std::vector<T>>> {
  static bool fits(TypeMatch& match, const component::ValType& type) { return fits_list(match, type, Direct<T>::fits); }
  static std::optional<std::vector<T>> from_range(DirectCall& call, std::uint32_t ptr, std::uint32_t length) {
    if constexpr (Direct<T>::kBitwise) {
      const std::optional<std::span<const T>> items = view_list<T>(call, ptr, length);
      if (!items) return std::nullopt;
      return std::vector<T>(items->begin(), items->end());
    } else {
      if (!check_list<T>(call, ptr, length)) return std::nullopt;
      std::vector<T> list;
      list.reserve(length);
      Bytes32 from{ptr};
      for (std::uint32_t i = 0; i < length; ++i, from.ptr += Direct<T>::kSize) {
        std::optional<T> item = Direct<T>::lift(call, from);
        if (!item) return std::nullopt;
        list.push_back(*std::move(item));
      }
      return list;
    }
  }
  static bool to_range(DirectCall& call, auto& list, std::uint64_t& ptr, std::uint64_t& length) {
    return lower_list<T>(call, list, ptr, length);
  }
};

template <HasDirect T>
struct Direct<std::span<const T>> : DirectRange<std::span<const T>, Direct<std::span<const T>>> {
  static bool fits(TypeMatch& match, const component::ValType& type) { return fits_list(match, type, Direct<T>::fits); }
  static std::optional<std::span<const T>> from_range(DirectCall& call, std::uint32_t ptr, std::uint32_t length) {
    if constexpr (Direct<T>::kBitwise) {
      return view_list<T>(call, ptr, length);
    } else {
      std::optional<std::vector<T>> list = Direct<std::vector<T>>::from_range(call, ptr, length);
      if (!list) return std::nullopt;
      return std::span<const T>(call.keep(*std::move(list)));
    }
  }
  static bool to_range(DirectCall& call, const std::span<const T>& list, std::uint64_t& ptr, std::uint64_t& length) {
    return lower_list<T>(call, list, ptr, length);
  }
};

}  // namespace witc::host

#include "adapter-gen/direct_codec_compound.h"
