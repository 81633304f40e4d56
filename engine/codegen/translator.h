// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// One valid function body to LLVM IR, in one pass over its operators. Locals become stack slots, which LLVM's first
// pass turns into values; block parameters and results become phi nodes. Code that validation calls unreachable is
// skipped. Each family of operators has its file: translate_<family>.cpp.

#include <array>
#include <vector>

#include "engine/codegen/batch.h"
#include "engine/trap.h"
#include "wasm/core/operators.h"

namespace witc::engine::codegen {

class FunctionTranslator {
 public:
  FunctionTranslator(Batch& batch, const Body& body);
  /// Fills the function's body in. Errors: kEngineUnsupported.
  Result<void> run();

 private:
  /// Where an exception that leaves a callee or is thrown goes.
  struct Landing {
    llvm::BasicBlock* block = nullptr;  // null while nothing goes there
    llvm::PHINode* exception = nullptr;
  };
  /// What is known of a place within one block, up to the next call: nothing is kept on the stack for that.
  struct Known {
    llvm::Value* value = nullptr;  // that is there
    llvm::BasicBlock* block = nullptr;
    std::uint64_t calls = 0;
  };
  struct Local {
    llvm::AllocaInst* slot = nullptr;
    Known known;
    llvm::StoreInst* unread = nullptr;  // not needed if another one follows in its block
  };
  struct Control {
    enum Kind { kBlock, kLoop, kIf, kElse, kTryTable, kTry, kCatch } kind = kBlock;
    const wasm::FuncType* type = nullptr;
    std::size_t height = 0;                 // of the operand stack, below the parameters
    llvm::BasicBlock* head = nullptr;       // kLoop
    llvm::BasicBlock* tail = nullptr;       // where the block ends
    llvm::BasicBlock* otherwise = nullptr;  // kIf
    std::vector<llvm::PHINode*> head_phis;  // kLoop: parameters
    std::vector<llvm::PHINode*> tail_phis;  // results
    std::vector<llvm::Value*> params;       // kIf: for the else branch
    std::vector<wasm::Catch> catches;       // kTryTable
    Landing landing;                        // kTryTable, kTry, kCatch
    llvm::BasicBlock* untaken = nullptr;    // kCatch: where an exception is that no clause has taken; null: nowhere
    std::optional<std::size_t> delegated;   // kTry: `depth` of the landing that it names, as in landing()
  };

  void know(Known& known, llvm::Value* value) { known = {value, ir_.GetInsertBlock(), calls_}; }
  [[nodiscard]] bool is_known(const Known& known) const {
    return known.value != nullptr && known.block == ir_.GetInsertBlock() && known.calls == calls_;
  }
  llvm::Value* get_local(Local& local);
  void set_local(Local& local, llvm::Value* value);

  // Operand stack.
  void push(llvm::Value* value) { stack_.push_back(value); }
  llvm::Value* pop();
  std::vector<llvm::Value*> pop_many(std::size_t count);

  // The families: false if the operator is none of theirs.
  void translate_reachable(const wasm::Operator& op);
  bool translate_control(const wasm::Operator& op);
  bool translate_variable(const wasm::Operator& op);
  bool translate_memory(const wasm::Operator& op);
  bool translate_bulk_memory(const wasm::Operator& op);
  bool translate_atomic(const wasm::Operator& op);
  bool translate_table(const wasm::Operator& op);
  bool translate_reference(const wasm::Operator& op);
  bool translate_struct(const wasm::Operator& op);
  bool translate_array_new(const wasm::Operator& op);
  bool translate_array(const wasm::Operator& op);
  bool translate_array_segment(const wasm::Operator& op);
  bool translate_cast(const wasm::Operator& op);
  bool translate_integer(const wasm::Operator& op);
  bool translate_float(const wasm::Operator& op);
  bool translate_conversion(const wasm::Operator& op);
  bool translate_call(const wasm::Operator& op);
  bool translate_vector(const wasm::Operator& op);
  bool translate_exception(const wasm::Operator& op);

  // translate_control.cpp
  void start_function();
  void skip_unreachable(const wasm::Operator& op);
  const wasm::FuncType& block_type(const wasm::BlockType& type);
  Control& begin_block(Control::Kind kind, const wasm::BlockType& type);
  void begin_loop(const wasm::BlockType& type);
  void begin_if(const wasm::BlockType& type);
  void begin_else();
  void end_block();
  void finish_function();
  llvm::BasicBlock* branch_target(std::uint32_t label, const std::vector<llvm::Value*>& values);
  void branch(std::uint32_t label);
  void branch_table(const wasm::Operator& op);
  void take_hint(const wasm::Operator& op);
  void branch_when(llvm::Value* condition, std::uint32_t label);
  void stop() { reachable_ = false; }
  std::vector<llvm::PHINode*> make_phis(llvm::BasicBlock* block, const std::vector<wasm::ValType>& types);

