// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Calls in which little is passed, and calls from and to the host.
#include <fmt/format.h>

#include "bench/calls/rows.h"

namespace witc::bench {
namespace {

/// Every round depends on the one before, and the callee counts its calls.
constexpr const char* kScalarCallee = R"(
    (global $count (mut i32) (i32.const 0))
    (func $callee (export "f") (param $x i32) (result i32)
      {}
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (global.get $count))))";
constexpr const char* kScalarRound = "(local.set $x (call $f (i32.add (local.get $x) (local.get $i))))";

Parts scalar(bool is_large) {
  std::string cold;
  if (is_large) {  // not executed but for one value in 2^32, and too long to be copied into a caller
    cold = "(if (i32.eq (local.get $x) (i32.const 0x9e3779b9)) (then\n";
    for (int i = 0; i < 120; ++i) {
      cold += fmt::format("      (i32.store (i32.const {}) (i32.mul (local.get $x) (i32.const {})))\n", 64 + 4 * i,
                          3 + 2 * i);
    }
    cold += "))";
  }
  return {.type = R"((param "x" u32) (result u32))",
          .lowered = "(param i32) (result i32)",
          .callee = fmt::format(kScalarCallee, cold),
          .round = kScalarRound};
}

/// record { a: u32, b: u64, c: u32 } → u32
const Parts kFlatRecord = {
    .types = {{"r", R"((record (field "a" u32) (field "b" u64) (field "c" u32)))"}},
    .type = R"((param "r" $r) (result u32))",
    .lowered = "(param i32 i64 i32) (result i32)",
    .callee = R"(
    (global $count (mut i32) (i32.const 0))
    (func $callee (export "f") (param $a i32) (param $b i64) (param $c i32) (result i32)
      (global.set $count (i32.add (global.get $count) (local.get $c)))
      (i32.add (i32.mul (local.get $a) (i32.const 1664525)) (i32.xor (global.get $count) (i32.wrap_i64 (local.get $b))))))",
    .round =
        R"((local.set $x (call $f (i32.add (local.get $x) (local.get $i)) (i64.extend_i32_u (local.get $x)) (local.get $i))))"};

/// variant { a(u32), b(u64), c } → u32, each case in turn
const Parts kVariant = {.types = {{"v", R"((variant (case "a" u32) (case "b" u64) (case "c")))"}},
                        .type = R"((param "v" $v) (result u32))",
                        .lowered = "(param i32 i64) (result i32)",
                        .callee = R"(
    (global $count (mut i32) (i32.const 0))
    (func $callee (export "f") (param $case i32) (param $payload i64) (result i32)
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (if (i32.eqz (local.get $case)) (then
        (return (i32.mul (i32.wrap_i64 (local.get $payload)) (i32.const 1664525)))))
      (if (i32.eq (local.get $case) (i32.const 1)) (then
        (return (i32.xor (i32.wrap_i64 (local.get $payload)) (global.get $count)))))
      (global.get $count)))",
                        .round = R"((local.set $x (call $f (i32.rem_u (local.get $i) (i32.const 3))
          (select (i64.const 0)
                  (i64.extend_i32_u (i32.add (local.get $x) (local.get $i)))
                  (i32.eq (i32.rem_u (local.get $i) (i32.const 3)) (i32.const 2))))))"};

/// option<u32>, result<u32, u64> → u32
const Parts kOptionResult = {.type = R"((param "o" (option u32)) (param "r" (result u32 (error u64))) (result u32))",
                             .lowered = "(param i32 i32 i32 i64) (result i32)",
                             .callee = R"(
    (global $count (mut i32) (i32.const 0))
    (func $callee (export "f") (param $some i32) (param $o i32) (param $error i32) (param $r i64) (result i32)
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (i32.add (i32.mul (select (local.get $o) (global.get $count) (local.get $some)) (i32.const 1664525))
               (select (i32.wrap_i64 (i64.shr_u (local.get $r) (i64.const 7))) (i32.wrap_i64 (local.get $r)) (local.get $error)))))",
                             .round = R"((local.set $x (call $f
          (i32.and (local.get $i) (i32.const 1))
          (select (local.get $x) (i32.const 0) (i32.and (local.get $i) (i32.const 1)))
          (i32.and (i32.shr_u (local.get $i) (i32.const 1)) (i32.const 1))
          (i64.extend_i32_u (local.get $x)))))"};

/// u32 → record { a: u32, b: u32, c: u64 }
const Parts kRecordResult = {.types = {{"r", R"((record (field "a" u32) (field "b" u32) (field "c" u64)))"}},
                             .type = R"((param "x" u32) (result $r))",
                             .lowered = "(param i32 i32)",
                             .callee = R"(
    (global $count (mut i32) (i32.const 0))
    (func $callee (export "f") (param $x i32) (result i32)
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (i32.store (i32.const 64) (i32.mul (local.get $x) (i32.const 1664525)))
      (i32.store (i32.const 68) (global.get $count))
      (i64.store (i32.const 72) (i64.extend_i32_u (local.get $x)))
      (i32.const 64)))",
                             .round = R"((call $f (i32.add (local.get $x) (local.get $i)) (i32.const 128))
        (local.set $x (i32.add (i32.load (i32.const 128)) (i32.add (i32.load (i32.const 132)) (i32.wrap_i64 (i64.load (i32.const 136)))))))"};
constexpr const char* kRecordResultInside =
    R"((local.set $p (call $f (i32.add (local.get $x) (local.get $i))))
        (local.set $x (i32.add (i32.load (local.get $p)) (i32.add (i32.load offset=4 (local.get $p)) (i32.wrap_i64 (i64.load offset=8 (local.get $p)))))))";

