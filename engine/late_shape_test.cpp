// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What codegen/late_shape.h does to the IR, and that it means the same.
#include "engine/testing.h"

namespace witc::engine {
namespace {

using namespace testing;

/// `address` computes an i32 from the parameters 0 and 1.
std::string module_of(const std::string& address) {
  return "(module (memory 1) (data (i32.const 0) \"\\01\\02\\03\\04\\05\\06\\07\\08\\09\\0a\\0b\\0c\")"
         " (func (export \"f\") (param i32 i32) (result i32) (i32.load8_u " + address + ")))";
}

TEST_CASE("a choice between neighbours in memory is a choice of addresses") {
  World world;
  world.options.keep_ir = true;
  InstanceId id = world.add_text(module_of("(i32.add (local.get 0) (select (i32.const 0) (i32.const 4) (local.get 1)))"));
  CompiledProgram code = world.compile();
  CHECK(code.ir().find("i32 0, i32 4") == std::string::npos);
  CHECK(code.ir().find("i32 4, i32 0") == std::string::npos);
  Instance instance = world.instantiate(code);
  CHECK(call(instance, id, "f", {2, 1}) == std::vector<std::uint64_t>{3});
  CHECK(call(instance, id, "f", {2, 0}) == std::vector<std::uint64_t>{7});
  CHECK(call(instance, id, "f", {0xfffffffe, 0}) == std::vector<std::uint64_t>{3});  // the sum wraps
  CHECK(trap_of(instance, id, "f", {0xfffffffe, 1}) == "out of bounds memory access");
}

TEST_CASE("a choice of two offsets, neither of them 0, stays as it is") {
  World world;
  InstanceId id = world.add_text(module_of("(i32.add (local.get 0) (select (i32.const 3) (i32.const 5) (local.get 1)))"));
  Instance instance = world.run();
  CHECK(call(instance, id, "f", {1, 1}) == std::vector<std::uint64_t>{5});
  CHECK(call(instance, id, "f", {1, 0}) == std::vector<std::uint64_t>{7});
}

}  // namespace
}  // namespace witc::engine
