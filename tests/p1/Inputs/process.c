// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arguments, environment, standard streams, clocks, waiting, and the ways a program ends.
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

__attribute__((noinline)) static int divide(int a, int b) { return a / b; }

static void waiting(void) {
  double start = now();
  struct timespec pause = {0, 30000000};
  nanosleep(&pause, NULL);
  printf("slept %d\n", now() - start >= 0.03);
  struct pollfd one = {0, POLLIN, 0};
  start = now();
  int ready = poll(&one, 1, 20);
  printf("ready %d, waited %d\n", ready, now() - start >= 0.02);
  char line[100];
  while (fgets(line, sizeof line, stdin) != NULL) printf("got %s", line);
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; ++i) printf("argument %d: %s\n", i, argv[i]);
  if (getenv("COLOUR") != NULL) printf("COLOUR=%s\n", getenv("COLOUR"));
  printf("terminals: %d %d %d\n", isatty(0), isatty(1), isatty(2));
  if (argc < 2) return 0;
  if (strcmp(argv[1], "wait") == 0) waiting();
  if (strcmp(argv[1], "exit") == 0) exit(atoi(argv[2]));
  if (strcmp(argv[1], "abort") == 0) abort();
  if (strcmp(argv[1], "divide") == 0) return divide(argc, atoi(argv[2]));
  if (strcmp(argv[1], "name") == 0) printf("name %s\n", argv[0]);
  if (strcmp(argv[1], "time") == 0) {
    struct timespec pause = {3600, 0};
    nanosleep(&pause, NULL);
    unsigned char bytes[4];
    getentropy(bytes, sizeof bytes);
    printf("time %d, random %02x%02x%02x%02x\n", (int)time(NULL), bytes[0], bytes[1], bytes[2], bytes[3]);
  }
  if (strcmp(argv[1], "pipe") == 0) {
    while (puts("a line that nobody reads, soon") >= 0 && fflush(stdout) == 0) continue;
    fprintf(stderr, "stopped: %s\n", strerror(errno));
  }
  return 0;
}
