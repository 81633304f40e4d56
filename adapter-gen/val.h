// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Val: a component value whose type is known only at run time. The interpreter lifts to it and lowers from it, WAVE is
// read into and written from it, hosts pass it to functions they know by name only.
//
// A Val is despecialised (CanonicalABI.md "Despecialization"): a tuple is a record; an enum, option or result is a
// variant; a map is a list of records of key and value. Fields and cases go by position, so a Val means something only
// together with its type; that keeps it small, and names are in the type anyway. The makers below spell each case out.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "wasm/component/types.h"

namespace witc::abi {

/// How the string lay where it was lifted. Lowering asks (the sequence of reallocs depends on it, section "Storing");
/// equality does not.
enum class StringHint : std::uint8_t { kUtf8, kUtf16, kLatin1, kTaggedUtf16 };

class Val {
 public:
  struct String {
    std::string text;  // UTF-8, valid
    StringHint hint = StringHint::kUtf8;
  };
  struct List { std::vector<Val> items; };
  /// A list<u8> as its bytes: what lifting gives. For lowering it may be either; they are equal.
  struct Bytes { std::vector<std::uint8_t> bytes; };
  struct Record { std::vector<Val> fields; };
  struct Variant {
    std::uint32_t case_index = 0;
    std::shared_ptr<const Val> payload;  // null if the case has none
  };
  struct Flags { std::uint32_t bits = 0; };  // bit i is label i
  /// A resource outside any handle table: what lift_own and lift_borrow gave. Opaque here: the embedder's handle table
  /// callbacks say what `rep` is.
  struct Handle {
    std::uint64_t rep = 0;
    bool is_own = true;
  };
  using Value = std::variant<bool, std::uint64_t, std::int64_t, float, double, char32_t, String, List, Bytes, Record,
                             Variant, Flags, Handle>;

  Val() : value_(false) {}

  static Val boolean(bool value) { return Val(value); }
  static Val unsigned_(std::uint64_t value) { return Val(value); }  // u8 .. u64
  static Val signed_(std::int64_t value) { return Val(value); }     // s8 .. s64
  static Val f32(float value) { return Val(value); }
  static Val f64(double value) { return Val(value); }
  static Val character(char32_t value) { return Val(value); }
  static Val string(std::string text, StringHint hint = StringHint::kUtf8) { return Val(String{std::move(text), hint}); }
  static Val list(std::vector<Val> items) { return Val(List{std::move(items)}); }
  static Val bytes(std::vector<std::uint8_t> bytes) { return Val(Bytes{std::move(bytes)}); }
  static Val record(std::vector<Val> fields) { return Val(Record{std::move(fields)}); }
  static Val tuple(std::vector<Val> fields) { return record(std::move(fields)); }
  static Val variant(std::uint32_t case_index, std::optional<Val> payload = std::nullopt);
  static Val enumeration(std::uint32_t case_index) { return variant(case_index); }
  static Val none() { return variant(0); }
  static Val some(Val value) { return variant(1, std::move(value)); }
  static Val ok(std::optional<Val> value = std::nullopt) { return variant(0, std::move(value)); }
  static Val error(std::optional<Val> value = std::nullopt) { return variant(1, std::move(value)); }
  static Val flags(std::uint32_t bits) { return Val(Flags{bits}); }
  static Val map(std::vector<std::pair<Val, Val>> entries);
  static Val own(std::uint64_t rep) { return Val(Handle{rep, true}); }
  static Val borrow(std::uint64_t rep) { return Val(Handle{rep, false}); }

  [[nodiscard]] const Value& value() const { return value_; }
  /// Null if it is something else.
  template <class T>
  [[nodiscard]] const T* get_if() const {
    return std::get_if<T>(&value_);
  }

  /// Same value: NaNs of one type are all equal, 0 and -0 are not; strings by their text, handles by rep and kind.
  friend bool operator==(const Val& a, const Val& b);

 private:
  explicit Val(Value value) : value_(std::move(value)) {}  // no template: it would take part in every expected<Val>

  Value value_;
};

/// Is `val` of this type: the right kind all the way down, numbers in range, chars scalar values, case indices and
/// fixed lengths right? Every value from outside (a host function's result) is checked before it is lowered.
bool matches(const Val& val, const component::Types& types, const component::ValType& type);

}  // namespace witc::abi
