// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/http/message.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace witc::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alpha(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

template <class Number>
bool parse_number(std::string_view text, Number& number) {
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && is_digit(text[0]) && wrong == std::errc() && end == text.data() + text.size();
}

/// A registered name or IPv4 address: what RFC 3986 allows there.
bool is_host(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_alpha(c) || is_digit(c) || std::string_view("-._~%!$&'()*+,;=").contains(c);
  });
}
bool is_ipv6(std::string_view text) {
  return text.size() >= 2 &&
         std::ranges::all_of(text, [](char c) { return is_digit(c) || is_alpha(c) || c == ':' || c == '.' || c == '%'; });
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_alpha(c) || is_digit(c) || std::string_view("!#$%&'*+-.^_`|~").contains(c);
  });
}

bool is_field_value(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

bool is_forbidden_field(std::string_view name) {
  constexpr std::array<std::string_view, 9> kNames = {
      "connection",       "host",    "http2-settings",   "keep-alive", "proxy-authenticate", "proxy-authorization",
      "proxy-connection", "upgrade", "transfer-encoding"};
  return std::ranges::any_of(kNames, [&](std::string_view known) { return same_name(known, name); });
}

bool is_target(std::string_view text) {
  if (text == "*") return true;
  if (text.empty() || (text[0] != '/' && text[0] != '?')) return false;
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7f && byte != '#';
  });
}

bool is_scheme(std::string_view text) {
  return !text.empty() && text.size() <= 64 && is_alpha(text[0]) &&
         std::ranges::all_of(text, [](char c) { return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; });
}

std::optional<Authority> parse_authority(std::string_view text) {
  Authority authority;
  std::size_t end = text.find(':');
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos || !is_ipv6(text.substr(1, close - 1))) return std::nullopt;
    authority.host = text.substr(1, close - 1);
    end = close + 1;
    if (end < text.size() && text[end] != ':') return std::nullopt;
    if (end == text.size()) end = std::string_view::npos;
  } else {
    authority.host = text.substr(0, end);
    if (!is_host(authority.host)) return std::nullopt;
  }
  if (end != std::string_view::npos && !parse_number(text.substr(end + 1), authority.port.emplace())) return std::nullopt;
  return authority;
}

const Field* find_field(const FieldList& fields, std::string_view name) {
  const auto found = std::ranges::find_if(fields, [&](const Field& field) { return same_name(field.name, name); });
  return found == fields.end() ? nullptr : &*found;
}

ContentLength content_length(const FieldList& fields) {
  ContentLength length;
  for (const Field& field : fields) {
    if (!same_name(field.name, "content-length")) continue;
    std::uint64_t value = 0;
    if (!parse_number(field.value, value) || (length.value && *length.value != value)) return {false, std::nullopt};
    length.value = value;
  }
  return length;
}

FieldList end_to_end(FieldList fields) {
  std::erase_if(fields, [](const Field& field) { return is_forbidden_field(field.name); });
  return fields;
}

}  // namespace witc::http
