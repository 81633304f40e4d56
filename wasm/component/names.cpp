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

/// A cursor over a name of a dependency; each step takes what it expects or leaves why not.
class DependencyName {
 public:
  using Checked = std::expected<void, std::string>;

  DependencyName(std::string_view text, bool nested_names) : rest_(text), nested_names_(nested_names) {}

  /// `unlocked-dep=<package@range>`, after the `=`
  Checked unlocked() {
    if (Checked step = expect("<"); !step) return step;
    if (Checked step = package(); !step) return step;
    if (take("@") && !take("*")) {
      if (Checked step = range(); !step) return step;
    }
    if (Checked step = expect(">"); !step) return step;
    return end();
  }

  /// `locked-dep=<package@version>,integrity=<...>`, after the first `=`
  Checked locked() {
    if (Checked step = expect("<"); !step) return step;
    if (Checked step = package(); !step) return step;
    if (take("@")) {
      if (Checked step = version(take_until(">")); !step) return step;
    }
    if (Checked step = expect(">"); !step) return step;
    return optional_integrity();
  }

  /// `url=<...>,integrity=<...>`, after the first `=`
  Checked url() {
    if (Checked step = expect("<"); !step) return step;
    std::string_view text = take_until(">");
    if (!rest_.starts_with('>')) return Failure("failed to find `>`");
    if (text.find('<') != std::string_view::npos) return Failure("url cannot contain `<`");
    if (Checked step = expect(">"); !step) return step;
    return optional_integrity();
  }

  /// `integrity=<...>`, after the `=`: hashes with spaces between.
  Checked integrity() {
    if (Checked step = expect("<"); !step) return step;
    std::string_view hashes = take_until(">");
    if (Checked step = expect(">"); !step) return step;
    bool any = false;
    while (!hashes.empty()) {
      std::string_view hash = hashes.substr(0, hashes.find(' '));
      hashes.remove_prefix(std::min(hash.size() + 1, hashes.size()));
      if (hash.empty()) continue;
      any = true;
      if (Checked step = check_hash(hash); !step) return step;
    }
    if (!any) return Failure("integrity hash cannot be empty");
    return end();
  }

 private:
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  Checked expect(std::string_view text) {
    if (take(text)) return {};
    return Failure(fmt::format("expected `{}` at `{}`", text, rest_));
  }
  Checked end() const {
    if (rest_.empty()) return {};
    return Failure(fmt::format("trailing characters found: `{}`", rest_));
  }
  std::string_view take_until(std::string_view ends) {
    std::string_view taken = rest_.substr(0, rest_.find_first_of(ends));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  /// `namespace:package`; where nested, more namespaces and then labels.
  Checked package() {
    std::size_t colons = 0;
    while (true) {
      if (auto words = take_words(rest_, ":/@>"); !words) return Failure(std::move(words).error());
      if (!rest_.starts_with(':') || (colons > 0 && !nested_names_)) break;
      take(":");
      ++colons;
    }
    if (colons == 0) return expect(":");
    while (nested_names_ && take("/")) {
      if (auto label = label_of(take_until("/@>")); !label) return Failure(std::move(label).error());
    }
    return {};
  }
  Checked version(std::string_view text) const {
    if (Version::parse(text)) return {};
    return Failure(fmt::format("`{}` is not a valid semver: {}", text, version_failure(text)));
  }
  /// `{>=lower <upper}`, either of the two alone as well.
  Checked range() {
    if (Checked step = expect("{"); !step) return step;
    if (take(">=")) {
      const bool both = rest_.find(" <") < rest_.find('}');
      if (Checked step = version(take_until(both ? " " : "}")); !step) return step;
      if (both) take(" ");
      if (!both) return expect("}");
    }
    if (!take("<")) return Failure("expected `>=` or `<` at start of version range");
    if (Checked step = version(take_until("}")); !step) return step;
    return expect("}");
  }
  Checked optional_integrity() {
    if (!take(",")) return end();
    if (!take("integrity=")) return Failure(fmt::format("expected `integrity=<` at `{}`", rest_));
    return integrity();
  }
  /// `algorithm-base64`, after a `?` whatever one likes.
  static Checked check_hash(std::string_view hash) {
    std::string_view algorithm = hash.substr(0, hash.find('-'));
    if (algorithm != "sha256" && algorithm != "sha384" && algorithm != "sha512") {
      return Failure("unrecognized hash algorithm");
    }
    if (algorithm.size() == hash.size()) return Failure("expected `-` after hash algorithm");
    std::string_view digits = hash.substr(algorithm.size() + 1);
    digits = digits.substr(0, digits.find('?'));
    const std::size_t padding = digits.size() - std::min(digits.find_last_not_of('=') + 1, digits.size());
    digits.remove_suffix(padding);
    const bool known = std::ranges::all_of(
        digits, [](char c) { return is_lower(c) || is_upper(c) || is_digit(c) || c == '+' || c == '/'; });
    if (digits.empty() || !known || padding > 2) return Failure("not valid base64");
    return {};
  }

  std::string_view rest_;
  bool nested_names_;
};

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
  auto dependency = [&](ExternName::Kind kind, auto step) -> std::expected<ExternName, std::string> {
    auto checked = (DependencyName(text, nested_names).*step)();
    if (!checked) return Failure(std::move(checked).error());
    return ExternName{kind, {}, text, {}, {}};
  };
  if (take("url=")) return dependency(ExternName::kUrl, &DependencyName::url);
  if (take("integrity=")) return dependency(ExternName::kHash, &DependencyName::integrity);
  if (take("locked-dep=")) return dependency(ExternName::kDependency, &DependencyName::locked);
  if (take("unlocked-dep=")) return dependency(ExternName::kDependency, &DependencyName::unlocked);
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
  if (key.find('=') != std::string::npos) return key;  // a dependency or a hash: upper and lower case differ
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
