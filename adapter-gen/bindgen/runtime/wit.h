// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The C++ of WIT types that the standard library has no word for. Every header `witc bindgen cpp`
// makes includes this file; it stands beside them and depends on the standard library alone.
//
//     WIT                      C++
//     bool u8 .. s64 f32 f64   bool std::uint8_t .. std::int64_t float double
//     char                     char32_t
//     string                   std::string; as a parameter std::string_view
//     list<t>                  std::vector<T>; as a parameter std::span<const T>
//     list<t, n>               std::array<T, n>
//     map<k, v>                std::map<K, V>
//     option<t>                std::optional<T>
//     result<t, e>             wit::expected<T, E>; `_` is void (ok) or std::monostate (error)
//     tuple<..>                std::tuple<..>
//     record                   struct
//     variant                  struct of one struct per case and `value`, a std::variant of those
//     enum                     enum class
//     flags                    struct made of wit::Flags
//     resource, own<r>         imported: class made of wit::Handle; exported: std::unique_ptr<R>
//     borrow<r>                imported: wit::Borrow<R>; exported: R&

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>
#if __has_include(<expected>)
#include <expected>
#endif

namespace wit {

// -- result<t, e> ----------------------------------------------------------------------------------

#if defined(__cpp_lib_expected)

using std::expected;
using std::unexpected;

#else  // a C++20 library: the part of std::expected that bindings and their users need

template <class E>
class unexpected {
 public:
  constexpr explicit unexpected(E error) : error_(std::move(error)) {}
  constexpr const E& error() const& { return error_; }
  constexpr E& error() & { return error_; }
  constexpr E&& error() && { return std::move(error_); }

 private:
  E error_;
};

template <class T, class E>
class expected {
 public:
  using value_type = T;
  using error_type = E;

  constexpr expected() : state_(std::in_place_index<0>) {}
  template <class U = T>
    requires std::is_constructible_v<T, U> && (!std::is_same_v<std::remove_cvref_t<U>, expected>)
  constexpr expected(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  template <class G>
  constexpr expected(unexpected<G> error) : state_(std::in_place_index<1>, std::move(error).error()) {}

  constexpr bool has_value() const { return state_.index() == 0; }
  constexpr explicit operator bool() const { return has_value(); }
  constexpr T& value() & { return *std::get_if<0>(&state_); }
  constexpr const T& value() const& { return *std::get_if<0>(&state_); }
  constexpr T&& value() && { return std::move(*std::get_if<0>(&state_)); }
  constexpr T& operator*() & { return value(); }
  constexpr const T& operator*() const& { return value(); }
  constexpr T&& operator*() && { return std::move(*this).value(); }
  constexpr T* operator->() { return std::get_if<0>(&state_); }
  constexpr const T* operator->() const { return std::get_if<0>(&state_); }
  constexpr E& error() & { return *std::get_if<1>(&state_); }
  constexpr const E& error() const& { return *std::get_if<1>(&state_); }
  constexpr E&& error() && { return std::move(*std::get_if<1>(&state_)); }

  friend constexpr bool operator==(const expected& a, const expected& b) { return a.state_ == b.state_; }

 private:
  std::variant<T, E> state_;
};

template <class E>
class expected<void, E> {
 public:
  using value_type = void;
  using error_type = E;

  constexpr expected() = default;
  template <class G>
  constexpr expected(unexpected<G> error) : error_(std::move(error).error()) {}

  constexpr bool has_value() const { return !error_.has_value(); }
  constexpr explicit operator bool() const { return has_value(); }
  constexpr void value() const {}
  constexpr E& error() & { return *error_; }
  constexpr const E& error() const& { return *error_; }
  constexpr E&& error() && { return *std::move(error_); }

  friend constexpr bool operator==(const expected& a, const expected& b) { return a.error_ == b.error_; }

 private:
  std::optional<E> error_;
};

#endif

// -- flags -----------------------------------------------------------------------------------------

/// A set of flags in the bits of `Bits`. `Derived` adds one constant for each flag; sets are joined
/// and cut with | & ^ ~, and asked with `has`.
template <class Derived, class Bits>
class Flags {
 public:
  using BitsType = Bits;

  constexpr Flags() = default;
  constexpr explicit Flags(Bits bits) : bits_(bits) {}

  [[nodiscard]] constexpr Bits bits() const { return bits_; }
  /// Are all of these set?
  [[nodiscard]] constexpr bool has(Derived flags) const { return (bits_ & flags.bits()) == flags.bits(); }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }

  constexpr Derived& operator|=(Derived other) { return assign(bits_ | other.bits()); }
  constexpr Derived& operator&=(Derived other) { return assign(bits_ & other.bits()); }
  constexpr Derived& operator^=(Derived other) { return assign(bits_ ^ other.bits()); }
  friend constexpr Derived operator|(Derived a, Derived b) { return a |= b; }
  friend constexpr Derived operator&(Derived a, Derived b) { return a &= b; }
  friend constexpr Derived operator^(Derived a, Derived b) { return a ^= b; }
  friend constexpr Derived operator~(Derived a) { return Derived(static_cast<Bits>(~a.bits())); }
  friend constexpr bool operator==(Derived a, Derived b) { return a.bits() == b.bits(); }

 private:
  constexpr Derived& assign(unsigned bits) {
    bits_ = static_cast<Bits>(bits);
    return static_cast<Derived&>(*this);
  }
  Bits bits_ = 0;
};

}  // namespace wit
