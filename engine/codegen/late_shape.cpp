// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/codegen/late_shape.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/PatternMatch.h>

namespace witc::engine::codegen {
namespace {

/// Is the sum an address, here?
bool is_address(const llvm::Instruction& sum) {
  for (const llvm::User* user : sum.users()) {
    if (llvm::isa<llvm::ZExtInst>(user) && user->getType()->isIntegerTy(64)) return true;
  }
  return false;
}

}  // namespace

void choose_sums(llvm::Function& function) {
  using namespace llvm::PatternMatch;
  llvm::SmallVector<llvm::Instruction*> replaced;
  for (llvm::Instruction& sum : llvm::make_early_inc_range(llvm::instructions(function))) {
    llvm::Instruction* select = nullptr;
    llvm::Value *base = nullptr, *condition = nullptr;
    llvm::ConstantInt *chosen = nullptr, *otherwise = nullptr;
    const auto offset = m_OneUse(m_Select(m_Value(condition), m_ConstantInt(chosen), m_ConstantInt(otherwise)));
    if (!match(&sum, m_c_Add(m_CombineAnd(m_Instruction(select), offset), m_Value(base))) || !is_address(sum)) continue;
    if (!chosen->isZero() && !otherwise->isZero()) continue;
    llvm::IRBuilder<> ir(&sum);
    auto plus = [&](llvm::ConstantInt* number) { return number->isZero() ? base : ir.CreateAdd(base, number); };
    llvm::Value* first = plus(chosen);
    sum.replaceAllUsesWith(ir.CreateSelect(condition, first, plus(otherwise)));
    replaced.push_back(select);
    replaced.push_back(&sum);
  }
  while (!replaced.empty()) replaced.pop_back_val()->eraseFromParent();
}

}  // namespace witc::engine::codegen
