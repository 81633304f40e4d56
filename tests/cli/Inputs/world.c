// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Prints what it sees of the world: the clocks before and after an hour's sleep, random numbers, stdin, a variable, a folder.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  printf("wall %lld.%09ld\n", (long long)now.tv_sec, now.tv_nsec);
  struct timespec hour = {3600, 5};
  nanosleep(&hour, NULL);
  clock_gettime(CLOCK_REALTIME, &now);
  printf("later %lld.%09ld\n", (long long)now.tv_sec, now.tv_nsec);
  unsigned char bytes[8];
  getentropy(bytes, sizeof bytes);
  printf("random");
  for (int i = 0; i < 8; ++i) printf(" %02x", bytes[i]);
  char line[100];
  printf("\nstdin %s", fgets(line, sizeof line, stdin) ? line : "empty\n");
  printf("variable %s\n", getenv("VARIABLE") ? getenv("VARIABLE") : "none");
  FILE* file = fopen("/data/greeting", "r");
  printf("read %s", file ? fgets(line, sizeof line, file) : "nothing\n");
  file = fopen("/data/new", "w");
  printf("write %s\n", file ? "done" : strerror(errno));
  return 0;
}
