// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Structs and arrays. An access is a comparison with null, for arrays one with the length, and a plain load or store; a
// new object of constant size is a bump of an AllocRun. Where objects lie is said by engine/object_layout.h.
#include <cstddef>

#include "engine/codegen/translator.h"
#include "engine/runtime/heap.h"

namespace witc::engine::codegen {

using llvm::Align;
using llvm::LLVMContext;
using llvm::Value;
using wasm::Op;

namespace {

const wasm::FieldType& element_of(const wasm::Module& module, wasm::TypeIndex type) {
  return std::get<wasm::ArrayType>(module.types[type].type).element;
}

}  // namespace

const ObjectLayout& FunctionTranslator::object_layout(wasm::TypeIndex type) {
  return batch_.layout().object(batch_.layout().type_id(self_.instance, type));
}

/// The address of a part of an object that is not null.
Value* FunctionTranslator::object_pointer(Value* reference, std::uint64_t offset) {
  return offset_pointer(ir_.CreateIntToPtr(reference, batch_.ptr()), constant64(offset), 0);
}

/// What of an object's memory may alias: parts of one kind and size only, for a reference's type is always known.
llvm::MDNode* FunctionTranslator::storage_tag(const wasm::StorageType& storage, bool is_array) {
  static constexpr const char* kKinds[] = {"i32", "i64", "f32", "f64", "v128", "ref"};
  const char* kind = storage.packing == wasm::StorageType::kI8    ? "i8"
                     : storage.packing == wasm::StorageType::kI16 ? "i16"
                                                                  : kKinds[storage.type.kind];
  return batch_.named_tag(std::string(is_array ? "array." : "struct.") + kind);
}

llvm::Type* FunctionTranslator::storage_type(const wasm::StorageType& storage) {
  switch (storage.packing) {
    case wasm::StorageType::kI8:
      return ir_.getInt8Ty();
    case wasm::StorageType::kI16:
      return ir_.getInt16Ty();
    case wasm::StorageType::kNone:
      break;
  }
  return batch_.type(storage.type);
}

void FunctionTranslator::store_storage(Value* value, Value* pointer, const wasm::StorageType& storage, bool is_array) {
  if (storage.packing != wasm::StorageType::kNone) value = ir_.CreateTrunc(value, storage_type(storage));
  const Align align(std::min<std::uint32_t>(storage_bytes(storage), 8));
  ir_.CreateAlignedStore(value, pointer, align)->setMetadata(LLVMContext::MD_tbaa, storage_tag(storage, is_array));
}

Value* FunctionTranslator::load_storage(Value* pointer, const wasm::StorageType& storage, bool is_array, bool is_signed) {
  const Align align(std::min<std::uint32_t>(storage_bytes(storage), 8));
  auto* load = ir_.CreateAlignedLoad(storage_type(storage), pointer, align);
  load->setMetadata(LLVMContext::MD_tbaa, storage_tag(storage, is_array));
  if (storage.packing == wasm::StorageType::kNone) return load;
  return is_signed ? ir_.CreateSExt(load, i32()) : ir_.CreateZExt(load, i32());
}

Value* FunctionTranslator::pop_object(TrapKind if_null) {
  Value* reference = pop();
  trap_if(ir_.CreateICmpEQ(reference, constant64(0)), if_null);
  return reference;
}

/// A zeroed object whose size is not known here, or too large for a run.
Value* FunctionTranslator::allocate_slowly(Value* header, Value* bytes) {
  Value* object = call_libcall(offsetof(Libcalls, gc_allocate), i64(), {header, bytes});
  trap_if(ir_.CreateICmpEQ(object, constant64(0)), TrapKind::kGcHeapExhausted);
  return object;
}

Value* FunctionTranslator::allocate(std::uint64_t header, std::uint64_t bytes) {
  const std::uint32_t size_class = size_class_of(bytes);
  if (size_class == kSizeClasses) return allocate_slowly(constant64(header), constant64(bytes));
  const auto run = static_cast<std::uint32_t>(offsetof(StoreHeader, runs) + size_class * sizeof(AllocRun));
  llvm::MDNode* tag = batch_.named_tag("runs");
  auto load_run = [&](std::uint32_t offset) {
    auto* load = ir_.CreateLoad(i64(), context_address(run + offset));
    load->setMetadata(LLVMContext::MD_tbaa, tag);
    return load;
  };
  auto* fast = llvm::BasicBlock::Create(batch_.context(), "", function_);
  auto* slow = llvm::BasicBlock::Create(batch_.context(), "", function_);
  auto* done = llvm::BasicBlock::Create(batch_.context(), "", function_);
  Value* object = load_run(offsetof(AllocRun, next));
  Value* next = ir_.CreateAdd(object, constant64(size_class_bytes(size_class)));
  Value* is_used_up = ir_.CreateICmpUGT(next, load_run(offsetof(AllocRun, end)));
  ir_.CreateCondBr(is_used_up, slow, fast, batch_.unlikely());
  ir_.SetInsertPoint(fast);
  ir_.CreateStore(next, context_address(run))->setMetadata(LLVMContext::MD_tbaa, tag);
  auto* store = ir_.CreateStore(constant64(header), object_pointer(object, 0));
  store->setMetadata(LLVMContext::MD_tbaa, batch_.named_tag("object"));
  ir_.CreateBr(done);
  ir_.SetInsertPoint(slow);
  Value* other = allocate_slowly(constant64(header), constant64(bytes));
  auto* slow_end = ir_.GetInsertBlock();
  ir_.CreateBr(done);
  ir_.SetInsertPoint(done);
  llvm::PHINode* result = ir_.CreatePHI(i64(), 2);
  result->addIncoming(object, fast);
  result->addIncoming(other, slow_end);
  return result;
}

/// The header and the size are of an array with `length` (i32) elements.
Value* FunctionTranslator::allocate_array(wasm::TypeIndex type, Value* length) {
  const std::uint64_t id = batch_.layout().type_id(self_.instance, type);
  const std::uint64_t each = object_layout(type).bytes;
  if (const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(length)) {
    const std::uint64_t count = constant->getZExtValue();
    return allocate(id | count << 32, kObjectHeader + count * each);
  }
  Value* header = ir_.CreateOr(ir_.CreateShl(to_64(length), 32), constant64(id));
  Value* bytes = ir_.CreateAdd(ir_.CreateMul(to_64(length), constant64(each)), constant64(kObjectHeader));
  return allocate_slowly(header, bytes);
}

bool FunctionTranslator::translate_struct(const wasm::Operator& op) {
  auto field = [&]() -> const wasm::StorageType& {
    return std::get<wasm::StructType>(module_.types[op.type()].type).fields[op.index2].storage;
  };
  switch (op.op) {
    case Op::kStructNew: {
      const auto& fields = std::get<wasm::StructType>(module_.types[op.type()].type).fields;
      const ObjectLayout& layout = object_layout(op.type());
      values_ += fields.size();
      const std::vector<Value*> values = pop_many(fields.size());
      Value* object = allocate(batch_.layout().type_id(self_.instance, op.type()), layout.bytes);
      for (std::size_t i = 0; i < fields.size(); ++i) {
        store_storage(values[i], object_pointer(object, layout.offsets[i]), fields[i].storage, false);
      }
      push(object);
      return true;
    }
    case Op::kStructNewDefault:
      push(allocate(batch_.layout().type_id(self_.instance, op.type()), object_layout(op.type()).bytes));
      return true;
    case Op::kStructGet:
    case Op::kStructGetS:
    case Op::kStructGetU: {
      Value* object = pop_object(TrapKind::kNullStructureReference);
      Value* pointer = object_pointer(object, object_layout(op.type()).offsets[op.index2]);
      push(load_storage(pointer, field(), false, op.op == Op::kStructGetS));
      return true;
    }
    case Op::kStructSet: {
      Value* value = pop();
      Value* object = pop_object(TrapKind::kNullStructureReference);
      store_storage(value, object_pointer(object, object_layout(op.type()).offsets[op.index2]), field(), false);
      return true;
    }
    default:
      return false;
  }
}

Value* FunctionTranslator::array_length(Value* array) {
  auto* load = ir_.CreateLoad(i32(), object_pointer(array, kLengthOffset));
  load->setMetadata(LLVMContext::MD_tbaa, batch_.named_tag("object"));
  return load;
}

/// The address of an element, whose index was checked.
Value* FunctionTranslator::element_pointer(wasm::TypeIndex type, Value* array, Value* index) {
  Value* offset = ir_.CreateMul(index, constant64(object_layout(type).bytes));
  return offset_pointer(object_pointer(array, kObjectHeader), offset, 0);
}

/// The address of the element that is asked for; traps if there is none.
Value* FunctionTranslator::pop_element(wasm::TypeIndex type) {
  Value* index = pop();
  Value* array = pop_object(TrapKind::kNullArrayReference);
  trap_if(ir_.CreateICmpUGE(index, array_length(array)), TrapKind::kArrayOutOfBounds);
  return element_pointer(type, array, to_64(index));
}

/// Traps unless elements [start, start + count) are there; both are 64-bit, below 2^32.
void FunctionTranslator::check_elements(Value* array, Value* start, Value* count) {
  check_range(start, count, to_64(array_length(array)), TrapKind::kArrayOutOfBounds);
}

void FunctionTranslator::fill_elements(wasm::TypeIndex type, Value* first, Value* count, Value* value) {
  const wasm::StorageType& storage = element_of(module_, type).storage;
  if (storage.packing == wasm::StorageType::kI8) {
    ir_.CreateMemSet(first, ir_.CreateTrunc(value, ir_.getInt8Ty()), count, Align(1));
    return;
  }
  count_up_to(count, [&](Value* i) {
    store_storage(value, offset_pointer(first, ir_.CreateMul(i, constant64(storage_bytes(storage))), 0), storage, true);
  });
}

bool FunctionTranslator::translate_array_new(const wasm::Operator& op) {
  switch (op.op) {
    case Op::kArrayNew: {
      Value* length = pop();
      Value* value = pop();
      Value* array = allocate_array(op.type(), length);
      const auto* constant = llvm::dyn_cast<llvm::Constant>(value);
      if (constant == nullptr || !constant->isNullValue()) {
        fill_elements(op.type(), object_pointer(array, kObjectHeader), to_64(length), value);
      }
      push(array);
      return true;
    }
    case Op::kArrayNewDefault:
      push(allocate_array(op.type(), pop()));
      return true;
    case Op::kArrayNewFixed: {
      values_ += op.index2;
      const std::vector<Value*> values = pop_many(op.index2);
      Value* array = allocate_array(op.type(), ir_.getInt32(op.index2));
      for (std::size_t i = 0; i < values.size(); ++i) {
        Value* pointer = element_pointer(op.type(), array, constant64(i));
        store_storage(values[i], pointer, element_of(module_, op.type()).storage, true);
      }
      push(array);
      return true;
    }
    default:
      return false;
  }
}

bool FunctionTranslator::translate_array(const wasm::Operator& op) {
  switch (op.op) {
    case Op::kArrayGet:
    case Op::kArrayGetS:
    case Op::kArrayGetU:
      push(load_storage(pop_element(op.type()), element_of(module_, op.type()).storage, true, op.op == Op::kArrayGetS));
      return true;
    case Op::kArraySet: {
      Value* value = pop();
      store_storage(value, pop_element(op.type()), element_of(module_, op.type()).storage, true);
      return true;
    }
    case Op::kArrayLen:
      push(array_length(pop_object(TrapKind::kNullArrayReference)));
      return true;
    case Op::kArrayFill: {
      Value* count = to_64(pop());
      Value* value = pop();
      Value* start = to_64(pop());
      Value* array = pop_object(TrapKind::kNullArrayReference);
      check_elements(array, start, count);
      fill_elements(op.type(), element_pointer(op.type(), array, start), count, value);
      return true;
    }
    case Op::kArrayCopy: {
      Value* count = to_64(pop());
      Value* from = to_64(pop());
      Value* source = pop_object(TrapKind::kNullArrayReference);
      Value* to = to_64(pop());
      Value* target = pop_object(TrapKind::kNullArrayReference);
      check_elements(target, to, count);
      check_elements(source, from, count);
      ir_.CreateMemMove(element_pointer(op.type(), target, to), Align(1),
                        element_pointer(wasm::TypeIndex(op.index2), source, from), Align(1),
                        ir_.CreateMul(count, constant64(object_layout(op.type()).bytes)));
      return true;
    }
    default:
      return false;
  }
}

/// A range of a data or element segment: checked, and its address. `each` is the size of an element of the array.
Value* FunctionTranslator::segment_range(const wasm::Operator& op, bool is_data, Value* from, Value* count) {
  const std::uint64_t each = object_layout(op.type()).bytes;
  if (is_data) {
    const std::uint32_t entry = place_.data + op.index2 * static_cast<std::uint32_t>(sizeof(DataEntry));
    check_range(from, ir_.CreateMul(count, constant64(each)), load_context(i64(), entry + offsetof(DataEntry, size)),
                TrapKind::kMemoryOutOfBounds);
    return offset_pointer(load_context(batch_.ptr(), entry + offsetof(DataEntry, bytes)), from, 0);
  }
  const std::uint32_t entry = place_.elems + op.index2 * static_cast<std::uint32_t>(sizeof(ElemEntry));
  check_range(from, count, load_context(i64(), entry + offsetof(ElemEntry, size)), TrapKind::kTableOutOfBounds);
  return offset_pointer(load_context(batch_.ptr(), entry + offsetof(ElemEntry, references)), from, 3);
}

bool FunctionTranslator::translate_array_segment(const wasm::Operator& op) {
  const bool is_data = op.op == Op::kArrayNewData || op.op == Op::kArrayInitData;
  auto copy = [&](Value* target, Value* source, Value* count) {
    ir_.CreateMemCpy(target, Align(1), source, Align(1), ir_.CreateMul(count, constant64(object_layout(op.type()).bytes)));
  };
  switch (op.op) {
    case Op::kArrayNewData:
    case Op::kArrayNewElem: {
      Value* length = pop();
      Value* from = to_64(pop());
      Value* source = segment_range(op, is_data, from, to_64(length));
      Value* array = allocate_array(op.type(), length);
      copy(object_pointer(array, kObjectHeader), source, to_64(length));
      push(array);
      return true;
    }
    case Op::kArrayInitData:
    case Op::kArrayInitElem: {
      Value* count = to_64(pop());
      Value* from = to_64(pop());
      Value* to = to_64(pop());
      Value* array = pop_object(TrapKind::kNullArrayReference);
      check_elements(array, to, count);
      Value* source = segment_range(op, is_data, from, count);
      copy(element_pointer(op.type(), array, to), source, count);
      return true;
    }
    default:
      return false;
  }
}

}  // namespace witc::engine::codegen
