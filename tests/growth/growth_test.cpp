// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What compositions of many components come down to: how much is composed, planned and compiled, and that it does what it
// should, with backtraces that name the right instances. Counts, not times: bench/growth takes those.
#include <doctest/doctest.h>

#include <algorithm>

#include "engine/component.h"
#include "engine/component/instance.h"
#include "engine/component/program.h"
#include "engine/lazy/lazy_code.h"
#include "engine/runtime/store.h"
#include "linker/plan_component.h"
#include "tests/growth/generator.h"
#include "wasm/component/decode.h"
#include "wasm/component/validate.h"

namespace witc::growth {
namespace {

template <class T>
T good(Result<T> result) {
  if (!result) FAIL(result.error()->message);
  return *std::move(result);
}

component::ast::Component composed(SourceMap& sources, const Composition& composition, std::size_t* bytes = nullptr) {
  const std::vector<std::uint8_t> binary = good(compose(sources, composition));
  if (bytes != nullptr) *bytes = binary.size();
  const SourceId source = sources.add("composed", std::string(binary.begin(), binary.end()), SourceKind::kBinary);
  return good(component::decode_component(sources, sources.whole(source)));
}

/// A composition, compiled before it runs or as it does.
struct Compiled {
  SourceMap sources;
  engine::Engine engine;
  engine::Component component;

  explicit Compiled(const Composition& composition, engine::CompileMode mode = engine::CompileMode::kEager, bool shares_code = true)
      : engine(options(mode, shares_code)),
        component(good(engine::Component::load(engine, sources, composed(sources, composition)))) {}

  static engine::EngineOptions options(engine::CompileMode mode, bool shares_code) {
    engine::EngineOptions out;
    out.compile_mode = mode;
    out.share_code = shares_code;
    return out;
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
  /// Of what is compiled as it runs: batches so far.
  [[nodiscard]] std::uint64_t batches() const { return image().lazy->stats().compiled; }
};

/// What the stages before the engine's make of a composition.
struct Counts {
  std::size_t bytes = 0;      // of the composed component
  std::size_t instances = 0;  // core instances, adapters among them
  std::size_t functions = 0;  // of those
};

Counts count(const Composition& composition) {
  SourceMap sources;
  Counts out;
  const component::ast::Component ast = composed(sources, composition, &out.bytes);
  component::Types types;
  const component::ValidatedComponent validated = good(component::validate_component(sources, ast, types));
  const linker::Plan plan = good(linker::plan_component(sources, ast, validated, types));
  const engine::ComponentProgram program = good(engine::build_program(plan));
  out.instances = program.program.instances.size();
  for (const engine::CoreInstance& instance : program.program.instances) out.functions += instance.module->funcs.size();
  return out;
}

/// Does a number for 40, 80 and 160 links grow by as much for each link at the end as it did before?
bool is_linear(const std::size_t (&of)[3]) { return of[2] - of[1] <= 2 * (of[1] - of[0]) + (of[1] - of[0]) / 4; }

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
  const auto eager = engine::CompileMode::kEager, lazy = engine::CompileMode::kLazy;
  for (const Composition& composition : {Composition{Shape::kChain, 24, 12}, Composition{Shape::kFan, 24, 12},
                                         Composition{Shape::kCopies, 24, 12, true}}) {
    Compiled shared(composition), apart(composition, eager, false), late(composition, lazy), late_apart(composition, lazy, false);
    CHECK(shared.code_bytes() < apart.code_bytes() / 3);
    constexpr std::uint64_t kArguments[] = {1, 2, 77, 123456};
    engine::ComponentInstance other = apart.start();
    std::vector<std::uint64_t> results;
    for (std::uint64_t x : kArguments) results.push_back(call(other, x));
    const std::string expected = names(trap_of(other, 0));  // which nothing is called after
    CHECK(std::ranges::count(expected, '\n') > 1);
    for (Compiled* code : {&shared, &late, &late_apart}) {
      engine::ComponentInstance one = code->start();
      for (std::size_t i = 0; i < results.size(); ++i) CHECK(call(one, kArguments[i]) == results[i]);
      CHECK(names(trap_of(one, 0)) == expected);
    }
    CHECK(late.batches() < late_apart.batches() / 3);
  }
}

TEST_CASE("equal modules are compiled once as they run, too") {
  for (Shape shape : {Shape::kChain, Shape::kCopies}) {
    Compiled few({shape, 4, 40}, engine::CompileMode::kLazy), many({shape, 40, 40}, engine::CompileMode::kLazy);
    engine::ComponentInstance one = few.start(), other = many.start();
    (void)call(one, 1);
    (void)call(other, 1);
    CHECK(many.batches() <= few.batches() + 2);
  }
}

TEST_CASE("what is composed, planned and generated grows as the composition does") {
  for (Shape shape : {Shape::kChain, Shape::kDistinct, Shape::kDistinctFan}) {
    const Counts at[] = {count({shape, 40}), count({shape, 80}), count({shape, 160})};
    CHECK(is_linear({at[0].bytes, at[1].bytes, at[2].bytes}));
    CHECK(is_linear({at[0].instances, at[1].instances, at[2].instances}));
    CHECK(is_linear({at[0].functions, at[1].functions, at[2].functions}));
  }
}

TEST_CASE("what is compiled grows as the composition does") {
  for (Shape shape : {Shape::kDistinct, Shape::kDistinctFan}) {
    const Compiled some({shape, 8, 1}), twice({shape, 16, 1}), again({shape, 32, 1});
    CHECK(is_linear({some.code_bytes(), twice.code_bytes(), again.code_bytes()}));
  }
  const Compiled some({Shape::kDistinct, 8, 1}), deep({Shape::kNested, 64, 1});
  CHECK(deep.code_bytes() < 20 * some.code_bytes());
}

}  // namespace witc::growth
