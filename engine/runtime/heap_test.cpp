// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The heap alone, with roots that the test gives.
#include "engine/runtime/heap.h"

#include <doctest/doctest.h>

#include <random>

namespace witc::engine {
namespace {

// Type ids: 1 a struct {ref, i64, ref}, 2 an array of references, 3 an array of bytes; 4 and 5 are the special ones.
std::vector<ObjectLayout> layouts() {
  return {{ObjectLayout::kStruct, 32, {8, 16, 24}, {8, 24}, false},
          {ObjectLayout::kArray, 8, {}, {}, true},
          {ObjectLayout::kArray, 1, {}, {}, false}};
}

struct World {
  std::vector<ObjectLayout> types = layouts();
  AllocRun runs[kSizeClasses] = {};
  std::vector<std::uint64_t> roots;
  std::unique_ptr<Heap> heap;

  explicit World(std::uint64_t max_bytes = 64u << 20) {
    auto made = Heap::make({types}, std::span<AllocRun, kSizeClasses>(runs), max_bytes);
    REQUIRE(made);
    heap = *std::move(made);
    heap->mark_roots = [this](Heap& marking) {
      for (std::uint64_t root : roots) marking.mark(root);
    };
  }
  std::uint64_t make_struct(std::uint64_t first = 0, std::uint64_t second = 0) {
    const std::uint64_t object = heap->allocate(1, 32, true);
    REQUIRE(object != 0);
    word(object, 1) = first;
    word(object, 3) = second;
    return object;
  }
  std::uint64_t make_array(std::uint32_t type, std::uint64_t length) {
    return heap->allocate(type | length << 32, kObjectHeader + length * types[type - 1].bytes, true);
  }
  static std::uint64_t& word(std::uint64_t object, std::size_t index) {
    return reinterpret_cast<std::uint64_t*>(object)[index];
  }
  std::uint64_t live() {
    heap->collect();
    return heap->live_bytes();
  }
};

}  // namespace

TEST_CASE("size classes hold what is asked of them and waste little") {
  for (std::uint64_t bytes = 8; bytes <= 32768; bytes += 8) {
    const std::uint32_t size_class = size_class_of(bytes);
    REQUIRE(size_class < kSizeClasses);
    CHECK(size_class_bytes(size_class) >= bytes);
    if (size_class > 0) CHECK(size_class_bytes(size_class - 1) < bytes);
    CHECK(size_class_bytes(size_class) % 8 == 0);
  }
  CHECK(size_class_of(32769) == kSizeClasses);
}

TEST_CASE("what roots lead to lives, by exact and by interior addresses; the rest is free again") {
  World world;
  const std::uint64_t leaf = world.make_struct();
  world.roots = {world.make_struct(leaf)};
  world.make_struct();
  CHECK(world.live() == 2 * 32);
  CHECK(World::word(world.roots[0], 1) == leaf);
  world.roots[0] += 24;  // the last word of the object
  CHECK(world.live() == 2 * 32);
  world.roots[0] += 8;  // behind it
  CHECK(world.live() < 2 * 32);
  world.roots.clear();
  CHECK(world.live() == 0);
}

TEST_CASE("arrays of references are traced, arrays of bytes are not") {
  World world;
  const std::uint64_t references = world.make_array(2, 5);
  World::word(references, 5) = world.make_struct();
  const std::uint64_t bytes = world.make_array(3, 40);
  World::word(bytes, 1) = world.make_struct();
  world.roots = {references, bytes};
  CHECK(world.live() == 48 + 48 + 32);
}

TEST_CASE("cycles, and a list that is a million long") {
  World world(256u << 20);
  const std::uint64_t a = world.make_struct();
  World::word(a, 1) = world.make_struct(a);
  world.roots = {a};
  CHECK(world.live() == 64);
  for (int i = 0; i < 1'000'000; ++i) world.roots[0] = world.make_struct(world.roots[0]);
  CHECK(world.live() == 64 + 32'000'000);
  World::word(a, 1) = 0;
  CHECK(world.live() == 32 + 32'000'000);
}

TEST_CASE("large objects have blocks of their own, and give them back") {
  World world;
  const std::uint64_t large = world.make_array(2, 100'000);
  World::word(large, 100'000) = world.make_struct();
  world.roots = {large + 700'000};  // inside
  CHECK(world.live() == 13 * 65536 + 32);
  world.roots.clear();
  CHECK(world.live() == 0);
  const std::uint64_t again = world.make_array(2, 100'000);
  CHECK(again == large);
  for (std::size_t i = 1; i <= 100'000; ++i) REQUIRE(World::word(again, i) == 0);
  CHECK(world.make_array(3, 65u << 20) == 0);
}

TEST_CASE("a heap that is full says so, and has room again once something is dropped") {
  World world(4u << 20);
  std::size_t count = 0;
  while (true) {
    const std::uint64_t object = world.heap->allocate(1, 32, true);
    if (object == 0) break;
    World::word(object, 1) = world.roots.empty() ? 0 : world.roots[0];
    world.roots = {object};
    ++count;
  }
  CHECK(count > (3u << 20) / 32);
  CHECK(count <= (4u << 20) / 32);
  world.roots.clear();
  CHECK(world.heap->allocate(1, 32, true) != 0);
  CHECK(world.heap->committed_bytes() <= 4u << 20);
}

TEST_CASE("garbage without end needs bounded memory") {
  World world(1ull << 30);
  std::mt19937 random(7);
  world.roots.resize(100);
  for (int i = 0; i < 300'000; ++i) {
    const std::uint64_t object = random() % 8 == 0 ? world.make_array(3, random() % 20'000) : world.make_struct();
    world.roots[random() % world.roots.size()] = object;
  }
  CHECK(world.heap->collections() > 3);
  CHECK(world.heap->committed_bytes() < 32u << 20);
}

TEST_CASE("new objects are zero, whatever was there before") {
  World world;
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 20'000; ++i) {
      const std::uint64_t object = world.heap->allocate(3 | 40ull << 32, 48, false);
      for (std::size_t j = 1; j < 6; ++j) {
        REQUIRE(World::word(object, j) == 0);
        World::word(object, j) = ~0ull;
      }
      if (i % 3 == 0) world.roots.push_back(object);
    }
    world.heap->collect();
    if (round % 2 == 1) world.roots.clear();
  }
}

}  // namespace witc::engine
