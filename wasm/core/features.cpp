// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/features.h"

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

}  // namespace witc::wasm
