// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A small program: printf, and a sort of a thousand numbers.
#include <stdio.h>
#include <stdlib.h>

static int compare(const void* a, const void* b) {
  int x = *(const int*)a, y = *(const int*)b;
  return (x > y) - (x < y);
}

int main(void) {
  static int numbers[1000];
  unsigned state = 1;
  for (int i = 0; i < 1000; ++i) numbers[i] = (int)((state = state * 1664525u + 1013904223u) >> 8);
  qsort(numbers, 1000, sizeof *numbers, compare);
  printf("hello: the median of a thousand numbers is %d, their mean %.3f\n", numbers[500], numbers[500] / 3.0);
  return 0;
}
