// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Semantic versions (semver.org 2.0), as WIT package names and component import names carry them.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace witc {

struct Version {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  std::uint64_t patch = 0;
  std::string pre;    // without the `-`; empty for a release
  std::string build;  // without the `+`; takes no part in ordering

  /// Strict: `1.2.3`, `1.2.3-rc.1+build.5`; no leading zeros, no missing parts.
  static std::optional<Version> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;

  /// Precedence (semver.org clause 11), then `build` as text so that the order is total.
  friend std::strong_ordering operator<=>(const Version& a, const Version& b);
  friend bool operator==(const Version& a, const Version& b) = default;
};

/// The part of a version that names a compatibility track: `1`, `0.2`, `0.0.3`; for a prerelease the
/// whole version. Two versions of one track may stand for each other (any `wasi:io@0.2.x` for
/// another); component-model Explainer.md calls it the canonical interface version.
std::string compatibility_track(const Version& version);

}  // namespace witc
