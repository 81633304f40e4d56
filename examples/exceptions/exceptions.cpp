// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// C++ exceptions as the final proposal has them (`try_table`, `throw_ref`). Debian's C++ library for WebAssembly is built
// without exceptions, so the least of a runtime is here: one tag, `catch (...)`, cleanups, throwing again.
#include <cstdio>
#include <cstdlib>
#include <typeinfo>

asm(".globl __cpp_exception\n.tagtype __cpp_exception i32\n__cpp_exception:\n");

static void* current;

extern "C" {
void* __cxa_allocate_exception(std::size_t size) { return std::malloc(size); }
[[noreturn]] void __cxa_throw(void* exception, std::type_info*, void (*)(void*)) { __builtin_wasm_throw(0, exception); }
void* __cxa_begin_catch(void* exception) { return current = exception; }
void __cxa_end_catch() {}
[[noreturn]] void __cxa_rethrow() { __builtin_wasm_throw(0, current); }
}

struct Guard {
  const char* name;
  ~Guard() { std::printf("unwound %s\n", name); }
};

[[gnu::noinline]] static int descend(int depth) {
  Guard guard{depth % 2 ? "odd" : "even"};
  if (depth == 0) throw 1;
  return descend(depth - 1) + 1;
}

[[gnu::noinline]] static int count(int times) {
  int caught = 0;
  for (int i = 0; i < times; ++i) {
    try {
      if (i % 3 == 0) throw i;
    } catch (...) {
      ++caught;
      std::free(current);
    }
  }
  return caught;
}

int main() {
  try {
    descend(3);
  } catch (...) {
    std::puts("caught");
  }
  try {
    try {
      descend(1);
    } catch (...) {
      std::puts("again");
      throw;
    }
  } catch (...) {
    std::puts("outer");
  }
  std::printf("%d caught\n", count(30000));
  std::fflush(stdout);
  throw 2;  // nobody catches this one
}
