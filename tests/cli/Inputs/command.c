// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A command that shows what it was given: arguments, environment, stdin, a clock that runs, random bytes;
// `exit N` leaves with that status, `trap` divides by zero three calls deep.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

__attribute__((noinline)) static int innermost(volatile int* x) { return 10 / *x; }
__attribute__((noinline)) static int middle(volatile int* x) { return innermost(x) + 1; }

int main(int argc, char** argv) {
  if (argc > 2 && strcmp(argv[1], "exit") == 0) exit(atoi(argv[2]));
  if (argc > 1 && strcmp(argv[1], "trap") == 0) {
    volatile int zero = 0;
    return middle(&zero);
  }
  for (int i = 0; i < argc; ++i) printf("arg %d: %s\n", i, argv[i]);
  for (char** env = environ; *env; ++env) printf("env: %s\n", *env);
  char line[64];
  while (fgets(line, sizeof line, stdin)) printf("stdin: %s", line);
  struct timespec first, second;
  clock_gettime(CLOCK_MONOTONIC, &first);
  nanosleep(&(struct timespec){0, 2000000}, NULL);
  clock_gettime(CLOCK_MONOTONIC, &second);
  long long waited = (second.tv_sec - first.tv_sec) * 1000000000ll + (second.tv_nsec - first.tv_nsec);
  printf("waited: %s\n", waited >= 2000000 ? "yes" : "no");
  printf("year: %s\n", time(NULL) > 1700000000 ? "now" : "long ago");
  unsigned char random[16] = {0};
  getentropy(random, sizeof random);
  int zeroes = 0;
  for (int i = 0; i < 16; ++i) zeroes += random[i] == 0;
  printf("random: %s\n", zeroes < 16 ? "yes" : "no");
  fprintf(stderr, "to stderr\n");
  return 0;
}
