// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Extern names: `a-label`, `[method]r.m`, `wasi:io/streams@0.2.0` and the rest (Explainer.md, "Import and
// Export Definitions"), and when two of them are too alike to stand side by side ("Name Uniqueness").

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace witc::component {

struct ExternName {
  enum Kind {
    kLabel,        // label
    kConstructor,  // [constructor]resource
    kMethod,       // [method]resource.label
    kStatic,       // [static]resource.label
    kInterface,    // namespace:package/label@version
    kUrl,          // url=<...>, not in the specification any more; imports only
    kHash,         // integrity=<...>, likewise
    kDependency,   // locked-dep=<...> and unlocked-dep=<...>, likewise
  };
  Kind kind = kLabel;
  std::string_view resource;  // kConstructor, kMethod, kStatic
  std::string_view label;     // kLabel, kMethod, kStatic; of kInterface the projection
  std::string_view package;   // kInterface: `namespace:package`, where nested several namespaces
  std::string_view version;   // kInterface: what stands after the `@`, or empty
};

/// `label` of the grammar: words of lower case or acronyms of upper case, joined by `-`.
bool is_label(std::string_view text);

/// A parsed name with views into `text`, or why it is none. `nested_names`: a package may lie in several namespaces,
/// an interface in several packages (🪺).
std::expected<ExternName, std::string> parse_extern_name(std::string_view text, bool nested_names = false);

/// Whether a version with its suffix (attribute `versionsuffix`) is one: a semver, or a canonical version.
/// The error says why not.
std::expected<void, std::string> check_version(std::string_view version, std::optional<std::string_view> suffix);

/// The canonical form that must be unequal for two names to be strongly-unique.
std::string uniqueness_key(std::string_view name);

}  // namespace witc::component
