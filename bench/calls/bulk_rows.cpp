// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lists and strings. The caller fills its memory once; every call passes all of it. The callee reads next to nothing,
// so that what takes time is the passing; it can hash what arrived, for --check.
#include <fmt/format.h>

#include <cstring>

#include "bench/calls/rows.h"

namespace witc::bench {
namespace {

constexpr std::uint32_t kMebibyte = 1u << 20;

/// Little-endian bytes.
template <class... T>
std::string pack(T... values) {
  std::string bytes;
  (bytes.append(reinterpret_cast<const char*>(&values), sizeof values), ...);
  return bytes;
}

/// As a string literal of the text format.
std::string quoted(const std::string& bytes) {
  std::string text = "\"";
  for (const char byte : bytes) text += fmt::format("\\{:02x}", static_cast<unsigned char>(byte));
  return text + "\"";
}

/// `pattern` again and again from `at` on; run when instantiated.
std::string fill(const std::string& pattern, std::uint32_t repeat, std::uint32_t at = kSource) {
  return fmt::format(R"((data (i32.const {at}) {pattern})
      (func $fill (local $at i32)
        (local.set $at (i32.const {second}))
        (loop $again
          (if (i32.lt_u (local.get $at) (i32.const {end})) (then
            (memory.copy (local.get $at) (i32.const {at}) (i32.const {size}))
            (local.set $at (i32.add (local.get $at) (i32.const {size})))
            (br $again)))))
      (start $fill))",
                     fmt::arg("at", at), fmt::arg("pattern", quoted(pattern)), fmt::arg("second", at + pattern.size()),
                     fmt::arg("size", pattern.size()), fmt::arg("end", at + pattern.size() * repeat));
}

std::uint32_t hash_repeated(const std::string& pattern, std::uint32_t repeat) {
  std::uint32_t hash = 0;
  for (std::uint32_t i = 0; i < repeat; ++i) hash = hash_bytes(hash, pattern);
  return hash;
}

/// Takes a pointer and a length; `sum` is the body of a function that hashes them in $h, with locals $i and $end.
std::string callee(const std::string& sum) {
  return fmt::format(R"(
    (global $p (mut i32) (i32.const 0))
    (global $n (mut i32) (i32.const 0))
    (func $callee (export "f") (param $p i32) (param $n i32) (result i32)
      (global.set $next (i32.const {}))
      (global.set $p (local.get $p))
      (global.set $n (local.get $n))
      (i32.add (local.get $n) (i32.load8_u (local.get $p))))
    (func $hash (param $h i32) (param $at i32) (param $size i32) (result i32) (local $end i32)
      (local.set $end (i32.add (local.get $at) (local.get $size)))
      (block $done
        (loop $again
          (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
          (local.set $h (i32.add (i32.mul (local.get $h) (i32.const 31)) (i32.load8_u (local.get $at))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $again)))
      (local.get $h))
    (func (export "sum") (result i32) (local $h i32) (local $at i32) (local $end i32)
      {}
      (local.get $h)))",
                     kHeap, sum);
}

/// The sum of all bytes, of which there are as many as this says.
std::string flat_sum(const std::string& bytes) {
  return fmt::format("(local.set $h (call $hash (i32.const 0) (global.get $p) {}))", bytes);
}
/// The sum of what `of` hashes of each element, at $at.
std::string element_sum(std::uint32_t size, const std::string& of) {
  return fmt::format(R"((local.set $at (global.get $p))
      (local.set $end (i32.add (global.get $p) (i32.mul (global.get $n) (i32.const {size}))))
      (loop $again
        {of}
        (br_if $again (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const {size}))) (local.get $end)))))",
                     fmt::arg("size", size), fmt::arg("of", of));
}
std::string hash_field(std::uint32_t offset, const std::string& size) {
  return fmt::format("(local.set $h (call $hash (local.get $h) (i32.add (local.get $at) (i32.const {})) {}))\n        ",
                     offset, size);
}

std::string call(std::uint32_t length) {
  return fmt::format("(local.set $x (i32.add (local.get $x) (call $f (i32.const {}) (i32.const {}))))", kSource,
                     length);
}

constexpr const char* kLowered = "(param i32 i32) (result i32)";

/// A list of 1 MiB whose elements lie there as they lay here.
Row flat_list(const char* name, std::vector<Parts::Type> types, const char* element, std::uint32_t size,
              const std::string& pattern, double factor) {
  const auto repeat = static_cast<std::uint32_t>(kMebibyte / pattern.size());
  const auto bytes = static_cast<std::uint32_t>(repeat * pattern.size());
  const Parts parts{.types = std::move(types),
                    .type = fmt::format("(param \"l\" (list {})) (result u32)", element),
                    .lowered = kLowered,
                    .callee = callee(flat_sum(fmt::format("(i32.mul (global.get $n) (i32.const {}))", size))),
                    .caller = fill(pattern, repeat),
                    .round = call(bytes / size),
                    .sums = true};
  return {.name = name,
          .text = compose(parts),
          .bytes = bytes,
          .aim = Aim::kBandwidth,
          .factor = factor,
          .sums = true,
          .sum = hash_repeated(pattern, repeat)};
}

