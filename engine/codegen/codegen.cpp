// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Programs to code: functions are cut into batches, the batches translated, optimised and emitted by a few threads,
// each with its own LLVM context and target machine, and the objects linked.
#include "engine/codegen/codegen.h"

#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "engine/codegen/batch.h"
#include "engine/codegen/jit.h"
#include "engine/codegen/machine.h"
#include "engine/codegen/stubs.h"
#include "engine/codegen/translator.h"

namespace witc::engine::codegen {
namespace {

// A batch is large enough that LLVM's fixed costs vanish, small enough that threads finish together.
constexpr std::size_t kBatchBytes = 64 * 1024;
constexpr std::size_t kBatchFunctions = 512;

using Functions = std::vector<DefinedFunc>;

/// Of all instances from `first` on, but for those that share the code of others.
std::vector<Functions> make_batches(const Program& program, const Layout& layout, std::size_t first) {
  std::vector<Functions> batches(1);
  std::size_t bytes = 0;
  for (InstanceId id : program.instances.ids()) {
    if (id.value < first || layout.code_of(id) != id) continue;
    const wasm::Module& module = *program.instances[id].module;
    for (wasm::FuncIndex func : module.funcs.ids()) {
      if (module.funcs[func].import) continue;
      const std::size_t size = module.funcs[func].body.bytes.size();
      if (!batches.back().empty() && (bytes + size > kBatchBytes || batches.back().size() == kBatchFunctions)) {
        batches.emplace_back();
        bytes = 0;
      }
      batches.back().push_back({id, func});
      bytes += size;
    }
  }
  return batches;
}

/// What the threads share.
struct Work {
  const Program& program;
  const Layout& layout;
  const EngineOptions& options;
  const CodeImage& base;
  const ProgramEffects& effects;
  std::vector<Functions> batches;
  std::vector<std::unique_ptr<llvm::MemoryBuffer>> objects;
  std::vector<std::string> ir;
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::size_t done = 0;               // under the mutex
  std::optional<Diagnostic> failure;  // too

  void report() {
    const std::lock_guard lock(mutex);
    ++done;
    if (options.on_progress) options.on_progress(done, objects.size());
  }
  void fail(Diagnostic diagnostic) {
    const std::lock_guard lock(mutex);
    if (!failure) failure = std::move(diagnostic);
    next = batches.size() + 1;
  }
};

/// Batch number `index`; the one after the last is the stubs.
Result<void> compile_batch(Work& work, std::size_t index, llvm::TargetMachine& machine) {
  llvm::LLVMContext context;
  context.setDiscardValueNames(!work.options.keep_ir);
  Batch batch(work.program, work.layout, work.options, work.effects, traits_of(machine), context);
  batch.set_checks(work.options.fuel.has_value(), work.options.interruptible || work.options.timeout.has_value());
  batch.set_inlines(work.options.opt_level == OptLevel::kFull);
  batch.set_optimises(work.options.opt_level == OptLevel::kFull);
  llvm::Module& module = batch.module();
  module.setDataLayout(machine.createDataLayout());
  module.setTargetTriple(machine.getTargetTriple());
  if (index == work.batches.size()) {
    add_stubs(batch, work.base.trampolines.size(), work.base.hosts.size());
  } else {
    TRY(translate_functions(batch, work.batches[index]));
  }
  optimise(module, machine, work.options.opt_level);
  if (work.options.keep_ir) {
    llvm::raw_string_ostream(work.ir[index]) << module;
  }
  work.objects[index] = TRY(emit(module, machine));
  return {};
}

void run_worker(Work& work) {
  auto machine = make_machine(work.options.opt_level);
  if (!machine) return work.fail(std::move(machine).error());
  while (true) {
    const std::size_t index = work.next++;
    if (index > work.batches.size()) return;
    if (auto done = compile_batch(work, index, **machine); !done) return work.fail(std::move(done).error());
    work.report();
  }
}

}  // namespace

Result<CodeImage> compile(const Program& program, const Layout& layout, const EngineOptions& options,
                          const CodeImage* base) {
  CodeImage image = base == nullptr ? CodeImage{} : *base;
  const ProgramEffects effects = TRY(ProgramEffects::of(program, layout));
  Work work{program, layout, options, image, effects, make_batches(program, layout, image.funcs.size()), {}, {}, {}, {}, {}, {}};
  work.objects.resize(work.batches.size() + 1);
  work.ir.resize(work.batches.size() + 1);
  const std::size_t wanted = options.threads != 0 ? options.threads : std::thread::hardware_concurrency();
  const std::size_t count = std::clamp<std::size_t>(wanted, 1, work.batches.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < count; ++i) threads.emplace_back([&work] { run_worker(work); });
  run_worker(work);
  for (std::thread& thread : threads) thread.join();
  if (work.failure) return std::move(*work.failure);
  TRY(link(std::move(work.objects), program, layout, image));
  if (effects.has_tail_calls()) image.buffered_args = engine::buffered_args(layout.signatures());
  for (const std::string& ir : work.ir) image.ir += ir;
  return image;
}

}  // namespace witc::engine::codegen
