// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What terminal.py asks of: which standard streams are terminals, and the ways of not ending.
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc < 2) {
    fprintf(stderr, "%d %d %d\n", isatty(0), isatty(1), isatty(2));
    return 0;
  }
  fprintf(stderr, "ready\n");
  if (strcmp(argv[1], "read") == 0) {
    char byte;
    while (read(0, &byte, 1) > 0) {}
  } else if (strcmp(argv[1], "sleep") == 0) {
    const struct timespec long_enough = {1000, 0};
    nanosleep(&long_enough, 0);
  } else {
    for (volatile int i = 0;; ++i) {}
  }
  return 0;
}
