// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "adapter-gen/trap.h"

namespace witc::abi {

std::string_view message(TrapKind kind) {
  switch (kind) {
#define WITC_ABI_TRAP(number, name, message) \
  case TrapKind::name: return message;
#include "adapter-gen/trap.def"
#undef WITC_ABI_TRAP
  }
  return "?";
}

std::string_view name_of(TrapKind kind) {
  switch (kind) {
#define WITC_ABI_TRAP(number, name, message) \
  case TrapKind::name: return std::string_view(#name).substr(1);
#include "adapter-gen/trap.def"
#undef WITC_ABI_TRAP
  }
  return "?";
}

}  // namespace witc::abi
