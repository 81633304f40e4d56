// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/growth/generator.h"

#include <fmt/format.h>

namespace witc::growth {
namespace {

constexpr std::string_view kType = R"((param "x" u32) (result u32))";

/// Functions that LLVM cannot fold: each stirs a number in a loop.
std::string work(std::size_t functions, std::size_t seed) {
  std::string text;
  for (std::size_t i = 0; i < functions; ++i) {
    text += fmt::format(R"((func $w{} (param i32) (result i32) (local i32) (local.set 1 (i32.const {}))
      (loop $again (local.set 0 (i32.rotl (i32.xor (i32.mul (local.get 0) (i32.const {})) (local.get 1)) (i32.const 7)))
        (br_if $again (i32.gt_s (local.tee 1 (i32.sub (local.get 1) (i32.const 1))) (i32.const 0))))
      (i32.add (local.get 0) (i32.const 1))))",
                        i, i + 3, 2654435761U + seed * 64 + i);
  }
  return text;
}

std::string calls(std::size_t functions) {
  std::string text;
  for (std::size_t i = 0; i < functions; ++i) text += fmt::format("(local.set 0 (call $w{} (local.get 0)))", i);
  return text;
}

/// `before`: the module calls the imported `f`. 0 goes through all links as it is, and traps in the last.
std::string component(const Composition& composition, std::string_view name, std::size_t seed, bool before,
                      std::string_view inner = {}) {
  std::string text = fmt::format("(component {}\n", name);
  if (!inner.empty()) text += inner;
  else if (before) text += fmt::format("(import \"f\" (func $before {}))\n", kType);
  text += "(core module $m ";
  if (before) text += R"((import "" "f" (func $before (param i32) (result i32))))";
  text += "(memory 1)" + work(composition.functions, seed);
  text += R"((func $f (export "f") (param i32) (result i32) (if (local.get 0) (then )" + calls(composition.functions);
  text += before ? "))" : ") (else (drop (call $w0 (local.get 0))) (unreachable)))";
  text += before ? "(i32.add (call $before (local.get 0)) (i32.const 1))))\n" : "(i32.add (local.get 0) (i32.const 1))))\n";
  if (before) {
    text += R"((core func $lowered (canon lower (func $before)))
      (core instance $i (instantiate $m (with "" (instance (export "f" (func $lowered)))))))";
  } else {
    text += "(core instance $i (instantiate $m))";
  }
  return text + fmt::format("\n(func (export \"f\") {} (canon lift (core func $i \"f\"))))\n", kType);
}

std::string chain(const Composition& composition) {
  std::string text = "(component\n" + component(composition, "$leaf", 0, false);
  const bool is_one = composition.shape == Shape::kChain;
  if (is_one) text += component(composition, "$link", 1, true);
  text += "(instance $i0 (instantiate $leaf))\n";
  for (std::size_t i = 1; i < composition.links; ++i) {
    const std::string name = is_one ? "$link" : fmt::format("$link{}", i);
    if (!is_one) text += component(composition, name, composition.shape == Shape::kDistinct ? i : 1, true);
    text += fmt::format("(instance $i{} (instantiate {} (with \"f\" (func $i{} \"f\"))))\n", i, name, i - 1);
  }
  return text + fmt::format("(export \"f\" (func $i{} \"f\")))\n", composition.links - 1);
}

std::string fan(const Composition& composition) {
  std::string text = "(component\n" + component(composition, "$leaf", 0, false);
  std::string imports, lowered, given, core_imports, sum = "(i32.const 0)", with;
  for (std::size_t i = 1; i < composition.links; ++i) {
    text += fmt::format("(instance $i{} (instantiate $leaf))\n", i);
    imports += fmt::format("(import \"f{}\" (func $f{} {}))\n", i, i, kType);
    lowered += fmt::format("(core func $l{} (canon lower (func $f{})))\n", i, i);
    given += fmt::format("(export \"f{}\" (func $l{}))\n", i, i);
    core_imports += fmt::format("(import \"\" \"f{}\" (func $f{} (param i32) (result i32)))\n", i, i);
    sum += fmt::format("(call $f{} (local.get 0)) i32.add\n", i);
    with += fmt::format("(with \"f{}\" (func $i{} \"f\"))\n", i, i);
  }
  text += "(component $main " + imports + lowered + "(core module $m " + core_imports +
          R"((func (export "f") (param i32) (result i32) )" + sum + "))\n" +
          "(core instance $i (instantiate $m (with \"\" (instance " + given + "))))\n" +
          fmt::format("(func (export \"f\") {} (canon lift (core func $i \"f\"))))\n", kType);
  return text + "(instance $main (instantiate $main " + with + "))\n(export \"f\" (func $main \"f\")))\n";
}

std::string nested(const Composition& composition) {
  std::string text = component(composition, "$inner", 0, false);
  for (std::size_t i = 1; i < composition.links; ++i) {
    text = component(composition, i + 1 < composition.links ? "$inner" : "", 1, true,
                     text + "(instance $before (instantiate $inner)) (alias export $before \"f\" (func $before))\n");
  }
  return text;
}

}  // namespace

std::string compose_text(const Composition& composition) {
  if (composition.shape == Shape::kFan) return fan(composition);
  if (composition.shape == Shape::kNested) return nested(composition);
  return chain(composition);
}

}  // namespace witc::growth
