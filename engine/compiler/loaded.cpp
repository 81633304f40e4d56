// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The code generator as a library that is opened when it is needed (library `witc_engine_core`).
#include <mutex>

#include "engine/compiler.h"
#include "engine/compiler/interface.h"

namespace witc::engine {

std::string code_generator_file() { return file_of(kCompilerLibrary); }

Result<const CodeGenerator*> code_generator() {
  static std::mutex mutex;
  static const CodeGenerator* loaded = nullptr;
  const std::lock_guard lock(mutex);
  if (loaded == nullptr) loaded = static_cast<const CodeGenerator*>(TRY(open_own_library(kCompilerLibrary)));
  return loaded;
}

}  // namespace witc::engine
