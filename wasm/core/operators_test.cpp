// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/operators.h"

#include <doctest/doctest.h>

#include <limits>

using namespace witc;
using namespace witc::wasm;

namespace {

using Bytes = std::vector<std::uint8_t>;

/// As signed LEB128 of at least `size` bytes.
Bytes leb(std::int64_t value, std::size_t size = 1) {
  Bytes out;
  while (true) {
    const auto low = static_cast<std::uint8_t>(value & 0x7f);
    value >>= 7;
    const bool is_last = (value == 0 && (low & 0x40) == 0) || (value == -1 && (low & 0x40) != 0);
    if (is_last && out.size() + 1 >= size) {
      out.push_back(low);
      return out;
    }
    out.push_back(low | 0x80);
  }
}
Bytes expr(std::uint8_t op, const Bytes& number) {
  Bytes out = {op};
  out.insert(out.end(), number.begin(), number.end());
  out.push_back(0x0b);
  return out;
}

}  // namespace

TEST_CASE("a constant that is read the short way is what the operators say") {
  std::vector<std::int64_t> values = {0, 1, -1, 63, 64, -64, -65, 8191, 8192, -8192, std::numeric_limits<std::int32_t>::max(),
                                      std::numeric_limits<std::int32_t>::min()};
  for (int shift = 6; shift < 63; ++shift) values.insert(values.end(), {std::int64_t{1} << shift, -(std::int64_t{1} << shift)});
  std::size_t found = 0;
  for (const std::uint8_t op : {0x41, 0x42}) {
    for (const std::int64_t value : values) {
      if (op == 0x41 && value != static_cast<std::int32_t>(value)) continue;
      for (std::size_t size = 1; size <= 5; ++size) {
        Bytes bytes = expr(op, leb(value, size));
        const std::size_t whole = bytes.size();
        bytes.push_back(0x41);  // what follows is no part of it
        const auto number = read_int_const(bytes);
        if (!number) continue;
        ++found;
        CHECK(number->is_64 == (op == 0x42));
        CHECK(number->value == value);
        CHECK(number->size == whole);
        OperatorReader reader({}, Code{bytes, 0});
        const auto read = reader.next();
        REQUIRE(read);
        const std::uint64_t bits = (*read)->bits;
        if (op == 0x41) CHECK(static_cast<std::uint32_t>(bits) == static_cast<std::uint32_t>(value));
        else CHECK(bits == static_cast<std::uint64_t>(value));
      }
    }
  }
  CHECK(found > 300);
}

TEST_CASE("anything else is left to the operators") {
  for (const Bytes& bytes : std::initializer_list<Bytes>{
           {}, {0x41}, {0x41, 0x80}, {0x41, 0x01}, {0x41, 0x01, 0x41}, {0x43, 0, 0, 0, 0, 0x0b}, {0x23, 0x00, 0x0b},
           {0x41, 0x80, 0x80, 0x80, 0x80, 0x70, 0x0b}, {0x42, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x0b}}) {
    CHECK(!read_int_const(bytes));
  }
}