enum class Encoding : std::uint8_t { kUtf8, kUtf16, kLatin1, kCompactUtf16 };  // the last two of latin1+utf16

/// Text as an encoding has it; `text` is all in it.
std::string encode_as(Encoding encoding, const std::u32string& text) {
  std::string bytes;
  for (const char32_t c : text) {
    if (encoding == Encoding::kLatin1)
      bytes += static_cast<char>(c);
    else if (encoding != Encoding::kUtf8) {
      if (c < 0x10000)
        bytes += pack(static_cast<std::uint16_t>(c));
      else
        bytes += pack(static_cast<std::uint16_t>(0xd7c0 + (c >> 10)), static_cast<std::uint16_t>(0xdc00 | (c & 0x3ff)));
    } else if (c < 0x80) {
      bytes += static_cast<char>(c);
    } else {
      const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
      bytes += static_cast<char>((0xff00 >> (more + 1) & 0xff) | c >> (6 * more));
      for (int i = more - 1; i >= 0; --i) bytes += static_cast<char>(0x80 | (c >> (6 * i) & 0x3f));
    }
  }
  return bytes;
}
const char* name_of(Encoding encoding) {
  return encoding == Encoding::kUtf8 ? "utf8" : encoding == Encoding::kUtf16 ? "utf16" : "latin1+utf16";
}

Row string_row(const char* name, const std::u32string& text, Encoding from, Encoding to, Aim aim, double factor) {
  const std::string pattern = encode_as(from, text);
  const std::string arrives = encode_as(to, text);
  const auto repeat = static_cast<std::uint32_t>(kMebibyte / pattern.size());
  const std::uint32_t bytes = repeat * static_cast<std::uint32_t>(pattern.size());
  const std::uint32_t units = from == Encoding::kUtf16 ? bytes / 2 : bytes;
  std::string size = "(global.get $n)";
  if (to == Encoding::kUtf16) size = "(i32.shl (global.get $n) (i32.const 1))";
  if (to == Encoding::kLatin1 || to == Encoding::kCompactUtf16) {
    size = "(i32.shl (i32.and (global.get $n) (i32.const 0x7fffffff)) (i32.shr_u (global.get $n) (i32.const 31)))";
  }
  const Parts parts{.type = "(param \"s\" string) (result u32)",
                    .lowered = kLowered,
                    .callee = callee(flat_sum(size)),
                    .caller = fill(pattern, repeat),
                    .round = call(units),
                    .callee_encoding = name_of(to),
                    .caller_encoding = name_of(from),
                    .sums = true};
  return {.name = name,
          .text = compose(parts),
          .bytes = bytes,
          .aim = aim,
          .factor = factor,
          .sums = true,
          .sum = hash_repeated(arrives, repeat)};
}

Row peer_row(const char* name, Parts parts, std::uint64_t bytes, std::uint32_t sum) {
  parts.lowered = kLowered;
  parts.sums = true;
  return {.name = name,
          .text = compose(parts),
          .bytes = bytes,
          .aim = Aim::kPeer,
          .factor = 1.0 / 3,
          .sums = true,
          .sum = sum};
}

/// 1,000 strings of 8 to 39 bytes.
Row string_list() {
  constexpr std::uint32_t kCount = 1000, kText = kSource + 0x10000;
  std::string text;
  for (int i = 0; i < 64; ++i) text += static_cast<char>('0' + i);
  std::uint32_t hash = 0;
  std::uint64_t bytes = 0;
  std::string array;
  for (std::uint32_t i = 0; i < kCount; ++i) {
    const std::uint32_t size = 8 + i % 32, at = 40 * i;
    array += pack(kText + at, size);
    std::string repeated = text + text;
    hash = hash_bytes(hash, repeated.substr(at % 64, size));
    bytes += size;
  }
  Parts parts{
      .type = "(param \"l\" (list string)) (result u32)",
      .callee = callee(element_sum(
          8,
          "(local.set $h (call $hash (local.get $h) (i32.load (local.get $at)) (i32.load offset=4 (local.get $at))))")),
      .caller = fmt::format("(data (i32.const {}) {}) {}", kSource, quoted(array), fill(text, 640, kText)),
      .round = call(kCount)};
  return peer_row("list of 1,000 strings", parts, bytes, hash);
}

