// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiles regular expressions to a program and runs it over lines of text by backtracking, n times: an interpreter's
// loop with a switch, recursion, and bit sets for classes of characters.
#include "kernel.h"

enum { kChar, kAny, kClass, kSplit, kJump, kBegin, kEnd, kMatch };
typedef struct {
  uint8_t op;
  uint8_t byte;
  uint16_t x, y;
} Instruction;

static Instruction program[256];
static uint32_t classes[16][8];
static uint32_t size, class_count;
static const char *pattern;

static uint32_t add(uint8_t op, uint8_t byte) {
  program[size] = (Instruction){op, byte, 0, 0};
  return size++;
}

static void insert_split(uint32_t at) {
  for (uint32_t i = size++; i > at; --i) {
    program[i] = program[i - 1];
    if (program[i].op == kSplit || program[i].op == kJump) ++program[i].x, ++program[i].y;
  }
  program[at] = (Instruction){kSplit, 0, (uint16_t)(at + 1), 0};
}

static void alternation(void);

static void char_class(void) {
  uint32_t *set = classes[class_count];
  for (int i = 0; i < 8; ++i) set[i] = 0;
  const int negated = *pattern == '^';
  pattern += negated;
  while (*pattern != ']') {
    uint8_t low = (uint8_t)*pattern++, high = low;
    if (pattern[0] == '-' && pattern[1] != ']') high = (uint8_t)pattern[1], pattern += 2;
    for (uint32_t c = low; c <= high; ++c) set[c / 32] |= 1u << c % 32;
  }
  ++pattern;
  if (negated) {
    for (int i = 0; i < 8; ++i) set[i] = ~set[i];
  }
  add(kClass, (uint8_t)class_count++);
}

static void repetition(void) {
  const uint32_t start = size;
  const char c = *pattern++;
  switch (c) {
    case '(':
      alternation();
      ++pattern;
      break;
    case '[': char_class(); break;
    case '.': add(kAny, 0); break;
    case '^': add(kBegin, 0); break;
    case '$': add(kEnd, 0); break;
    case '\\': add(kChar, (uint8_t)*pattern++); break;
    default: add(kChar, (uint8_t)c);
  }
  switch (*pattern) {
    case '*':
      ++pattern;
      insert_split(start);
      program[add(kJump, 0)].x = (uint16_t)start;
      program[start].y = (uint16_t)size;
      break;
    case '+': {
      ++pattern;
      const uint32_t split = add(kSplit, 0);
      program[split].x = (uint16_t)start;
      program[split].y = (uint16_t)size;
      break;
    }
    case '?':
      ++pattern;
      insert_split(start);
      program[start].y = (uint16_t)size;
      break;
  }
}

static void alternation(void) {
  const uint32_t start = size;
  while (*pattern != 0 && *pattern != ')' && *pattern != '|') repetition();
  if (*pattern != '|') return;
  ++pattern;
  insert_split(start);
  const uint32_t jump = add(kJump, 0);
  program[start].y = (uint16_t)size;
  alternation();
  program[jump].x = (uint16_t)size;
}

static const char *run_from(uint32_t pc, const char *begin, const char *at, uint32_t depth) {
  if (depth > 2000) return 0;
  for (;;) {
    const Instruction *i = &program[pc];
    switch (i->op) {
      case kChar:
        if ((uint8_t)*at != i->byte) return 0;
        ++at, ++pc;
        break;
      case kAny:
        if (*at == 0) return 0;
        ++at, ++pc;
        break;
      case kClass: {
        const uint8_t c = (uint8_t)*at;
        if (c == 0 || (classes[i->byte][c / 32] >> c % 32 & 1) == 0) return 0;
        ++at, ++pc;
        break;
      }
      case kSplit: {
        const char *found = run_from(i->x, begin, at, depth + 1);
        if (found != 0) return found;
        pc = i->y;
        break;
      }
      case kJump: pc = i->x; break;
      case kBegin:
        if (at != begin) return 0;
        ++pc;
        break;
      case kEnd:
        if (*at != 0) return 0;
        ++pc;
        break;
      default: return at;
    }
  }
}

KERNEL(uint32_t n) {
  static const char *const kPatterns[] = {"[a-z]+@[a-z]+\\.(com|org|net)", "^(GET|POST) /[^ ]* HTTP/1\\.[01]$",
                                          "(a|b)*abb", "[0-9]+(\\.[0-9]+)?(e[-+]?[0-9]+)?", "x?y?z?xyz.*end$"};
  static const char *const kLines[] = {
      "please write to someone@example.org or to nobody at all", "GET /index.html?query=1&other=two HTTP/1.1",
      "POST /form/submit HTTP/1.0", "abababbaabababababbbaababb", "the value is 31415.9265e-4 or 2.71828, nearly",
      "xyz and much more text before the end", "nothing at all of any interest in here, however long it goes on for"};
  uint64_t hash = 0;
  for (uint32_t i = 0; i < n; ++i) {
    for (uint32_t p = 0; p < sizeof kPatterns / sizeof *kPatterns; ++p) {
      pattern = kPatterns[p];
      size = class_count = 0;
      alternation();
      add(kMatch, 0);
      for (uint32_t l = 0; l < sizeof kLines / sizeof *kLines; ++l) {
        const char *found = 0, *start = kLines[l];
        for (; *start != 0 && found == 0; ++start) found = run_from(0, kLines[l], start, 0);
        hash = mix(hash, found == 0 ? 0 : (uint64_t)(found - kLines[l]) * 64 + (uint64_t)(start - kLines[l]));
      }
    }
  }
  return hash;
}
