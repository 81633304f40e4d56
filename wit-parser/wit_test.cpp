// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wit-parser/wit.h"

#include <doctest/doctest.h>

#include "wit-parser/print.h"

namespace witc::wit {
namespace {

struct Resolved {
  SourceMap sources;
  Resolve resolve;
  Result<PackageId> package = PackageId();
  explicit Resolved(std::string text, const ResolveOptions& options = {}) {
    SourceId id = sources.add("t.wit", std::move(text), SourceKind::kText);
    package = push_files(resolve, sources, std::span(&id, 1), options);
  }
  /// `line:column: message`, or what the package prints.
  std::string outcome() const {
    if (package) return print_package(resolve, *package);
    const auto& error = package.error();
    if (!error->primary) return error->message;
    LineColumn at = sources.line_column(error->primary->span.source, error->primary->span.begin);
    return std::to_string(at.line) + ":" + std::to_string(at.column) + ": " + error->message;
  }
};

TEST_CASE("names are looked up, types ordered, handles made") {
  Resolved r("package a:b; interface i { type t = u; type u = list<r>; resource r { m: func() -> r; } }");
  REQUIRE(r.package);
  const Interface& interface = r.resolve.interfaces[InterfaceId(0)];
  CHECK(interface.types.at(0).first == "r");  // in dependency order
  CHECK(interface.types.at(1).first == "u");
  CHECK(interface.types.at(2).first == "t");
  const Function& m = interface.functions.at(0).second;
  CHECK(m.name == "[method]r.m");
  CHECK(m.item_name() == "m");
  CHECK(print_type(r.resolve, m.params[0].type) == "borrow<r>");
  CHECK(std::holds_alternative<Own>(r.resolve.types[std::get<TypeId>(*m.result)].kind));
  CHECK(r.resolve.interface_path(InterfaceId(0)) == "a:b/i");
}

TEST_CASE("worlds import what their interfaces use") {
  Resolved r("package a:b@1.0.0; interface x { type t = u8; } interface y { use x.{t}; } world w { export y; }");
  CHECK(r.outcome() ==
        "package a:b@1.0.0;\n\ninterface x {\n  type t = u8;\n}\n\ninterface y {\n  use x.{t};\n}\n\n"
        "world w {\n  import x;\n\n  export y;\n}\n");
}

TEST_CASE("include copies, renames and merges") {
  Resolved r(
      "package a:b; interface i {} world v { import i; type t = u8; import f: func(x: t); }"
      "world w { import i; include v with { f as g } }");
  REQUIRE(r.package);
  Result<WorldId> id = select_world(r.resolve, *r.package, "w");
  REQUIRE(id);
  const World& w = r.resolve.worlds[*id];
  CHECK(w.imports.size() == 3);
  CHECK(w.imports.contains(std::string("g")));
}

TEST_CASE("mistakes are told where they are") {
  auto outcome = [](std::string text) { return Resolved("package a:b;\n" + std::move(text)).outcome(); };
  CHECK(Resolved("interface i {}").outcome() == "no `package` header was found in any WIT file for this package");
  CHECK(outcome("interface i { type t = foo; }") == "2:24: type `foo` does not exist");
  CHECK(outcome("interface i { type t = t; }") == "2:24: type `t` depends on itself");
  CHECK(outcome("interface i { f: func(); f: func(); }") == "2:26: name `f` is defined more than once");
  CHECK(outcome("interface i { record r { a: u8, A: u8 } }") == "2:33: field `A` is defined more than once");
  CHECK(outcome("interface i { use j.{t}; }") == "2:19: interface or world `j` does not exist");
  CHECK(outcome("interface i { resource r; f: func() -> borrow<r>; }") ==
        "2:27: function `f` returns a type which contains a `borrow<T>` which is not supported");
  CHECK(outcome("world w { import c:d/e; }") == "2:18: package `c:d` not found");
  CHECK(outcome("world w { import x: func(); import x: func(); }") ==
        "2:36: import `x` conflicts with prior func of same name");
  CHECK(outcome("interface i { @since(version = 1.0.0) f: func(); }") ==
        "2:39: package `a:b` contains a feature gate with a version, so it must have a version");
  CHECK(outcome("package c:d { package e:f {} }") == "2:23: nested packages must be placed at the top level");
  CHECK(outcome("package a:b {}") == "1:9: package `a:b` is defined in two different locations");
}

TEST_CASE("misspelt names get a hint") {
  Resolved r("package a:b; interface types { type request = u8; f: func(r: requst); }");
  REQUIRE(!r.package);
  REQUIRE(r.package.error()->hints.size() == 1);
  CHECK(r.package.error()->hints[0] == "did you mean `request`?");
}

TEST_CASE("feature gates") {
  std::string text = "package a:b; interface i { @unstable(feature = x) f: func(); g: func(); }";
  CHECK(Resolved(text).resolve.interfaces[InterfaceId(0)].functions.size() == 1);
  CHECK(Resolved(text, {.features = {"x"}}).resolve.interfaces[InterfaceId(0)].functions.size() == 2);
  CHECK(Resolved(text, {.features = {}, .all_features = true}).resolve.interfaces[InterfaceId(0)].functions.size() ==
        2);
}

TEST_CASE("choosing a world") {
  Resolved r("package a:b@1.0.0; world one {} world two {}");
  REQUIRE(r.package);
  CHECK(*select_world(r.resolve, *r.package, "two") == WorldId(1));
  CHECK(*select_world(r.resolve, *r.package, "a:b/one@1.0.0") == WorldId(0));
  CHECK(*select_world(r.resolve, *r.package, "a:b/one") == WorldId(0));
  CHECK(!select_world(r.resolve, *r.package, ""));
  CHECK(!select_world(r.resolve, *r.package, "three"));
  CHECK(!select_world(r.resolve, *r.package, "a:b/one@2.0.0"));
}

TEST_CASE("long chains neither crash nor take forever") {
  std::string types = "package a:b; interface i { type t0 = u8;";
  for (int i = 1; i < 20000; ++i) types += "type t" + std::to_string(i) + " = list<t" + std::to_string(i - 1) + ">;";
  CHECK(Resolved(types + "f: func() -> t19999; }").package);

  std::string chain = "package a:b; interface i0 { type t = u8; }";
  for (int i = 1; i < 5000; ++i) {
    chain += "interface i" + std::to_string(i) + " { use i" + std::to_string(i - 1) + ".{t}; }";
  }
  Resolved exported(chain + "world w { export i4999; }");
  REQUIRE(!exported.package);
  CHECK(exported.package.error()->code == DiagCode::kWitLimit);
  Resolved imported(chain + "world w { import i4999; }");
  REQUIRE(!imported.package);
  CHECK(imported.package.error()->code == DiagCode::kWitLimit);
}

}  // namespace
}  // namespace witc::wit
