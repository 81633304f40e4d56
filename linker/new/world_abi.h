// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The canonical ABI's view of a world's functions: the core signature a module must import or export for
// each, and which canonical options that needs. WIT types are turned into component types once, in the
// order of the Resolve (children come first, so there is no recursion), and adapter-gen/layout.h does the rest.

#include <vector>

#include "adapter-gen/layout.h"
#include "wit-parser/resolve.h"

namespace witc::linker {

/// Canonical options a lift or lower needs.
struct Needs {
  bool memory = false;
  bool realloc = false;
  bool string_encoding = false;
};

class WorldAbi {
 public:
  explicit WorldAbi(const wit::Resolve& resolve);

  /// What a module imports to call the function (`canon lower`), and exports to implement it (`canon lift`).
  [[nodiscard]] wasm::FuncType import_signature(const wit::Function& function);
  [[nodiscard]] wasm::FuncType export_signature(const wit::Function& function);
  [[nodiscard]] Needs import_needs(const wit::Function& function);
  [[nodiscard]] Needs export_needs(const wit::Function& function);

 private:
  struct Contents {
    bool pointer = false, string = false;
    void add(const Contents& other) {
      pointer |= other.pointer;
      string |= other.string;
    }
  };
  void convert(wit::TypeId id);
  [[nodiscard]] component::ValType value(const wit::Type& type) const;
  [[nodiscard]] std::optional<component::ValType> value(const std::optional<wit::Type>& type) const;
  [[nodiscard]] Contents contents(const std::optional<wit::Type>& type) const;
  [[nodiscard]] Contents params(const wit::Function& function) const;
  component::FuncTypeId func(const wit::Function& function);

  const wit::Resolve& resolve_;
  component::Types types_;
  std::vector<component::ValType> values_;  // by wit::TypeId
  std::vector<Contents> contents_;          // likewise
  abi::Layout layout_;
};

}  // namespace witc::linker
