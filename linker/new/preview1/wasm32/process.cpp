// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Start, end, and what 0.2 has nothing for.
#include "linker/new/preview1/wasm32/wasi.h"

namespace preview1 {

__attribute__((import_module("__main_module__"), import_name("_start"))) extern "C" void main_start();

EXPORT("wasi:cli/run@0.2.3#run") u32 run() {
  main_start();
  return 0;
}

EXPORT("proc_exit") void proc_exit(u32 code) {
  wasi::exit(code != 0);
  __builtin_trap();
}
/// Takes the place of `proc_exit` where it was asked for: not every host has `exit-with-code`.
EXPORT("proc_exit_with_code") void proc_exit_with_code(u32 code) {
  wasi::exit_with_code(code & 0xff);
  __builtin_trap();
}

PREVIEW1(proc_raise)(u32) { return kNotsup; }
PREVIEW1(sched_yield)() { return kSuccess; }

}  // namespace preview1