  // translate_memory.cpp
  llvm::Value* context_address(std::uint32_t offset);
  llvm::Value* header();
  llvm::Value* buffer_header();
  llvm::Value* load_context(llvm::Type* type, std::uint32_t offset);
  llvm::Value* load_constant(llvm::Type* type, std::uint32_t offset);  // a word that never changes
  llvm::Value* memory_base(std::uint32_t memory);
  llvm::Value* memory_bytes(std::uint32_t memory);
  bool is_block(std::uint32_t memory) const { return Layout::is_block(batch_.program(), place_.memories[memory].number); }
  llvm::Value* memory_number(std::uint32_t memory);
  bool is_shared(std::uint32_t memory) const { return module_.memories[wasm::MemoryIndex(memory)].type.is_shared; }
  llvm::Value* address(const wasm::MemArg& memarg, std::uint64_t size);
  void load(const wasm::Operator& op, llvm::Type* stored, llvm::Type* result, bool is_signed);
  void store(const wasm::Operator& op, llvm::Type* stored);
  void check_range(llvm::Value* start, llvm::Value* count, llvm::Value* limit, TrapKind kind);
  llvm::Value* offset_pointer(llvm::Value* base, llvm::Value* index, unsigned scale_log2);

  // translate_atomic.cpp
  struct AtomicAccess {
    llvm::Type* stored = nullptr;
    llvm::Type* result = nullptr;
    llvm::Align align;
  };
  AtomicAccess atomic_access(unsigned variant);
  llvm::Value* atomic_address(const wasm::MemArg& memarg, std::uint64_t size);
  llvm::Value* atomic_load(const AtomicAccess& access, llvm::Value* pointer);
  void atomic_store(const wasm::Operator& op, const AtomicAccess& access);
  void atomic_rmw(const wasm::Operator& op, const AtomicAccess& access, llvm::AtomicRMWInst::BinOp rmw);
  void atomic_cmpxchg(const wasm::Operator& op, const AtomicAccess& access);
  void atomic_wait(const wasm::Operator& op, llvm::Type* type);
  void atomic_notify(const wasm::Operator& op);

  // translate_limits.cpp
  void begin_segment();
  void end_segment();
  void after_operator(wasm::Op op);
  void poll_interrupt();

  // translate_table.cpp
  llvm::Value* table_base(std::uint32_t table);
  llvm::Value* table_size(std::uint32_t table);
  llvm::Value* table_slot(std::uint32_t table, llvm::Value* index, TrapKind kind);
  void table_fill(std::uint32_t table);

  // translate_simd.cpp
  llvm::FixedVectorType* vector_of(llvm::Type* lane);
  llvm::FixedVectorType* shape_of(const wasm::Operator& op);
  llvm::Value* pop_vector(llvm::FixedVectorType* type);
  void push_vector(llvm::Value* value);  // of any shape
  static bool may_be_zero(const llvm::Value* vector);
  bool translate_vector_lanes(const wasm::Operator& op);
  bool translate_vector_bits(const wasm::Operator& op);
  void swizzle();
  void bitselect();
  // translate_simd_memory.cpp
  bool translate_vector_memory(const wasm::Operator& op);
  void load_widened(const wasm::Operator& op, unsigned bits, bool is_signed);
  // translate_simd_integer.cpp
  bool translate_vector_integer(const wasm::Operator& op);
  bool translate_vector_compare(const wasm::Operator& op);
  bool translate_vector_arithmetic(const wasm::Operator& op);
  bool translate_vector_widening(const wasm::Operator& op);
  llvm::Value* extend_half(llvm::Value* value, llvm::FixedVectorType* shape, bool is_high, bool is_signed);
  void shift_lanes(llvm::FixedVectorType* shape, llvm::Instruction::BinaryOps operation);
  void average_lanes(llvm::FixedVectorType* shape);
  void multiply_q15();
  void extend_add_pairs(llvm::FixedVectorType* shape, bool is_signed);
  llvm::Value* lane_bits(llvm::Value* condition);
  // translate_simd_float.cpp
  bool translate_vector_float(const wasm::Operator& op);
  bool translate_vector_conversion(const wasm::Operator& op);
  void float_lanes(const wasm::Operator& op, llvm::Instruction::BinaryOps operation);
  void pseudo_min_or_max(llvm::FixedVectorType* shape, bool is_min);
  llvm::Value* truncate_signed(llvm::Value* value);
  llvm::Value* truncate_unsigned(llvm::Value* value);
  llvm::Value* truncate_doubles(llvm::Value* value, bool is_signed);
  // translate_simd_relaxed.cpp
  bool translate_relaxed_vector(const wasm::Operator& op);
  void multiply_add(llvm::FixedVectorType* shape, bool negated);
  void select_lanes(llvm::FixedVectorType* shape);
  void relaxed_min_or_max(llvm::FixedVectorType* shape, bool is_min);
  llvm::Value* relaxed_dot();

