// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// WAC documents that need no packages: names, tokens, types, and imports that are passed on.
#include <doctest/doctest.h>

#include "linker/encode_graph.h"
#include "linker/wac/lexer.h"
#include "linker/wac/parse.h"
#include "linker/wac/resolve.h"

namespace witc::linker::wac {
namespace {

struct Text {
  SourceMap sources;
  SourceId id;
  explicit Text(std::string text) : id(sources.add("test.wac", std::move(text), SourceKind::kText)) {}
  std::string parse_error() {
    auto made = parse(sources, id);
    return made ? "" : made.error()->message;
  }
  std::string error() {
    auto document = parse(sources, id);
    if (!document) return document.error()->message;
    auto none = [](const PackageName&) -> Result<component::ast::Component> {
      return witc::error(DiagCode::kWacResolve, "no packages here");
    };
    auto made = resolve(sources, *document, none);
    if (!made) return made.error()->message;
    auto bytes = compose(sources, std::move(made->graph), "<composition>", made->target);
    return bytes ? "" : bytes.error()->message;
  }
};

TEST_CASE("tokens") {
  Text text("a:b/c@1.2.3-rc.1 a: b /* x /* y */ z */ %use \"s t\" ...->");
  auto tokens = lex(text.sources, text.id);
  REQUIRE(tokens);
  std::vector<std::string> seen;
  for (const Token& token : *tokens) seen.emplace_back(token.text);
  CHECK(seen == std::vector<std::string>{"a:b/c@1.2.3-rc.1", "a", ":", "b", "%use", "s t", "...", "->", ""});
  CHECK((*tokens)[0].kind == Token::kPackagePath);
}

TEST_CASE("what is not WAC") {
  CHECK(Text("").parse_error() == "the document ends, `package` was expected");
  CHECK(Text("package a:b").parse_error() == "the document ends, `;` was expected");
  CHECK(Text("package a:b; let x = \"y\";").parse_error().starts_with("found the string \"y\""));
  CHECK(Text("package a:b; /* ").parse_error() == "this comment does not end");
  CHECK(Text("package a:b@1.x;").parse_error() == "`1.x` is not a version");
  CHECK(Text("package a:b; let x = " + std::string(5000, '(')).parse_error() == "expressions nest too deep");
  std::string deep = "package a:b; type x = ";
  for (int i = 0; i < 5000; ++i) deep += "list<";
  CHECK(Text(deep).parse_error() == "types nest too deep");
}

TEST_CASE("types are declared before they are used") {
  CHECK(Text("package a:b; type x = y; type y = u8;").error() == "`y` is not defined");
  CHECK(Text("package a:b; interface i { f: func() -> borrow<r>; resource r; }").error() == "`r` is not defined");
  CHECK(Text("package a:b; interface i { resource r; f: func() -> borrow<r>; }").error() ==
        "a function's result cannot hold a `borrow`");
}

TEST_CASE("imports passed on") {
  CHECK(Text(R"(package a:b;
    interface types { resource r { constructor(x: u8); poke: func() -> list<string>; } record p { at: option<u32>, s: string } }
    import t: types;
    import f: func(x: tuple<u8, char>) -> result<_, string>;
    export t as "a:b/types";
    export f;
  )").error().empty());
  CHECK(Text("package a:b; import f: func(); export f.x;").error() == "`x` is looked for in what is not an instance");
  CHECK(Text("package a:b; import i: interface { f: func(); }; export i...; export i.f;").error() ==
        "`f` is exported already");
}

TEST_CASE("a target world") {
  std::string world = "package a:b targets a:b/w; interface i { f: func(); } world w { import i; export g: func(); }";
  CHECK(Text(world + "import i as \"a:b/i\": i; export i.f as g;").error() == "`i` is defined already");
  CHECK(Text(world + "import x as \"a:b/i\": i; export x.f as g;").error().empty());
  CHECK(Text(world + "import x as \"a:b/i\": i; export x.f as h;").error() == "the component has no export `g`, which the world asks for");
  CHECK(Text(world + "import x: i; export x.f as g;").error() == "the world does not import `x`, which the component needs");
}

}  // namespace
}  // namespace witc::linker::wac
