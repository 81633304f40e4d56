// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The grammar of extern names (wasm/component/names.h).
#include "wasm/component/names.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/semver.h"

namespace witc::component {
namespace {

using Failure = std::unexpected<std::string>;

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return is_lower(c) || is_digit(c); });
}
bool is_acronym(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return is_upper(c) || is_digit(c); });
}

/// Fragments joined by `-`, the first of which starts with a letter.
bool is_kebab(std::string_view text, bool acronyms) {
  if (text.empty() || is_digit(text.front())) return false;
  while (true) {
    std::size_t dash = text.find('-');
    std::string_view fragment = text.substr(0, dash);
    if (!is_word(fragment) && !(acronyms && is_acronym(fragment))) return false;
    if (dash == std::string_view::npos) return true;
    text.remove_prefix(dash + 1);
  }
}

std::expected<std::string_view, std::string> label_of(std::string_view text) {
  if (!is_label(text)) return Failure(fmt::format("`{}` is not in kebab case", text));
  return text;
}

/// `resource.label`
std::expected<ExternName, std::string> parse_member(ExternName::Kind kind, std::string_view text) {
  std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return Failure(fmt::format("failed to find `.` character in `{}`", text));
  auto resource = label_of(text.substr(0, dot));
  if (!resource) return Failure(std::move(resource).error());
  auto label = label_of(text.substr(dot + 1));
  if (!label) return Failure(std::move(label).error());
  return ExternName{kind, *resource, *label, {}, {}};
}

/// Why a version is no semver, in the words of the usual parsers of them.
std::string version_failure(std::string_view version) {
  std::size_t at = 0;
  for (int part = 0; part < 3; ++part) {
    if (at >= version.size())
      return version.empty() ? "empty string, expected a semver version" : "unexpected end of input";
    std::size_t begin = at;
    while (at < version.size() && is_digit(version[at])) ++at;
    if (at == begin) return fmt::format("unexpected character '{}' while parsing a version number", version[at]);
    if (at - begin > 1 && version[begin] == '0') return "invalid leading zero in a version number";
    if (part == 2) break;
    if (at >= version.size()) return "unexpected end of input while parsing a version number";
    if (version[at] != '.') return fmt::format("unexpected character '{}' after a version number", version[at]);
    ++at;
  }
  if (at < version.size() && version[at] != '-' && version[at] != '+') {
    return fmt::format("unexpected character '{}' after the patch version number", version[at]);
  }
  return "empty identifier segment or unexpected character in pre-release or build metadata";
}

/// `1`, `0.2`, `0.0.3`: what `compatibility_track` makes of releases.
bool is_canonical_version(std::string_view version) {
  auto is_number = [](std::string_view text) {
    return !text.empty() && text.front() != '0' && std::ranges::all_of(text, is_digit);
  };
  if (version == "0.0.0") return true;
  if (version.starts_with("0.0.")) return is_number(version.substr(4));
  if (version.starts_with("0.")) return is_number(version.substr(2));
  return is_number(version);
}

/// Takes what stands before the next of `ends` off `text`, if it is words: `namespace`, `package`.
std::expected<std::string_view, std::string> take_words(std::string_view& text, std::string_view ends) {
  std::string_view words = text.substr(0, text.find_first_of(ends));
  if (!is_kebab(words, false)) return Failure(fmt::format("`{}` is not in kebab case", words));
  text.remove_prefix(words.size());
  return words;
}

