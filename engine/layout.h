// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Where everything of a Program lies in the one context allocation of its Instances (runtime/context.h): computed
// once from the Program, read by the code generator for its constants and by the runtime to fill the memory in.
// Imports are resolved here, through any number of re-exports, to the item's definition.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/program.h"

namespace witc::engine {

/// A function as defined by a core instance.
struct DefinedFunc {
  InstanceId instance;
  wasm::FuncIndex func;

  friend auto operator<=>(const DefinedFunc&, const DefinedFunc&) = default;
};
using FuncTarget = std::variant<DefinedFunc, HostSlot, Intrinsic>;

/// Where a memory, table or global is defined: its instance, its index there and its number in the whole program.
struct Definition {
  InstanceId instance;
  std::uint32_t index = 0;
  std::uint32_t number = 0;
  std::uint32_t offset = 0;  // of its entry, from the start of the allocation
};

struct InstanceLayout {
  std::uint32_t context = 0;  // offset of the context pointer from the start of the allocation
  std::vector<FuncTarget> funcs;
  std::vector<std::uint32_t> func_types;  // ids of their types
  std::vector<Definition> memories;
  std::vector<Definition> tables;
  std::vector<Definition> globals;
  std::uint32_t data = 0;   // offset of the first DataEntry
  std::uint32_t elems = 0;  // offset of the first ElemEntry
  /// Offset of the FuncRef of each function that can be referred to; 0 for the others.
  std::vector<std::uint32_t> func_refs;
};

class Layout {
 public:
  /// Of a checked Program.
  explicit Layout(const Program& program);

  [[nodiscard]] const InstanceLayout& operator[](InstanceId id) const { return instances_[id]; }
  /// Of the allocation in bytes. Offsets are only good if it is at most kMaxSize.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  static constexpr std::uint64_t kMaxSize = 1u << 30;
  [[nodiscard]] const std::vector<Definition>& memories() const { return memories_; }  // by number
  [[nodiscard]] const std::vector<Definition>& tables() const { return tables_; }      // by number

  /// The id of a function type, for indirect calls: equal types have equal ids. Never 0.
  [[nodiscard]] std::uint32_t type_id(const wasm::FuncType& type) const;
  /// All of them; id - 1 is the position.
  [[nodiscard]] const std::vector<wasm::FuncType>& types() const { return types_; }

 private:
  void resolve_imports(const Program& program, InstanceId id);
  void place(const wasm::Module& module, InstanceId id);
  void add_types(const Program& program);

  IdVector<InstanceId, InstanceLayout> instances_;
  std::vector<Definition> memories_, tables_;
  std::uint32_t globals_ = 0;
  std::uint64_t size_ = 0;
  std::vector<wasm::FuncType> types_;
  std::map<std::string, std::uint32_t> type_ids_;
};

}  // namespace witc::engine
