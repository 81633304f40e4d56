// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "linker/link/link.h"

#include <doctest/doctest.h>

#include "linker/link/layout.h"
#include "wasm/core/load.h"

namespace {

using namespace witc;
using namespace witc::linker;

struct Given {
  SourceMap sources;
  std::vector<Library> libraries;

  Library& add(const std::string& name, const std::string& text) {
    SourceId source = sources.add(name, text, SourceKind::kText);
    Result<wasm::Module> module = wasm::load_module(sources, source);
    REQUIRE(module);
    Result<Library> library = read_library(sources, {name, std::move(*module), false});
    REQUIRE_MESSAGE(library, (library ? "" : library.error()->message));
    libraries.push_back(std::move(*library));
    return libraries.back();
  }
  std::string order(bool stubs = false) {
    Result<Symbols> symbols = resolve_symbols(std::move(libraries), stubs);
    if (!symbols) return symbols.error()->message;
    std::string out;
    for (const Library& library : symbols->libraries) out += (out.empty() ? "" : " ") + library.name;
    return out;
  }
};

TEST_CASE("a library comes after those it imports from") {
  Given given;
  given.add("a", R"((module (@dylink.0 (needed "d")) (import "env" "b" (func)) (func (export "_start"))))");
  given.add("b", R"((module (@dylink.0) (import "GOT.mem" "c" (global (mut i32))) (func (export "b"))))");
  given.add("c", R"((module (@dylink.0) (global (export "c") i32 (i32.const 0))))");
  given.add("d", "(module (@dylink.0))");
  given.add("unused", R"((module (@dylink.0) (func (export "unused"))))");
  CHECK(given.order() == "c b d a");
}

TEST_CASE("libraries that need each other have some order") {
  Given given;
  given.add(
      "a",
      R"((module (@dylink.0 (needed "b.wasm")) (import "env" "b" (func)) (func (export "a")) (func (export "_start"))))");
  given.add("b", R"((module (@dylink.0 (needed "a")) (import "env" "a" (func)) (func (export "b"))))");
  CHECK(given.order() == "b a");
}

TEST_CASE("the first library that has the symbol, with its type, answers") {
  Given given;
  given.add("a", R"((module (@dylink.0) (import "env" "f" (func (param i32))) (func (export "_start"))))");
  given.add("wrong", R"((module (@dylink.0) (func (export "f") (param i64))))");
  given.add("first", R"((module (@dylink.0) (func (export "f") (param i32))))");
  given.add("second", R"((module (@dylink.0) (func (export "f") (param i32))))");
  CHECK(given.order() == "first a");
}

TEST_CASE("what nobody defines") {
  auto given = [] {
    Given out;
    out.add("a", R"((module (@dylink.0) (import "env" "f" (func)) (func (export "_start"))))");
    return out;
  };
  CHECK(given().order() == "a symbol is defined by no library");
  CHECK(given().order(/*stubs=*/true) == "a");
  Given weak;
  weak.add("a", R"((module (@dylink.0 (import-info "env" "f" binding-weak undefined)) (import "env" "f" (func))
                     (import "GOT.func" "f" (global (mut i32))) (func (export "_start"))))");
  Result<Symbols> symbols = resolve_symbols(std::move(weak.libraries), false);
  REQUIRE(symbols);
  Result<Layout> layout = lay_out(*symbols, {}, 4096);
  REQUIRE(layout);
  CHECK(func_address(*symbols, *layout, 0, 1) == 0);
}

TEST_CASE("memory and table are laid out with the alignments asked for") {
  Given given;
  given.add("a", R"((module (@dylink.0 (mem-info (memory 5 0) (table 3 0))) (import "GOT.func" "f" (global (mut i32)))
                      (import "env" "g" (func)) (func (export "_start"))))");
  given.add("b", R"((module (@dylink.0 (mem-info (memory 8 6) (table 1 2))) (func (export "f")) (func (export "g"))))");
  Result<Symbols> symbols = resolve_symbols(std::move(given.libraries), false);
  REQUIRE(symbols);
  REQUIRE(symbols->libraries[0].name == "b");
  Result<Layout> layout = lay_out(*symbols, {}, 100);
  REQUIRE(layout);
  CHECK(layout->stack_size == 112);
  CHECK(layout->memory_bases == std::vector<std::uint32_t>{128, 136});
  CHECK(layout->heap_base == 144);
  CHECK(layout->heap_end == 65536);
  CHECK(layout->table_bases == std::vector<std::uint32_t>{4, 5});
  CHECK(layout->first_slot == 8);
  CHECK(layout->slots.size() == 1);  // `f` has an address; `g` is there before it is called
  CHECK(func_address(*symbols, *layout, 1, 0) == 8);
}

TEST_CASE("a stack that does not fit is refused") {
  Given given;
  given.add("a", R"((module (@dylink.0) (func (export "_start"))))");
  Result<Symbols> symbols = resolve_symbols(std::move(given.libraries), false);
  REQUIRE(symbols);
  CHECK_FALSE(lay_out(*symbols, {}, 0));
  CHECK_FALSE(lay_out(*symbols, {}, std::uint64_t{1} << 32));
  CHECK_FALSE(lay_out(*symbols, {}, ~std::uint64_t{0}));
}

}  // namespace
