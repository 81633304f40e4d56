// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// One random function body, written with a validator in step. A body is a sequence of statements; which there are, of
// which proposals, and how often is the table in body_generator.cpp: a new family of operators is a line there, or no
// line at all where operators.def says its types. Every statement leaves the stack no lower than the frame's height.

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "tests/differential/random.h"
#include "wasm/binary_writer.h"
#include "wasm/core/validate.h"

namespace witc::differential {

/// The global that is decremented: the first.
inline constexpr wasm::GlobalIndex kFuel{0};
/// Values made to be operands have operands of their own so many times over.
inline constexpr std::uint32_t kMaxValueDepth = 3;

class BodyGenerator {
 public:
  /// The function's locals must end with one f32, one f64 and, with vectors, one v128: they are scratch space.
  BodyGenerator(const wasm::ModuleContext& context, wasm::FuncIndex func, Random& random);
  /// The body, with its `end`.
  std::vector<std::uint8_t> run();

 private:
  using Types = std::span<const wasm::ValType>;
  using Op = wasm::Op;
  using ValType = wasm::ValType;

  // -- writing (body_generator.cpp)
  void emit(Op op, const std::function<void(wasm::BinaryWriter&)>& immediates);
  void emit(Op op) {
    emit(op, [](wasm::BinaryWriter&) {});
  }
  void emit_index(Op op, std::uint32_t index);
  void emit_indices(Op op, std::uint32_t first, std::uint32_t second);
  void step_from(std::size_t start);
  void i32_const(std::uint32_t value);
  void address_const(bool is_64, std::uint64_t value);
  void constant(const ValType& type);

  // -- the stack
  [[nodiscard]] std::size_t available() const;
  [[nodiscard]] bool fits(const wasm::StackType& have, const ValType& want) const;
  void want(Types types);
  void push_value(const ValType& type);
  bool push_variable(const ValType& type);
  void push_number(const ValType& type);
  void push_reference(const wasm::RefType& type);
  void push_default(const ValType& type);
  void sink();
  ValType random_type();
  ValType random_number();
  std::optional<wasm::LocalIndex> local_of(const ValType& type, bool to_set);
  std::optional<wasm::GlobalIndex> global_of(const ValType& type, bool to_set);

  // -- statements
  void statements(std::uint32_t count);
  void statement();
  void numeric();
  void plain(Op op);
  void plain_operands(Op op, std::string_view signature);
  void lane_immediate(Op op);
  void canonicalise_scalar(const ValType& type);
  void canonicalise_vector(Op op);
  void guard_divisor(Op op);
  void set_local();
  void set_global();
  void select();
  void drop_one() { sink(); }

  // -- body_control.cpp
  struct Signature {
    wasm::BlockType type;
    std::vector<ValType> params, results;
  };
  Signature block_type();
  std::optional<wasm::BlockType> block_giving(Types results) const;
  void fuel_check();
  void return_default();
  void block();
  void close(Types results);
  void branch();
  void branch_if();
  void branch_table();
  void return_();
  void trap();
  void call();
  void call_indirect();
  void call_ref();
  void tail_call();
  void branch_on_null();
  void try_table();
  void throw_();

  // -- body_memory.cpp
  std::optional<wasm::MemoryIndex> some_memory();
  void mask(bool is_64, std::uint64_t mask);
  void push_address(wasm::MemoryIndex memory, std::uint32_t alignment);
  void push_length(bool is_64);
  void memarg(wasm::BinaryWriter& out, wasm::MemoryIndex memory, std::uint32_t align, bool is_atomic);
  void memory_access(Op op);
  void memory_grow();
  void memory_fill();
  void memory_copy();
  void memory_init();
  void data_drop();
  std::optional<wasm::TableIndex> some_table();
  void push_table_index(wasm::TableIndex table);
  void table_get();
  void table_set();
  void table_size();
  void table_grow();
  void table_fill();
  void table_copy();
  void table_init();
  void elem_drop();
  void reference_test();

  // -- body_gc.cpp
  template <class Accept>
  std::optional<wasm::TypeIndex> type_where(Accept&& accept);
  std::optional<wasm::TypeIndex> aggregate_below(const wasm::HeapType& heap);
  void null(const wasm::RefType& type);
  void push_function(const wasm::RefType& type);
  void push_aggregate(wasm::TypeIndex type);
  void push_field(const wasm::FieldType& field);
  void push_object(wasm::TypeIndex type);
  void push_small(std::uint32_t bound);
  void array_new(wasm::TypeIndex type, const wasm::FieldType& element);
  void array_bulk(wasm::TypeIndex type, const wasm::FieldType& element);
  wasm::HeapType cast_target();
  void struct_statement();
  void array_statement();
  void array_segment();
  void cast();
  void branch_on_cast();
  void i31();
  void convert_extern();
  void ref_eq();

  [[nodiscard]] const wasm::Module& module() const { return context_.module(); }
  [[nodiscard]] bool has(wasm::Feature feature) const { return context_.features().has(feature); }
  [[nodiscard]] const wasm::FuncType& func_type(wasm::TypeIndex type) const {
    return std::get<wasm::FuncType>(module().types[type].type);
  }

  const wasm::ModuleContext& context_;
  wasm::TypeMatcher types_;
  wasm::FuncIndex func_;
  Random& random_;
  wasm::BinaryWriter code_;
  wasm::FunctionValidator validator_;
  std::uint32_t scratch_;        // the first scratch local
  Op last_ = Op::kNop;           // the operator before: is the top of the stack of determined bits
  std::uint32_t depth_ = 0;      // of push_value
  std::size_t floor_ = 0;        // what lies below is spoken for
  std::int32_t budget_ = 0;      // statements left
};

}  // namespace witc::differential