  // translate_float.cpp
  llvm::Value* special(llvm::Constant* constant);
  llvm::Value* fence(llvm::Value* value);
  llvm::Value* arithmetic_result(llvm::Value* value);
  void float_binary(llvm::Instruction::BinaryOps operation);
  void float_compare(llvm::CmpInst::Predicate predicate);
  llvm::Value* pop_float();
  llvm::Value* min_or_max(llvm::Value* left, llvm::Value* right, bool is_min);
  void truncate(const wasm::Operator& op);

  // translate_integer.cpp
  void divide(bool is_signed, bool is_remainder);
  void binary(llvm::Instruction::BinaryOps op);
  void compare(llvm::CmpInst::Predicate predicate);
  void push_wide(llvm::Value* value);
  void wide_sum(llvm::Instruction::BinaryOps operation);
  void wide_product(bool is_signed);

  // translate_call.cpp
  void call_target(const FuncTarget& target, const wasm::FuncType& type, bool is_tail);
  llvm::CallInst* call_function(llvm::FunctionCallee callee, llvm::Value* context, const wasm::FuncType& type,
                                bool is_tail, bool may_throw);
  void call_indirect(const wasm::Operator& op, bool is_tail);
  void call_reference(llvm::Value* reference, wasm::TypeIndex type, bool is_tail, llvm::Value* context = nullptr);
  llvm::Value* func_field(llvm::Value* reference, llvm::Type* type, std::size_t offset);
  llvm::Value* has_type(llvm::Value* type, std::uint32_t wanted);
  llvm::Value* load_display(llvm::Value* type, std::uint32_t word);
  llvm::CallInst* return_call(llvm::FunctionCallee callee, llvm::Value* context, const wasm::FuncType& type,
                              const std::vector<llvm::Value*>& args);
  void call_intrinsic(Intrinsic intrinsic);
  void call_native(const NativeFunc& func, const wasm::FuncType& type, bool is_tail);
  llvm::Value* call_libcall(std::uint32_t offset, llvm::Type* result, std::vector<llvm::Value*> args);
  /// The C++ function whose address is at `entry` of the context allocation.
  llvm::Value* call_on_own_stack(std::uint32_t entry, llvm::Type* result, std::vector<llvm::Value*> args);

  /// Of the operator under way, in the body: instructions made from here on belong to it.
  void set_position(std::uint32_t position);

  // translate_exception.cpp
  void begin_try_table(const wasm::Operator& op);
  void store_pending(llvm::Value* exception);
  Landing& landing(std::size_t depth);
  void check_exception();
  void go_to_landing(llvm::Value* exception, std::size_t depth);
  llvm::Value* exception_field(llvm::Value* exception, llvm::Type* type, std::size_t offset);
  llvm::Value* payload(llvm::Value* exception);
  std::vector<llvm::Value*> load_payload(llvm::Value* exception, std::uint32_t tag);
  [[nodiscard]] const wasm::FuncType& tag_type(std::uint32_t tag) const;
  llvm::Value* make_exception(std::uint32_t tag, const std::vector<llvm::Value*>& values);
  void mark_escaped(llvm::Value* exception);
  bool throw_locally(std::uint32_t tag, std::vector<llvm::Value*>& values);
  void throw_tag(std::uint32_t tag);
  void take(llvm::Value* exception, const wasm::Catch& clause);
  void finish_landing(const Control& control);
  void finish_function_landing();

  // translate_legacy_exception.cpp
  void begin_catch(const wasm::Operator& op);
  void finish_try(const Control& control, std::size_t depth);
  void delegate(std::uint32_t label);
  void rethrow(std::uint32_t label);

