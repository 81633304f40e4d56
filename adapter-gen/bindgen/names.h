// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// WIT names as C++ names: `text-stats` is `text_stats` for functions, fields and namespaces, and
// `TextStats` for types, cases and (behind a `k`) constants. A keyword gets an underscore at its end,
// as does a name that is taken; no WIT name ends in one, so nothing else can look like that.

#include <string>
#include <string_view>
#include <unordered_set>

namespace witc::bindgen {

/// `text-stats` -> `text_stats`; `class` -> `class_`.
std::string snake(std::string_view wit_name);
/// `text-stats` -> `TextStats`.
std::string camel(std::string_view wit_name);
/// Like `snake`, for a namespace: `std` and `wit` stay free for what the bindings themselves use, and
/// in the global namespace also the names of the C library.
std::string namespace_name(std::string_view wit_name, bool global);

/// The names taken in one C++ scope.
class NameScope {
 public:
  /// The name, with as many underscores as it takes to be the only one.
  std::string claim(std::string name);

 private:
  std::unordered_set<std::string> taken_;
};

/// A WIT doc comment as C++ line comments, each begun with `indent` and `marker`; empty for no docs.
std::string doc_comment(std::string_view docs, std::string_view indent, std::string_view marker = "///");

}  // namespace witc::bindgen
