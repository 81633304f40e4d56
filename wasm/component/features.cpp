// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Features by name (wasm/component/features.h).
#include "wasm/component/features.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace witc::component {
namespace {

using Switch = std::pair<std::string_view, bool Features::*>;
constexpr Switch kSwitches[] = {
    {"cm-values", &Features::values},
    {"cm-async", &Features::async},
    {"cm-async-stackful", &Features::async_stackful},
    {"cm-more-async-builtins", &Features::more_async_builtins},
    {"cm-threading", &Features::threading},
    {"cm-error-context", &Features::error_context},
    {"cm-fixed-length-lists", &Features::fixed_length_lists},
    {"cm-map", &Features::map},
    {"cm-implements", &Features::implements},
    {"cm-canon-names", &Features::version_suffix},
    {"cm64", &Features::memory64},
    {"cm-nested-names", &Features::nested_names},
    {"cm-gc", &Features::gc},
};

}  // namespace

bool Features::set(std::string_view name, bool on) {
  for (const auto& [text, member] : kSwitches) {
    if (text != name) continue;
    this->*member = on;
    return true;
  }
  return false;
}

std::optional<Features> Features::parse(std::string_view list) {
  Features features;
  std::string core;  // the words that are not the component model's, in order
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view word = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    const bool on = !word.starts_with('-');
    if (features.set(word.substr(on ? 0 : 1), on)) continue;
    if (word == "all" || word == "-all" || word == "mvp" || word == "wasm1" || word == "wasm2" || word == "wasm3" ||
        word == "lime1") {
      const Features whole = word == "all" ? all() : none();
      for (const auto& [text, member] : kSwitches) features.*member = whole.*member;
    }
    core += fmt::format("{}{}", core.empty() ? "" : ",", word);
  }
  const std::optional<wasm::Features> parsed = wasm::parse_features(core);
  if (!parsed) return std::nullopt;
  features.core = *parsed;
  return features;
}

std::string feature_names() {
  std::string out;
#define WITC_FEATURE(name, text, in_3, on, runs) out += text ", ";
#include "wasm/core/features.def"
#undef WITC_FEATURE
  for (const auto& [text, member] : kSwitches) out += fmt::format("{}, ", text);
  return out + "wasm1, wasm2, wasm3, all";
}

Features Features::none() {
  Features features;
  for (const auto& [text, member] : kSwitches) features.*member = false;
  return features;
}

Features Features::all() {
  Features features;
  for (const auto& [text, member] : kSwitches) features.*member = true;
  return features;
}

}  // namespace witc::component