/// `namespace:package/label@version`, with more namespaces and labels where names may be nested.
std::expected<ExternName, std::string> parse_interface(std::string_view text, bool nested_names) {
  ExternName name{ExternName::kInterface, {}, {}, {}, {}};
  const std::size_t at = text.find('@');
  std::string_view rest = text.substr(0, at);
  for (std::size_t colons = 0;; ++colons) {
    if (auto words = take_words(rest, ":/"); !words) return Failure(std::move(words).error());
    if (rest.starts_with(':') && (colons == 0 || nested_names)) {
      rest.remove_prefix(1);
      continue;
    }
    if (!rest.starts_with('/')) return Failure("expected `/` after package name");
    break;
  }
  name.package = text.substr(0, static_cast<std::size_t>(rest.data() - text.data()));
  name.label = rest.substr(1);
  while (!rest.empty()) {
    rest.remove_prefix(1);
    std::string_view label = rest.substr(0, rest.find('/'));
    if (!is_label(label)) return Failure(fmt::format("`{}` is not in kebab case", label));
    rest.remove_prefix(label.size());
    if (!rest.empty() && !nested_names) return Failure(fmt::format("trailing characters found: `{}`", rest));
  }
  if (at == std::string_view::npos) return name;
  name.version = text.substr(at + 1);
  if (!Version::parse(name.version) && !is_canonical_version(name.version)) {
    return Failure(fmt::format("`{}` is not a valid semver: {}", name.version, version_failure(name.version)));
  }
  return name;
}

/// `prefix=<...>`, where the prefix has been taken off.
std::expected<ExternName, std::string> parse_bracketed(ExternName::Kind kind, std::string_view text) {
  if (!text.ends_with('>')) return Failure(fmt::format("failed to find `>` at the end of `{}`", text));
  std::string_view inner = text.substr(0, text.size() - 1);
  if (inner.empty() || inner.find_first_of("<>") != std::string_view::npos) {
    return Failure(fmt::format("`{}` may not be empty nor hold `<` or `>`", inner));
  }
  return ExternName{kind, {}, inner, {}, {}};
}

}  // namespace

bool is_label(std::string_view text) { return is_kebab(text, true); }

std::expected<ExternName, std::string> parse_extern_name(std::string_view text, bool nested_names) {
  auto take = [&](std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
  };
  if (take("[constructor]")) {
    auto label = label_of(text);
    if (!label) return Failure(std::move(label).error());
    return ExternName{ExternName::kConstructor, *label, {}, {}, {}};
  }
  if (take("[method]")) return parse_member(ExternName::kMethod, text);
  if (take("[static]")) return parse_member(ExternName::kStatic, text);
  if (take("url=<")) return parse_bracketed(ExternName::kUrl, text);
  if (take("integrity=<")) return parse_bracketed(ExternName::kHash, text);
  if (take("locked-dep=<") || take("unlocked-dep=<")) return parse_bracketed(ExternName::kDependency, text);
  if (text.find(':') != std::string_view::npos) return parse_interface(text, nested_names);
  auto label = label_of(text);
  if (!label) return Failure(std::move(label).error());
  return ExternName{ExternName::kLabel, {}, *label, {}, {}};
}

std::expected<void, std::string> check_version(std::string_view version, std::optional<std::string_view> suffix) {
  if (!suffix) {
    if (version.empty() || Version::parse(version) || is_canonical_version(version)) return {};
    return Failure(version_failure(version));
  }
  if (version.empty()) return Failure("a `versionsuffix` needs a version in the name");
  if (!is_canonical_version(version)) return Failure(fmt::format("`{}` is not a canonical version", version));
  std::string whole = fmt::format("{}{}", version, *suffix);
  std::optional<Version> parsed = Version::parse(whole);
  if (!parsed) return Failure(fmt::format("`{}` is not a valid semver: {}", whole, version_failure(whole)));
  return {};
}

std::string uniqueness_key(std::string_view name) {
  std::string key(name);
  std::ranges::transform(key, key.begin(), [](char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; });
  for (std::string_view prefix : {"[method]", "[static]"}) {
    if (!key.starts_with(prefix)) continue;
    key.erase(0, prefix.size());
    std::size_t dot = key.find('.');
    if (dot != std::string::npos && key.substr(0, dot) == key.substr(dot + 1)) key.erase(dot);
    break;
  }
  return key;
}

}  // namespace witc::component
