// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Batches of a program that is compiled as it runs: small, for whoever calls one waits for all of it; and of neighbours,
// which call each other more than others.
#include "engine/codegen/lazy.h"

#include <fmt/format.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/Config/llvm-config.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/TargetParser/Host.h>

#include <set>

#include "base/overloaded.h"
#include "engine/codegen/batch.h"
#include "engine/codegen/blob.h"
#include "engine/codegen/machine.h"
#include "engine/codegen/stubs.h"
#include "engine/codegen/translator.h"

namespace witc::engine::codegen {
namespace {

constexpr std::size_t kBatchBytes = 4 * 1024;
constexpr std::size_t kBatchFunctions = 64;

class Compiler final : public BatchCompiler {
 public:
  Compiler(const Program& program, const Layout& layout, const EngineOptions& options, const CodeNumbers& numbers,
           std::shared_ptr<const ProgramEffects> effects, std::unique_ptr<llvm::TargetMachine> machine)
      : program_(program),
        layout_(layout),
        options_(options),
        numbers_(numbers),
        effects_(std::move(effects)),
        machine_(std::move(machine)) {}

  Result<CodeBlob> compile(std::span<const CodeItem> items) override {
    llvm::LLVMContext context;
    context.setDiscardValueNames(true);
    Batch batch(program_, layout_, options_, *effects_, traits_of(*machine_), context);
    batch.set_checks(options_.fuel.has_value(), options_.interruptible || options_.timeout.has_value());
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
    optimise(batch.module(), *machine_, options_.opt_level);
    const auto object = TRY(emit(batch.module(), *machine_));
    return to_blob(*object, numbers_);
  }

 private:
  const Program& program_;
  const Layout& layout_;
  const EngineOptions& options_;
  const CodeNumbers& numbers_;
  std::shared_ptr<const ProgramEffects> effects_;
  std::unique_ptr<llvm::TargetMachine> machine_;
};

std::vector<std::vector<CodeNumber>> make_batches(const Program& program, const CodeNumbers& numbers) {
  std::vector<std::vector<CodeNumber>> batches;
  std::size_t bytes = kBatchBytes;  // of the last
  InstanceId instance;
  for (std::size_t i = 0; i < numbers.added().size(); ++i) {
    const CodeNumber number = numbers.first() + static_cast<CodeNumber>(i);
    const auto* func = std::get_if<DefinedFunc>(&numbers.added()[i]);
    if (func == nullptr) {
      batches.push_back({number});
      continue;
    }
    const wasm::Func& definition = program.instances[func->instance].module->funcs[func->func];
    if (definition.import) continue;
    const std::size_t size = definition.body.bytes.size();
    if (instance != func->instance || bytes + size > kBatchBytes || batches.back().size() == kBatchFunctions) {
      batches.emplace_back();
      bytes = 0;
    }
    instance = func->instance;
    bytes += size;
    batches.back().push_back(number);
  }
  return batches;
}

std::uint32_t context_of(const Layout& layout, const CodeItem& item) {
  return match(
      item, [&](DefinedFunc func) { return layout[func.instance].context; }, [](HostSlot) { return 0u; },
      [](TrampolineId) { return 0u; });
}

}  // namespace

Result<LazyProgram> lazy_program(const Program& program, const Layout& layout, const EngineOptions& options,
                                 const CodeNumbers& numbers) {
  LazyProgram out;
  auto effects = std::make_shared<const ProgramEffects>(TRY(ProgramEffects::of(program, layout)));
  out.has_tail_calls = effects->has_tail_calls();
  out.source.items = numbers.added();
  out.source.first = numbers.first();
  for (const CodeItem& item : numbers.added()) out.source.contexts.push_back(context_of(layout, item));
  out.source.batches = make_batches(program, numbers);
  out.source.make_compiler = [&program, &layout, &options, &numbers,
                              effects]() -> Result<std::unique_ptr<BatchCompiler>> {
    return std::make_unique<Compiler>(program, layout, options, numbers, effects, TRY(make_machine(options.opt_level)));
  };
  return out;
}

std::string compiler_id() {
  std::string id = fmt::format("LLVM {} {} {}", LLVM_VERSION_STRING, llvm::sys::getProcessTriple(),
                               llvm::sys::getHostCPUName().str());
  std::set<std::string> features;
  for (const auto& feature : llvm::sys::getHostCPUFeatures()) {
    if (feature.second) features.insert(feature.first().str());
  }
  for (const std::string& feature : features) id += " " + feature;
  return id;
}

}  // namespace witc::engine::codegen
