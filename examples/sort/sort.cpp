// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sorts the lines of its standard input, all of it in memory.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <vector>

int main() {
  std::vector<char> text;
  size_t size = 0;
  while (true) {
    if (text.size() - size < 1 << 16) text.resize(std::max<size_t>(1 << 20, text.size() + text.size() / 2));
    size_t count = std::fread(text.data() + size, 1, text.size() - size, stdin);
    if (count == 0) break;
    size += count;
  }
  std::vector<std::string_view> lines;
  for (size_t at = 0; at < size;) {
    const char* end = static_cast<const char*>(std::memchr(text.data() + at, '\n', size - at));
    size_t length = end ? size_t(end - (text.data() + at)) : size - at;
    lines.emplace_back(text.data() + at, length);
    at += length + 1;
  }
  std::sort(lines.begin(), lines.end());
  static char buffer[1 << 16];
  std::setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
  for (std::string_view line : lines) {
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
}
