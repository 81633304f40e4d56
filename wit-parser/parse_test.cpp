// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wit-parser/parse.h"

#include <doctest/doctest.h>

namespace witc::wit {
namespace {

struct Parsed {
  SourceMap sources;
  Result<ast::File> file = ast::File{};
  explicit Parsed(std::string text) {
    SourceId id = sources.add("t.wit", std::move(text), SourceKind::kText);
    file = parse_file(sources, id);
  }
  /// `line:column: message`, or `ok`.
  std::string outcome() const {
    if (file) return "ok";
    const Span& span = file.error()->primary->span;
    LineColumn at = sources.line_column(span.source, span.begin);
    return std::to_string(at.line) + ":" + std::to_string(at.column) + ": " + file.error()->message;
  }
};

TEST_CASE("a file becomes a tree with spans and documentation") {
  Parsed p(R"(/// the package
package a:b@1.2.3-rc.1;
use wasi:io/streams@0.2.0 as s;
/// first
/// second
@since(version = 1.0.0)
interface %interface {
  use s.{input, output as out};
  record point { /// across
    x: u32, y: list<u8, 4>, }
  resource r { constructor(a: string) -> result<r>; @unstable(feature = f) m: async func(); s: static func() -> r; }
  f: func(a: result<_, string>, b: borrow<r>) -> tuple<u8, map<string, u8>>;
}
world w { import x: func(); import a:b/c; import y: c; export i: interface {} include w2 with { a as b } }
)");
  REQUIRE(p.outcome() == "ok");
  const ast::File& file = *p.file;
  CHECK(file.package->docs.text == "the package");
  CHECK(file.package->name.version->version.to_string() == "1.2.3-rc.1");
  REQUIRE(file.items.size() == 3);
  CHECK(std::get<ast::TopLevelUse>(file.items[0].body).local().name == "s");
  const auto& item = file.items[1];
  CHECK(item.docs.text == "first\nsecond");
  CHECK(item.gates.size() == 1);
  const auto& interface = std::get<ast::Interface>(item.body);
  CHECK(interface.name.name == "interface");
  CHECK(p.sources.text(interface.name.span) == "%interface");
  REQUIRE(interface.body.items.size() == 4);
  const auto& record = std::get<ast::Record>(std::get<ast::TypeDef>(interface.body.items[1].body).body);
  CHECK(record.fields[0].docs.text == "across");
  CHECK(record.fields[1].type.length == 4);
  CHECK(p.sources.text(record.fields[1].type.span) == "list<u8, 4>");
  const auto& resource = std::get<ast::Resource>(std::get<ast::TypeDef>(interface.body.items[2].body).body);
  REQUIRE(resource.functions.size() == 3);
  CHECK(resource.functions[0].body.kind == FunctionKind::kConstructor);
  CHECK(resource.functions[1].body.kind == FunctionKind::kMethod);
  CHECK(resource.functions[1].body.type.is_async);
  CHECK(resource.functions[1].gates.size() == 1);
  CHECK(resource.functions[2].body.kind == FunctionKind::kStatic);
  const auto& world = std::get<ast::World>(file.items[2].body);
  REQUIRE(world.items.size() == 5);
  CHECK(!std::get<ast::Extern>(world.items[1].body).label);
  CHECK(std::get<ast::Extern>(world.items[2].body).label->name == "y");
}

TEST_CASE("mistakes are told where they are, in the user's words") {
  CHECK(Parsed("package a:b; interface foo { f: func( }").outcome() == "1:39: expected `,` or `)`, found `}`");
  CHECK(Parsed("interface i { x: async static func(); }").outcome() == "1:24: expected `func`, found keyword `static`");
  CHECK(Parsed("interface i { type t = ; }").outcome() == "1:24: expected a type, found `;`");
  CHECK(Parsed("interface i { type t = list<u8,>; }").outcome() == "1:32: expected a length, found `>`");
  CHECK(Parsed("interface i { type option = u8; }").outcome() == "1:20: expected a name, found keyword `option`");
  CHECK(Parsed("@since(feature = f) interface i {}").outcome() == "1:8: expected `version`, found name `feature`");
  CHECK(Parsed("interface Foo {}").outcome() == "1:11: `Foo` is not a name: a part of it mixes upper and lower case");
  CHECK(Parsed("interface i {").outcome() ==
        "1:14: expected a type definition, a function, `use` or `}`, found the end of the file");
  CHECK(Parsed("/* /* */").outcome() == "1:1: this block comment is not closed");
  CHECK(Parsed("\xff").outcome() == "1:1: this is not UTF-8");
}

TEST_CASE("nesting is limited") {
  std::string type;
  for (int i = 0; i < 100000; ++i) type += "list<";
  Parsed p("interface i { type t = " + type);
  CHECK(p.outcome() == "1:524: type nesting too deep");
  CHECK(p.file.error()->code == DiagCode::kWitLimit);
}

}  // namespace
}  // namespace witc::wit
