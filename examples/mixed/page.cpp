// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The command: an ordinary program, whose templates happen to be filled in by another language.
#include "page.h"

#include <cstdio>
#include <string>

using namespace example::mixed;

static void print(const std::string& line, const std::string& text) {
  wit::expected<std::string, rendering::Problem> rendered = rendering::render(line, text);
  if (rendered) {
    std::puts(rendered->c_str());
  } else if (const auto* field = std::get_if<rendering::Problem::UnknownField>(&rendered.error().value)) {
    std::printf("no field `%s`\n", field->value.c_str());
  } else {
    std::puts("nothing to say of an empty text");
  }
}

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: page TEXT\n", stderr);
    return 2;
  }
  print("{words} words, {characters} characters", argv[1]);
  print("longest: {longest}; most common: {common}", argv[1]);
  print("{colour}", argv[1]);
  print("{words}", "");
  for (int i = 0; i < 1000; ++i) (void)rendering::render("{common}", argv[1]);
  print("a thousand pages later: {words} words", argv[1]);
}
