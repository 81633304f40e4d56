// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Strings of the interpreter: `load_string_from_range` and the family of `store_string_into_range`. What a guest can
// see of storing is the sequence of reallocs, so that follows the specification call by call.
#include <cstring>

#include "adapter-gen/interpreter.h"
#include "adapter-gen/interpreter_memory.h"
#include "adapter-gen/transcode.h"

namespace witc::abi {
namespace {

Bytes bytes_of(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

/// A string as its source had it: the code units lowering counts by.
struct Source {
  StringHint encoding;
  std::vector<std::uint8_t> bytes;  // in that encoding (utf-8, utf-16-le or latin-1)
  std::size_t code_units = 0;
};

Source source_of(const Val::String& string) {
  Source out{string.hint, {}, 0};
  Bytes text = bytes_of(string.text);
  switch (string.hint) {
    case StringHint::kUtf8: {
      out.bytes.assign(text.begin(), text.end());
      out.code_units = text.size();
      return out;
    }
    case StringHint::kLatin1: {
      out.bytes.resize(text.size());
      std::optional<Latin1Prefix> done = utf8_to_latin1(text, out.bytes);
      if (!done || done->read != text.size()) break;  // a hint of the host's that is not true
      out.bytes.resize(done->written);
      out.code_units = done->written;
      return out;
    }
    case StringHint::kUtf16:
    case StringHint::kTaggedUtf16: {
      out.bytes.resize(2 * text.size());
      out.code_units = utf8_to_utf16(text, out.bytes).value_or(0);
      out.bytes.resize(2 * out.code_units);
      return out;
    }
  }
  out.encoding = StringHint::kUtf8;
  out.bytes.assign(text.begin(), text.end());
  out.code_units = text.size();
  return out;
}

std::vector<std::uint8_t> encode_utf16(const std::string& text) {
  std::vector<std::uint8_t> out(2 * text.size());
  out.resize(2 * utf8_to_utf16(bytes_of(text), out).value_or(0));
  return out;
}

void write(const LiftLowerContext& cx, std::uint64_t ptr, Bytes bytes) {
  if (!bytes.empty()) std::memcpy(cx.memory->bytes().data() + ptr, bytes.data(), bytes.size());
}

OrTrap<PtrLength> store_string_copy(const LiftLowerContext& cx, Bytes encoded, std::uint64_t src_code_units,
                                    std::uint32_t dst_alignment) {
  std::uint64_t ptr = TRY_TRAP(reallocate(cx, 0, 0, dst_alignment, encoded.size(), encoded.size()));
  write(cx, ptr, encoded);
  return PtrLength{ptr, src_code_units};
}

OrTrap<PtrLength> store_string_to_utf8(const LiftLowerContext& cx, const std::string& text,
                                       std::uint64_t src_code_units, std::uint64_t worst_case_size) {
  std::uint64_t ptr = TRY_TRAP(reallocate(cx, 0, 0, 1, src_code_units, src_code_units));
  Bytes encoded = bytes_of(text);
  std::size_t ascii = 0;
  while (ascii < encoded.size() && encoded[ascii] < 0x80) ++ascii;
  write(cx, ptr, encoded.first(ascii));
  if (ascii == encoded.size()) return PtrLength{ptr, src_code_units};
  ptr = TRY_TRAP(reallocate(cx, ptr, src_code_units, 1, worst_case_size, worst_case_size));
  write(cx, ptr + ascii, encoded.subspan(ascii));
  if (worst_case_size > encoded.size()) {
    ptr = TRY_TRAP(reallocate(cx, ptr, worst_case_size, 1, encoded.size(), encoded.size()));
  }
  return PtrLength{ptr, encoded.size()};
}

OrTrap<PtrLength> store_utf8_to_utf16(const LiftLowerContext& cx, const std::string& text,
                                      std::uint64_t src_code_units) {
  std::uint64_t worst_case_size = 2 * src_code_units;
  std::uint64_t ptr = TRY_TRAP(reallocate(cx, 0, 0, 2, worst_case_size, worst_case_size));
  std::vector<std::uint8_t> encoded = encode_utf16(text);
  write(cx, ptr, encoded);
  if (encoded.size() < worst_case_size) {
    ptr = TRY_TRAP(reallocate(cx, ptr, worst_case_size, 2, encoded.size(), encoded.size()));
  }
  return PtrLength{ptr, encoded.size() / 2};
}

OrTrap<PtrLength> store_string_to_latin1_or_utf16(const LiftLowerContext& cx, const std::string& text,
                                                  std::uint64_t src_code_units) {
  std::uint64_t ptr = TRY_TRAP(reallocate(cx, 0, 0, 2, src_code_units, src_code_units));
  std::vector<std::uint8_t> latin1(text.size());
  Latin1Prefix prefix = utf8_to_latin1(bytes_of(text), latin1).value_or(Latin1Prefix{});
  write(cx, ptr, Bytes(latin1).first(prefix.written));
  if (prefix.read == text.size()) {
    if (prefix.written < src_code_units) {
      ptr = TRY_TRAP(reallocate(cx, ptr, src_code_units, 2, prefix.written, prefix.written));
    }
    return PtrLength{ptr, prefix.written};
  }
  std::uint64_t worst_case_size = 2 * src_code_units;
  ptr = TRY_TRAP(reallocate(cx, ptr, src_code_units, 2, worst_case_size, worst_case_size));
  inflate_latin1(cx.memory->bytes().subspan(ptr, worst_case_size), prefix.written);
  std::vector<std::uint8_t> encoded = encode_utf16(text);
  write(cx, ptr + 2 * prefix.written, Bytes(encoded).subspan(2 * prefix.written));
  if (worst_case_size > encoded.size()) {
    ptr = TRY_TRAP(reallocate(cx, ptr, worst_case_size, 2, encoded.size(), encoded.size()));
  }
  return PtrLength{ptr, encoded.size() / 2 | utf16_tag(cx.layout.ptr_type())};
}

OrTrap<PtrLength> store_probably_utf16_to_latin1_or_utf16(const LiftLowerContext& cx, Bytes encoded) {
  std::uint64_t ptr = TRY_TRAP(reallocate(cx, 0, 0, 2, encoded.size(), encoded.size()));
  write(cx, ptr, encoded);
  if (!is_latin1(encoded)) return PtrLength{ptr, encoded.size() / 2 | utf16_tag(cx.layout.ptr_type())};
  std::uint64_t latin1_size = encoded.size() / 2;
  deflate_utf16(cx.memory->bytes().subspan(ptr, encoded.size()), latin1_size);
  ptr = TRY_TRAP(reallocate(cx, ptr, encoded.size(), 1, latin1_size, latin1_size));
  return PtrLength{ptr, latin1_size};
}

}  // namespace

OrTrap<Val> load_string_from_range(const LiftLowerContext& cx, std::uint64_t ptr, std::uint64_t tagged_code_units) {
  std::uint64_t tag = utf16_tag(cx.layout.ptr_type());
  std::uint32_t alignment = cx.string_encoding == StringEncoding::kUtf8 ? 1 : 2;
  StringHint hint = StringHint::kUtf8;
  std::uint64_t code_units = tagged_code_units;
  if (cx.string_encoding == StringEncoding::kUtf16) hint = StringHint::kUtf16;
  if (cx.string_encoding == StringEncoding::kLatin1Utf16) {
    hint = (tagged_code_units & tag) != 0 ? StringHint::kTaggedUtf16 : StringHint::kLatin1;
    code_units = tagged_code_units & ~tag;
  }
  bool is_utf16_text = hint == StringHint::kUtf16 || hint == StringHint::kTaggedUtf16;
  TRAP_IF(code_units > kMaxStringByteLength / (is_utf16_text ? 2 : 1), TrapKind::kStringTooLong);
  std::uint64_t byte_length = is_utf16_text ? 2 * code_units : code_units;
  TRAP_IF(ptr % alignment != 0, TrapKind::kUnalignedPointer);
  std::span<std::uint8_t> memory = cx.memory->bytes();
  TRAP_IF(byte_length > memory.size() || ptr > memory.size() - byte_length, TrapKind::kStringOutOfBounds);
  Bytes encoded = memory.subspan(ptr, byte_length);
  std::string text;
  MutableBytes to;
  auto room_for = [&](std::size_t size) {
    text.resize(size);
    to = {reinterpret_cast<std::uint8_t*>(text.data()), size};
  };
  if (is_utf16_text) {
    room_for(3 * code_units);
    std::optional<std::size_t> size = utf16_to_utf8(encoded, to);
    TRAP_IF(!size, TrapKind::kInvalidUtf16);
    text.resize(*size);
  } else if (hint == StringHint::kLatin1) {
    room_for(2 * code_units);
    text.resize(latin1_to_utf8(encoded, to));
  } else {
    TRAP_IF(!is_utf8(encoded), TrapKind::kInvalidUtf8);
    text.assign(encoded.begin(), encoded.end());
  }
  return Val::string(std::move(text), hint);
}

OrTrap<PtrLength> store_string_into_range(const LiftLowerContext& cx, const Val::String& string) {
  // What was lifted is within the limit in the encoding it had, and may be up to twice as long in UTF-8; more than that
  // can only be a host's. The first check is for its sake, before anything is copied.
  TRAP_IF(string.text.size() > 2 * kMaxStringByteLength, TrapKind::kStringTooLong);
  Source src = source_of(string);
  TRAP_IF(src.bytes.size() > kMaxStringByteLength, TrapKind::kStringTooLong);
  switch (cx.string_encoding) {
    case StringEncoding::kUtf8:
      switch (src.encoding) {
        case StringHint::kUtf8: return store_string_copy(cx, src.bytes, src.code_units, 1);
        case StringHint::kLatin1: return store_string_to_utf8(cx, string.text, src.code_units, 2 * src.code_units);
        case StringHint::kUtf16:
        case StringHint::kTaggedUtf16:
          return store_string_to_utf8(cx, string.text, src.code_units, 3 * src.code_units);
      }
      break;
    case StringEncoding::kUtf16:
      if (src.encoding == StringHint::kUtf8) return store_utf8_to_utf16(cx, string.text, src.code_units);
      return store_string_copy(cx, encode_utf16(string.text), src.code_units, 2);
    case StringEncoding::kLatin1Utf16:
      switch (src.encoding) {
        case StringHint::kUtf8:
        case StringHint::kUtf16: return store_string_to_latin1_or_utf16(cx, string.text, src.code_units);
        case StringHint::kLatin1: return store_string_copy(cx, src.bytes, src.code_units, 2);
        case StringHint::kTaggedUtf16: return store_probably_utf16_to_latin1_or_utf16(cx, src.bytes);
      }
      break;
  }
  return trap(TrapKind::kHost);
}

}  // namespace witc::abi
