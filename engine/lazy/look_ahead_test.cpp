// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/lazy/look_ahead.h"

#include <vector>

#include <doctest/doctest.h>

using namespace witc::engine;

namespace {
using Batches = std::vector<LookAhead::BatchId>;
bool is_absent(LookAhead::BatchId) { return true; }

Batches all(LookAhead& ahead) {
  Batches out;
  while (auto next = ahead.next(is_absent)) out.push_back(*next);
  return out;
}
}  // namespace

TEST_CASE("the callees of the function entered last come first, each once") {
  LookAhead ahead;
  ahead.add(Batches{1, 2, 3});
  ahead.add(Batches{4, 2});
  CHECK(all(ahead) == Batches{4, 2, 1, 3});
}

TEST_CASE("what is there is left out") {
  LookAhead ahead;
  ahead.add(Batches{1, 2, 3});
  CHECK(ahead.next([](LookAhead::BatchId batch) { return batch == 3; }) == 3u);
}

TEST_CASE("no more is made in vain than the credit and a part of what is entered") {
  LookAhead ahead;
  Batches many;
  for (LookAhead::BatchId i = 0; i < 20; ++i) many.push_back(i);
  ahead.add(many);
  CHECK(all(ahead).size() == 8);
  CHECK(all(ahead).empty());
  ahead.on_use();  // one less in vain
  CHECK(all(ahead) == Batches{8});
  ahead.on_demand();  // two were entered
  CHECK(all(ahead) == Batches{9});
}

TEST_CASE("of what is to do only the newest is kept") {
  LookAhead ahead;
  for (LookAhead::BatchId i = 0; i < 100; ++i) ahead.add(Batches{i});
  for (int i = 0; i < 100; ++i) ahead.on_demand();
  CHECK(all(ahead).size() == 32);
}