  // translate_gc.cpp
  const ObjectLayout& object_layout(wasm::TypeIndex type);
  llvm::Value* object_pointer(llvm::Value* reference, std::uint64_t offset);
  llvm::MDNode* storage_tag(const wasm::StorageType& storage, bool is_array);
  llvm::Type* storage_type(const wasm::StorageType& storage);
  void store_storage(llvm::Value* value, llvm::Value* pointer, const wasm::StorageType& storage, bool is_array);
  llvm::Value* load_storage(llvm::Value* pointer, const wasm::StorageType& storage, bool is_array, bool is_signed);
  llvm::Value* pop_object(TrapKind if_null);
  llvm::Value* allocate_slowly(llvm::Value* header, llvm::Value* bytes);
  llvm::Value* allocate(std::uint64_t header, std::uint64_t bytes);
  llvm::Value* allocate_array(wasm::TypeIndex type, llvm::Value* length);
  llvm::Value* array_length(llvm::Value* array);
  llvm::Value* element_pointer(wasm::TypeIndex type, llvm::Value* array, llvm::Value* index);
  llvm::Value* pop_element(wasm::TypeIndex type);
  void check_elements(llvm::Value* array, llvm::Value* start, llvm::Value* count);
  void fill_elements(wasm::TypeIndex type, llvm::Value* first, llvm::Value* count, llvm::Value* value);
  llvm::Value* segment_range(const wasm::Operator& op, bool is_data, llvm::Value* from, llvm::Value* count);

  // translate_cast.cpp
  llvm::Value* object_has_type(llvm::Value* object, const wasm::HeapType& type);
  template <class Test>
  llvm::Value* test_unless(llvm::Value* is_special, llvm::Value* otherwise, Test test);
  llvm::Value* matches_type(llvm::Value* reference, const wasm::RefType& type);

  // Traps.
  void trap(TrapKind kind);
  void trap_if(llvm::Value* condition, TrapKind kind);

  llvm::Type* i32() { return batch_.i32(); }
  llvm::Type* i64() { return batch_.i64(); }
  llvm::Value* constant64(std::uint64_t value) { return llvm::ConstantInt::get(i64(), value); }
  llvm::Value* to_64(llvm::Value* value) { return ir_.CreateZExt(value, i64()); }
  /// A size or index in the address type of its memory or table.
  llvm::Value* from_64(llvm::Value* value, const wasm::Limits& of) {
    return of.is_64 ? value : ir_.CreateTrunc(value, i32());
  }
  // translate_integer.cpp
  llvm::Value* truth(llvm::Value* condition);
  llvm::Value* is_true(llvm::Value* value);
  llvm::Value* is_zero(llvm::Value* value);
  void drop_unused_comparisons();
  /// A loop: `body` makes what is done for each i below `count`, in one block.
  void count_up_to(llvm::Value* count, llvm::function_ref<void(llvm::Value* i)> body);
  llvm::AllocaInst* slot_in_entry(llvm::Type* type, std::uint64_t count);

  Batch& batch_;
  Body body_;
  DefinedFunc self_;
  const wasm::Module& module_;
  const wasm::Func& source_;
  const wasm::FuncType& type_;
  const InstanceLayout& place_;
  llvm::Function* function_;
  llvm::IRBuilder<> ir_;
  llvm::Value* context_ = nullptr;
  llvm::BasicBlock* entry_ = nullptr;
  std::vector<Local> locals_;
  std::vector<Known> memory_bases_;
  std::uint64_t calls_ = 0;  // so far
  std::vector<llvm::Instruction*> comparisons_;  // and their extensions: those that truth() has made
  std::vector<llvm::Value*> stack_;
  std::vector<Control> controls_;
  Landing function_landing_;  // leaves the function
  std::array<wasm::FuncType, 8> value_blocks_;  // blocks with one result, by its kind
  wasm::FuncType empty_block_;
  std::span<const wasm::BranchHint> hints_;  // of the operators not yet met
  llvm::MDNode* hint_ = nullptr;             // weights of the branch in hand, where the module hints at them
  bool reachable_ = true;
  std::uint32_t skipped_ = 0;  // blocks opened in unreachable code
  llvm::Instruction* segment_ = nullptr;  // what pays for the operators under way; how many is said at their end
  std::uint64_t segment_operators_ = 0;
  std::uint64_t values_ = 0;   // made by blocks and calls: small code can ask for very many
};

/// Fills in the bodies of functions, and of the copies that they ask for.
Result<void> translate_functions(Batch& batch, std::span<const DefinedFunc> functions);

}  // namespace witc::engine::codegen
