// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scans a JSON text n times: tokens by a switch on bytes, numbers to doubles, strings with escapes, nesting by recursion.
#include "kernel.h"

#define MAX (1 << 18)
static char text[MAX];
static size_t length;

static void put(const char *part) {
  while (*part != 0) text[length++] = *part++;
}
static void put_number(uint64_t value) {
  char digits[20];
  int count = 0;
  do digits[count++] = (char)('0' + value % 10);
  while ((value /= 10) != 0);
  while (count > 0) text[length++] = digits[--count];
}

static void make_text(void) {
  static const char *const kWords[] = {"alpha", "beta \\\"quoted\\\"", "gamma\\n", "delta \\u00e9 epsilon", "zeta"};
  uint64_t seed = 1;
  length = 0;
  put("[");
  while (length < MAX - 400) {
    const uint64_t random = next_random(&seed);
    put("{\"id\": ");
    put_number(random % 100000);
    put(", \"name\": \"");
    put(kWords[random / 7 % 5]);
    put("\", \"score\": -");
    put_number(random / 13 % 1000);
    put(".");
    put_number(random / 17 % 1000);
    put("e-3, \"tags\": [\"");
    put(kWords[random / 19 % 5]);
    put(random & 1 ? "\", true, null" : "\", false, 12345678");
    put("], \"inner\": {\"a\": [1, 2, [3, {}]], \"b\": \"\"}},\n  ");
  }
  put("null]");
  text[length] = 0;
}

typedef struct {
  const char *at;
  uint64_t hash;
  uint32_t depth;
} Scanner;

static inline void space(Scanner *s) {
  while (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r') ++s->at;
}

static int string(Scanner *s) {
  uint64_t hash = 0;
  for (++s->at; *s->at != '"'; ++s->at) {
    uint32_t c = (uint8_t)*s->at;
    if (c < 0x20) return 0;
    if (c == '\\') {
      c = (uint8_t)*++s->at;
      switch (c) {
        case 'n': c = '\n'; break;
        case 't': c = '\t'; break;
        case 'r': c = '\r'; break;
        case 'b': c = '\b'; break;
        case 'f': c = '\f'; break;
        case '"': case '\\': case '/': break;
        case 'u':
          c = 0;
          for (int i = 0; i < 4; ++i) {
            const uint32_t digit = (uint8_t)*++s->at;
            c = c * 16 + (digit <= '9' ? digit - '0' : (digit | 32) - 'a' + 10);
          }
          break;
        default: return 0;
      }
    }
    hash = mix(hash, c);
  }
  ++s->at;
  s->hash = mix(s->hash, hash);
  return 1;
}

static int number(Scanner *s) {
  const int negative = *s->at == '-';
  s->at += negative;
  double value = 0, scale = 1;
  while (*s->at >= '0' && *s->at <= '9') value = value * 10 + (*s->at++ - '0');
  if (*s->at == '.') {
    for (++s->at; *s->at >= '0' && *s->at <= '9'; ++s->at) value = value * 10 + (*s->at - '0'), scale *= 10;
  }
  if ((*s->at | 32) == 'e') {
    ++s->at;
    const int below = *s->at == '-';
    s->at += below || *s->at == '+';
    int exponent = 0;
    while (*s->at >= '0' && *s->at <= '9') exponent = exponent * 10 + (*s->at++ - '0');
    for (; exponent > 0; --exponent) below ? (scale *= 10) : (value *= 10);
  }
  value /= scale;
  s->hash = mix(s->hash, (uint64_t)(int64_t)((negative ? -value : value) * 1e6));
  return 1;
}

static int word(Scanner *s, const char *rest) {
  while (*rest != 0) {
    if (*s->at++ != *rest++) return 0;
  }
  s->hash = mix(s->hash, (uint8_t)s->at[-1]);
  return 1;
}

static int value(Scanner *s);

static int list(Scanner *s, char close) {
  ++s->at;
  space(s);
  if (*s->at == close) return ++s->at, 1;
  for (;;) {
    space(s);
    if (close == '}') {
      if (*s->at != '"' || !string(s)) return 0;
      space(s);
      if (*s->at++ != ':') return 0;
    }
    if (!value(s)) return 0;
    space(s);
    const char c = *s->at++;
    if (c == close) return 1;
    if (c != ',') return 0;
  }
}

static int value(Scanner *s) {
  space(s);
  if (++s->depth > 100) return 0;
  int good = 0;
  switch (*s->at) {
    case '{': good = list(s, '}'); break;
    case '[': good = list(s, ']'); break;
    case '"': good = string(s); break;
    case 't': good = word(s, "true"); break;
    case 'f': good = word(s, "false"); break;
    case 'n': good = word(s, "null"); break;
    case '-': case '0': case '1': case '2': case '3': case '4':
    case '5': case '6': case '7': case '8': case '9': good = number(s); break;
  }
  --s->depth;
  return good;
}

KERNEL(uint32_t n) {
  make_text();
  uint64_t hash = 0;
  for (uint32_t i = 0; i < n; ++i) {
    Scanner scanner = {text, hash, 0};
    if (!value(&scanner)) return 0;
    hash = scanner.hash;
  }
  return hash;
}
