// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/types.h"

#include <utility>

namespace witc::wasm {

std::string_view to_string(ExternKind kind) {
  switch (kind) {
    case ExternKind::kFunc:
      return "func";
    case ExternKind::kTable:
      return "table";
    case ExternKind::kMemory:
      return "memory";
    case ExternKind::kGlobal:
      return "global";
    case ExternKind::kTag:
      return "tag";
  }
  std::unreachable();
}

}  // namespace witc::wasm
