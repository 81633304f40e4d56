// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The canonical ABI's view of a world's functions: the core signature a module must import or export for
// each, and which canonical options that needs. WIT types are turned into component types once, each after
// those it is made of (so there is no recursion), and wasm/component/flatten.h does the rest, which is what
// the validator will hold the component against.

#include <vector>

#include "wasm/component/flatten.h"
#include "wit-parser/resolve.h"

namespace witc::linker {

/// Canonical options a lift, a lower or a built-in needs.
struct Needs {
  bool memory = false;
  bool realloc = false;
  bool string_encoding = false;
};

/// How an export is lifted (CanonicalABI.md, `canon lift`): `async` with a callback, or on a stack of its own.
enum class LiftAbi : std::uint8_t { kSync, kAsync, kAsyncStackful };

class WorldAbi {
 public:
  explicit WorldAbi(const wit::Resolve& resolve);

  /// What a module imports to call the function (`canon lower`), and exports to implement it (`canon lift`).
  [[nodiscard]] wasm::FuncType import_signature(const wit::Function& function, bool is_async = false);
  [[nodiscard]] wasm::FuncType export_signature(const wit::Function& function, LiftAbi lift = LiftAbi::kSync);
  [[nodiscard]] Needs import_needs(const wit::Function& function, bool is_async = false);
  [[nodiscard]] Needs export_needs(const wit::Function& function, LiftAbi lift = LiftAbi::kSync);
  /// `canon task.return` of the function's result.
  [[nodiscard]] wasm::FuncType task_return_signature(const wit::Function& function);
  [[nodiscard]] Needs task_return_needs(const wit::Function& function);
  /// Reading from, or writing to, a stream or future of this type.
  [[nodiscard]] Needs channel_needs(wit::TypeId channel, bool is_read) const;

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
  component::FlatFunc flatten(const wit::Function& function, component::FlattenOptions options);
  component::FlatFunc flatten_task_return(const wit::Function& function);

  const wit::Resolve& resolve_;
  component::Types types_;
  std::vector<component::ValType> values_;  // by wit::TypeId
  std::vector<Contents> contents_;          // likewise
  component::TypeInfos infos_;
};

}  // namespace witc::linker
