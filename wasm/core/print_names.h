// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Identifiers for printing: from the name section, made unique within their index space, because names
// need not be and identifiers must.

#include <fmt/format.h>

#include <map>
#include <string>
#include <unordered_set>

#include "wasm/core/module.h"
#include "wasm/core/print.h"

namespace witc::wasm {

/// The identifiers of one index space.
class IdentifierSpace {
 public:
  /// `kind` makes duplicates unique: `$"#func3 name"`.
  explicit IdentifierSpace(std::string_view kind) : kind_(kind) {}

  void add(std::uint32_t index, const std::string& name) {
    if (!name.empty() && used_.insert(name).second) {
      entries_[index] = {to_identifier(name), false, {}};
    } else {
      std::string unique = fmt::format("#{}{} {}", kind_, index, name);
      used_.insert(unique);
      entries_[index] = {to_identifier(unique), true, name};
    }
  }
  /// Names of `kind` and index for those of the first `count` that have none.
  void name_rest(std::size_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      std::string name = fmt::format("#{}{}", kind_, i);
      if (!entries_.contains(i) && used_.insert(name).second) entries_[i] = {to_identifier(name), false, {}};
    }
  }
  /// In a reference: the identifier, or the index.
  [[nodiscard]] std::string ref(std::uint32_t index) const {
    auto found = entries_.find(index);
    return found == entries_.end() ? std::to_string(index) : found->second.identifier;
  }
  /// In a definition: the identifier with its space, the true name where the identifier is another, no index.
  [[nodiscard]] std::string def(std::uint32_t index) const {
    auto found = entries_.find(index);
    if (found == entries_.end()) return {};
    const Entry& entry = found->second;
    return entry.renamed ? fmt::format("{} (@name {}) ", entry.identifier, quote_name(entry.name))
                         : entry.identifier + " ";
  }
  [[nodiscard]] bool has(std::uint32_t index) const { return entries_.contains(index); }

 private:
  struct Entry {
    std::string identifier;
    bool renamed = false;
    std::string name;
  };
  std::string_view kind_;
  std::map<std::uint32_t, Entry> entries_;
  std::unordered_set<std::string> used_;
};

/// All of a module's.
struct Identifiers {
  /// `all`: what has no name gets one made of its kind and index.
  explicit Identifiers(const Module& module, bool all = false);

  IdentifierSpace types{"type"}, funcs{"func"}, tables{"table"}, memories{"memory"}, globals{"global"}, tags{"tag"},
      elems{"elem"}, datas{"data"};
  std::map<TypeIndex, IdentifierSpace> fields;
  /// Those of a function's parameters and locals.
  [[nodiscard]] IdentifierSpace locals(FuncIndex func) const;

  [[nodiscard]] std::string heap_type(const HeapType& type) const;
  [[nodiscard]] std::string ref_type(const RefType& type) const;
  [[nodiscard]] std::string val_type(const ValType& type) const;
  /// ` (param i32 i64) (result f32)` without names; empty for no parameters and results.
  [[nodiscard]] std::string signature(const FuncType& type) const;

 private:
  const Module& module_;
  bool all_;
};

}  // namespace witc::wasm
