// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Quicksort of n records by a comparison function that is passed in: recursion, indirect calls, branches nobody can
// predict; then a merge sort of the same, which moves more and guesses less.
#include "kernel.h"

#define MAX (1 << 20)
typedef struct {
  uint32_t key, value;
} Record;
typedef int (*Less)(const Record *, const Record *);

static Record records[MAX], scratch[MAX];

static int by_key(const Record *a, const Record *b) { return a->key < b->key; }
static int by_value(const Record *a, const Record *b) { return a->value < b->value; }

static void quick(Record *first, Record *last, Less less) {
  while (last - first > 12) {
    const Record pivot = first[(last - first) / 2];
    Record *i = first, *j = last - 1;
    while (i <= j) {
      while (less(i, &pivot)) ++i;
      while (less(&pivot, j)) --j;
      if (i > j) break;
      const Record swapped = *i;
      *i++ = *j;
      *j-- = swapped;
    }
    quick(first, j + 1, less);
    first = i;
  }
  for (Record *i = first; i < last; ++i) {
    const Record item = *i;
    Record *j = i;
    for (; j > first && less(&item, j - 1); --j) *j = j[-1];
    *j = item;
  }
}

static void merge(uint32_t n) {
  Record *from = records, *to = scratch;
  for (uint32_t width = 1; width < n; width *= 2) {
    for (uint32_t start = 0; start < n; start += 2 * width) {
      uint32_t i = start, middle = start + width < n ? start + width : n;
      const uint32_t end = start + 2 * width < n ? start + 2 * width : n;
      uint32_t j = middle;
      for (uint32_t k = start; k < end; ++k) {
        to[k] = i < middle && (j >= end || from[i].key <= from[j].key) ? from[i++] : from[j++];
      }
    }
    Record *swapped = from;
    from = to;
    to = swapped;
  }
  if (from != records) __builtin_memcpy(records, scratch, n * sizeof(Record));
}

KERNEL(uint32_t n) {
  static Less volatile order[2] = {by_key, by_value};
  uint64_t seed = 1, hash = 0;
  if (n > MAX) n = MAX;
  for (uint32_t i = 0; i < n; ++i) records[i] = (Record){(uint32_t)(next_random(&seed) >> 20), i};
  quick(records, records + n, order[0]);
  for (uint32_t i = 0; i < n; i += 997) hash = mix(hash, records[i].key);
  quick(records, records + n, order[1]);
  merge(n);
  for (uint32_t i = 0; i < n; i += 991) hash = mix(hash, records[i].key ^ (uint64_t)records[i].value << 32);
  return hash;
}
