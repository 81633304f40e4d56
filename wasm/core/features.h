// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The set of language features a stage accepts.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace witc::wasm {

enum class Feature : std::uint8_t {
#define WITC_FEATURE(name, text, in_3, on, runs) name,
#include "wasm/core/features.def"
#undef WITC_FEATURE
};

/// `simd`, `tail-call`, ... and back.
std::string_view to_string(Feature feature);
std::optional<Feature> feature_named(std::string_view name);

class Features {
 public:
  /// WebAssembly 1.0 and nothing else.
  constexpr Features() { set(Feature::kCore1), set(Feature::kFloats), set(Feature::kGcTypes); }
  constexpr Features(std::initializer_list<Feature> features) : Features() {
    for (Feature feature : features) set(feature);
  }
  /// What `witc` accepts unless told otherwise; WebAssembly 3.0; everything known.
  static constexpr Features defaults() {
    Features set;
#define WITC_FEATURE(name, text, in_3, on, runs) set.set(Feature::name, on);
#include "wasm/core/features.def"
#undef WITC_FEATURE
    return set;
  }
  static constexpr Features wasm3() {
    Features set;
#define WITC_FEATURE(name, text, in_3, on, runs) set.set(Feature::name, in_3);
#include "wasm/core/features.def"
#undef WITC_FEATURE
    return set;
  }
  static constexpr Features all() {
    Features set;
    set.bits_ = ~std::uint64_t{0};
    return set;
  }
  /// What the engine executes.
  static constexpr Features runnable() {
    Features set;
#define WITC_FEATURE(name, text, in_3, on, runs) set.set(Feature::name, runs);
#include "wasm/core/features.def"
#undef WITC_FEATURE
    return set;
  }
  /// WebAssembly 2.0.
  static constexpr Features wasm2() {
    return {Feature::kMutableGlobal, Feature::kSaturatingFloatToInt, Feature::kSignExtension, Feature::kMultiValue,
            Feature::kBulkMemory,    Feature::kReferenceTypes,       Feature::kSimd};
  }
  /// "Linear memory version 1", a set that stays as it is.
  static constexpr Features lime1() {
    return {Feature::kMutableGlobal, Feature::kMultiValue,    Feature::kSignExtension,       Feature::kSaturatingFloatToInt,
            Feature::kBulkMemoryOpt, Feature::kExtendedConst, Feature::kCallIndirectOverlong};
  }
  /// Those of both.
  friend constexpr Features operator&(Features a, Features b) {
    a.bits_ &= b.bits_;
    return a;
  }

  [[nodiscard]] constexpr bool has(Feature feature) const { return (bits_ >> static_cast<unsigned>(feature) & 1) != 0; }
  constexpr void set(Feature feature, bool on = true) {
    std::uint64_t bit = std::uint64_t{1} << static_cast<unsigned>(feature);
    bits_ = on ? bits_ | bit : bits_ & ~bit;
    if (feature == Feature::kBulkMemory) set(Feature::kBulkMemoryOpt, on);
    if (feature == Feature::kReferenceTypes) set(Feature::kCallIndirectOverlong, on);
  }

 private:
  std::uint64_t bits_ = 0;
};

struct HeapType;
struct ValType;

/// A few features.
struct FeatureList {
  Feature items[5] = {};
  std::uint8_t count = 0;

  constexpr void add(Feature feature) { items[count++] = feature; }
  [[nodiscard]] const Feature* begin() const { return items; }
  [[nodiscard]] const Feature* end() const { return items + count; }
};
/// What a module needs to have a type; of a defined type, to refer to it.
FeatureList features_of(const HeapType& type);
FeatureList features_of(const ValType& type);

/// A comma-separated list as `--features` takes it, applied to the defaults in order: a feature, `-` and a
/// feature, `all`, `-all`, or a version (`mvp`, `wasm1`, `wasm2`, `wasm3`, `lime1`), which replaces the set. No value
/// for a list with an unknown name.
std::optional<Features> parse_features(std::string_view list);

}  // namespace witc::wasm
