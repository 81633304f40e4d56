// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Memories, tables and segments. Addresses, indices and lengths are masked, so that most accesses are in bounds.
#include <array>

#include "tests/differential/body_generator.h"

namespace witc::differential {

using wasm::Feature;
using wasm::ValType;

namespace {

ValType address_type(const wasm::Limits& limits) { return limits.is_64 ? ValType::i64() : ValType::i32(); }

}  // namespace

std::optional<wasm::MemoryIndex> BodyGenerator::some_memory() {
  if (module().memories.empty()) return std::nullopt;
  return wasm::MemoryIndex(random_.below(module().memories.size()));
}

std::optional<wasm::TableIndex> BodyGenerator::some_table() {
  const std::uint32_t first = module().find_export("t0") == nullptr ? 1 : 0;  // nobody writes it: it is a fixed one
  if (module().tables.size() <= first) return std::nullopt;
  return wasm::TableIndex(first + random_.below(module().tables.size() - first));
}

void BodyGenerator::mask(bool is_64, std::uint64_t mask) {
  address_const(is_64, mask);
  emit(is_64 ? Op::kI64And : Op::kI32And);
}

void BodyGenerator::push_address(wasm::MemoryIndex memory, std::uint32_t alignment) {
  const wasm::MemoryType& type = module().memories[memory].type;
  push_value(address_type(type.limits));
  if (random_.percent(3)) return;
  std::uint64_t size = type.limits.min << type.page_size_log2;
  while ((size & (size - 1)) != 0) size &= size - 1;
  const std::uint64_t low = random_.percent(97) ? (std::uint64_t{1} << alignment) - 1 : 0;
  mask(type.limits.is_64, (size == 0 ? 0 : size - 1) & ~low);
}

void BodyGenerator::push_length(bool is_64) {
  push_value(is_64 ? ValType::i64() : ValType::i32());
  if (!random_.percent(2)) mask(is_64, random_.percent(80) ? 0x3f : 0x1fff);
}

/// The immediate: alignment, memory, offset.
void BodyGenerator::memarg(wasm::BinaryWriter& out, wasm::MemoryIndex memory, std::uint32_t align, bool is_atomic) {
  const std::uint32_t chosen = is_atomic ? align : random_.below(align + 1);
  out.u32(chosen | (memory.value != 0 ? 0x40u : 0u));
  if (memory.value != 0) out.u32(memory.value);
  std::uint64_t offset = is_atomic ? random_.below(8) << align : random_.below(64);
  if (random_.percent(20)) offset = 0;
  if (random_.percent(2)) {
    static constexpr std::uint64_t kFar[] = {0xfffc, 0x10000, 0x7ffffff8, 0x80000000, 0xfffffff8, 0xffffffff};
    offset = random_.one_of(kFar);
    if (module().memories[memory].type.limits.is_64 && random_.percent(50)) offset = ~std::uint64_t{0} - random_.below(64);
  }
  out.u64(offset);
}

/// Any operator with a memory argument: the address comes first.
void BodyGenerator::memory_access(Op op) {
  const wasm::OpInfo& row = wasm::info(op);
  const auto memory = some_memory();
  if (!memory) return;
  const bool is_atomic = row.immediates == wasm::ImmediateKind::kAtomicMemarg;
  push_address(*memory, is_atomic ? row.align : 0);
  const std::size_t colon = row.signature.find(':');
  for (char letter : row.signature.substr(1, colon - 1)) {
    const ValType type = letter == 'i'   ? ValType::i32()
                         : letter == 'l' ? ValType::i64()
                         : letter == 'f' ? ValType::f32()
                         : letter == 'd' ? ValType::f64()
                                         : ValType::v128();
    push_value(type);
    canonicalise_scalar(type);
  }
  emit(op, [&](wasm::BinaryWriter& out) {
    memarg(out, *memory, row.align, is_atomic);
    if (row.immediates == wasm::ImmediateKind::kMemargLane) {
      out.u8(static_cast<std::uint8_t>(random_.below(16u >> row.align)));
    }
  });
}

void BodyGenerator::memory_grow() {
  const auto memory = some_memory();
  if (!memory) return;
  const bool is_64 = module().memories[*memory].type.limits.is_64;
  push_value(is_64 ? ValType::i64() : ValType::i32());
  mask(is_64, random_.percent(90) ? 1 : 0xff);
  emit_index(Op::kMemoryGrow, memory->value);
}

void BodyGenerator::memory_fill() {
  const auto memory = some_memory();
  if (!memory) return;
  push_address(*memory, 0);
  push_value(ValType::i32());
  push_length(module().memories[*memory].type.limits.is_64);
  emit_index(Op::kMemoryFill, memory->value);
}

void BodyGenerator::memory_copy() {
  const auto to = some_memory();
  const auto from = some_memory();
  if (!to) return;
  push_address(*to, 0);
  push_address(*from, 0);
  push_length(module().memories[*to].type.limits.is_64 && module().memories[*from].type.limits.is_64);
  emit_indices(Op::kMemoryCopy, to->value, from->value);
}

void BodyGenerator::memory_init() {
  const auto memory = some_memory();
  if (!memory || module().data.empty() || !module().data_count) return;
  push_address(*memory, 0);
  push_value(ValType::i32());
  mask(false, 7);
  push_value(ValType::i32());
  mask(false, random_.percent(90) ? 7 : 31);
  emit_indices(Op::kMemoryInit, random_.below(module().data.size()), memory->value);
}

void BodyGenerator::data_drop() {
  if (module().data.empty() || !module().data_count || !random_.percent(30)) return;
  emit_index(Op::kDataDrop, random_.below(module().data.size()));
}

void BodyGenerator::push_table_index(wasm::TableIndex table) {
  const bool is_64 = module().tables[table].type.limits.is_64;
  push_value(is_64 ? ValType::i64() : ValType::i32());
  if (!random_.percent(3)) mask(is_64, random_.percent(90) ? 7 : 15);  // tables have at least eight
}

void BodyGenerator::table_get() {
  const auto table = some_table();
  if (!table) return;
  push_table_index(*table);
  emit_index(Op::kTableGet, table->value);
}

void BodyGenerator::table_set() {
  const auto table = some_table();
  if (!table) return;
  push_table_index(*table);
  push_value(ValType::of(module().tables[*table].type.element));
  emit_index(Op::kTableSet, table->value);
}

void BodyGenerator::table_size() {
  if (const auto table = some_table()) emit_index(Op::kTableSize, table->value);
}

void BodyGenerator::table_grow() {
  const auto table = some_table();
  if (!table) return;
  const wasm::TableType& type = module().tables[*table].type;
  push_value(ValType::of(type.element));
  push_value(address_type(type.limits));
  mask(type.limits.is_64, 3);
  emit_index(Op::kTableGrow, table->value);
}

void BodyGenerator::table_fill() {
  const auto table = some_table();
  if (!table) return;
  const wasm::TableType& type = module().tables[*table].type;
  push_table_index(*table);
  push_value(ValType::of(type.element));
  push_value(address_type(type.limits));
  mask(type.limits.is_64, 3);
  emit_index(Op::kTableFill, table->value);
}

void BodyGenerator::table_copy() {
  const auto to = some_table();
  const auto from = some_table();
  if (!to) return;
  const wasm::TableType& to_type = module().tables[*to].type;
  const wasm::TableType& from_type = module().tables[*from].type;
  if (!types_.matches(from_type.element, to_type.element)) return;
  push_table_index(*to);
  push_table_index(*from);
  const bool is_64 = to_type.limits.is_64 && from_type.limits.is_64;
  push_value(is_64 ? ValType::i64() : ValType::i32());
  mask(is_64, 7);
  emit_indices(Op::kTableCopy, to->value, from->value);
}

void BodyGenerator::table_init() {
  const auto table = some_table();
  if (!table || module().elements.empty()) return;
  const wasm::ElemIndex elem(random_.below(module().elements.size()));
  if (!types_.matches(module().elements[elem].type, module().tables[*table].type.element)) return;
  push_table_index(*table);
  push_value(ValType::i32());
  mask(false, 3);
  push_value(ValType::i32());
  mask(false, 3);
  emit_indices(Op::kTableInit, elem.value, table->value);
}

void BodyGenerator::elem_drop() {
  if (module().elements.empty() || !random_.percent(30)) return;
  emit_index(Op::kElemDrop, random_.below(module().elements.size()));
}

void BodyGenerator::reference_test() {
  ValType type = random_.percent(50) ? ValType::funcref() : ValType::externref();
  if (available() > 0 && validator_.operands().back().kind == wasm::StackType::kValue &&
      validator_.operands().back().type.is_ref()) {
    type = validator_.operands().back().type;
  }
  want(std::array{type});
  if (has(Feature::kFunctionReferences) && random_.percent(20)) return emit(Op::kRefAsNonNull);
  emit(Op::kRefIsNull);
}

}  // namespace witc::differential
