// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tables: arrays of 64-bit references that never move.
#include <cstddef>

#include "engine/codegen/translator.h"
#include "engine/runtime/context.h"

namespace witc::engine::codegen {

using llvm::Align;
using llvm::LLVMContext;
using llvm::Value;
using wasm::Op;

Value* FunctionTranslator::table_base(std::uint32_t table) {
  return load_constant(batch_.ptr(), place_.tables[table].offset + offsetof(TableEntry, base));
}

Value* FunctionTranslator::table_size(std::uint32_t table) {
  if (const FixedTable& fixed = place_.fixed_tables[table]; fixed.is_fixed) return constant64(fixed.size);
  return load_context(i64(), place_.tables[table].offset + offsetof(TableEntry, size));
}

/// The address of an element; traps if there is none.
Value* FunctionTranslator::table_slot(std::uint32_t table, Value* index, TrapKind kind) {
  index = to_64(index);
  trap_if(ir_.CreateICmpUGE(index, table_size(table)), kind);
  return offset_pointer(table_base(table), index, 3);
}

void FunctionTranslator::table_fill(std::uint32_t table) {
  Value* count = to_64(pop());
  Value* reference = pop();
  Value* start = to_64(pop());
  check_range(start, count, table_size(table), TrapKind::kTableOutOfBounds);
  Value* first = offset_pointer(table_base(table), start, 3);
  count_up_to(count, [&](Value* i) {
    auto* store = ir_.CreateStore(reference, offset_pointer(first, i, 3));
    store->setMetadata(LLVMContext::MD_tbaa, batch_.table_tag());
  });
}

bool FunctionTranslator::translate_table(const wasm::Operator& op) {
  switch (op.op) {
    case Op::kTableGet: {
      auto* load = ir_.CreateLoad(i64(), table_slot(op.index, pop(), TrapKind::kTableOutOfBounds));
      load->setMetadata(LLVMContext::MD_tbaa, batch_.table_tag());
      push(load);
      return true;
    }
    case Op::kTableSet: {
      Value* reference = pop();
      auto* store = ir_.CreateStore(reference, table_slot(op.index, pop(), TrapKind::kTableOutOfBounds));
      store->setMetadata(LLVMContext::MD_tbaa, batch_.table_tag());
      return true;
    }
    case Op::kTableSize:
      push(from_64(table_size(op.index), module_.tables[op.table()].type.limits));
      return true;
    case Op::kTableGrow: {
      Value* delta = to_64(pop());
      Value* reference = pop();
      const Definition& where = place_.tables[op.index];
      Value* number = place_.is_shared ? load_constant(i32(), where.offset + offsetof(TableEntry, number)) : ir_.getInt32(where.number);
      Value* old = call_libcall(offsetof(Libcalls, table_grow), i64(), {number, delta, reference});
      push(from_64(old, module_.tables[op.table()].type.limits));
      return true;
    }
    case Op::kTableFill:
      table_fill(op.index);
      return true;
    case Op::kTableCopy: {
      Value* count = to_64(pop());
      Value* from = to_64(pop());
      Value* to = to_64(pop());
      check_range(from, count, table_size(op.index2), TrapKind::kTableOutOfBounds);
      check_range(to, count, table_size(op.index), TrapKind::kTableOutOfBounds);
      Value* source = offset_pointer(table_base(op.index2), from, 3);
      ir_.CreateMemMove(offset_pointer(table_base(op.index), to, 3), Align(8), source, Align(8),
                        ir_.CreateShl(count, 3));
      return true;
    }
    case Op::kTableInit: {
      const std::uint32_t entry = place_.elems + op.index * static_cast<std::uint32_t>(sizeof(ElemEntry));
      Value* count = to_64(pop());
      Value* from = to_64(pop());
      Value* to = to_64(pop());
      check_range(from, count, load_context(i64(), entry + offsetof(ElemEntry, size)), TrapKind::kTableOutOfBounds);
      check_range(to, count, table_size(op.index2), TrapKind::kTableOutOfBounds);
      Value* source = offset_pointer(load_context(batch_.ptr(), entry + offsetof(ElemEntry, references)), from, 3);
      ir_.CreateMemCpy(offset_pointer(table_base(op.index2), to, 3), Align(8), source, Align(8),
                       ir_.CreateShl(count, 3));
      return true;
    }
    case Op::kElemDrop: {
      const std::uint32_t entry = place_.elems + op.index * static_cast<std::uint32_t>(sizeof(ElemEntry));
      auto* store = ir_.CreateStore(constant64(0), context_address(entry + offsetof(ElemEntry, size)));
      store->setMetadata(LLVMContext::MD_tbaa, batch_.context_tag());
      return true;
    }
    default:
      return false;
  }
}

}  // namespace witc::engine::codegen