/// list<variant { none, num(u32), big(u64), real(f32) }>, 10,000 of them.
Row variant_list() {
  constexpr std::uint32_t kCount = 10'000;
  const std::uint64_t none = 0;
  const std::string pattern = pack(std::uint64_t{0}, none, std::uint64_t{1}, std::uint64_t{0x1234567}, std::uint64_t{2},
                                   std::uint64_t{0x123456789abcdef}, std::uint64_t{3}, 1.5f, 0.0f);
  const std::string hashed = pack(std::uint8_t{0}, std::uint8_t{1}, std::uint32_t{0x1234567}, std::uint8_t{2},
                                  std::uint64_t{0x123456789abcdef}, std::uint8_t{3}, 1.5f);
  const std::string payload_size = R"((select (i32.const 8)
            (select (i32.const 0) (i32.const 4) (i32.eqz (i32.load8_u (local.get $at))))
            (i32.eq (i32.load8_u (local.get $at)) (i32.const 2))))";
  Parts parts{.types = {{"v", R"((variant (case "none") (case "num" u32) (case "big" u64) (case "real" f32)))"}},
              .type = "(param \"l\" (list $v)) (result u32)",
              .callee = callee(element_sum(16, hash_field(0, "(i32.const 1)") + hash_field(8, payload_size))),
              .caller = fill(pattern, kCount / 4),
              .round = call(kCount)};
  return peer_row("list of 10,000 variants", parts, 16 * kCount, hash_repeated(hashed, kCount / 4));
}

/// list<record { a: u8, inner: record { x: u16, y: u64 }, t: tuple<u32, f32> }>, with padding, 10,000 of them.
Row record_list() {
  constexpr std::uint32_t kCount = 10'000;
  const std::string pattern =
      pack(std::uint64_t{0x7f}, std::uint64_t{0xbeef}, std::uint64_t{0x123456789abcdef}, std::uint32_t{77}, 2.5f);
  const std::string hashed =
      pack(std::uint8_t{0x7f}, std::uint16_t{0xbeef}, std::uint64_t{0x123456789abcdef}, std::uint32_t{77}, 2.5f);
  Parts parts{.types = {{"inner", R"((record (field "x" u16) (field "y" u64)))"},
                        {"outer", R"((record (field "a" u8) (field "inner" $inner) (field "t" (tuple u32 f32))))"}},
              .type = "(param \"l\" (list $outer)) (result u32)",
              .callee = callee(element_sum(32, hash_field(0, "(i32.const 1)") + hash_field(8, "(i32.const 2)") +
                                                   hash_field(16, "(i32.const 16)"))),
              .caller = fill(pattern, kCount),
              .round = call(kCount)};
  return peer_row("list of 10,000 nested records", parts, 32 * kCount, hash_repeated(hashed, kCount));
}

}  // namespace

std::vector<Row> bulk_rows() {
  std::string any, bools, chars, enums, flags;
  for (std::uint32_t i = 0; i < 256; ++i) {
    any += static_cast<char>(i * 7 + 3);
    bools += static_cast<char>(i * 5 >> 2 & 1);
    chars += pack(std::uint32_t{0x41 + i * 37});
    enums += static_cast<char>(i % 5);
    flags += static_cast<char>(i & 31);
  }
  const std::u32string ascii = U"The quick brown fox jumps over the lazy dog; 0123456789 and so on, ";
  const std::u32string mixed = U"Grüße an alle! Привет, мир. 世界 and 😀, then plain ASCII text for a while longer. ";
  const std::u32string latin1 = U"Größe, naïve café, señor, and plain ASCII text in between for a while. ";
  return {
      flat_list("list<u8>, 1 MiB", {}, "u8", 1, any, 0.9),
      flat_list("list<u64>, 1 MiB", {}, "u64", 8, any, 0.9),
      flat_list("list of records, 1 MiB", {{"r", R"((record (field "a" u32) (field "b" u32) (field "c" u64)))"}}, "$r",
                16, any, 0.9),
      flat_list("list<bool>, 1 MiB", {}, "bool", 1, bools, 0.5),
      flat_list("list<char>, 1 MiB", {}, "char", 4, chars, 0.5),
      flat_list("list<enum>, 1 MiB", {{"e", R"((enum "a" "b" "c" "d" "e"))"}}, "$e", 1, enums, 0.5),
      flat_list("list<flags>, 1 MiB", {{"g", R"((flags "a" "b" "c" "d" "e"))"}}, "$g", 1, flags, 0.5),
      string_row("string, ASCII, utf8 to utf8", ascii, Encoding::kUtf8, Encoding::kUtf8, Aim::kBandwidth, 0.9),
      string_row("string, mixed, utf8 to utf8", mixed, Encoding::kUtf8, Encoding::kUtf8, Aim::kPeer, 0.5),
      string_row("string, mixed, utf8 to utf16", mixed, Encoding::kUtf8, Encoding::kUtf16, Aim::kPeer, 0.5),
      string_row("string, mixed, utf16 to utf8", mixed, Encoding::kUtf16, Encoding::kUtf8, Aim::kPeer, 0.5),
      string_row("string, Latin-1, utf8 to latin1+utf16", latin1, Encoding::kUtf8, Encoding::kLatin1, Aim::kPeer, 0.5),
      string_row("string, mixed, utf8 to latin1+utf16", mixed, Encoding::kUtf8, Encoding::kCompactUtf16, Aim::kPeer,
                 0.5),
      string_row("string, Latin-1, latin1+utf16 to utf8", latin1, Encoding::kLatin1, Encoding::kUtf8, Aim::kPeer, 0.5),
      string_list(),
      variant_list(),
      record_list(),
  };
}

}  // namespace witc::bench
