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

#include "engine/fixed_tables.h"
#include "engine/object_layout.h"
#include "engine/program.h"
#include "engine/types.h"

namespace witc::engine {

/// A function as defined by a core instance.
struct DefinedFunc {
  InstanceId instance;
  wasm::FuncIndex func;

  friend auto operator<=>(const DefinedFunc&, const DefinedFunc&) = default;
};
using FuncTarget = std::variant<DefinedFunc, HostSlot, Intrinsic, NativeFunc>;

/// Where a memory, table, global or tag is defined: its instance, its index there and its number in the whole program. The
/// memories of the host come first, and have no instance.
struct Definition {
  InstanceId instance;
  std::uint32_t index = 0;
  std::uint32_t number = 0;
  std::uint32_t offset = 0;  // of its entry, from the start of the allocation
};

struct InstanceLayout {
  std::uint32_t context = 0;  // offset of the context pointer from the start of the allocation
  const TypeSpace::Ids* types = nullptr;  // by type index
  std::vector<FuncTarget> funcs;
  /// Ids of the types that they were defined with: those of imports may be subtypes of what the import asks for.
  std::vector<std::uint32_t> func_types;
  std::vector<Definition> memories;
  std::vector<Definition> tables;
  std::vector<FixedTable> fixed_tables;  // by table index
  std::vector<Definition> globals;
  std::vector<Definition> tags;  // have no entry: a tag is its number
  std::uint32_t data = 0;   // offset of the first DataEntry
  std::uint32_t elems = 0;  // offset of the first ElemEntry
  /// Offset of the FuncRef of each function that can be referred to; 0 for the others.
  std::vector<std::uint32_t> func_refs;
  /// If its code may be that of others too (engine/sharing.h): offset of a word with the header's address, right before the
  /// block (arch::kCellBeforeContext). Else 0.
  std::uint32_t header_cell = 0;
  /// Of whose code is that of others too: is it, and which imported functions are not in one place for all of them, so that
  /// they are called by their FuncRefs.
  bool is_shared = false;
  std::vector<bool> by_reference;
};

class Layout {
 public:
  /// Of a checked Program. `shares_code`: EngineOptions::share_code.
  explicit Layout(const Program& program, bool shares_code = false);

  [[nodiscard]] const InstanceLayout& operator[](InstanceId id) const { return instances_[id]; }
  /// The instance whose code is this one's: itself, or an earlier one. Its layout is what code is made from.
  [[nodiscard]] InstanceId code_of(InstanceId id) const { return code_of_[id]; }
  [[nodiscard]] DefinedFunc code_of(DefinedFunc func) const { return {code_of_[func.instance], func.func}; }
  /// A memory, whatever instance it is seen from; those of instances that share their code are one.
  [[nodiscard]] std::uint32_t memory_class(std::uint32_t number) const;
  /// Of the allocation in bytes. Offsets are only good if it is at most kMaxSize.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  static constexpr std::uint64_t kMaxSize = 1u << 30;
  static constexpr std::uint64_t kMaxOpenSize = 64u << 20;  // of open programs: reserved from the start
  [[nodiscard]] const std::vector<Definition>& memories() const { return memories_; }  // by number
  /// Is it one of the host's that is not shared (MemorySlot)?
  [[nodiscard]] static bool is_block(const Program& program, std::uint32_t number) {
    return number < program.memories.size() && !program.memories[MemorySlot(number)].is_shared;
  }
  /// The type of a memory by its number.
  [[nodiscard]] const wasm::MemoryType& memory_type(const Program& program, std::uint32_t number) const {
    if (number < program.memories.size()) return program.memories[MemorySlot(number)];
    const Definition& memory = memories_[number];
    return program.instances[memory.instance].module->memories[wasm::MemoryIndex(memory.index)].type;
  }
  [[nodiscard]] const std::vector<Definition>& tables() const { return tables_; }      // by number
  [[nodiscard]] const std::vector<Definition>& tags() const { return tags_; }          // by number

  /// The buffer for arguments of tail calls (engine/arguments.h): room for those of any type.
  [[nodiscard]] std::uint32_t arguments() const { return arguments_; }

