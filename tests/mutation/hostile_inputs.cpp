// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/mutation/hostile_inputs.h"

#include <fmt/format.h>

#include "wasm/binary_writer.h"

namespace witc {
namespace {

using wasm::BinaryWriter;

std::string repeated(std::string_view piece, std::size_t count) {
  std::string out;
  out.reserve(piece.size() * count);
  for (std::size_t i = 0; i < count; ++i) out += piece;
  return out;
}

/// A module of the sections that `fill` writes.
template <class Fill>
std::string module(Fill&& fill) {
  BinaryWriter out;
  out.text(std::string_view("\0asm", 4)).u32_le(1);
  fill(out);
  return {out.view().begin(), out.view().end()};
}

std::string_view bytes(const char* raw, std::size_t size) { return {raw, size}; }

/// A vector section of `count` equal items.
void items(BinaryWriter& out, std::uint8_t id, std::size_t count, std::string_view item) {
  out.section(id, [&](BinaryWriter& body) { body.u32(static_cast<std::uint32_t>(count)).text(repeated(item, count)); });
}

/// One function of type 0, `() -> ()`, with this body before its `end`.
std::string with_body(std::string_view code) {
  return module([&](BinaryWriter& out) {
    items(out, 1, 1, bytes("\x60\0\0", 3));
    items(out, 3, 1, bytes("\0", 1));
    out.section(10, [&](BinaryWriter& body) {
      body.u32(1).sized([&](BinaryWriter& func) { func.u32(0).text(code).u8(0x0b); });
    });
  });
}

void add_counts(std::vector<HostileInput>& out) {
  // A count that the section does not hold, in each section that has one.
  for (std::uint8_t id = 1; id <= 13; ++id) {
    for (std::uint32_t count : {1'000U, 1'000'000U, 0xffff'ffffU}) {
      out.push_back({fmt::format("section {} claims {}", id, count), module([&](BinaryWriter& to) {
                       to.section(id, [&](BinaryWriter& body) { body.u32(count).text(bytes("\0\0\0", 3)); });
                     })});
    }
  }
  out.push_back({"a function with 2^32-1 locals", with_body("")});
  out.back().contents = module([](BinaryWriter& to) {
    items(to, 1, 1, bytes("\x60\0\0", 3));
    items(to, 3, 1, bytes("\0", 1));
    to.section(10, [](BinaryWriter& body) {
      body.u32(1).sized([](BinaryWriter& func) { func.u32(1).u32(0xffff'ffff).u8(0x7f).u8(0x0b); });
    });
  });
  out.push_back({"br_table of 2^32-1 labels", with_body(bytes("\x41\0\x0e\xff\xff\xff\xff\x0f\0", 9))});
}

void add_many(std::vector<HostileInput>& out, std::size_t scale) {
  out.push_back({"many types", module([&](BinaryWriter& to) { items(to, 1, scale, bytes("\x60\0\0", 3)); })});
  out.push_back({"many structs", module([&](BinaryWriter& to) { items(to, 1, scale, bytes("\x5f\0", 2)); })});
  out.push_back({"many recursion groups", module([&](BinaryWriter& to) { items(to, 1, scale, bytes("\x4e\0", 2)); })});
  out.push_back({"many imports", module([&](BinaryWriter& to) {
                   items(to, 1, 1, bytes("\x60\0\0", 3));
                   items(to, 2, scale, bytes("\0\0\0\0", 4));
                 })});
  for (std::uint8_t form : {0x7f, 0x7e}) {
    out.push_back({fmt::format("many imports in a group of form {:#x}", form), module([&](BinaryWriter& to) {
                     items(to, 1, 1, bytes("\x60\0\0", 3));
                     to.section(2, [&](BinaryWriter& body) {
                       body.u32(1).name(repeated("m", scale)).name("").u8(form);
                       if (form == 0x7e) body.u8(0).u8(0);
                       body.u32(static_cast<std::uint32_t>(scale));
                       body.text(form == 0x7e ? repeated(bytes("\0", 1), scale) : repeated(bytes("\0\0\0", 3), scale));
                     });
                   })});
  }
  out.push_back({"many functions", module([&](BinaryWriter& to) {
                   items(to, 1, 1, bytes("\x60\0\0", 3));
                   items(to, 3, scale, bytes("\0", 1));
                   items(to, 10, scale, bytes("\x02\0\x0b", 3));
                 })});
  out.push_back({"many functions without code", module([&](BinaryWriter& to) {
                   items(to, 1, 1, bytes("\x60\0\0", 3));
                   items(to, 3, scale, bytes("\0", 1));
                 })});
  out.push_back({"many globals", module([&](BinaryWriter& to) { items(to, 6, scale, bytes("\x7f\0\x41\0\x0b", 5)); })});
  out.push_back({"many element segments", module([&](BinaryWriter& to) { items(to, 9, scale, bytes("\x01\0\0", 3)); })});
  out.push_back({"many element expressions", module([&](BinaryWriter& to) {
                   to.section(9, [&](BinaryWriter& body) {
                     body.u32(1).u8(5).u8(0x70).u32(static_cast<std::uint32_t>(scale));
                     body.text(repeated(bytes("\xd0\x70\x0b", 3), scale));
                   });
                 })});
  out.push_back({"many data segments", module([&](BinaryWriter& to) { items(to, 11, scale, bytes("\x01\0", 2)); })});
  out.push_back({"many custom sections",
                 module([&](BinaryWriter& to) { to.text(repeated(bytes("\0\x01\0", 3), scale)); })});
  out.push_back({"many names", module([&](BinaryWriter& to) {
                   to.section(0, [&](BinaryWriter& body) {
                     body.name("name").section(1, [&](BinaryWriter& names) {
                       names.u32(static_cast<std::uint32_t>(scale));
                       for (std::size_t i = 0; i < scale; ++i) names.u32(static_cast<std::uint32_t>(i)).name("");
                     });
                   });
                 })});
}

void add_code(std::vector<HostileInput>& out, std::size_t scale) {
  out.push_back({"deep blocks", with_body(repeated(bytes("\x02\x40", 2), scale) + repeated("\x0b", scale))});
  out.push_back({"deep blocks, never ended", with_body(repeated(bytes("\x02\x40", 2), scale))});
  out.push_back({"many handlers", with_body(std::string(bytes("\xe3\0\xff\xff\x03", 5)) + repeated(bytes("\x01\0", 2), scale))});
  out.push_back({"deep branches", with_body(repeated(bytes("\x02\x40", 2), scale) + repeated(bytes("\x0c\x05", 2), scale) +
                                            repeated("\x0b", scale))});
  out.push_back({"a high stack", with_body(repeated(bytes("\x41\0", 2), scale) + repeated("\x1a", scale))});
  out.push_back({"an empty stack", with_body("\x41" + repeated(bytes("\0\x6a\x41", 3), scale) + std::string(1, 0))});
}

void add_text(std::vector<HostileInput>& out, std::size_t scale) {
  auto text = [&](std::string name, std::string contents) {
    out.push_back({std::move(name), std::move(contents), SourceKind::kText});
  };
  text("open parentheses", repeated("(", scale));
  text("open modules", repeated("(module", scale));
  text("open comments", repeated("(;", scale));
  text("open annotations", repeated("(@a", scale));
  text("a long string", "(module (data \"" + repeated("\\00", scale) + "\"))");
  text("a long identifier", "(func $" + repeated("a", scale) + ")");
  text("deep folding", "(func " + repeated("(drop ", scale) + repeated(")", scale) + ")");
  text("deep folding, never closed", "(func " + repeated("(nop", scale));
  text("deep blocks", "(func " + repeated("(block ", scale) + repeated(")", scale) + ")");
  text("deep ifs", "(func " + repeated("(if (then ", scale) + repeated("))", scale) + ")");
  std::string labels = "(func ";
  for (std::size_t i = 0; i < scale; ++i) labels += fmt::format("block $l{} ", i);
  text("far labels", labels + repeated("br $l0 ", scale) + repeated("end ", scale) + ")");
  text("one label for all", "(func " + repeated("block $l ", scale) + repeated("br $l ", scale) + repeated("end ", scale) + ")");
  std::string functions;
  for (std::size_t i = 0; i < scale; ++i) functions += fmt::format("(func $f{})", i);
  text("named functions", functions);
  text("many functions", repeated("(func)", scale));
  text("many items of an import", "(import \"" + repeated("m", scale) + "\" " + repeated("(item \"\")", scale) + "(func))");
  text("deep shared types", "(type " + repeated("(shared ", scale) + repeated(")", scale) + ")");
  text("many types", repeated("(type (func))", scale));
  text("many locals", "(func (local " + repeated("i32 ", scale) + "))");
  text("many empty groups", "(type (struct " + repeated("(field)", scale) + "))");
  text("a deep type", repeated("(type (sub 0 (struct))) ", scale));
}

}  // namespace

std::vector<HostileInput> hostile_inputs(std::size_t scale) {
  std::vector<HostileInput> out;
  add_counts(out);
  add_many(out, scale);
  add_code(out, scale);
  add_text(out, scale);
  return out;
}

}  // namespace witc
