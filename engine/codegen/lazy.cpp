// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A batch of items to a blob.
#include "engine/codegen/lazy.h"

#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Target/TargetMachine.h>

#include <algorithm>
#include <atomic>

#include "base/overloaded.h"
#include "engine/codegen/batch.h"
#include "engine/codegen/blob.h"
#include "engine/codegen/machine.h"
#include "engine/codegen/stubs.h"
#include "engine/codegen/translator.h"
#include "wasm/core/operators.h"

namespace witc::engine::codegen {
namespace {

bool opens_block(wasm::Op op) {
  using wasm::Op;
  return op == Op::kBlock || op == Op::kLoop || op == Op::kIf || op == Op::kTryTable || op == Op::kTry;
}

bool is_call(wasm::Op op) {
  using wasm::Op;
  return op == Op::kCall || op == Op::kCallIndirect || op == Op::kCallRef || op == Op::kReturnCall ||
         op == Op::kReturnCallIndirect || op == Op::kReturnCallRef;
}

class Compiler final : public BatchCompiler {
 public:
  Compiler(const LazyProgram& program, std::shared_ptr<const ProgramEffects> effects,
           std::unique_ptr<llvm::TargetMachine> machine, OptLevel level, bool counts_calls)
      : program_(program.program),
        layout_(program.layout),
        options_(program.options),
        numbers_(program.numbers),
        effects_(std::move(effects)),
        machine_(std::move(machine)),
        level_(level),
        counts_calls_(counts_calls) {}

  Result<CodeBlob> compile(std::span<const CodeItem> items, const std::atomic<bool>& is_over) override {
    llvm::LLVMContext context;
    context.setDiscardValueNames(true);
    Batch batch(program_, layout_, options_, *effects_, traits_of(*machine_), context);
    batch.set_checks(options_.fuel.has_value(), options_.interruptible || options_.timeout.has_value());
    batch.set_inlines(level_ == OptLevel::kFull);
    batch.set_optimises(level_ == OptLevel::kFull);
    batch.module().setDataLayout(machine_->createDataLayout());
    batch.module().setTargetTriple(machine_->getTargetTriple());
    std::vector<DefinedFunc> funcs;
    for (const CodeItem& item : items) {
      match(
          item, [&](DefinedFunc func) { funcs.push_back(func); },
          [&](HostSlot slot) { add_host_function(batch, slot); },
          [&](TrampolineId id) { add_trampoline(batch, id.value, layout_.signatures()[id.value]); });
    }
    TRY(translate_functions(batch, funcs));
    auto given_up = [] { return error(DiagCode::kEngineResource, "the program is over"); };
    if (is_over) return given_up();
    optimise(batch.module(), *machine_, level_);
    if (is_over) return given_up();
    if (counts_calls_) {  // else the assembler settles calls within the batch
      for (llvm::Function& function : batch.module()) function.setDSOLocal(false);
    }
    const auto object = TRY(emit(batch.module(), *machine_));
    CodeBlob blob = TRY(to_blob(*object, numbers_, counts_calls_));
    if (counts_calls_) blob.has_hot_loops = std::ranges::any_of(funcs, [&](DefinedFunc func) { return has_hot_loop(func); });
    return blob;
  }

 private:
  /// A loop that calls nothing: what takes its time there is never called again while it does.
  bool has_hot_loop(DefinedFunc func) const {
    const wasm::Module& module = *program_.instances[func.instance].module;
    wasm::OperatorReader reader(module.source, module.funcs[func.func].body);
    struct Block {
      bool is_loop = false;
      bool calls = false;
    };
    std::vector<Block> blocks(1);
    while (!reader.at_end()) {
      const auto op = reader.next();
      if (!op) return false;
      if ((*op)->op == wasm::Op::kEnd || (*op)->op == wasm::Op::kDelegate) {
        const Block ended = blocks.back();
        if (ended.is_loop && !ended.calls) return true;
        blocks.pop_back();
        if (blocks.empty()) return false;
        blocks.back().calls |= ended.calls;
      } else if (opens_block((*op)->op)) {
        blocks.push_back({(*op)->op == wasm::Op::kLoop, false});
      } else if (is_call((*op)->op)) {
        blocks.back().calls = true;
      }
    }
    return false;
  }

  const Program& program_;
  const Layout& layout_;
  const EngineOptions& options_;
  const CodeNumbers& numbers_;
  std::shared_ptr<const ProgramEffects> effects_;
  std::unique_ptr<llvm::TargetMachine> machine_;
  OptLevel level_;
  bool counts_calls_;
};

}  // namespace

Result<std::unique_ptr<BatchCompiler>> make_batch_compiler(const LazyProgram& program,
                                                           std::shared_ptr<const ProgramEffects> effects, OptLevel level,
                                                           bool counts_calls) {
  return std::make_unique<Compiler>(program, std::move(effects), TRY(make_machine(level)), level, counts_calls);
}

}  // namespace witc::engine::codegen
