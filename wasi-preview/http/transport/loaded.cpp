// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The transport as a library that is opened when it is needed (library `witc_wasi-preview_core`).
#include <mutex>

#include "wasi-preview/http/transport/interface.h"

namespace witc::http {

Result<const Transport*> transport() {
  static std::mutex mutex;
  static const Transport* loaded = nullptr;
  const std::lock_guard lock(mutex);
  if (loaded == nullptr) loaded = static_cast<const Transport*>(TRY(open_own_library(kHttpLibrary)));
  return loaded;
}

}  // namespace witc::http
