// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What stands between the engine and LLVM. LLVM's library takes 50 MB and tens of milliseconds as a process starts, and
// a program whose code is kept on disk needs none of it: so the engine gets to the code generator, and to the reader of
// DWARF, only through here, and only when there is something to compile or to read.
//
// Which code generator there is, is settled when a program is linked. The library `witc_engine` has it inside
// (engine/compiler/linked.cpp): what embeds the engine needs no other file of ours. The program `witc` is linked with
// `witc_engine_core` instead, which opens `libwitc-compiler.so` the first time (engine/compiler/loaded.cpp).

#include <memory>
#include <string>

#include "base/result.h"
#include "engine/code_image.h"
#include "engine/engine.h"
#include "engine/lazy/code_numbers.h"
#include "engine/lazy/lazy_code.h"
#include "engine/program_effects.h"

namespace witc::engine {

/// What is compiled as it runs: all of it outlives what is made for it.
struct LazyProgram {
  const Program& program;
  const Layout& layout;
  const EngineOptions& options;
  const CodeNumbers& numbers;
};

/// Stateless; used by many threads.
class CodeGenerator {
 public:
  virtual ~CodeGenerator() = default;

  /// Compiles every function of the program that `base` has no code for: the image of a program that this one extends, or
  /// null. Errors: kEngineUnsupported, kEngineResource.
  [[nodiscard]] virtual Result<CodeImage> compile(const Program& program, const Layout& layout, const EngineOptions& options,
                                                  const CodeImage* base) const = 0;

  /// For one thread. `counts_calls`: functions call each other, and themselves, only by their entries. Errors:
  /// kEngineResource.
  [[nodiscard]] virtual Result<std::unique_ptr<BatchCompiler>> batch_compiler(const LazyProgram& program,
                                                                              std::shared_ptr<const ProgramEffects> effects,
                                                                              OptLevel level, bool counts_calls) const = 0;

  /// As engine::add_sources (engine/dwarf.h).
  virtual void add_sources(Trap& trap, const Program& program) const = 0;
};

/// Errors: kEngineResource, where there is a library to be loaded and it cannot be.
Result<const CodeGenerator*> code_generator();
/// The file that it is loaded from, which need not have happened; empty if it is part of the program, or there is none.
std::string code_generator_file();

}  // namespace witc::engine
