// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What compositions of many components come down to: how much is compiled, and that it does what it should, with backtraces
// that name the right instances. Counts, not times: how long it takes is what growth_table is for.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

#include "engine/component.h"
#include "engine/component/instance.h"
#include "engine/runtime/store.h"
#include "tests/growth/generator.h"
#include "wasm/component/decode.h"
#include "wasm/component/encode.h"
#include "wasm/component/parse.h"

namespace witc::growth {
namespace {

template <class T>
T good(Result<T> result) {
  if (!result) FAIL(result.error()->message);
  return *std::move(result);
}

/// A composition from its binary, compiled; with as few functions inlined as it takes to see what is there.
struct Compiled {
  SourceMap sources;
  engine::Engine engine;
  engine::Component component;

  explicit Compiled(const Composition& composition, bool shares_code = true, bool keeps_ir = false)
      : engine(options(shares_code, keeps_ir)), component(load(composition)) {}

  static engine::EngineOptions options(bool shares_code, bool keeps_ir) {
    engine::EngineOptions out;
    out.share_code = shares_code;
    out.keep_ir = keeps_ir;
    return out;
  }
  engine::Component load(const Composition& composition) {
    const SourceId text = sources.add("text", compose_text(composition), SourceKind::kText);
    const std::vector<std::uint8_t> binary = component::encode(good(component::parse_component(sources, text)));
    const SourceId source =
        sources.add("binary", std::string(reinterpret_cast<const char*>(binary.data()), binary.size()), SourceKind::kBinary);
    return good(engine::Component::load(engine, sources, source));
  }
  engine::ComponentInstance start() {
    engine::ComponentInstance instance = good(engine::Linker().instantiate(engine, component));
    CHECK(instance.start().has_value());
    return instance;
  }
  [[nodiscard]] const engine::CodeImage& image() const { return component.impl().code->impl()->image; }
  [[nodiscard]] std::size_t code_bytes() const {
    std::size_t bytes = 0;
    for (const engine::CodeSymbol& symbol : image().symbols) bytes += symbol.end - symbol.begin;
    return bytes;
  }
};

std::uint64_t call(engine::ComponentInstance& instance, std::uint64_t x) {
  auto result = instance.call(*instance.component().find_func("", "f"), std::vector<abi::Val>{abi::Val::unsigned_(x)});
  if (!result) FAIL(engine::to_string(result.error()));
  return *(*result)->get_if<std::uint64_t>();
}

engine::Trap trap_of(engine::ComponentInstance& instance, std::uint64_t x) {
  auto result = instance.call(*instance.component().find_func("", "f"), std::vector<abi::Val>{abi::Val::unsigned_(x)});
  REQUIRE(!result.has_value());
  return std::move(result).error();
}

std::string names(const engine::Trap& trap) {
  std::string out;
  for (const engine::Frame& frame : trap.frames) {
    out += frame.instance_name + "!" + frame.func_name + "+" + std::to_string(frame.offset) + "\n";
  }
  return out;
}

}  // namespace

TEST_CASE("equal modules are compiled once") {
  const Compiled few({Shape::kChain, 2, 12});
  const Compiled many({Shape::kChain, 24, 12});
  const Compiled copies({Shape::kCopies, 24, 12});
  CHECK(many.code_bytes() < few.code_bytes() + 22 * 500);  // adapters
  CHECK(copies.code_bytes() < few.code_bytes() + 22 * 500);
}

TEST_CASE("shared code does what code of one's own does") {
  for (Shape shape : {Shape::kChain, Shape::kFan}) {
    Compiled shared({shape, 24, 12}), apart({shape, 24, 12}, false);
    CHECK(shared.code_bytes() < apart.code_bytes() / 3);
    engine::ComponentInstance one = shared.start(), other = apart.start();
    for (std::uint64_t x : {1, 2, 77, 123456}) CHECK(call(one, x) == call(other, x));
    const std::string expected = names(trap_of(other, 0));
    CHECK(names(trap_of(one, 0)) == expected);
    CHECK(std::ranges::count(expected, '\n') > 1);
  }
}

TEST_CASE("a chain is not compiled into each of its links") {
  const Compiled some({Shape::kDistinct, 8, 1}), twice({Shape::kDistinct, 16, 1}), deep({Shape::kNested, 64, 1});
  CHECK(twice.code_bytes() < 5 * some.code_bytes() / 2);
  CHECK(deep.code_bytes() < 20 * some.code_bytes());
}

}  // namespace witc::growth
