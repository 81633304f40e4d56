// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/codegen/generator.h"

#include "engine/codegen/codegen.h"
#include "engine/codegen/lazy.h"

namespace witc::engine::codegen {
namespace {

class LlvmCodeGenerator final : public CodeGenerator {
 public:
  Result<CodeImage> compile(const Program& program, const Layout& layout, const EngineOptions& options,
                            const CodeImage* base) const override {
    return codegen::compile(program, layout, options, base);
  }
  Result<std::unique_ptr<BatchCompiler>> batch_compiler(const LazyProgram& program,
                                                        std::shared_ptr<const ProgramEffects> effects, OptLevel level,
                                                        bool counts_calls) const override {
    return make_batch_compiler(program, std::move(effects), level, counts_calls);
  }
  void add_sources(Trap& trap, const Program& program) const override { codegen::add_sources(trap, program); }
};

}  // namespace

const CodeGenerator& llvm_code_generator() {
  static const LlvmCodeGenerator generator;
  return generator;
}

}  // namespace witc::engine::codegen
