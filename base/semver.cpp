// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "base/semver.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

namespace witc {
namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::uint64_t> number(std::string_view text) {
  if (!is_digits(text) || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  std::uint64_t value = 0;
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (true) {
    std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool are_identifiers(std::string_view text, bool numbers_are_strict) {
  return std::ranges::all_of(split(text, '.'), [&](std::string_view part) {
    if (part.empty()) return false;
    if (numbers_are_strict && is_digits(part) && part.size() > 1 && part[0] == '0') return false;
    return std::ranges::all_of(part, [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    });
  });
}

/// Clause 11.4: numeric identifiers compare as numbers and below the others.
std::strong_ordering compare_identifier(std::string_view a, std::string_view b) {
  bool a_number = is_digits(a);
  bool b_number = is_digits(b);
  if (a_number != b_number) return a_number ? std::strong_ordering::less : std::strong_ordering::greater;
  if (a_number && a.size() != b.size()) return a.size() <=> b.size();
  return a <=> b;
}

std::strong_ordering compare_prerelease(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a.empty() <=> b.empty();
  auto as = split(a, '.');
  auto bs = split(b, '.');
  for (std::size_t i = 0; i < std::min(as.size(), bs.size()); ++i) {
    if (auto order = compare_identifier(as[i], bs[i]); order != 0) return order;
  }
  return as.size() <=> bs.size();
}

}  // namespace

std::optional<Version> Version::parse(std::string_view text) {
  Version version;
  if (std::size_t plus = text.find('+'); plus != std::string_view::npos) {
    version.build = text.substr(plus + 1);
    if (!are_identifiers(version.build, false)) return std::nullopt;
    text = text.substr(0, plus);
  }
  if (std::size_t dash = text.find('-'); dash != std::string_view::npos) {
    version.pre = text.substr(dash + 1);
    if (!are_identifiers(version.pre, true)) return std::nullopt;
    text = text.substr(0, dash);
  }
  auto parts = split(text, '.');
  if (parts.size() != 3) return std::nullopt;
  auto major = number(parts[0]);
  auto minor = number(parts[1]);
  auto patch = number(parts[2]);
  if (!major || !minor || !patch) return std::nullopt;
  version.major = *major;
  version.minor = *minor;
  version.patch = *patch;
  return version;
}

std::string Version::to_string() const {
  std::string out = fmt::format("{}.{}.{}", major, minor, patch);
  if (!pre.empty()) out += "-" + pre;
  if (!build.empty()) out += "+" + build;
  return out;
}

std::strong_ordering operator<=>(const Version& a, const Version& b) {
  if (auto order = a.major <=> b.major; order != 0) return order;
  if (auto order = a.minor <=> b.minor; order != 0) return order;
  if (auto order = a.patch <=> b.patch; order != 0) return order;
  if (auto order = compare_prerelease(a.pre, b.pre); order != 0) return order;
  return a.build <=> b.build;
}

std::string compatibility_track(const Version& version) {
  if (!version.pre.empty()) return version.to_string();
  if (version.major != 0) return fmt::format("{}", version.major);
  if (version.minor != 0) return fmt::format("0.{}", version.minor);
  return fmt::format("0.0.{}", version.patch);
}

}  // namespace witc
