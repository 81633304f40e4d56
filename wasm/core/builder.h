// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Making core modules: what adapter-gen writes its adapters with, and the linker its shims.
//
//     ModuleBuilder module;
//     MemoryIndex from = module.import_memory("from", "memory", {});
//     MemoryIndex to = module.import_memory("to", "memory", {});
//     FuncIndex realloc = module.import_func("to", "realloc", {{i32, i32, i32, i32}, {i32}}, "realloc");
//     FuncIndex copy = module.declare_func({{i32, i32}, {i32}}, "copy");
//     {
//       FunctionBuilder f = module.define(copy);
//       TempLocal ptr = f.temp(ValType::i32());
//       f.i32_const(0).i32_const(0).i32_const(1).local_get(f.param(1)).call(realloc).local_set(ptr);
//       f.local_get(ptr).local_get(f.param(0)).local_get(f.param(1)).memory_copy(to, from);
//       {
//         Block done = f.block();
//         f.local_get(ptr).i32_eqz().br_if(done);
//       }
//       f.local_get(ptr);
//     }                                   // the function ends here
//     module.export_("copy", copy);
//     Module result = std::move(module).build();
//
// Design: every instruction is a method named as in the table operators.def; blocks are objects whose lifetime
// is the block, so `end` is never missing and a branch names the block and not a depth; temporaries are
// objects too, whose local is used again. Functions may be imported and declared in any order: calls hold
// a provisional index until `build` numbers imports before definitions. Other index spaces want their imports
// first. Misuse (a branch to a closed block, an open block at the end) is a bug of the caller and aborts;
// types are checked by the validator, which every built module goes through in the tests.

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "wasm/binary_writer.h"
#include "wasm/core/operators.h"

namespace witc::wasm {

class FunctionBuilder;

/// An open block, loop or if; ends it when it dies.
class [[nodiscard]] Block {
 public:
  Block(Block&& other) noexcept;
  Block& operator=(Block&&) = delete;
  ~Block();

  /// `if` only, once: what follows is the other arm.
  void else_();
  /// Ends the block before its object dies.
  void end();

 private:
  friend class FunctionBuilder;
  Block(FunctionBuilder& function, std::uint32_t depth) : function_(&function), depth_(depth) {}

  FunctionBuilder* function_;
  std::uint32_t depth_;
};

/// A local that is free to be used again when it dies; use it where a LocalIndex is asked for.
class [[nodiscard]] TempLocal {
 public:
  TempLocal(TempLocal&& other) noexcept;
  TempLocal& operator=(TempLocal&& other) noexcept;
  ~TempLocal();

  operator LocalIndex() const { return index_; }  // NOLINT: implicit on purpose
  [[nodiscard]] LocalIndex index() const { return index_; }
  [[nodiscard]] ValType type() const { return type_; }

 private:
  friend class FunctionBuilder;
  TempLocal(FunctionBuilder* function, LocalIndex index, ValType type) : function_(function), index_(index), type_(type) {}
  void release();

  FunctionBuilder* function_;
  LocalIndex index_;
  ValType type_;
};

class ModuleBuilder;

/// Writes one function; the function is complete when it dies. All instructions return the builder.
class FunctionBuilder {
 public:
  FunctionBuilder(FunctionBuilder&&) = delete;
  FunctionBuilder& operator=(FunctionBuilder&&) = delete;
  ~FunctionBuilder();

  [[nodiscard]] ModuleBuilder& module() { return module_; }
  [[nodiscard]] const FuncType& type() const;
  /// The local of a parameter.
  [[nodiscard]] LocalIndex param(std::size_t position) const;
  /// A local for the rest of the function, zero at first; the name goes into the name section.
  LocalIndex local(ValType type, std::string name = {});
  /// A local for as long as the object lives. Its first value is whatever its last use left: set it first.
  TempLocal temp(ValType type);

  // -- blocks and branches
  Block block(const FuncType& type = {});
  Block loop(const FuncType& type = {});
  Block if_(const FuncType& type = {});
  FunctionBuilder& br(const Block& target);
  FunctionBuilder& br_if(const Block& target);
  FunctionBuilder& br_table(const std::vector<const Block*>& targets, const Block& otherwise);

