// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <doctest/doctest.h>

#include <limits>

#include "wasm/binary_reader.h"
#include "wasm/binary_writer.h"

namespace witc::wasm {
namespace {

BinaryReader reader(std::span<const std::uint8_t> bytes) { return {SourceId(0), bytes, 0}; }

TEST_CASE("integers come back") {
  for (std::int64_t value : {std::int64_t{0}, std::int64_t{63}, std::int64_t{64}, std::int64_t{-64}, std::int64_t{-65},
                             std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    BinaryWriter out;
    out.s64(value).u64(static_cast<std::uint64_t>(value));
    BinaryReader in = reader(out.view());
    CHECK(in.s64().value() == value);
    CHECK(in.u64().value() == static_cast<std::uint64_t>(value));
    CHECK(in.at_end());
  }
}

TEST_CASE("integers are bounded") {
  std::vector<std::uint8_t> long_form{0x80, 0x80, 0x80, 0x80, 0x80, 0x00};
  CHECK(reader(long_form).u32().error()->message == "integer representation too long");
  std::vector<std::uint8_t> large{0xff, 0xff, 0xff, 0xff, 0x1f};
  CHECK(reader(large).u32().error()->message == "integer too large");
  CHECK(reader(large).s32().error()->message == "integer too large");
  std::vector<std::uint8_t> minus_one{0xff, 0xff, 0xff, 0xff, 0x7f};
  CHECK(reader(minus_one).s32().value() == -1);
  std::vector<std::uint8_t> cut{0xff, 0xff};
  CHECK(reader(cut).s64().error()->message == "unexpected end");
}

TEST_CASE("names are UTF-8 and counts are bounded by the input") {
  std::vector<std::uint8_t> overlong{2, 0xc0, 0x80};
  CHECK(reader(overlong).name().error()->message == "malformed UTF-8 encoding");
  std::vector<std::uint8_t> huge{0xff, 0xff, 0xff, 0xff, 0x0f};
  CHECK(reader(huge).count(1000, "functions").error()->message == "length out of bounds");
}

}  // namespace
}  // namespace witc::wasm
