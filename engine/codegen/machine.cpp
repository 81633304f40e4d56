// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// WebAssembly comes optimised, so the pass list is short: it gives the same IR as LLVM's own -O2 in two thirds of the
// time. No unwind tables are made (backtraces follow frame pointers), which also keeps linking fast.
#include "engine/codegen/machine.h"

#include <fmt/format.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/Analysis/RuntimeLibcallInfo.h>
#include <llvm/CodeGen/AsmPrinter.h>
#include <llvm/CodeGen/AsmPrinterHandler.h>
#include <llvm/CodeGen/CodeGenTargetMachineImpl.h>
#include <llvm/CodeGen/LibcallLoweringInfo.h>
#include <llvm/CodeGen/MachineModuleInfo.h>
#include <llvm/CodeGen/Passes.h>
#include <llvm/CodeGen/TargetPassConfig.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/MC/MCStreamer.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/SmallVectorMemoryBuffer.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/TargetParser/SubtargetFeature.h>
#include <llvm/Transforms/IPO/AlwaysInliner.h>

#include <mutex>

#include "engine/codegen/batch.h"
#include "engine/codegen/late_shape.h"
#include "engine/codegen/place_table.h"
#include "engine/codegen/quick_path.h"

namespace witc::engine::codegen {
namespace {

constexpr const char* kPasses =
    "function(sroa,early-cse,simplifycfg,instcombine<no-verify-fixpoint>,loop-mssa(licm),gvn,dse,simplifycfg)";

Diagnostic resource_error(llvm::Error failure) {
  return error(DiagCode::kEngineResource, fmt::format("code generation: {}", llvm::toString(std::move(failure))));
}

/// Copies were for inlining only: what still calls one calls the function it is a copy of.
void drop_copies(llvm::Module& module) {
  for (llvm::Function& copy : llvm::make_early_inc_range(module)) {
    if (!copy.hasAvailableExternallyLinkage()) continue;
    if (!copy.use_empty()) {
      const llvm::StringRef name = copy.getName().split(kCopyMark).first;
      auto original = module.getOrInsertFunction(name, copy.getFunctionType(), copy.getAttributes());
      auto* function = llvm::cast<llvm::Function>(original.getCallee());
      function->removeFnAttr(llvm::Attribute::AlwaysInline);
      function->setCallingConv(copy.getCallingConv());
      function->setDSOLocal(true);
      copy.replaceAllUsesWith(function);
    }
    copy.eraseFromParent();
  }
}

}  // namespace

Result<std::unique_ptr<llvm::TargetMachine>> make_machine(OptLevel level) {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
  });
  const llvm::Triple triple(llvm::sys::getProcessTriple());
  llvm::SubtargetFeatures features;
  const llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
  for (const auto& feature : host) features.AddFeature(feature.first(), feature.second);
  if (triple.isX86() && (!host.lookup("sse4.1") || !host.lookup("popcnt"))) {
    return error(DiagCode::kEngineResource, "the processor is older than x86-64-v2 (SSE4.1 and POPCNT are needed)");
  }
  // With these LLVM folds a load into a masked instruction, which does not fault where the mask is clear, although
  // the load is volatile: a trap would be lost.
  if (triple.isX86()) {
    features.AddFeature("avx512f", false);
    features.AddFeature("cf", false);
  }
  std::string message;
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(triple, message);
  if (target == nullptr) return error(DiagCode::kEngineResource, fmt::format("code generation: {}", message));
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  const bool fast = level == OptLevel::kNone;
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(
      triple, llvm::sys::getHostCPUName(), features.getString(), options, llvm::Reloc::PIC_, llvm::CodeModel::Small,
      fast ? llvm::CodeGenOptLevel::None : llvm::CodeGenOptLevel::Default, /*JIT=*/true));
  if (fast) machine->setFastISel(true);
  return machine;
}

MachineTraits traits_of(const llvm::TargetMachine& machine) {
  return {.has_fma = machine.getMCSubtargetInfo()->checkFeatures("+fma")};
}

void optimise(llvm::Module& module, llvm::TargetMachine& machine, OptLevel level) {
  if (level == OptLevel::kNone) {  // without the managers below, which take their time to set up
    drop_copies(module);
    return prepare_quick_path(module);
  }
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager graphs;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(graphs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, graphs, modules);
  llvm::ModulePassManager inliner;
  inliner.addPass(llvm::AlwaysInlinerPass(/*InsertLifetime=*/false));
  inliner.run(module, modules);
  drop_copies(module);
  llvm::ModulePassManager passes;
  llvm::cantFail(builder.parsePassPipeline(passes, kPasses));
  passes.run(module, modules);
  for (llvm::Function& function : module) choose_sums(function);
}

/// LLVM's own pipeline, taken apart: the printer is given a handler of ours.
Result<std::unique_ptr<llvm::MemoryBuffer>> emit(llvm::Module& module, llvm::TargetMachine& machine) {
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream out(bytes);
  auto& target = static_cast<llvm::CodeGenTargetMachineImpl&>(machine);
  llvm::legacy::PassManager passes;
  auto* info = new llvm::MachineModuleInfoWrapperPass(&machine);
  llvm::TargetPassConfig* config = target.createPassConfig(passes);
  config->setDisableVerify(true);
  config->setEnableTailMerge(false);  // merged instructions have lost their place
  // What libc has: without it copies and fills of memory become loops over bytes.
  passes.add(new llvm::RuntimeLibraryInfoWrapper(machine.getTargetTriple()));
  passes.add(new llvm::LibcallLoweringInfoWrapper());
  passes.add(config);
  passes.add(info);
  const bool failed = config->addISelPasses();
  WITC_CHECK(!failed);
  if (machine.getOptLevel() == llvm::CodeGenOptLevel::None) passes.add(make_trap_pass());
  config->addMachinePasses();
  config->setInitialized();
  auto streamer = target.createMCStreamer(out, nullptr, llvm::CodeGenFileType::ObjectFile, info->getMMI().getContext());
  if (!streamer) return resource_error(streamer.takeError());
  llvm::AsmPrinter* printer = machine.getTarget().createAsmPrinter(machine, std::move(*streamer));
  printer->addAsmPrinterHandler(make_place_recorder(*printer));
  passes.add(printer);
  passes.add(llvm::createFreeMachineFunctionPass());
  passes.run(module);
  return std::unique_ptr<llvm::MemoryBuffer>(
      std::make_unique<llvm::SmallVectorMemoryBuffer>(std::move(bytes), "batch", /*RequiresNullTerminator=*/false));
}

}  // namespace witc::engine::codegen
