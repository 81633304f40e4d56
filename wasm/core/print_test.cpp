// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/print.h"

#include <doctest/doctest.h>

#include <bit>

#include "wasm/core/builder.h"

namespace witc::wasm {
namespace {

TEST_CASE("a module prints with its names") {
  const ValType i32 = ValType::i32();
  ModuleBuilder module;
  module.name("adapter");
  MemoryIndex from = module.import_memory("from", "memory", {.limits = {.min = 1}}, "from");
  MemoryIndex to = module.import_memory("to", "memory", {}, "to");
  FuncIndex copy = module.declare_func({{i32, i32}, {i32}}, "copy");
  {
    FunctionBuilder f = module.define(copy);
    LocalIndex length = f.local(i32, "length");
    {
      Block done = f.block();
      f.local_get(length).br_if(done);
      f.local_get(f.param(0)).local_get(f.param(1)).local_get(length).memory_copy(to, from);
    }
    f.local_get(f.param(0)).i32_load8_u({.memory = to, .offset = 4});
  }
  module.export_("copy", copy);
  Result<std::string> text = print_module(std::move(module).build());
  REQUIRE(text.has_value());
  CHECK(*text == R"((module $adapter
  (type (;0;) (func (param i32 i32) (result i32)))
  (import "from" "memory" (memory $from (;0;) 1))
  (import "to" "memory" (memory $to (;1;) 0))
  (export "copy" (func $copy))
  (func $copy (;0;) (type 0) (param i32 i32) (result i32)
    (local $length i32)
    block ;; label = @1
      local.get $length
      br_if 0 (;@1;)
      local.get 0
      local.get 1
      local.get $length
      memory.copy $to $from
    end
    local.get 0
    i32.load8_u $to offset=4
  )
))");
}

TEST_CASE("floats print exactly") {
  CHECK(float_text(std::bit_cast<std::uint32_t>(1.5F)) == "0x1.8p+0");
  CHECK(float_text(std::uint32_t{1}) == "0x1.p-149");
  CHECK(float_text(std::uint32_t{0x80000000}) == "-0x0p+0");
  CHECK(float_text(std::uint32_t{0x7fc00000}) == "nan");
  CHECK(float_text(std::uint32_t{0xffa00000}) == "-nan:0x200000");
  CHECK(float_text(std::bit_cast<std::uint64_t>(0.1)) == "0x1.999999999999ap-4");
}

TEST_CASE("identifiers and strings are quoted where they must be") {
  CHECK(to_identifier("a.b") == "$a.b");
  CHECK(to_identifier("a b") == "$\"a b\"");
  CHECK(quote_name("x\u20ac\"") == "\"x\\u{20ac}\\u{22}\"");
  const std::uint8_t bytes[] = {0x41, 0x00, 0xff};
  CHECK(quote_bytes(bytes) == "\"A\\00\\ff\"");
}

}  // namespace
}  // namespace witc::wasm
