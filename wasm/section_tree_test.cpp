// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/section_tree.h"

#include <doctest/doctest.h>

#include "wasm/binary_writer.h"

namespace witc::wasm {
namespace {

BinaryWriter header(bool is_component) {
  BinaryWriter out;
  out.text(std::string_view("\0asm", 4)).u32_le(is_component ? 0x1000d : 1);
  return out;
}

std::string as_string(const BinaryWriter& out) { return {out.view().begin(), out.view().end()}; }

/// A component with a module that has two custom sections and a memory.
std::string sample() {
  BinaryWriter module = header(false);
  module.section(0, [](BinaryWriter& body) { body.name("keep").u8(1); });
  module.section(5, [](BinaryWriter& body) { body.u32(1).u8(0).u8(1); });
  module.section(0, [](BinaryWriter& body) { body.name("drop").u8(2).u8(3); });
  BinaryWriter out = header(true);
  out.section(1, [&](BinaryWriter& body) { body.bytes(module.view()); });
  out.section(0, [](BinaryWriter& body) { body.name("drop"); });
  return as_string(out);
}

TEST_CASE("sections are found at every depth") {
  SourceMap sources;
  SourceId source = sources.add("a.wasm", sample(), SourceKind::kBinary);
  Result<SectionTree> tree = read_section_tree(sources, source);
  REQUIRE(tree);
  CHECK(print_section_tree(*tree) ==
        "  module                                 |        0xa -       0x28 |        30 bytes | 1 count\n"
        "    ------ start module 0 -------------\n"
        "    custom \"keep\"                        |       0x19 -       0x1a |         1 bytes | 1 count\n"
        "    memories                             |       0x1c -       0x1f |         3 bytes | 1 count\n"
        "    custom \"drop\"                        |       0x26 -       0x28 |         2 bytes | 1 count\n"
        "    ------ end module 0 -------------\n"
        "  custom \"drop\"                          |       0x2f -       0x2f |         0 bytes | 1 count\n");
}

TEST_CASE("custom sections go, and nothing else") {
  SourceMap sources;
  SourceId source = sources.add("a.wasm", sample(), SourceKind::kBinary);
  Result<SectionTree> tree = read_section_tree(sources, source);
  REQUIRE(tree);
  auto same = without_customs(sources, source, *tree, [](std::string_view) { return false; });
  CHECK(std::string(same.begin(), same.end()) == sample());
  auto less = without_customs(sources, source, *tree, [](std::string_view name) { return name == "drop"; });
  CHECK(less.size() == sample().size() - 7 - 9);
}

TEST_CASE("what is cut short or nested too deep is refused") {
  for (std::size_t size = 0; size < sample().size(); ++size) {
    SourceMap sources;
    SourceId source = sources.add("a.wasm", sample().substr(0, size), SourceKind::kBinary);
    Result<SectionTree> tree = read_section_tree(sources, source);
    CHECK(tree.has_value() == (size == 8 || size == 0x28));  // no section is cut
  }
  std::string deep;
  for (int i = 0; i < 200; ++i) {
    BinaryWriter out = header(true);
    if (i > 0) out.section(4, [&](BinaryWriter& body) { body.text(deep); });
    deep = as_string(out);
  }
  SourceMap sources;
  SourceId source = sources.add("deep.wasm", deep, SourceKind::kBinary);
  Result<SectionTree> tree = read_section_tree(sources, source);
  REQUIRE(!tree);
  CHECK(tree.error()->code == DiagCode::kWasmLimit);
}

}  // namespace
}  // namespace witc::wasm
