// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The string kernels (adapter-gen/transcode.h). UTF-8 is validated in wasm/utf8.h; the rest are plain loops that
// compilers vectorise where the data let them.
#include "adapter-gen/transcode.h"

#include "wasm/utf8.h"

namespace witc::abi {
namespace {

std::uint16_t unit_at(Bytes text, std::size_t index) {
  return static_cast<std::uint16_t>(text[2 * index] | text[2 * index + 1] << 8);
}
void put_unit(MutableBytes to, std::size_t index, std::uint32_t unit) {
  to[2 * index] = static_cast<std::uint8_t>(unit);
  to[2 * index + 1] = static_cast<std::uint8_t>(unit >> 8);
}
bool is_high(std::uint32_t unit) { return (unit & 0xfc00) == 0xd800; }
bool is_low(std::uint32_t unit) { return (unit & 0xfc00) == 0xdc00; }

/// The code point at `index`, which moves past it; nothing for an unpaired surrogate.
std::optional<std::uint32_t> next_utf16(Bytes text, std::size_t& index) {
  std::uint32_t unit = unit_at(text, index++);
  if (!is_high(unit) && !is_low(unit)) return unit;
  if (is_low(unit) || 2 * index + 1 >= text.size()) return std::nullopt;
  std::uint32_t low = unit_at(text, index);
  if (!is_low(low)) return std::nullopt;
  ++index;
  return 0x10000 + ((unit & 0x3ff) << 10 | (low & 0x3ff));
}

/// The code point at `index` of well-formed UTF-8; `index` moves past it. A guest may have made source and target the
/// same bytes, so that what was validated has changed since: reading stays inside whatever it finds.
std::uint32_t next_utf8(Bytes text, std::size_t& index) {
  std::uint32_t lead = text[index++];
  if (lead < 0x80) return lead;
  auto more = [&](std::uint32_t code) { return code << 6 | (index < text.size() ? text[index++] & 0x3f : 0); };
  if (lead < 0xe0) return more(lead & 0x1f);
  if (lead < 0xf0) return more(more(lead & 0x0f));
  return more(more(more(lead & 0x07)));
}

}  // namespace

bool is_utf8(Bytes text) {
  return text.empty() || wasm::is_utf8({reinterpret_cast<const char*>(text.data()), text.size()});
}

bool is_utf16(Bytes text) {
  for (std::size_t i = 0; i < text.size() / 2;) {
    if (!next_utf16(text, i)) return false;
  }
  return true;
}

bool is_latin1(Bytes utf16) {
  std::uint8_t seen = 0;
  for (std::size_t i = 1; i < utf16.size(); i += 2) seen |= utf16[i];
  return seen == 0;
}

std::size_t utf16_to_utf8_ascii(Bytes from, MutableBytes to) {
  std::size_t i = 0;
  for (; i < from.size() / 2; ++i) {
    std::uint16_t unit = unit_at(from, i);
    if (unit >= 0x80) break;
    to[i] = static_cast<std::uint8_t>(unit);
  }
  return i;
}

std::size_t latin1_to_utf8_ascii(Bytes from, MutableBytes to) {
  std::size_t i = 0;
  for (; i < from.size() && from[i] < 0x80; ++i) to[i] = from[i];
  return i;
}

std::optional<std::size_t> utf16_to_utf8(Bytes from, MutableBytes to) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < from.size() / 2;) {
    std::optional<std::uint32_t> code = next_utf16(from, i);
    if (!code) return std::nullopt;
    at += wasm::encode_utf8(*code, &to[at]);
  }
  return at;
}

std::size_t latin1_to_utf8(Bytes from, MutableBytes to) {
  std::size_t at = 0;
  for (std::uint8_t byte : from) at += wasm::encode_utf8(byte, &to[at]);
  return at;
}

std::optional<std::size_t> utf8_to_utf16(Bytes from, MutableBytes to) {
  if (!is_utf8(from)) return std::nullopt;
  std::size_t at = 0;
  for (std::size_t i = 0; i < from.size();) {
    std::uint32_t code = next_utf8(from, i);
    if (2 * at + (code < 0x10000 ? 2 : 4) > to.size()) return std::nullopt;
    if (code < 0x10000) {
      put_unit(to, at++, code);
    } else {
      put_unit(to, at++, 0xd800 | (code - 0x10000) >> 10);
      put_unit(to, at++, 0xdc00 | (code & 0x3ff));
    }
  }
  return at;
}

void latin1_to_utf16(Bytes from, MutableBytes to) {
  for (std::size_t i = 0; i < from.size(); ++i) put_unit(to, i, from[i]);
}

std::optional<Latin1Prefix> utf8_to_latin1(Bytes from, MutableBytes to) {
  Latin1Prefix at;
  if (!is_utf8(from)) return std::nullopt;
  while (at.read < from.size()) {
    std::size_t next = at.read;
    std::uint32_t code = next_utf8(from, next);
    if (code >= 0x100) break;
    to[at.written++] = static_cast<std::uint8_t>(code);
    at.read = next;
  }
  return at;
}

std::size_t utf16_to_latin1(Bytes from, MutableBytes to) {
  std::size_t i = 0;
  for (; i < from.size() / 2 && from[2 * i + 1] == 0; ++i) to[i] = from[2 * i];
  return i;
}

void inflate_latin1(MutableBytes memory, std::size_t count) {
  for (std::size_t i = count; i-- > 0;) put_unit(memory, i, memory[i]);
}

void deflate_utf16(MutableBytes memory, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) memory[i] = memory[2 * i];
}

}  // namespace witc::abi
