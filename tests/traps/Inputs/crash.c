#include <stdlib.h>

static inline __attribute__((always_inline)) int share(int total, int people) {
  return total / people;
}

__attribute__((noinline)) int descend(int depth, int people) {
  if (depth == 0) {
    return share(100, people);
  }
  volatile int below = descend(depth - 1, people);
  return below + 1;
}

__attribute__((noinline)) int overflow(int depth) {
  volatile int here = depth;
  return overflow(depth + 1) + here;
}

int main(int argc, char **argv) {
  if (argc > 2) return overflow(atoi(argv[1]));
  return descend(2, atoi(argv[1]));
}
