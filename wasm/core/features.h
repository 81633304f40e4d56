// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The set of language features a stage accepts.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace witc::wasm {

enum class Feature : std::uint8_t {
#define WITC_FEATURE(name, text, in_3, on) name,
#include "wasm/core/features.def"
#undef WITC_FEATURE
};

/// `simd`, `tail-call`, ... and back.
std::string_view to_string(Feature feature);
std::optional<Feature> feature_named(std::string_view name);

class Features {
 public:
  /// WebAssembly 1.0 and nothing else.
  constexpr Features() : bits_(1) {}
  constexpr Features(std::initializer_list<Feature> features) : Features() {
    for (Feature feature : features) set(feature);
  }
  /// What `witc` accepts unless told otherwise; WebAssembly 3.0; everything known.
  static constexpr Features defaults() {
    Features set;
#define WITC_FEATURE(name, text, in_3, on) set.set(Feature::name, on);
#include "wasm/core/features.def"
#undef WITC_FEATURE
    return set;
  }
  static constexpr Features wasm3() {
    Features set;
#define WITC_FEATURE(name, text, in_3, on) set.set(Feature::name, in_3);
#include "wasm/core/features.def"
#undef WITC_FEATURE
    return set;
  }
  static constexpr Features all() {
    Features set;
    set.bits_ = ~std::uint64_t{0};
    return set;
  }
  /// WebAssembly 2.0.
  static constexpr Features wasm2() {
    return {Feature::kMutableGlobal, Feature::kSaturatingFloatToInt, Feature::kSignExtension, Feature::kMultiValue,
            Feature::kBulkMemory,    Feature::kReferenceTypes,       Feature::kSimd};
  }

  [[nodiscard]] constexpr bool has(Feature feature) const { return (bits_ >> static_cast<unsigned>(feature) & 1) != 0; }
  constexpr void set(Feature feature, bool on = true) {
    std::uint64_t bit = std::uint64_t{1} << static_cast<unsigned>(feature);
    bits_ = on ? bits_ | bit : bits_ & ~bit;
  }

 private:
  std::uint64_t bits_;
};

/// A comma-separated list as `--features` takes it, applied to the defaults in order: a feature, `-` and a
/// feature, `all`, `-all`, or a version (`mvp`, `wasm1`, `wasm2`, `wasm3`), which replaces the set. No value
/// for a list with an unknown name.
std::optional<Features> parse_features(std::string_view list);

}  // namespace witc::wasm
