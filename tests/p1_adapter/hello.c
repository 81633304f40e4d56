// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A program that only prints, and so asks its host for no file system.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
  // All the memory there is when the program starts, and more: the adapter must not live in it.
  size_t size = 126500;
  char *memory = malloc(size), *more = malloc(3 * size);
  memset(memory, 'x', size);
  memset(more, 'y', 3 * size);
  puts("hello");
  size_t wrong = 0;
  for (size_t i = 0; i < size; ++i) wrong += memory[i] != 'x';
  for (size_t i = 0; i < 3 * size; ++i) wrong += more[i] != 'y';
  printf("%zu bytes changed\n", wrong);
  return 0;
}
