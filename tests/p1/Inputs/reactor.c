// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A library: `_initialize` runs constructors, then exports are called by name.
#include <stdio.h>

static int ready;
__attribute__((constructor)) static void prepare(void) { ready = 40; }

__attribute__((export_name("add"))) int add(int a, long long b) { return ready + a + (int)b; }
__attribute__((export_name("half"))) double half(double of) { return of / 2; }
__attribute__((export_name("greet"))) void greet(void) { printf("hello, %d\n", ready); fflush(stdout); }
