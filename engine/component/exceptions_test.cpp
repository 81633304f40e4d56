// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// No exception leaves a component (definitions.py, `call_and_trap_on_throw`): wherever the canonical ABI calls core code,
// what it throws is a trap, and a `catch_all` of the caller does not see it.
#include <fmt/format.h>

#include "engine/component/testing.h"

namespace witc::engine::testing {
namespace {

constexpr std::string_view kLeft = "uncaught exception propagated out of component";

/// $B calls `f`, which $A exports, inside a `try_table` that catches everything.
std::string calling(std::string_view a, std::string_view type, std::string_view core_type, std::string_view args) {
  return fmt::format(R"((component
    (component $A {0})
    (component $B
      (import "f" (func $f {1}))
      (core module $Libc (memory (export "memory") 1))
      (core instance $libc (instantiate $Libc))
      (core func $f' (canon lower (func $f) (memory $libc "memory")))
      (core module $M
        (import "" "f" (func $f {2}))
        (func (export "run") (result i32)
          (block $caught
            (try_table (catch_all $caught) (call $f {3}))
            (return (i32.const 1)))
          (i32.const 2)))
      (core instance $m (instantiate $M (with "" (instance (export "f" (func $f'))))))
      (func (export "run") (result u32) (canon lift (core func $m "run"))))
    (instance $a (instantiate $A))
    (instance $b (instantiate $B (with "f" (func $a "f"))))
    (export "run" (func $b "run"))
    (export "f" (func $a "f"))))",
                     a, type, core_type, args);
}

TEST_CASE("an exception out of a component's function is a trap") {
  const std::string text = calling(R"(
    (core module $M (tag $t) (func (export "f") (throw $t)))
    (core instance $m (instantiate $M))
    (func (export "f") (canon lift (core func $m "f"))))",
                                   "", "", "");
  CHECK(ComponentWorld(text).trap_of("run") == kLeft);
  CHECK(ComponentWorld(text).trap_of("f").starts_with("uncaught exception"));
}

TEST_CASE("an exception that stays inside a component is its own affair") {
  const std::string text = calling(R"(
    (core module $M (tag $t) (func $g (throw $t))
      (func (export "f") (block $on (try_table (catch_all $on) (call $g)))))
    (core instance $m (instantiate $M))
    (func (export "f") (canon lift (core func $m "f"))))",
                                   "", "", "");
  CHECK(ComponentWorld(text).call("run") == abi::Val::unsigned_(1));
}

TEST_CASE("exceptions out of realloc and post-return are traps") {
  CHECK(ComponentWorld(calling(R"(
    (core module $M (tag $t) (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (throw $t))
      (func (export "f") (param i32 i32)))
    (core instance $m (instantiate $M))
    (func (export "f") (param "s" string)
      (canon lift (core func $m "f") (memory $m "memory") (realloc (func $m "realloc")))))",
                               R"((param "s" string))", "(param i32 i32)", "(i32.const 0) (i32.const 5)"))
            .trap_of("run") == kLeft);
  CHECK(ComponentWorld(calling(R"(
    (core module $M (tag $t) (func (export "f")) (func (export "post") (throw $t)))
    (core instance $m (instantiate $M))
    (func (export "f") (canon lift (core func $m "f") (post-return (func $m "post")))))",
                               "", "", ""))
            .trap_of("run") == kLeft);
}

TEST_CASE("an exception out of a destructor is a trap") {
  constexpr std::string_view kText = R"((component
    (component $A
      (core module $D (tag $t) (func (export "dtor") (param i32) (throw $t)))
      (core instance $d (instantiate $D))
      (type $t (resource (rep i32) (dtor (func $d "dtor"))))
      (core func $new (canon resource.new $t))
      (core module $M (import "" "new" (func $new (param i32) (result i32)))
        (func (export "make") (result i32) (call $new (i32.const 0))))
      (core instance $m (instantiate $M (with "" (instance (export "new" (func $new))))))
      (export $t' "t" (type $t))
      (func (export "make") (result (own $t')) (canon lift (core func $m "make"))))
    (component $B
      (import "a" (instance $a (export "t" (type $t (sub resource))) (export "make" (func (result (own $t))))))
      (alias export $a "t" (type $t))
      (core func $make (canon lower (func $a "make")))
      (core func $drop (canon resource.drop $t))
      (core module $M
        (import "" "make" (func $make (result i32)))
        (import "" "drop" (func $drop (param i32)))
        (tag $own)
        (func (export "run") (result i32)
          (block $caught
            (try_table (catch_all $caught) (call $drop (call $make)))
            (return (i32.const 1)))
          (i32.const 2)))
      (core instance $m (instantiate $M (with "" (instance (export "make" (func $make)) (export "drop" (func $drop))))))
      (func (export "run") (result u32) (canon lift (core func $m "run"))))
    (instance $a (instantiate $A))
    (instance $b (instantiate $B (with "a" (instance $a))))
    (export "run" (func $b "run"))))";
  CHECK(ComponentWorld(kText).trap_of("run").starts_with("uncaught exception"));
}

}  // namespace
}  // namespace witc::engine::testing
