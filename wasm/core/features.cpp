// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/features.h"

#include <algorithm>
#include <utility>

namespace witc::wasm {

std::string_view to_string(Feature feature) {
  switch (feature) {
#define WITC_FEATURE(name, text, in_3, on) \
  case Feature::name:                      \
    return text;
#include "wasm/core/features.def"
#undef WITC_FEATURE
  }
  std::unreachable();
}

std::optional<Feature> feature_named(std::string_view name) {
#define WITC_FEATURE(enumerator, text, in_3, on) \
  if (name == text) return Feature::enumerator;
#include "wasm/core/features.def"
#undef WITC_FEATURE
  return std::nullopt;
}

std::optional<Features> parse_features(std::string_view list) {
  Features set = Features::defaults();
  while (!list.empty()) {
    std::size_t comma = std::min(list.find(','), list.size());
    std::string_view word = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    bool on = !word.starts_with('-');
    if (!on) word.remove_prefix(1);
    if (word == "all") {
      set = on ? Features::all() : Features();
    } else if (on && word == "mvp") {
      set = Features();
    } else if (on && word == "wasm1") {
      set = {Feature::kMutableGlobal};
    } else if (on && word == "wasm2") {
      set = Features::wasm2();
    } else if (on && word == "wasm3") {
      set = Features::wasm3();
    } else if (std::optional<Feature> feature = feature_named(word)) {
      set.set(*feature, on);
    } else {
      return std::nullopt;
    }
  }
  return set;
}

}  // namespace witc::wasm
