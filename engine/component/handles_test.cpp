// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/component/handles.h"

#include <doctest/doctest.h>

namespace witc::engine {
namespace {

constexpr component::ResourceId kR{0};
constexpr component::ResourceId kS{1};

TEST_CASE("canon_resource_new: indices start at 1 and are reused last-in first-out") {
  HandleTable table;
  CHECK(table.add({kR, 10}).value() == 1);
  CHECK(table.add({kR, 20}).value() == 2);
  CHECK(table.add({kR, 30}).value() == 3);
  CHECK(table.remove(1, kR)->rep == 10);
  CHECK(table.remove(3, kR)->rep == 30);
  CHECK(table.add({kR, 40}).value() == 3);
  CHECK(table.add({kR, 50}).value() == 1);
  CHECK(table.live() == 3);
}

TEST_CASE("lift_own: wrong index, wrong type and lent handles trap") {
  HandleTable table;
  CHECK(table.get(0, kR).error().message.starts_with("unknown handle index 0,"));
  CHECK(table.get(1, kR).error().message.starts_with("unknown handle index 1,"));
  std::uint32_t index = table.add({kR, 7}).value();
  CHECK(table.get(index, kS).error().message.starts_with("handle index 1 used with the wrong type"));
  CHECK(table.lend(index, kR).value().rep == 7);
  CHECK(table.remove(index, kR).error().kind == abi::TrapKind::kHandleLent);
  table.give_back(index);
  CHECK(table.remove(index, kR).has_value());
  CHECK(table.remove(index, kR).error().message.starts_with("unknown handle index 1,"));
}

}  // namespace
}  // namespace witc::engine
