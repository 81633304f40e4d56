// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Features by name (wasm/component/features.h).
#include "wasm/component/features.h"

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