  /// The types of the whole program. A type's id, in compiled code and FuncRef::type, is its canonical id + 1: 0 is none.
  [[nodiscard]] const TypeSpace& types() const { return types_; }
  [[nodiscard]] std::uint32_t type_id(InstanceId id, wasm::TypeIndex type) const {
    return (*instances_[id].types)[type.value].value + 1;
  }
  [[nodiscard]] const wasm::SubType& type(std::uint32_t type_id) const { return types_[canonical(type_id)]; }
  [[nodiscard]] const wasm::FuncType& func_type(std::uint32_t type_id) const {
    return std::get<wasm::FuncType>(type(type_id).type);
  }
  /// Does it agree in everything with the layout of a program that this one's extends?
  [[nodiscard]] bool extends(const Layout& base) const;
  /// Does a type of the program name it as its supertype? If not, a test for it is a test for equality.
  [[nodiscard]] bool has_subtypes(std::uint32_t type_id) const { return has_subtypes_[type_id - 1]; }

  /// How objects of a struct or array type lie in the heap.
  [[nodiscard]] const ObjectLayout& object(std::uint32_t type_id) const { return objects_[type_id - 1]; }
  [[nodiscard]] const std::vector<ObjectLayout>& objects() const { return objects_; }
  [[nodiscard]] std::uint32_t special_type(SpecialType type) const {
    return static_cast<std::uint32_t>(objects_.size() + 1) + static_cast<std::uint32_t>(type);
  }

  /// The table that compiled code tests subtypes with: a row of `display_stride()` words for each type id. Word 0 is the
  /// HeapType::Kind above it (kFunc, kStruct, kArray; kExtern, kExn for the special ones), word 1 + n its supertype (or itself) that has n supertypes, if any.
  [[nodiscard]] const std::vector<std::uint32_t>& displays() const { return displays_; }
  [[nodiscard]] std::uint32_t display_stride() const { return display_stride_; }
  static constexpr std::uint64_t kMaxDisplays = 1u << 24;  // words; a program with more cannot be compiled
  [[nodiscard]] bool displays_fit() const { 
    return (types_.types().size() + 1 + kSpecialTypes) * display_stride_ <= kMaxDisplays;
  }

  /// Function types that compiled code passes alike are one signature: one trampoline serves them.
  [[nodiscard]] const std::vector<wasm::FuncType>& signatures() const { return signatures_; }
  /// The signature of a function type's id.
  [[nodiscard]] std::uint32_t signature(std::uint32_t type_id) const { return type_signatures_[type_id - 1]; }

 private:
  void resolve_imports(const Program& program, InstanceId id);
  void place(const Program& program, InstanceId id);
  void share(const Program& program, InstanceId id, std::uint32_t sharing_class);
  [[nodiscard]] std::optional<std::string> sharing_key(const Program& program, InstanceId id) const;
  [[nodiscard]] bool is_same_place(InstanceId id, InstanceId other, std::size_t func) const;
  void add_types(const Program& program);
  void add_signatures();
  void add_displays();
  static wasm::CanonTypeId canonical(std::uint32_t type_id) { return wasm::CanonTypeId(type_id - 1); }

  IdVector<InstanceId, InstanceLayout> instances_;
  IdVector<InstanceId, InstanceId> code_of_;
  std::map<std::string, InstanceId> shared_;  // by class and sharing_key(): the first
  std::map<const wasm::Module*, std::vector<FixedTable>> fixed_tables_;
  std::vector<Definition> memories_, tables_, tags_;
  std::uint32_t globals_ = 0;
  std::uint32_t arguments_ = 0;
  std::uint64_t size_ = 0;
  TypeSpace types_;
  IdVector<HostSlot, std::uint32_t> host_types_;  // type ids
  std::vector<bool> has_subtypes_;
  std::vector<ObjectLayout> objects_;
  std::vector<std::uint32_t> displays_;
  std::uint32_t display_stride_ = 1;
  std::vector<wasm::FuncType> signatures_;
  std::vector<std::uint32_t> type_signatures_;
};

}  // namespace witc::engine
