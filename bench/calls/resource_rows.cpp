// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Handles: a component that defines a resource, one that it is passed to, and one that borrows it from that one.
#include <fmt/format.h>

#include "bench/calls/rows.h"

namespace witc::bench {
namespace {

constexpr const char* kLoop = R"(
        (loop $again
          {}
          (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const {}))) (local.get $n))))
        (local.get $x))";

/// The definer exports the resource, `make`, `take` and `give`, which keep it, and `look`, which borrows it. `alone`: a
/// loop of its own, run(n).
std::string definer(const std::string& alone) {
  return fmt::format(R"(
  (component $Definer
    (type $of_r (resource (rep i32)))
    (core func $new (canon resource.new $of_r))
    (core func $rep (canon resource.rep $of_r))
    (core func $drop (canon resource.drop $of_r))
    (core module $Main
      (import "r" "new" (func $new (param i32) (result i32)))
      (import "r" "rep" (func $rep (param i32) (result i32)))
      (import "r" "drop" (func $drop (param i32)))
      (global $kept (mut i32) (i32.const 0))
      (func (export "make") (result i32) (call $new (i32.const 42)))
      (func (export "take") (param $h i32) (global.set $kept (local.get $h)))
      (func (export "give") (result i32) (global.get $kept))
      (func (export "look") (param $rep i32) (result i32) (i32.add (local.get $rep) (i32.const 1)))
      (func (export "run") (param $n i32) (result i32) (local $x i32) (local $i i32) (local $h i32)
        {}))
    (core instance $main (instantiate $Main (with "r" (instance
      (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
    (export $r "r" (type $of_r))
    (func (export "make") (result (own $r)) (canon lift (core func $main "make")))
    (func (export "take") (param "h" (own $r)) (canon lift (core func $main "take")))
    (func (export "give") (result (own $r)) (canon lift (core func $main "give")))
    (func (export "look") (param "h" (borrow $r)) (result u32) (canon lift (core func $main "look")))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $main "run"))))
  (instance $definer (instantiate $Definer)))",
                     alone);
}

/// A loop inside the definer.
std::string alone(const std::string& before, const std::string& round) {
  return fmt::format("(component {}\n  (export \"run\" (func $definer \"run\")))",
                     definer(before + fmt::format(fmt::runtime(kLoop), round, 1)));
}

/// A caller that holds the resource in $h; the function `look` it has from the instance `looker`.
std::string called(const std::string& more, const char* looker, const std::string& round, int calls) {
  return fmt::format(R"((component {definer}{more}
  (component $Caller
    (import "r" (type $r (sub resource)))
    (import "make" (func $make (result (own $r))))
    (import "take" (func $take (param "h" (own $r))))
    (import "give" (func $give (result (own $r))))
    (import "look" (func $look (param "h" (borrow $r)) (result u32)))
    (core func $make (canon lower (func $make)))
    (core func $take (canon lower (func $take)))
    (core func $give (canon lower (func $give)))
    (core func $look (canon lower (func $look)))
    (core func $drop (canon resource.drop $r))
    (core module $Main
      (import "r" "make" (func $make (result i32)))
      (import "r" "take" (func $take (param i32)))
      (import "r" "give" (func $give (result i32)))
      (import "r" "look" (func $look (param i32) (result i32)))
      (import "r" "drop" (func $drop (param i32)))
      (func (export "run") (param $n i32) (result i32) (local $x i32) (local $i i32) (local $h i32)
        (local.set $h (call $make)) {loop}
        (call $drop (local.get $h))))
    (core instance $main (instantiate $Main (with "r" (instance (export "make" (func $make)) (export "take" (func $take))
      (export "give" (func $give)) (export "look" (func $look)) (export "drop" (func $drop))))))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $main "run"))))
  (instance $caller (instantiate $Caller (with "r" (type $definer "r")) (with "make" (func $definer "make"))
    (with "take" (func $definer "take")) (with "give" (func $definer "give")) (with "look" (func ${looker} "look"))))
  (export "run" (func $caller "run"))))",
                     fmt::arg("definer", definer("(local.get $x)")), fmt::arg("more", more), fmt::arg("looker", looker),
                     fmt::arg("loop", fmt::format(fmt::runtime(kLoop), round, calls)));
}

/// A component that borrows what it does not define: it gets a handle, which it drops.
constexpr const char* kBorrower = R"(
  (component $Borrower
    (import "r" (type $r (sub resource)))
    (core func $drop (canon resource.drop $r))
    (core module $Main
      (import "r" "drop" (func $drop (param i32)))
      (func (export "look") (param $h i32) (result i32) (call $drop (local.get $h)) (local.get $h)))
    (core instance $main (instantiate $Main (with "r" (instance (export "drop" (func $drop))))))
    (func (export "look") (param "h" (borrow $r)) (result u32) (canon lift (core func $main "look"))))
  (instance $borrower (instantiate $Borrower (with "r" (type $definer "r")))))";

}  // namespace

std::vector<Row> resource_rows() {
  const std::string look = "(local.set $x (i32.add (local.get $x) (call $look (local.get $h))))";
  const std::string pass =
      "(call $take (local.get $h)) (local.set $h (call $give)) (local.set $x (i32.add (local.get $x) (local.get $h)))";
  std::vector<Row> rows;
  auto add = [&](const char* name, std::string text) {
    rows.push_back(
        {.name = name, .text = std::move(text), .reference = ordinary_call(), .aim = Aim::kReference, .factor = 2});
  };
  add("resource.rep", alone("(local.set $h (call $new (i32.const 42)))",
                            "(local.set $x (i32.add (local.get $x) (call $rep (local.get $h))))"));
  add("own passed", called("", "definer", pass, 2));
  add("borrow passed to its definer", called("", "definer", look, 1));
  add("borrow passed to another", called(kBorrower, "borrower", look, 1));
  add("resource.new and drop", alone("", R"((local.set $h (call $new (local.get $i)))
          (local.set $x (i32.add (local.get $x) (local.get $h)))
          (call $drop (local.get $h)))"));
  return rows;
}

}  // namespace witc::bench
