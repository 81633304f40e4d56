// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// "did you mean": the name closest to a misspelt one, if any is close enough to be meant.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"

namespace witc::wit {

/// Edits (insert, delete, replace) from one name to the other.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

/// The diagnostic, with a hint if one of the names (each giving a string_view) is close to `name`.
template <class Names, class Projection>
Diagnostic suggest(Diagnostic diagnostic, std::string_view name, const Names& names, Projection projection) {
  constexpr std::size_t kMost = 1000;  // hints are not worth more comparisons, nor longer names
  if (name.size() > 64 || std::ranges::size(names) > kMost) return diagnostic;
  std::string_view best;
  std::size_t distance = name.size() / 3 + 1;
  for (const auto& item : names) {
    std::string_view candidate = projection(item);
    if (candidate.size() > 64 || candidate == name) continue;
    if (std::size_t d = edit_distance(name, candidate); d < distance) {
      distance = d;
      best = candidate;
    }
  }
  if (best.empty()) return diagnostic;
  return std::move(diagnostic).hint("did you mean `" + std::string(best) + "`?");
}

}  // namespace witc::wit
