// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "hostile_component.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "wasm/component/keywords.h"
#include "wasm/component/parse.h"
#include "wasm/core/decode.h"

namespace witc::abi::testing {
namespace {

/// Types with names and what else both components import.
constexpr std::string_view kCommon = R"(
    (type $v' (variant (case "a" u8) (case "b") (case "c" string))) (import "v" (type $v (eq $v')))
    (type $e' (enum "x" "y" "z")) (import "e" (type $e (eq $e')))
    (type $fl' (flags "a" "b" "c" "d" "e" "f" "g" "h" "i")) (import "fl" (type $fl (eq $fl')))
    (import "ping" (func $ping))
)";
constexpr std::string_view kWithCommon =
    R"((with "v" (type $v)) (with "e" (type $e)) (with "fl" (type $fl)) (with "ping" (func $ping)))";

constexpr std::string_view kLibc = R"(
    (type $own-resource (resource (rep i32)))
    (core func $ping' (canon lower (func $ping)))
    (core func $new (canon resource.new $own-resource))
    (core module $Libc
      (import "" "ping" (func $ping))
      (import "" "new" (func $new (param i32) (result i32)))
      (memory (export "memory") 2)
      (global $bump (mut i32) (i32.const 65536))
      (func (export "poke") (param i32 i64) (i64.store (local.get 0) (local.get 1)))
      (func (export "realloc") (param $old i32) (param $old_size i32) (param $alignment i32) (param $size i32)
        (result i32) (local $mode i32) (local $out i32)
        (i32.store (i32.const 28) (i32.add (i32.load (i32.const 28)) (i32.const 1)))
        (if (i32.ge_u (i32.load (i32.const 28)) (i32.load (i32.const 24)))
          (then (local.set $mode (i32.load (i32.const 16)))))
        (if (i32.eq (local.get $mode) (i32.const 1)) (then (return (i32.load (i32.const 20)))))
        (if (i32.eq (local.get $mode) (i32.const 2)) (then unreachable))
        (if (i32.eq (local.get $mode) (i32.const 3))
          (then
            (local.set $out (i32.shl (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $size) (i32.const 16))))
                                     (i32.const 16)))
            (memory.copy (local.get $out) (local.get $old)
              (select (local.get $old_size) (local.get $size) (i32.lt_u (local.get $old_size) (local.get $size))))
            (memory.fill (local.get $old) (i32.const 0x5a) (local.get $old_size))
            (return (local.get $out))))
        (if (i32.eq (local.get $mode) (i32.const 4)) (then (call $ping)))
        (if (i32.eq (local.get $mode) (i32.const 5)) (then (drop (call $new (i32.const 1)))))
        (local.set $out (i32.and (i32.sub (i32.add (global.get $bump) (local.get $alignment)) (i32.const 1))
          (i32.sub (i32.const 0) (local.get $alignment))))
        (global.set $bump (i32.add (local.get $out) (local.get $size)))
        (memory.copy (local.get $out) (local.get $old)
          (select (local.get $old_size) (local.get $size) (i32.lt_u (local.get $old_size) (local.get $size))))
        (local.get $out)))
    (core instance $libc (instantiate $Libc (with "" (instance (export "ping" (func $ping')) (export "new" (func $new))))))
    (func (export "poke") (param "at" u32) (param "what" u64) (canon lift (core func $libc "poke")))
)";

std::string options(StringEncoding encoding) {
  return fmt::format("(memory $libc \"memory\") (realloc (func $libc \"realloc\")) string-encoding={}",
                     component::keyword(encoding));
}
std::string i32s(int count) {
  std::string out = "(param";
  for (int i = 0; i < count; ++i) out += " i32";
  return out + ")";
}
std::string wide(const HostileType& type) { return fmt::format("(tuple {} (list u32 17))", type.text); }

/// The functions that a component imports, of one type: {t} is the name, {T} the type, {W} the wide one.
constexpr std::string_view kImports[] = {
    R"((import "give-{t}" (func $give-{t} (result {T}))))",
    R"((import "take-{t}" (func $take-{t} (param "x" {T}))))",
    R"((import "wtake-{t}" (func $wtake-{t} (param "x" {W}))))",
    R"((import "htake-{t}" (func $htake-{t} (param "x" {T}))))",
    R"((import "whtake-{t}" (func $whtake-{t} (param "x" {W}))))",
    R"((import "hgive-{t}" (func $hgive-{t} (result {T}))))",
};
std::string each(const HostileType& type, std::string_view text) {
  return "    " +
         fmt::format(fmt::runtime(text), fmt::arg("t", type.name), fmt::arg("T", type.text),
                     fmt::arg("W", wide(type))) +
         "\n";
}

std::string callee(StringEncoding encoding) {
  std::string out = "  (component $A" + std::string(kCommon) + std::string(kLibc) +
                    "    (core module $M (import \"libc\" \"memory\" (memory 1))\n"
                    "      (data (i32.const 8) \"\\00\\01\\00\\00\")\n"
                    "      (func (export \"give\") (result i32) (i32.load (i32.const 8)))\n";
  for (int i = 1; i <= 3; ++i) out += fmt::format("      (func (export \"take-{}\") {})\n", i, i32s(i));
  out += "    )\n    (core instance $m (instantiate $M (with \"libc\" (instance $libc))))\n";
  for (const HostileType& type : kHostileTypes) {
    std::string given = options(encoding);
    out += each(type, R"((func (export "give-{t}") (result {T}) (canon lift (core func $m "give") )" + given + "))");
    out += each(type,
                fmt::format(R"((func (export "take-{{t}}") (param "x" {{T}}) (canon lift (core func $m "take-{}") {}))",
                            type.words, given) +
                    ")");
    out +=
        each(type, R"((func (export "wtake-{t}") (param "x" {W}) (canon lift (core func $m "take-1") )" + given + "))");
  }
  return out + "  )\n";
}

std::string caller(StringEncoding encoding) {
  std::string out = "  (component $B" + std::string(kCommon), lowered, core_imports, funcs, given, lifted;
  for (const HostileType& type : kHostileTypes) {
    for (std::string_view text : kImports) out += each(type, text);
    bool spills = type.words > 1;
    std::string args;
    for (int i = 0; i < type.words; ++i) args += fmt::format("(i32.load (i32.const {}))", kValueAt + 4 * i);
    for (std::string_view name : {"give", "hgive", "take", "htake", "wtake", "whtake"}) {
      std::string func = fmt::format("{}-{}", name, type.name);
      lowered += fmt::format("    (core func ${0}' (canon lower (func ${0}) {1}))\n", func, options(encoding));
      given += fmt::format("(export \"{0}\" (func ${0}'))", func);
      bool gives = name.ends_with("give"), is_wide = name.starts_with("w");
      std::string signature = gives ? spills ? "(param i32)" : "(result i32)" : i32s(is_wide ? 1 : type.words);
      core_imports += fmt::format("      (import \"\" \"{0}\" (func ${0} {1}))\n", func, signature);
      std::string call = !gives   ? fmt::format("(call ${} {})", func, is_wide ? "(i32.load (i32.const 12))" : args)
                         : spills ? fmt::format("(call ${} (i32.load (i32.const 8))) (i32.load (i32.const 8))", func)
                                  : fmt::format("(call ${})", func);
      funcs += fmt::format("      (func (export \"{}\") {} {})\n", func, gives ? "(result i32)" : "", call);
      std::string shown = name == "give" ? "via" : name == "hgive" ? "fetch" : std::string(name);
      if (auto at = shown.find("take"); at != std::string::npos) shown.replace(at, 4, "pass");
      lifted += fmt::format("    (func (export \"{}-{}\") {} (canon lift (core func $m \"{}\") {}))\n", shown,
                            type.name, gives ? fmt::format("(result {})", type.text) : "", func, options(encoding));
    }
  }
  return out + std::string(kLibc) + lowered + "    (core module $M\n" + core_imports +
         "      (import \"libc\" \"memory\" (memory 1))\n"
         "      (data (i32.const 8) \"\\00\\04\\00\\00\\00\\01\\00\\00\")\n" +
         funcs + "    )\n    (core instance $m (instantiate $M (with \"libc\" (instance $libc)) (with \"\" (instance " +
         given + "))))\n" + lifted + "  )\n";
}

std::string composition(StringEncoding of_callee, StringEncoding of_caller) {
  std::string out = "(component" + std::string(kCommon), from_a, exports;
  for (const HostileType& type : kHostileTypes) {
    for (int i : {3, 4, 5}) out += each(type, kImports[i]);
    for (std::string_view name : {"give", "take", "wtake"}) {
      from_a += fmt::format("(with \"{0}-{1}\" (func $a \"{0}-{1}\"))", name, type.name);
      exports += fmt::format("  (export \"{0}-{1}\" (func $a \"{0}-{1}\"))\n", name, type.name);
    }
    for (std::string_view name : {"htake", "whtake", "hgive"}) {
      from_a += fmt::format("(with \"{0}-{1}\" (func ${0}-{1}))", name, type.name);
    }
    for (std::string_view name : {"via", "fetch", "pass", "hpass", "wpass", "whpass"}) {
      exports += fmt::format("  (export \"{0}-{1}\" (func $b \"{0}-{1}\"))\n", name, type.name);
    }
  }
  return out + callee(of_callee) + caller(of_caller) +
         fmt::format("  (instance $a (instantiate $A {0}))\n  (instance $b (instantiate $B {0} {1}))\n", kWithCommon,
                     from_a) +
         exports + "  (export \"poke-a\" (func $a \"poke\"))\n  (export \"poke-b\" (func $b \"poke\")))\n";
}

template <class T>
T good(Result<T> result) {
  if (!result) FAIL(result.error()->message);
  return *std::move(result);
}

/// The number in `i32.const n`.
std::uint32_t constant(std::span<const std::uint8_t> code) {
  std::uint32_t out = 0;
  for (std::size_t i = 1, shift = 0; i < code.size(); ++i, shift += 7) {
    out |= static_cast<std::uint32_t>(code[i] & 0x7f) << shift;
    if ((code[i] & 0x80) == 0) break;
  }
  return out;
}

}  // namespace

Hostile::Hostile(StringEncoding callee, StringEncoding caller, engine::OptLevel opt_level)
    : engine_({.opt_level = opt_level}) {
  SourceId source = sources_.add("hostile.wat", composition(callee, caller), SourceKind::kText);
  component_ = good(engine::Component::load(engine_, sources_, good(component::parse_component(sources_, source))));
  linker_.func("", "ping", [](engine::HostContext&, auto) -> engine::HostResult { return std::nullopt; });
  for (const HostileType& type : kHostileTypes) {
    for (std::string_view name : {"htake", "whtake"}) {
      linker_.func("", fmt::format("{}-{}", name, type.name),
                   [this](engine::HostContext&, std::span<const Val> args) -> engine::HostResult {
                     value = args[0];
                     return std::nullopt;
                   });
    }
    linker_.func("", fmt::format("hgive-{}", type.name),
                 [this](engine::HostContext&, auto) -> engine::HostResult { return to_fetch; });
  }
  restart();
}

void Hostile::restart() {
  instance_.reset();
  instance_ = good(linker_.instantiate(engine_, *component_));
  REQUIRE(instance_->start());
}

void Hostile::poke(char which, std::uint32_t at, std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); i += 8) {
    std::uint64_t word = 0;
    for (std::size_t k = i; k < std::min(bytes.size(), i + 8); ++k) {
      word |= std::uint64_t{static_cast<std::uint8_t>(bytes[k])} << 8 * (k - i);
    }
    auto func = component_->find_func("", fmt::format("poke-{}", which));
    REQUIRE(instance_->call(*func, std::vector{Val::unsigned_(at + i), Val::unsigned_(word)}));
  }
}
void Hostile::poke_words(char which, std::uint32_t at, const std::vector<std::uint32_t>& words) {
  std::string bytes;
  for (std::uint32_t word : words) {
    for (int i = 0; i < 4; ++i) bytes += static_cast<char>(word >> 8 * i);
  }
  poke(which, at, bytes);
}
void Hostile::set_realloc(char which, ReallocMode mode, std::uint32_t answer, std::uint32_t from_call) {
  poke_words(which, kModeAt, {static_cast<std::uint32_t>(mode), answer, from_call, 0});
}

std::string Hostile::call(std::string_view name, const std::vector<Val>& args) {
  auto func = component_->find_func("", name);
  if (!func) FAIL(name);
  value.reset();
  memories_before = look(engine::Trap::of(engine::TrapKind::kUnreachable));
  auto got = instance_->call(*func, args);
  if (got) {
    if (*got) value = **got;
    memories = look(engine::Trap::of(engine::TrapKind::kUnreachable));
    return "ok";
  }
  memories = look(got.error());
  auto again = instance_->call(*component_->find_func("", "give-bool"), {});
  CHECK(!again);
  if (!again) CHECK(again.error().message == "cannot enter component instance");
  return got.error().message;
}

std::array<std::vector<std::uint8_t>, 2> Hostile::look(const engine::Trap& trap) {
  std::vector<std::uint8_t> dump = instance_->coredump(trap, "hostile");
  wasm::Module module = good(wasm::decode_module(SourceId(), dump, 0));
  REQUIRE(module.memories.size() == 2);
  std::array<std::vector<std::uint8_t>, 2> out;
  for (std::uint32_t i : {0, 1}) out[i].resize(module.memories[wasm::MemoryIndex(i)].type.limits.min << 16);
  for (const wasm::DataSegment& data : module.data) {
    std::ranges::copy(data.bytes, out[data.memory.value].begin() + constant(data.start->code.bytes));
  }
  return out;
}

bool Hostile::is_untouched(char which, std::uint32_t from, std::uint32_t to) const {
  std::size_t i = which == 'a' ? 0 : 1;
  for (std::uint32_t at = 32; at < kHeapFrom; ++at) {  // below: what realloc itself counts
    if (at >= from && at < to) continue;
    if (memories[i][at] != memories_before[i][at]) return false;
  }
  return true;
}

}  // namespace witc::abi::testing
