// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "bench/calls/rows.h"

namespace witc::bench {

const char* const kMemory = R"(
    (memory $memory (export "memory") 128)
    (global $next (mut i32) (i32.const 0x100000))
    (global $last (mut i32) (i32.const 0))
    ;; What was allocated last grows and shrinks where it is.
    (func $realloc (export "realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (if (local.get $old) (then
        (if (i32.eq (local.get $old) (global.get $last)) (then
          (global.set $next (i32.add (local.get $old) (local.get $size)))
          (return (local.get $old))))))
      (local.set $at (i32.and (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
                              (i32.sub (i32.const 0) (local.get $align))))
      (global.set $next (i32.add (local.get $at) (local.get $size)))
      (global.set $last (local.get $at))
      (if (local.get $old) (then (memory.copy (local.get $at) (local.get $old) (local.get $old_size))))
      (local.get $at)))";

namespace {

constexpr const char* kLoop = R"(
    (func (export "run") (param $n i32) (result i32) (local $x i32) (local $i i32) (local $p i32)
      (loop $again
        {}
        (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
      (local.get $x)))";

std::string loop(const std::string& round) { return fmt::format(kLoop, round); }

/// `(func $callee` → `(func $f`: within one module they are one.
std::string as_f(std::string text) {
  for (std::size_t at = text.find("$callee"); at != std::string::npos; at = text.find("$callee", at)) {
    text.replace(at, 7, "$f");
  }
  return text;
}

}  // namespace

std::string compose(const Parts& parts) {
  std::string callee_types, caller_types, with;
  for (const Parts::Type& type : parts.types) {
    callee_types +=
        fmt::format("    (type $of_{0} {1}) (export ${0} \"{0}\" (type $of_{0}))\n", type.name, type.definition);
    caller_types +=
        fmt::format("    (type $of_{0} {1}) (import \"{0}\" (type ${0} (eq $of_{0})))\n", type.name, type.definition);
    with += fmt::format(" (with \"{0}\" (type $callee \"{0}\"))", type.name);
  }
  const std::string callee_sum =
      parts.sums ? "    (func (export \"sum\") (result u32) (canon lift (core func $main \"sum\")))\n" : "";
  const std::string sum = parts.sums ? "  (export \"sum\" (func $callee \"sum\"))\n" : "";
  return fmt::format(R"((component
  (component $Callee
{types}    (core module $Main {memory} {callee})
    (core instance $main (instantiate $Main))
    (func (export "f") {type} (canon lift (core func $main "f") (memory $main "memory") (realloc (func $main "realloc"))
      string-encoding={callee_encoding}))
{callee_sum}  )
  (component $Caller
{caller_types}    (import "f" (func $f {type}))
    (core module $Memory {memory})
    (core instance $memory (instantiate $Memory))
    (core func $f (canon lower (func $f) (memory $memory "memory") (realloc (func $memory "realloc"))
      string-encoding={caller_encoding}))
    (core module $Main
      (import "memory" "memory" (memory $memory 128))
      (import "callee" "f" (func $f {lowered}))
      {caller} {loop})
    (core instance $main (instantiate $Main
      (with "memory" (instance $memory)) (with "callee" (instance (export "f" (func $f))))))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $main "run"))))
  (instance $callee (instantiate $Callee))
  (instance $caller (instantiate $Caller{with} (with "f" (func $callee "f"))))
{sum}  (export "run" (func $caller "run"))))",
                     fmt::arg("types", callee_types), fmt::arg("caller_types", caller_types),
                     fmt::arg("memory", kMemory), fmt::arg("callee", parts.callee), fmt::arg("type", parts.type),
                     fmt::arg("callee_encoding", parts.callee_encoding), fmt::arg("callee_sum", callee_sum),
                     fmt::arg("caller_encoding", parts.caller_encoding), fmt::arg("lowered", parts.lowered),
                     fmt::arg("caller", parts.caller), fmt::arg("loop", loop(parts.round)), fmt::arg("with", with),
                     fmt::arg("sum", sum));
}

std::string inside_one_module(const Parts& parts) {
  return fmt::format(R"((component
  (core module $Main {} {} {} {})
  (core instance $main (instantiate $Main))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $main "run")))))",
                     kMemory, as_f(parts.callee), parts.caller, loop(parts.round));
}

std::uint32_t hash_bytes(std::uint32_t hash, const std::string& bytes) {
  for (const char byte : bytes) hash = hash * 31 + static_cast<unsigned char>(byte);
  return hash;
}

}  // namespace witc::bench
