// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An interpreter of a small stack machine, which runs n rounds of a program with a nested loop: one switch, taken
// differently each time.
#include "kernel.h"

enum { kPush, kAdd, kSub, kMul, kXor, kShr, kLoad, kStore, kDup, kSwap, kJump, kJumpIfZero, kLess, kHalt };

static int64_t stack[64], locals[16];

static const int32_t kProgram[] = {
    kPush, 0, kStore, 0,                                                  // i = 0
    kLoad, 0, kPush, 1000, kLess, kJumpIfZero, 61,                        // while (i < 1000)
    kPush, 0, kStore, 1,                                                  //   j = 0
    kLoad, 1, kPush, 20, kLess, kJumpIfZero, 52,                          //   while (j < 20)
    kLoad, 2, kLoad, 0, kLoad, 1, kMul, kAdd,                             //     s = s + i * j
    kDup, kPush, 7, kShr, kXor, kPush, 3, kMul, kLoad, 1, kSub, kStore, 2,  //   s = (s ^ s >> 7) * 3 - j
    kLoad, 1, kPush, 1, kAdd,                                             //     j = j + 1
    kStore, 1, kJump, 15,
    kLoad, 0, kPush, 1, kAdd, kStore, 0, kJump, 4,                        //   i = i + 1
    kHalt, kHalt, kHalt, kHalt, kHalt, kHalt, kHalt, kHalt,
};

static void run_program(void) {
  const int32_t *pc = kProgram;
  int64_t *top = stack;
  for (;;) {
    switch (*pc++) {
      case kPush: *++top = *pc++; break;
      case kAdd: top[-1] += *top; --top; break;
      case kSub: top[-1] -= *top; --top; break;
      case kMul: top[-1] = (int64_t)((uint64_t)top[-1] * (uint64_t)*top); --top; break;
      case kXor: top[-1] ^= *top; --top; break;
      case kShr: top[-1] = (int64_t)((uint64_t)top[-1] >> (*top & 63)); --top; break;
      case kLoad: *++top = locals[*pc++]; break;
      case kStore: locals[*pc++] = *top--; break;
      case kDup: top[1] = *top; ++top; break;
      case kSwap: {
        const int64_t swapped = *top;
        *top = top[-1];
        top[-1] = swapped;
        break;
      }
      case kJump: pc = kProgram + *pc; break;
      case kJumpIfZero: {
        const int32_t target = *pc++;
        if (*top-- == 0) pc = kProgram + target;
        break;
      }
      case kLess: top[-1] = top[-1] < *top; --top; break;
      default: return;
    }
  }
}

KERNEL(uint32_t n) {
  for (int i = 0; i < 16; ++i) locals[i] = 0;
  for (uint32_t i = 0; i < n; ++i) run_program();
  return (uint64_t)locals[2];
}
