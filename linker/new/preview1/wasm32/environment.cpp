// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arguments and variables: asked of the host once and kept, since a program asks for their sizes first.
#include "linker/new/preview1/wasm32/descriptors.h"
#include "linker/new/preview1/wasm32/memory.h"

namespace preview1 {
namespace {

bool has_arguments, has_variables;
wasi::ByteLists arguments;
wasi::Pairs variables;

void get_arguments() {
  if (has_arguments) return;
  has_arguments = true;
  wasi::get_arguments(&arguments);
  keep_scratch();
}

void get_variables() {
  if (has_variables) return;
  has_variables = true;
  wasi::get_environment(&variables);
  keep_scratch();
}

/// Writes text and the byte that ends it; gives the address after both.
u32 put(u32 address, wasi::Bytes text, u8 end) {
  guest_write(address, text.data, text.length);
  store(address + text.length, end);
  return address + text.length + 1;
}

}  // namespace

void forget_environment() { has_arguments = has_variables = false; }

PREVIEW1(args_sizes_get)(u32 count, u32 size) {
  get_arguments();
  u32 total = 0;
  for (u32 i = 0; i < arguments.length; ++i) total += arguments.data[i].length + 1;
  store(count, arguments.length);
  store(size, total);
  return kSuccess;
}

PREVIEW1(args_get)(u32 pointers, u32 buffer) {
  get_arguments();
  for (u32 i = 0; i < arguments.length; ++i) {
    store(pointers + 4 * i, buffer);
    buffer = put(buffer, arguments.data[i], 0);
  }
  return kSuccess;
}

PREVIEW1(environ_sizes_get)(u32 count, u32 size) {
  get_variables();
  u32 total = 0;
  for (u32 i = 0; i < variables.length; ++i) total += variables.data[i].name.length + variables.data[i].value.length + 2;
  store(count, variables.length);
  store(size, total);
  return kSuccess;
}

PREVIEW1(environ_get)(u32 pointers, u32 buffer) {
  get_variables();
  for (u32 i = 0; i < variables.length; ++i) {
    store(pointers + 4 * i, buffer);
    buffer = put(put(buffer, variables.data[i].name, '='), variables.data[i].value, 0);
  }
  return kSuccess;
}

}  // namespace preview1
