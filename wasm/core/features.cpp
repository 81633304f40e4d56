// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/features.h"

#include <algorithm>
#include <utility>

#include "wasm/core/types.h"

namespace witc::wasm {

std::string_view to_string(Feature feature) {
  switch (feature) {
#define WITC_FEATURE(name, text, in_3, on, runs) \
  case Feature::name:                      \
    return text;
#include "wasm/core/features.def"
#undef WITC_FEATURE
  }
  std::unreachable();
}

std::optional<Feature> feature_named(std::string_view name) {
#define WITC_FEATURE(enumerator, text, in_3, on, runs) \
  if (name == text) return Feature::enumerator;
#include "wasm/core/features.def"
#undef WITC_FEATURE
  return std::nullopt;
}

FeatureList features_of(const HeapType& type) {
  FeatureList list;
  if (type.is_shared) list.add(Feature::kSharedEverything);
  if (type.is_exact) list.add(Feature::kCustomDescriptors);
  const bool is_plain = type.kind == HeapType::kFunc || type.kind == HeapType::kExn || type.kind == HeapType::kIndex;
  if (!is_plain) list.add(Feature::kGcTypes);
  switch (type.kind) {
    case HeapType::kFunc:
    case HeapType::kExtern:
      list.add(Feature::kReferenceTypes);
      return list;
    case HeapType::kExn:
    case HeapType::kNoExn:
      list.add(Feature::kExceptions);
      return list;
    case HeapType::kCont:
    case HeapType::kNoCont:
      list.add(Feature::kStackSwitching);
      return list;
    case HeapType::kIndex:
      list.add(Feature::kReferenceTypes);
      list.add(Feature::kFunctionReferences);
      return list;
    case HeapType::kAny:
    case HeapType::kEq:
    case HeapType::kI31:
    case HeapType::kStruct:
    case HeapType::kArray:
    case HeapType::kNoFunc:
    case HeapType::kNoExtern:
    case HeapType::kNone:
      list.add(Feature::kGc);
      return list;
  }
  std::unreachable();
}

FeatureList features_of(const ValType& type) {
  FeatureList list;
  switch (type.kind) {
    case ValType::kI32:
    case ValType::kI64:
      return list;
    case ValType::kF32:
    case ValType::kF64:
      list.add(Feature::kFloats);
      return list;
    case ValType::kV128:
      list.add(Feature::kSimd);
      return list;
    case ValType::kRef:
      list = features_of(type.ref.heap);
      if (!type.ref.nullable) list.add(Feature::kFunctionReferences);
      return list;
  }
  std::unreachable();
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
    } else if (on && word == "lime1") {
      set = Features::lime1();
    } else if (std::optional<Feature> feature = feature_named(word)) {
      set.set(*feature, on);
    } else {
      return std::nullopt;
    }
  }
  return set;
}

}  // namespace witc::wasm
