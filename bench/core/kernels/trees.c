// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A red-black-free binary search tree in an arena: n insertions and lookups, then a walk: dependent loads, recursion.
#include "kernel.h"

#define MAX (1 << 18)
typedef struct Node {
  struct Node *left, *right;
  uint32_t key, count;
} Node;

static Node arena[MAX];
static uint32_t used;

static Node *insert(Node *root, uint32_t key) {
  Node **at = &root;
  while (*at != 0) {
    Node *node = *at;
    if (key == node->key) return ++node->count, root;
    at = key < node->key ? &node->left : &node->right;
  }
  Node *made = &arena[used++];
  *made = (Node){0, 0, key, 1};
  *at = made;
  return root;
}

static uint64_t walk(const Node *node, uint32_t depth) {
  if (node == 0) return depth;
  return mix(walk(node->left, depth + 1) + walk(node->right, depth + 1), node->key + node->count);
}

KERNEL(uint32_t n) {
  uint64_t seed = 1, found = 0;
  Node *root = 0;
  used = 0;
  for (uint32_t i = 0; i < n && used < MAX; ++i) root = insert(root, (uint32_t)(next_random(&seed) >> 40) % (n / 2 + 1));
  for (uint32_t i = 0; i < n; ++i) {
    const uint32_t key = (uint32_t)(next_random(&seed) >> 40) % (n + 1);
    const Node *node = root;
    while (node != 0 && node->key != key) node = key < node->key ? node->left : node->right;
    found += node != 0;
  }
  return mix(walk(root, 0), found);
}