/// 18 parameters, through memory on both sides.
Parts spilled() {
  Parts parts{.lowered = "(param i32) (result i32)"};
  std::string loads = "(i32.const 0)";
  for (int i = 0; i < 18; ++i) {
    parts.type += fmt::format("(param \"p{}\" u32) ", i);
    parts.round +=
        fmt::format("(i32.store (i32.const {}) (i32.add (local.get $x) (i32.const {})))\n        ", 128 + 4 * i, i);
    loads = fmt::format("(i32.xor (i32.load offset={} (local.get $p)) {})", 4 * i, loads);
  }
  parts.type += "(result u32)";
  parts.round += "(local.set $x (i32.add (local.get $i) (call $f (i32.const 128))))";
  parts.callee = fmt::format(R"(
    (global $count (mut i32) (i32.const 0))
    (func $callee (export "f") (param $p i32) (result i32)
      (global.set $next (i32.const 0x100000))
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (i32.add (global.get $count) {})))",
                             loads);
  return parts;
}

/// 16 bytes at kSource.
Parts sixteen_bytes(const char* type) {
  return {
      .type = fmt::format(R"((param "s" {}) (result u32))", type),
      .lowered = "(param i32 i32) (result i32)",
      .callee = R"(
    (func $callee (export "f") (param $p i32) (param $n i32) (result i32)
      (global.set $next (i32.const 0x100000))
      (i32.add (local.get $n) (i32.load8_u offset=7 (local.get $p)))))",
      .caller = fmt::format("(data (i32.const {}) \"sixteen bytes...\")", kSource),
      .round = fmt::format("(local.set $x (i32.add (local.get $x) (call $f (i32.const {}) (i32.const 16))))", kSource)};
}

Row reference_row(const char* name, const Parts& parts, double factor) {
  return {.name = name,
          .text = compose(parts),
          .reference = inside_one_module(parts),
          .aim = Aim::kReference,
          .factor = factor};
}

/// A component whose `f` the host calls.
Row into(const char* name, const char* type, const char* core_params, HostCall kind) {
  return {.name = name,
          .text = fmt::format(R"((component
  (core module $Main {}
    (func (export "f") {} (result i32)
      (global.set $next (i32.const 0x100000))
      (i32.add (local.get 0) (i32.const 1))))
  (core instance $main (instantiate $Main))
  (func (export "f") (param "x" {}) (result u32) (canon lift (core func $main "f") (memory $main "memory")
    (realloc (func $main "realloc"))))))",
                              kMemory, core_params, type),
          .aim = Aim::kPeer,
          .factor = 0.5,
          .host = kind};
}

/// A component whose `run` calls the host's `f`.
Row out(const char* name, const char* type, const char* core_params, const char* args, HostCall kind) {
  return {.name = name,
          .text = fmt::format(R"((component
  (import "f" (func $f (param "x" {}) (result u32)))
  (core module $Memory {})
  (core instance $memory (instantiate $Memory))
  (core func $f (canon lower (func $f) (memory $memory "memory")))
  (core module $Main
    (import "memory" "memory" (memory 128))
    (import "host" "f" (func $f {} (result i32)))
    (data (i32.const 64) "sixteen bytes...")
    (func (export "run") (param $n i32) (result i32) (local $x i32) (local $i i32)
      (loop $again
        (local.set $x (i32.add (local.get $x) (call $f {})))
        (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
      (local.get $x)))
  (core instance $main (instantiate $Main
    (with "memory" (instance $memory)) (with "host" (instance (export "f" (func $f))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $main "run")))))",
                              type, kMemory, core_params, args),
          .aim = Aim::kPeer,
          .factor = 0.5,
          .host = kind};
}

}  // namespace

std::string ordinary_call() { return inside_one_module(scalar(true)); }

std::vector<Row> small_rows() {
  std::vector<Row> rows;
  rows.push_back(reference_row("scalar", scalar(false), 1.05));
  rows.push_back(reference_row("scalar, too large to inline", scalar(true), 1.05));
  rows.push_back(reference_row("flat record", kFlatRecord, 1.05));
  rows.push_back(reference_row("variant", kVariant, 1.05));
  rows.push_back(reference_row("option and result", kOptionResult, 1.05));
  Row record = reference_row("record result through memory", kRecordResult, 3);
  Parts inside = kRecordResult;
  inside.round = kRecordResultInside;
  record.reference = inside_one_module(inside);
  rows.push_back(record);
  rows.push_back(reference_row("18 parameters, spilled", spilled(), 3));
  for (const auto& [name, type] :
       {std::pair{"list<u8>, 16 bytes", "(list u8)"}, std::pair{"string, 16 bytes", "string"}}) {
    rows.push_back({.name = name, .text = compose(sixteen_bytes(type)), .bytes = 16, .aim = Aim::kPeer, .factor = 0.4});
  }
  rows.push_back(into("host to component, scalar", "u32", "(param i32)", HostCall::kIntoScalar));
  rows.push_back(into("host to component, string", "string", "(param i32 i32)", HostCall::kIntoString));
  rows.push_back(out("component to host, scalar", "u32", "(param i32)", "(local.get $i)", HostCall::kOutScalar));
  rows.push_back(out("component to host, string", "string", "(param i32 i32)", "(i32.const 64) (i32.const 16)",
                     HostCall::kOutString));
  return rows;
}

}  // namespace witc::bench
