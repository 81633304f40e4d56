// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Components from and to binary: what is read is written back, and hostile bytes are turned down.
#include <doctest/doctest.h>

#include "wasm/binary_writer.h"
#include "wasm/component/decode.h"
#include "wasm/component/encode.h"

namespace witc::component {
namespace {

using wasm::BinaryWriter;

void preamble(BinaryWriter& out) { out.u32_le(0x6d736100).u32_le(0x0001000d); }

struct Decoded {
  SourceMap sources;
  Result<ast::Component> component;
  explicit Decoded(std::vector<std::uint8_t> bytes) : component(decode(sources, bytes)) {}
  static Result<ast::Component> decode(SourceMap& sources, const std::vector<std::uint8_t>& bytes) {
    SourceId id = sources.add("test", std::string(bytes.begin(), bytes.end()), SourceKind::kBinary);
    return decode_component(sources, sources.whole(id));
  }
};

TEST_CASE("an empty component") {
  BinaryWriter out;
  preamble(out);
  Decoded decoded(out.take());
  REQUIRE(decoded.component);
  CHECK(decoded.component->definitions.empty());
}

TEST_CASE("sections and their division are kept") {
  BinaryWriter out;
  preamble(out);
  for (int i = 0; i < 2; ++i) {
    out.section(7, [](BinaryWriter& o) { o.u32(2).u8(0x7f).u8(0x40).u32(1).name("a").u8(0x00).u8(0x01).u8(0x00); });
  }
  out.section(10, [](BinaryWriter& o) { o.u32(1).u8(0x00).name("f").u8(0x01).u32(1); });
  out.section(8, [](BinaryWriter& o) { o.u32(1).u8(0x01).u8(0x00).u32(0).u32(2).u8(0x03).u32(0).u8(0x00); });
  out.section(0, [](BinaryWriter& o) { o.name("note").text("any"); });
  std::vector<std::uint8_t> bytes = out.take();
  Decoded decoded(bytes);
  REQUIRE(decoded.component);
  CHECK(decoded.component->definitions.size() == 7);
  CHECK(encode(*decoded.component) == bytes);
}

TEST_CASE("names of the component-name section") {
  ast::Component component;
  component.names.component = "c";
  component.names.entries.push_back({{Sort::kFunc, CoreSort::kFunc, 3}, "f"});
  component.names.entries.push_back({{Sort::kCore, CoreSort::kModule, 0}, "m"});
  Decoded decoded(encode(component));
  REQUIRE(decoded.component);
  CHECK(decoded.component->names.component == "c");
  REQUIRE(decoded.component->names.entries.size() == 2);
  CHECK(decoded.component->names.entries[0].name == "m");
  CHECK(decoded.component->names.entries[1].item.index == 3);
}

TEST_CASE("deep nesting is a diagnostic") {
  std::vector<std::uint8_t> bytes;
  for (int i = 0; i < 150; ++i) {
    BinaryWriter out;
    preamble(out);
    if (i > 0) out.section(4, [&](BinaryWriter& o) { o.bytes(bytes); });
    bytes = out.take();
  }
  Decoded decoded(bytes);
  REQUIRE_FALSE(decoded.component);
  CHECK(decoded.component.error()->code == DiagCode::kComponentLimit);

  BinaryWriter types;
  preamble(types);
  types.section(7, [](BinaryWriter& o) {
    o.u32(1);
    for (int i = 0; i < 100'000; ++i) o.u8(0x42).u32(1).u8(0x01);
  });
  Decoded nested(types.take());
  REQUIRE_FALSE(nested.component);
  CHECK(nested.component.error()->code == DiagCode::kComponentLimit);
}

TEST_CASE("truncated input is a diagnostic at every length") {
  BinaryWriter out;
  preamble(out);
  out.section(10, [](BinaryWriter& o) { o.u32(1).u8(0x02).name("a").u32(1).u8(0x00).name("a:b/c").u8(0x03).u8(0x01); });
  std::vector<std::uint8_t> bytes = out.take();
  REQUIRE(Decoded(bytes).component);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    if (size == 8) continue;  // an empty component
    CHECK_FALSE(Decoded({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)}).component);
  }
}

}  // namespace
}  // namespace witc::component