  // -- instructions whose immediates are not plain indices
  FunctionBuilder& i32_const(std::int32_t value);
  FunctionBuilder& u32_const(std::uint32_t value) { return i32_const(static_cast<std::int32_t>(value)); }
  FunctionBuilder& i64_const(std::int64_t value);
  FunctionBuilder& f32_const(float value);
  FunctionBuilder& f64_const(double value);
  FunctionBuilder& call(FuncIndex func);
  FunctionBuilder& return_call(FuncIndex func);
  FunctionBuilder& ref_func(FuncIndex func);
  FunctionBuilder& ref_null(HeapType type);
  FunctionBuilder& call_indirect(const FuncType& type, TableIndex table);
  FunctionBuilder& memory_copy(MemoryIndex to, MemoryIndex from);
  FunctionBuilder& memory_init(DataIndex data, MemoryIndex memory);
  /// Any operator by its row of the table: `op(Op::kI32Load8U, MemArg{...})`.
  FunctionBuilder& op(Op op);
  FunctionBuilder& op(Op op, std::uint32_t index);
  FunctionBuilder& op(Op op, const MemArg& memarg);

  // -- one method per row of operators.def with no, or one plain, immediate
#define WITC_METHOD_None(name, method) \
  FunctionBuilder& method() { return op(Op::name); }
#define WITC_METHOD_Memarg(name, method) \
  FunctionBuilder& method(const MemArg& memarg) { return op(Op::name, memarg); }
#define WITC_METHOD_AtomicMemarg(name, method) WITC_METHOD_Memarg(name, method)
#define WITC_METHOD_INDEX(name, method, Index) \
  FunctionBuilder& method(Index index) { return op(Op::name, index.value); }
#define WITC_METHOD_Local(name, method) WITC_METHOD_INDEX(name, method, LocalIndex)
#define WITC_METHOD_Global(name, method) WITC_METHOD_INDEX(name, method, GlobalIndex)
#define WITC_METHOD_Table(name, method) WITC_METHOD_INDEX(name, method, TableIndex)
#define WITC_METHOD_Memory(name, method) WITC_METHOD_INDEX(name, method, MemoryIndex)
#define WITC_METHOD_Tag(name, method) WITC_METHOD_INDEX(name, method, TagIndex)
#define WITC_METHOD_Data(name, method) WITC_METHOD_INDEX(name, method, DataIndex)
#define WITC_METHOD_Elem(name, method) WITC_METHOD_INDEX(name, method, ElemIndex)
#define WITC_METHOD_Type(name, method) WITC_METHOD_INDEX(name, method, TypeIndex)
#define WITC_METHOD_Block(name, method)
#define WITC_METHOD_Label(name, method)
#define WITC_METHOD_BrTable(name, method)
#define WITC_METHOD_Func(name, method)
#define WITC_METHOD_CallIndirect(name, method)
#define WITC_METHOD_SelectTypes(name, method)
#define WITC_METHOD_MemargLane(name, method)
#define WITC_METHOD_MemoryInit(name, method)
#define WITC_METHOD_MemoryCopy(name, method)
#define WITC_METHOD_TableInit(name, method)
#define WITC_METHOD_TableCopy(name, method)
#define WITC_METHOD_I32(name, method)
#define WITC_METHOD_I64(name, method)
#define WITC_METHOD_F32(name, method)
#define WITC_METHOD_F64(name, method)
#define WITC_METHOD_V128(name, method)
#define WITC_METHOD_Shuffle(name, method)
#define WITC_METHOD_Lane(name, method)
#define WITC_METHOD_HeapType(name, method)
#define WITC_METHOD_TypeField(name, method)
#define WITC_METHOD_TypeCount(name, method)
#define WITC_METHOD_TypeData(name, method)
#define WITC_METHOD_TypeElem(name, method)
#define WITC_METHOD_TypeType(name, method)
#define WITC_METHOD_BrOnCast(name, method)
#define WITC_METHOD_TryTable(name, method)
#define WITC_METHOD_Zero(name, method)
#define WITC_METHOD_TypeTag(name, method)
#define WITC_METHOD_Resume(name, method)
#define WITC_METHOD_ResumeThrow(name, method)
#define WITC_METHOD_OrderedGlobal(name, method)
#define WITC_METHOD_OrderedTable(name, method)
#define WITC_METHOD_OrderedType(name, method)
#define WITC_METHOD_OrderedField(name, method)
#define WITC_OP(name, method, text, prefix, opcode, imm, align, sig, feature) WITC_METHOD_##imm(name, method)
#include "wasm/core/operators.def"
#undef WITC_OP

