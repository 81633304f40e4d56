// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A shared library with data of its own, data that others change, data that points to data, a pointer to a function of
// another library that needs this one too, and a constructor.
extern int twice(int value);

int limit = 100;
int *limit_address = &limit;
int (*step)(int) = twice;
static int count = 0;

__attribute__((constructor)) static void begin(void) {
  int (*volatile first)(int) = step;  // its relocation is done by now
  count = first(1) - 1;
}

int next(void) {
  count = step(count);
  return count < *limit_address ? count : *limit_address;
}
