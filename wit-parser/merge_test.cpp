// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Graphs merged: what grows, what has to agree, and that the order of a graph holds afterwards.
#include "wit-parser/merge.h"

#include <doctest/doctest.h>

#include <array>

#include "wit-parser/importize.h"
#include "wit-parser/print.h"
#include "wit-parser/type_parts.h"
#include "wit-parser/wit.h"

namespace witc::wit {
namespace {

struct Fixture {
  SourceMap sources;

  Resolve parse(const char* text) {
    Resolve resolve;
    SourceId source = sources.add("test.wit", text, SourceKind::kText);
    Result<PackageId> package = push_files(resolve, sources, std::array{source}, {});
    REQUIRE(package.has_value());
    return resolve;
  }
  /// Every package of the merged graph, or what is wrong.
  std::string merged(const char* into, const char* from) {
    Resolve resolve = parse(into);
    if (Result<void> done = merge(resolve, parse(from)); !done) return done.error()->message;
    check_order(resolve);
    std::string out;
    for (PackageId package : resolve.packages.ids()) out += print_package(resolve, package);
    return out;
  }
  static void check_order(const Resolve& resolve) {
    for (TypeId id : resolve.types.ids()) {
      for_each_type(resolve.types[id].kind, [&](const TypeId& part) { CHECK(part < id); });
    }
  }
};

TEST_CASE_FIXTURE(Fixture, "an old interface gets a type of a new one, and its world imports that") {
  CHECK(merged("package a:b; interface i { f: func(); } world w { import i; }",
               "package a:b; interface k { record r { x: u32 } } interface i { use k.{r}; g: func(x: list<r>) -> option<r>; }") ==
        R"(package a:b;

interface i {
  use k.{r};

  f: func();

  g: func(x: list<r>) -> option<r>;
}

interface k {
  record r {
    x: u32,
  }
}

world w {
  import k;
  import i;
}
)");
}

TEST_CASE_FIXTURE(Fixture, "what both have must agree") {
  CHECK(merged("package a:b; interface i { record r { x: u32 } }", "package a:b; interface i { record r { x: u64 } }") ==
        "type `a:b/i.r` is not the same in the two copies");
  CHECK(merged("package a:b; interface i { type t = u8; f: func(x: t); }",
               "package a:b; interface i { type t = u8; f: func(y: t); }") == "function `a:b/i.f` is not the same in the two copies");
  CHECK(merged("package a:b; interface i { f: func(); }", "package a:b; interface i { f: async func(); }") ==
        "function `a:b/i.f` is not the same in the two copies");
  CHECK(merged("package a:b; world w { import f: func(); }", "package a:b; world w { import f: func() -> u8; }") ==
        "the two copies of world `a:b/w` differ: import `f` is something else in the other");
}

TEST_CASE_FIXTURE(Fixture, "sound graphs whose sum is not") {
  CHECK(merged("package a:b; interface i { type t = u8; } interface k { use i.{t}; }",
               "package a:b; interface k { type u = u8; } interface i { use k.{u}; }") ==
        "interface `a:b/i` would use itself, by way of others");
}

TEST_CASE_FIXTURE(Fixture, "compatible versions of an import become the newest") {
  auto newest = [&](const char* text) -> std::string {
    Resolve resolve = parse(text);
    PackageId package = *resolve.find_package({"a", "b", std::nullopt});
    WorldId world = *select_world(resolve, package, "w");
    if (Result<void> done = merge_compatible_imports(resolve, world); !done) return done.error()->message;
    std::string printed = print_package(resolve, package);
    return printed.substr(printed.find("world"));
  };
  CHECK(newest(R"(package a:b;
package x:y@0.2.0 { interface i { type t = u8; } interface old { use i.{t}; f: func() -> t; } }
package x:y@0.2.1 { interface i { type t = u8; g: func(); } }
package x:y@0.3.0 { interface i { h: func(); } }
world w { import x:y/old@0.2.0; import x:y/i@0.2.1; import x:y/i@0.3.0; })") == R"(world w {
  import x:y/i@0.2.1;
  import x:y/old@0.2.0;
  import x:y/i@0.3.0;
}
)");
  CHECK(newest(R"(package a:b;
package x:y@1.0.0 { interface i { f: func(); g: func(); } }
package x:y@1.1.0 { interface i { g: func(); } }
world w { import x:y/i@1.0.0; import x:y/i@1.1.0; })") == "function `f` of `x:y/i@1.0.0` is not in the newer version");
  CHECK(newest(R"(package a:b;
package x:y@1.0.0 { interface i { enum e { a, b } } }
package x:y@1.1.0 { interface i { enum e { a, b, c } } }
world w { import x:y/i@1.0.0; import x:y/i@1.1.0; })") == "type `x:y/i@1.0.0.e` is not the same in the two copies");
}

TEST_CASE_FIXTURE(Fixture, "worlds turned round") {
  const char* text = "package a:b; interface i { type t = u8; } interface k { use i.{t}; f: func() -> t; } "
                     "world w { type n = u8; import g: func(); export k; export h: func() -> n; }";
  auto turned = [&](auto turn) -> std::string {
    Resolve resolve = parse(text);
    PackageId package = *resolve.find_package({"a", "b", std::nullopt});
    if (Result<void> done = turn(resolve, *select_world(resolve, package, "w")); !done) return done.error()->message;
    std::string printed = print_package(resolve, package);
    return printed.substr(printed.find("world"));
  };
  CHECK(turned([](Resolve& r, WorldId w) { return importize(r, w, std::nullopt); }) == R"(world w-importized {
  import i;
  import k;

  type n = u8;
  import h: func() -> n;
}
)");
  CHECK(turned([](Resolve& r, WorldId w) { return exportize(r, w, "e", "g"); }) == R"(world e {
  import i;

  type n = u8;

  export g: func();
}
)");
  CHECK(turned([](Resolve& r, WorldId w) { return exportize(r, w, {}, "none"); }) == "the world has no import called `none`");
}

}  // namespace
}  // namespace witc::wit
