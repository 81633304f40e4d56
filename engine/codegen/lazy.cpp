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

#include <algorithm>
#include <atomic>
#include <optional>
#include <set>

#include "base/overloaded.h"
#include "engine/codegen/batch.h"
#include "engine/codegen/blob.h"
#include "engine/codegen/machine.h"
#include "engine/codegen/stubs.h"
#include "engine/codegen/translator.h"
#include "wasm/core/operators.h"

namespace witc::engine::codegen {
namespace {

constexpr std::size_t kBatchBytes = 4 * 1024;
constexpr std::size_t kBatchFunctions = 64;

class Compiler final : public BatchCompiler {
 public:
  Compiler(const Program& program, const Layout& layout, const EngineOptions& options, const CodeNumbers& numbers,
           std::shared_ptr<const ProgramEffects> effects, std::unique_ptr<llvm::TargetMachine> machine,
           OptLevel level, bool counts_calls)
      : program_(program),
        layout_(layout),
        options_(options),
        numbers_(numbers),
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
      const std::string_view name = wasm::info((*op)->op).text;
      if ((*op)->op == wasm::Op::kEnd || (*op)->op == wasm::Op::kDelegate) {
        const Block ended = blocks.back();
        if (ended.is_loop && !ended.calls) return true;
        blocks.pop_back();
        if (blocks.empty()) return false;
        blocks.back().calls |= ended.calls;
      } else if (name == "block" || name == "loop" || name == "if" || name == "try_table" || name == "try") {
        blocks.push_back({name == "loop", false});
      } else if (name.find("call") != name.npos) {
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

void make_batches(const Program& program, const CodeNumbers& numbers, LazySource& source) {
  std::vector<std::vector<CodeNumber>>& batches = source.batches;
  std::optional<InstanceId> instance;  // of the last
  for (std::size_t i = 0; i < numbers.added().size(); ++i) {
    const CodeNumber number = numbers.first() + static_cast<CodeNumber>(i);
    const auto* func = std::get_if<DefinedFunc>(&numbers.added()[i]);
    if (func == nullptr) {
      batches.push_back({number});
      source.batch_bytes.push_back(0);
      instance.reset();
      continue;
    }
    const wasm::Func& definition = program.instances[func->instance].module->funcs[func->func];
    if (definition.import) continue;
    const std::size_t size = definition.body.bytes.size();
    if (instance != func->instance || source.batch_bytes.back() + size > kBatchBytes ||
        batches.back().size() == kBatchFunctions) {
      batches.emplace_back();
      source.batch_bytes.push_back(0);
    }
    instance = func->instance;
    source.batch_bytes.back() += size;
    batches.back().push_back(number);
  }
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
  make_batches(program, numbers, out.source);
  const bool is_tiered = options.opt_level == OptLevel::kFull;
  auto maker = [&program, &layout, &options, &numbers, effects](OptLevel level, bool counts_calls) {
    return [=, &program, &layout, &options, &numbers]() -> Result<std::unique_ptr<BatchCompiler>> {
      return std::make_unique<Compiler>(program, layout, options, numbers, effects, TRY(make_machine(level)), level,
                                        counts_calls);
    };
  };
  out.source.make_compiler = maker(OptLevel::kNone, is_tiered);
  if (is_tiered) out.source.make_better_compiler = maker(OptLevel::kFull, false);
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
