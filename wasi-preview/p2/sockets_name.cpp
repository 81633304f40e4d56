// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Names of hosts: what is one, and its form in ASCII. Letters beyond ASCII are written in Punycode (RFC 3492) after the
// case folding of the alphabets that have cases; the full tables of IDNA (UTS 46) are not here: a name that they would
// change further is looked up as it was written.
#include <arpa/inet.h>

#include <algorithm>
#include <limits>
#include <string_view>

#include "wasi-preview/p2/sockets_address.h"

namespace witc::wasi {
namespace {

constexpr std::size_t kMaxName = 253;
constexpr std::size_t kMaxLabel = 63;

/// The code points of a WIT string, which is UTF-8 by its type; none for bytes that are not.
std::optional<std::u32string> code_points(std::string_view text) {
  std::u32string points;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<std::uint8_t>(text[i]);
    const std::size_t size = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    if (size == 0 || i + size > text.size()) return std::nullopt;
    char32_t point = size == 1 ? lead : lead & (0x7fu >> size);
    for (std::size_t k = 1; k < size; ++k) {
      const auto next = static_cast<std::uint8_t>(text[i + k]);
      if (next >> 6 != 2) return std::nullopt;
      point = point << 6 | (next & 0x3f);
    }
    points.push_back(point);
    i += size;
  }
  return points;
}

char32_t fold(char32_t c) {
  if (c >= U'A' && c <= U'Z') return c + 32;
  if (c >= 0xff01 && c <= 0xff5e) return fold(c - 0xfee0);              // full width
  if (c >= 0xc0 && c <= 0xde && c != 0xd7) return c + 32;               // Latin-1
  if ((c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177)) return c | 1;  // Latin Extended-A
  if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e)) return c + (c & 1);
  if ((c >= 0x391 && c <= 0x3a1) || (c >= 0x3a3 && c <= 0x3ab)) return c + 32;  // Greek
  if (c >= 0x410 && c <= 0x42f) return c + 32;                          // Cyrillic
  if (c >= 0x400 && c <= 0x40f) return c + 80;
  return c;
}

bool is_dot(char32_t c) { return c == U'.' || c == 0x3002 || c == 0xff0e || c == 0xff61; }

/// May stand in a label: of ASCII, letters, digits, `-` and `_`; beyond it, what is neither control, space, format
/// character, private nor unassigned for good.
bool is_letter(char32_t c) {
  if (c < 0x80) return (c >= U'a' && c <= U'z') || (c >= U'0' && c <= U'9') || c == U'-' || c == U'_';
  if (c < 0xa1 || c == 0xad || c == 0x1680 || (c >= 0x2000 && c <= 0x206f) || c == 0x3000 || c == 0xfeff) return false;
  if ((c >= 0xd800 && c <= 0xf8ff) || (c >= 0xfff0 && c <= 0xffff) || c >= 0xe0000) return false;
  return (c & 0xfffe) != 0xfffe;
}

// RFC 3492, section 6.1.
std::uint32_t adapt(std::uint32_t delta, std::uint32_t points, bool first) {
  delta = first ? delta / 700 : delta / 2;
  delta += delta / points;
  std::uint32_t k = 0;
  for (; delta > 35 * 26 / 2; k += 36) delta /= 35;
  return k + 36 * delta / (delta + 38);
}

/// RFC 3492, section 6.3; a label is short enough that nothing overflows.
std::string punycode(std::u32string_view label) {
  std::string out;
  for (char32_t c : label) {
    if (c < 0x80) out.push_back(static_cast<char>(c));
  }
  const auto basic = static_cast<std::uint32_t>(out.size());
  std::uint32_t handled = basic;
  if (basic != 0) out.push_back('-');
  auto digit = [](std::uint32_t d) { return static_cast<char>(d < 26 ? 'a' + d : '0' + (d - 26)); };
  char32_t n = 0x80;
  std::uint32_t bias = 72;
  for (std::uint32_t delta = 0; handled < label.size(); ++delta, ++n) {
    char32_t least = std::numeric_limits<char32_t>::max();
    for (char32_t c : label) {
      if (c >= n) least = std::min(least, c);
    }
    delta += (least - n) * (handled + 1);
    n = least;
    for (char32_t c : label) {
      if (c < n) ++delta;
      if (c != n) continue;
      std::uint32_t q = delta;
      for (std::uint32_t k = 36;; k += 36) {
        const std::uint32_t t = k <= bias ? 1 : std::min(k - bias, 26u);
        if (q < t) break;
        out.push_back(digit(t + (q - t) % (36 - t)));
        q = (q - t) / (36 - t);
      }
      out.push_back(digit(q));
      bias = adapt(delta, handled + 1, handled == basic);
      delta = 0;
      ++handled;
    }
  }
  return out;
}

std::optional<std::string> label_to_ascii(std::u32string_view label) {
  if (label.empty() || label.size() > kMaxLabel || !std::all_of(label.begin(), label.end(), is_letter)) return std::nullopt;
  const bool is_ascii = std::all_of(label.begin(), label.end(), [](char32_t c) { return c < 0x80; });
  std::string ascii = is_ascii ? std::string(label.begin(), label.end()) : "xn--" + punycode(label);
  if (ascii.size() > kMaxLabel) return std::nullopt;
  return ascii;
}

/// Whether a name with that last label can only be an IPv4 address.
bool is_number(std::string_view label) {
  if (label.starts_with("0x")) return label.find_first_not_of("0123456789abcdef", 2) == label.npos;
  return label.find_first_not_of("0123456789") == label.npos;
}

}  // namespace

std::optional<HostName> HostName::parse(std::string_view name) {
  if (name.empty() || name.size() > 4 * kMaxName || name.find('\0') != name.npos) return std::nullopt;
  std::string plain(name);
  if (plain.size() > 2 && plain.front() == '[' && plain.back() == ']') {
    auto ip = IpAddress::parse(plain.substr(1, plain.size() - 2));
    if (!ip || ip->family != Family::kIpv6) return std::nullopt;
    return HostName{ip, {}};
  }
  if (auto ip = IpAddress::parse(plain)) return HostName{ip, {}};

  std::optional<std::u32string> points = code_points(name);
  if (!points) return std::nullopt;
  if (is_dot(points->back())) points->pop_back();
  std::string ascii;
  std::string last;
  for (std::u32string_view rest = *points;;) {
    const auto end = std::find_if(rest.begin(), rest.end(), is_dot);
    std::u32string label(rest.begin(), end);
    std::transform(label.begin(), label.end(), label.begin(), fold);
    std::optional<std::string> one = label_to_ascii(label);
    if (!one) return std::nullopt;
    last = *std::move(one);
    ascii += last;
    if (end == rest.end()) break;
    ascii += '.';
    rest.remove_prefix(static_cast<std::size_t>(end - rest.begin()) + 1);
  }
  if (ascii.size() > kMaxName) return std::nullopt;
  if (!is_number(last)) return HostName{std::nullopt, std::move(ascii)};
  in_addr v4{};
  if (::inet_aton(ascii.c_str(), &v4) == 0) return std::nullopt;
  IpAddress ip;
  std::copy_n(reinterpret_cast<const std::uint8_t*>(&v4), 4, ip.bytes.begin());
  return HostName{ip, {}};
}

}  // namespace witc::wasi
