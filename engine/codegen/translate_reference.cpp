// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// References of any kind: making, testing for null, and branching on it. A reference is a 64-bit word, null is 0
// (engine/runtime/context.h).
#include "engine/codegen/translator.h"

namespace witc::engine::codegen {

using llvm::Value;
using wasm::Op;

bool FunctionTranslator::translate_reference(const wasm::Operator& op) {
  auto is_null = [this](Value* reference) { return ir_.CreateICmpEQ(reference, constant64(0)); };
  switch (op.op) {
    case Op::kRefNull:
      push(constant64(0));
      return true;
    case Op::kRefIsNull:
      push(truth(is_null(pop())));
      return true;
    case Op::kRefFunc:
      push(ir_.CreatePtrToInt(context_address(place_.func_refs[op.index]), i64()));
      return true;
    case Op::kRefAsNonNull:
      trap_if(is_null(stack_.back()), TrapKind::kNullReference);
      return true;
    case Op::kBrOnNull: {
      Value* reference = pop();
      branch_when(is_null(reference), op.index);
      push(reference);
      return true;
    }
    case Op::kBrOnNonNull:  // the reference is the last of the branch's values
      branch_when(ir_.CreateNot(is_null(stack_.back())), op.index);
      pop();
      return true;
    default:
      return false;
  }
}

}  // namespace witc::engine::codegen
