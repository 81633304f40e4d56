// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "base/own_library.h"

#include <doctest/doctest.h>

namespace witc {
namespace {

struct Small {
  char bytes[8];
};
struct Large {
  char bytes[9];
};

TEST_CASE("the number of an interface: version, sizes and their order") {
  CHECK(interface_number<Small, Large>("1") == interface_number<Small, Large>("1"));
  CHECK(interface_number<Small, Large>("1") != interface_number<Small, Large>("2"));
  CHECK(interface_number<Small, Large>("1") != interface_number<Large, Small>("1"));
  CHECK(interface_number<Small>("1") != interface_number<Large>("1"));
}

// (That one of another build is refused, and one that is there opened: tests/cli/warm-start.test.)
TEST_CASE("a library that is not there") {
  const OwnLibrary library{.what = "the thing", .name = "libwitc-thing.so", .function = "witc_thing"};
  CHECK(file_of(library).empty());
  const Result<const void*> opened = open_own_library(library);
  REQUIRE(!opened.has_value());
  CHECK(opened.error()->message.starts_with("cannot load the thing: there is no `libwitc-thing.so` in `/"));
}

}  // namespace
}  // namespace witc
