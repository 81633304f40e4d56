// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matching of core modules and core items (wasm/component/match.h). References to defined types are by their
// canonical ids (wasm/core/type_store.h), so equality of types is equality of values.
#include <fmt/format.h>

#include <map>

#include "wasm/component/match.h"
#include "wasm/core/type_text.h"

namespace witc::component {
namespace {

std::unexpected<std::string> mismatch(std::string text) { return std::unexpected(std::move(text)); }

bool limits_match(const wasm::Limits& actual, const wasm::Limits& expected) {
  return actual.min >= expected.min && (!expected.max || (actual.max && *actual.max <= *expected.max));
}

Matched match_func(const CoreEntity& actual, const CoreEntity& expected, const wasm::TypeStore& store) {
  if (actual.kind == wasm::ExternKind::kFunc ? store.matches(actual.func_type, expected.func_type)
                                             : actual.func_type == expected.func_type) {
    return {};
  }
  std::string text = fmt::format("expected: (func {})\nfound:    (func {})", wasm::to_string(expected.func),
                                 wasm::to_string(actual.func));
  if (actual.func == expected.func) text += ", defined in another recursion group, or of other supertypes or finality";
  return mismatch(std::move(text));
}

Matched match_table(const wasm::TableType& actual, const wasm::TableType& expected) {
  if (actual.element != expected.element) {
    return mismatch(fmt::format("expected table element type {}, found {}", wasm::to_string(expected.element),
                                wasm::to_string(actual.element)));
  }
  if (actual.limits.is_64 != expected.limits.is_64) return mismatch("mismatch in index type used for tables");
  if (!limits_match(actual.limits, expected.limits)) return mismatch("mismatch in table limits");
  return {};
}

Matched match_memory(const wasm::MemoryType& actual, const wasm::MemoryType& expected) {
  if (actual.is_shared != expected.is_shared) return mismatch("mismatch in the shared flag for memories");
  if (actual.limits.is_64 != expected.limits.is_64) return mismatch("mismatch in index type used for memories");
  if (actual.page_size_log2 != expected.page_size_log2) return mismatch("mismatch in page size for memories");
  if (!limits_match(actual.limits, expected.limits)) return mismatch("mismatch in memory limits");
  return {};
}

Matched match_global(const wasm::GlobalType& actual, const wasm::GlobalType& expected) {
  if (actual.is_mutable != expected.is_mutable) return mismatch("global types differ in mutability");
  if (actual.type != expected.type) {
    return mismatch(
        fmt::format("expected global type {}, found {}", wasm::to_string(expected.type), wasm::to_string(actual.type)));
  }
  return {};
}

}  // namespace

Matched match_core(const CoreEntity& actual, const CoreEntity& expected, const wasm::TypeStore& store) {
  if (actual.kind != expected.kind) {
    return mismatch(fmt::format("expected {}, found {}", to_string(expected.kind), to_string(actual.kind)));
  }
  switch (actual.kind) {
    case wasm::ExternKind::kFunc:
    case wasm::ExternKind::kTag:
      return match_func(actual, expected, store);
    case wasm::ExternKind::kTable:
      return match_table(actual.table, expected.table);
    case wasm::ExternKind::kMemory:
      return match_memory(actual.memory, expected.memory);
    case wasm::ExternKind::kGlobal:
      return match_global(actual.global, expected.global);
  }
  return {};
}

Matched Matcher::module(ModuleTypeId actual, ModuleTypeId expected) {
  if (actual == expected) return {};
  const ModuleType& a = context_.types[actual];
  const ModuleType& b = context_.types[expected];
  if (!context_.budget.spend(a.imports.size() + b.imports.size() + b.exports.size())) {
    return mismatch("types are too large to compare");
  }
  std::map<std::pair<std::string_view, std::string_view>, const CoreEntity*> given;
  using Key = std::pair<std::string_view, std::string_view>;
  for (const ModuleType::Import& import : b.imports) given.emplace(Key(import.module, import.name), &import.type);
  for (const ModuleType::Import& import : a.imports) {
    auto found = given.find(Key(import.module, import.name));
    if (found == given.end()) {
      return mismatch(fmt::format("missing expected import `{}::{}`", import.module, import.name));
    }
    if (Matched part = match_core(*found->second, import.type, context_.types.core_store()); !part) {
      return mismatch(fmt::format("type mismatch in import `{}::{}`: {}", import.module, import.name, part.error()));
    }
  }
  for (const auto& [name, type] : b.exports) {
    const CoreEntity* found = a.exports.find(name);
    if (found == nullptr) return mismatch(fmt::format("missing expected export `{}`", name));
    if (Matched part = match_core(*found, type, context_.types.core_store()); !part) {
      return mismatch(fmt::format("type mismatch in export `{}`: {}", name, part.error()));
    }
  }
  return {};
}

}  // namespace witc::component