 private:
  friend class ModuleBuilder;
  friend class Block;
  friend class TempLocal;

  FunctionBuilder(ModuleBuilder& module, FuncIndex func);
  Block open(Op op, const FuncType& type);
  void close(std::uint32_t depth);
  void else_arm(std::uint32_t depth);
  FunctionBuilder& with_func(Op op, FuncIndex func);
  [[nodiscard]] std::uint32_t label(const Block& target) const;
  void opcode(Op op);

  ModuleBuilder& module_;
  FuncIndex func_;
  BinaryWriter code_;
  std::vector<std::pair<std::size_t, FuncIndex>> calls_;  // where a function index belongs, in code_
  std::vector<bool> open_ifs_;                            // the open blocks: is it an `if` without `else`
  std::vector<ValType> locals_;                           // not counting parameters
  std::vector<std::pair<ValType, LocalIndex>> free_;      // temporaries to use again
};

/// A constant expression of one instruction, for globals and segments.
struct Const {
  Op op;
  std::int64_t value;
  static Const i32(std::int32_t value) { return {Op::kI32Const, value}; }
  static Const i64(std::int64_t value) { return {Op::kI64Const, value}; }
  static Const global(GlobalIndex index) { return {Op::kGlobalGet, index.value}; }
};

class ModuleBuilder {
 public:
  ModuleBuilder();
  ModuleBuilder(ModuleBuilder&&) noexcept;
  ModuleBuilder& operator=(ModuleBuilder&&) noexcept;
  ~ModuleBuilder();

  /// The name of the module in the name section.
  void name(std::string name);

  /// The type's index; the same type gives the same index.
  TypeIndex type(const FuncType& type);

  // Imports. `name` is for the name section; empty for none.
  FuncIndex import_func(std::string module, std::string field, const FuncType& type, std::string name = {});
  MemoryIndex import_memory(std::string module, std::string field, MemoryType type, std::string name = {});
  TableIndex import_table(std::string module, std::string field, TableType type, std::string name = {});
  GlobalIndex import_global(std::string module, std::string field, GlobalType type, std::string name = {});

  /// A function to be defined later: it can be called at once.
  FuncIndex declare_func(const FuncType& type, std::string name = {});
  /// Starts the body of a declared function; each is defined exactly once.
  FunctionBuilder define(FuncIndex func);
  MemoryIndex memory(MemoryType type, std::string name = {});
  TableIndex table(TableType type, std::string name = {});
  GlobalIndex global(GlobalType type, Const init, std::string name = {});
  /// Functions put into a table from `start` on.
  ElemIndex active_elements(TableIndex table, Const start, std::vector<FuncIndex> funcs);
  /// Functions that `ref.func` may name.
  ElemIndex declare_elements(std::vector<FuncIndex> funcs);
  DataIndex active_data(MemoryIndex memory, Const start, std::vector<std::uint8_t> bytes);
  DataIndex passive_data(std::vector<std::uint8_t> bytes);
  void custom_section(std::string name, std::vector<std::uint8_t> bytes);

  void export_(std::string name, FuncIndex func);
  void export_(std::string name, MemoryIndex memory);
  void export_(std::string name, TableIndex table);
  void export_(std::string name, GlobalIndex global);
  void start(FuncIndex func);

  [[nodiscard]] const FuncType& func_type(FuncIndex func) const;

  /// The index a function has in the built module; final once no more functions are imported.
  [[nodiscard]] FuncIndex final_index(FuncIndex func) const;

  /// The module, with its bodies in `owned`. Every declared function must have been defined.
  Module build() &&;

 private:
  friend class FunctionBuilder;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace witc::wasm
