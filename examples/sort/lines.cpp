// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `lines make BYTES` writes about so many bytes of lines, always the same; `lines check` reads lines and prints how many there
// are, a checksum that does not depend on their order, and whether they are sorted.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

static uint64_t state = 0x9e3779b97f4a7c15;
static uint64_t next() {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static int make(uint64_t bytes) {
  for (uint64_t written = 0; written < bytes;) {
    char line[64];
    uint64_t random = next();
    int count = 8 + int(random % 48);
    for (int i = 0; i < count; ++i) {
      if (i % 12 == 0) random = next();
      line[i] = char('a' + random % 26);
      random /= 26;
    }
    line[count] = '\n';
    std::fwrite(line, 1, size_t(count) + 1, stdout);
    written += uint64_t(count) + 1;
  }
  return 0;
}

static int check() {
  uint64_t count = 0, sum = 0, bytes = 0;
  bool sorted = true;
  std::string last, line;
  for (int c = std::getchar(); c != EOF; c = std::getchar()) {
    ++bytes;
    if (c != '\n') {
      line.push_back(char(c));
      continue;
    }
    uint64_t hash = 0xcbf29ce484222325;
    for (char letter : line) hash = (hash ^ uint8_t(letter)) * 0x100000001b3;
    sum += hash;
    ++count;
    sorted = sorted && last <= line;
    last.swap(line);
    line.clear();
  }
  std::printf("%llu lines, %llu bytes, checksum %016llx, %s\n", (unsigned long long)count, (unsigned long long)bytes,
              (unsigned long long)sum, sorted ? "sorted" : "not sorted");
  return 0;
}

int main(int argc, char** argv) {
  static char out[1 << 16], in[1 << 16];
  std::setvbuf(stdout, out, _IOFBF, sizeof out);
  std::setvbuf(stdin, in, _IOFBF, sizeof in);
  if (argc == 3 && !std::strcmp(argv[1], "make")) return make(std::strtoull(argv[2], nullptr, 10));
  if (argc == 2 && !std::strcmp(argv[1], "check")) return check();
  std::fputs("usage: lines make BYTES | lines check\n", stderr);
  return 2;
}
