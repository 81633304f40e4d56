// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tests and casts of references, i31, and conversion between `any` and `extern`. A test for a type without subtypes in
// the program compares the object's type id; one for another looks at one word of Layout::displays().
#include <cstddef>

#include "engine/codegen/translator.h"
#include "engine/runtime/context.h"

namespace witc::engine::codegen {

using llvm::LLVMContext;
using llvm::Value;
using wasm::HeapType;
using wasm::Op;

/// Is an object, neither null nor an i31, of this type?
Value* FunctionTranslator::object_has_type(Value* object, const HeapType& type) {
  auto* id = ir_.CreateLoad(i32(), ir_.CreateIntToPtr(object, batch_.ptr()));
  id->setMetadata(LLVMContext::MD_tbaa, batch_.named_tag("object"));
  if (type.kind == HeapType::kIndex) return has_type(id, batch_.layout().type_id(self_.instance, type.index));
  Value* kind = load_display(id, 0);
  if (type.kind == HeapType::kEq) return ir_.CreateICmpNE(kind, ir_.getInt32(HeapType::kExtern));
  return ir_.CreateICmpEQ(kind, ir_.getInt32(type.kind));
}

/// `test` (of a reference that it is meant for) where `is_special` is false, else `otherwise`.
template <class Test>
Value* FunctionTranslator::test_unless(Value* is_special, Value* otherwise, Test test) {
  auto* before = ir_.GetInsertBlock();
  auto* tested = llvm::BasicBlock::Create(batch_.context(), "", function_);
  auto* done = llvm::BasicBlock::Create(batch_.context(), "", function_);
  ir_.CreateCondBr(is_special, done, tested);
  ir_.SetInsertPoint(tested);
  Value* result = test();
  auto* after = ir_.GetInsertBlock();
  ir_.CreateBr(done);
  ir_.SetInsertPoint(done);
  llvm::PHINode* phi = ir_.CreatePHI(ir_.getInt1Ty(), 2);
  phi->addIncoming(otherwise, before);
  phi->addIncoming(result, after);
  return phi;
}

/// Does the reference match the type, which is of its hierarchy? (i1)
Value* FunctionTranslator::matches_type(Value* reference, const wasm::RefType& type) {
  Value* is_null = ir_.CreateICmpEQ(reference, constant64(0));
  Value* if_null = ir_.getInt1(type.nullable);
  auto is_i31 = [&] { return ir_.CreateTrunc(reference, ir_.getInt1Ty()); };
  switch (type.heap.kind) {
    case HeapType::kNone:
    case HeapType::kNoFunc:
    case HeapType::kNoExtern:
    case HeapType::kNoExn:
    case HeapType::kNoCont:
      return ir_.CreateAnd(is_null, if_null);
    case HeapType::kAny:
    case HeapType::kFunc:
    case HeapType::kExtern:
    case HeapType::kExn:
    case HeapType::kCont:  // of no module that is run
      return ir_.CreateOr(ir_.CreateNot(is_null), if_null);
    case HeapType::kI31:
      return ir_.CreateOr(is_i31(), ir_.CreateAnd(is_null, if_null));
    case HeapType::kEq:
      return test_unless(ir_.CreateOr(is_null, is_i31()), ir_.CreateOr(is_i31(), if_null),
                         [&] { return object_has_type(reference, type.heap); });
    case HeapType::kIndex:
      if (std::holds_alternative<wasm::FuncType>(module_.types[type.heap.index].type)) {
        return test_unless(is_null, if_null, [&] {
          Value* id = ir_.CreateTrunc(func_field(reference, i64(), offsetof(FuncRef, type)), i32());
          return has_type(id, batch_.layout().type_id(self_.instance, type.heap.index));
        });
      }
      [[fallthrough]];
    case HeapType::kStruct:
    case HeapType::kArray:
      return test_unless(ir_.CreateOr(is_null, is_i31()), ir_.CreateAnd(is_null, if_null),
                         [&] { return object_has_type(reference, type.heap); });
  }
  return ir_.getFalse();
}

bool FunctionTranslator::translate_cast(const wasm::Operator& op) {
  switch (op.op) {
    case Op::kRefTest:
    case Op::kRefTestNull:
      push(truth(matches_type(pop(), op.ref)));
      return true;
    case Op::kRefCast:
    case Op::kRefCastNull:
      trap_if(ir_.CreateNot(matches_type(stack_.back(), op.ref)), TrapKind::kCastFailure);
      return true;
    case Op::kBrOnCast:
      branch_when(matches_type(stack_.back(), op.ref2), op.index);
      return true;
    case Op::kBrOnCastFail:
      branch_when(ir_.CreateNot(matches_type(stack_.back(), op.ref2)), op.index);
      return true;
    case Op::kRefEq: {
      Value* other = pop();
      push(truth(ir_.CreateICmpEQ(pop(), other)));
      return true;
    }
    case Op::kRefI31: {
      Value* bits = ir_.CreateOr(ir_.CreateShl(pop(), 1), ir_.getInt32(1));
      push(to_64(bits));
      return true;
    }
    case Op::kI31GetS:
      push(ir_.CreateAShr(ir_.CreateTrunc(pop_object(TrapKind::kNullI31Reference), i32()), 1));
      return true;
    case Op::kI31GetU:
      push(ir_.CreateLShr(ir_.CreateTrunc(pop_object(TrapKind::kNullI31Reference), i32()), 1));
      return true;
    case Op::kAnyConvertExtern:
    case Op::kExternConvertAny: {
      const std::size_t libcall = op.op == Op::kAnyConvertExtern ? offsetof(Libcalls, any_convert_extern)
                                                                 : offsetof(Libcalls, extern_convert_any);
      Value* reference = pop();
      Value* converted = call_libcall(static_cast<std::uint32_t>(libcall), i64(), {reference});
      Value* failed = ir_.CreateAnd(ir_.CreateICmpEQ(converted, constant64(0)),
                                    ir_.CreateICmpNE(reference, constant64(0)));
      trap_if(failed, TrapKind::kGcHeapExhausted);
      push(converted);
      return true;
    }
    default:
      return false;
  }
}

}  // namespace witc::engine::codegen
