// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "linker/wac/parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "linker/wac/parser.h"

namespace witc::linker::wac {

namespace {

constexpr std::array<std::string_view, 37> kKeywords = {
    "import", "with",   "type",      "tuple",  "list",        "option", "result", "borrow", "resource", "variant",
    "record", "flags",  "enum",      "func",   "static",      "u8",     "s8",     "u16",    "s16",      "u32",
    "s32",    "u64",    "s64",       "f32",    "f64",         "char",   "bool",   "string", "interface", "world",
    "export", "new",    "let",       "use",    "include",     "as",     "package"};

bool is_keyword(std::string_view text) {
  return std::ranges::find(kKeywords, text) != kKeywords.end() || text == "constructor" || text == "targets";
}

}  // namespace

Result<Document> parse(const SourceMap& sources, SourceId source) {
  return Parser(TRY(lex(sources, source))).document();
}

// -- tokens -------------------------------------------------------------------------------------------

bool Parser::is(std::string_view text, std::size_t ahead) const {
  const Token& token = peek(ahead);
  return (token.kind == Token::kSymbol || token.kind == Token::kIdent) && token.text == text;
}

bool Parser::accept(std::string_view text) {
  if (!is(text)) return false;
  take();
  return true;
}

Result<Token> Parser::expect(std::string_view text) {
  if (!is(text)) return unexpected(fmt::format("`{}`", text));
  return take();
}

Diagnostic Parser::unexpected(std::string_view expected) const {
  const Token& token = peek();
  std::string seen = token.kind == Token::kEnd      ? "the document ends"
                     : token.kind == Token::kString ? fmt::format("found the string \"{}\"", token.text)
                                                    : fmt::format("found `{}`", token.text);
  return error(DiagCode::kWacSyntax, token.span, fmt::format("{}, {} was expected", seen, expected));
}

Result<Ident> Parser::ident() {
  const Token& token = peek();
  if (token.kind != Token::kIdent || is_keyword(token.text)) return unexpected("an identifier");
  take();
  std::string_view text = token.text;
  if (text.starts_with('%')) text.remove_prefix(1);
  return Ident{std::string(text), token.span};
}

Result<Ident> Parser::ident_or_string() {
  const Token& token = peek();
  if (token.kind != Token::kString) return ident();
  take();
  return Ident{std::string(token.text), token.span};
}

Result<PackageName> Parser::split_package(const Token& token, std::string_view text) {
  PackageName name{std::string(text), std::nullopt, token.span};
  std::erase(name.name, '%');
  std::size_t at = token.text.find('@');
  if (at == std::string_view::npos) return name;
  name.version = Version::parse(token.text.substr(at + 1));
  if (!name.version) {
    Span span = token.span;
    span.begin += static_cast<std::uint32_t>(at) + 1;
    return error(DiagCode::kWacSyntax, span, fmt::format("`{}` is not a version", token.text.substr(at + 1)))
        .hint("a version looks like `1.2.3`");
  }
  return name;
}

Result<PackageName> Parser::package_name() {
  const Token& token = peek();
  if (token.kind != Token::kPackageName) return unexpected("a package name (`namespace:name`)");
  take();
  return split_package(token, token.text.substr(0, token.text.find('@')));
}

Result<PackagePath> Parser::package_path() {
  const Token& token = peek();
  if (token.kind != Token::kPackagePath) return unexpected("a package path (`namespace:name/item`)");
  take();
  std::size_t slash = token.text.find('/');
  std::string_view item = token.text.substr(slash + 1);
  PackagePath path{TRY(split_package(token, token.text.substr(0, slash))), std::string(item.substr(0, item.find('@'))),
                   token.span};
  std::erase(path.item, '%');
  return path;
}

// -- statements -----------------------------------------------------------------------------------------

Result<Document> Parser::document() {
  Document document;
  TRY(expect("package"));
  document.package = TRY(package_name());
  if (accept("targets")) document.targets = TRY(package_path());
  TRY(expect(";"));
  while (peek().kind != Token::kEnd) document.statements.push_back(TRY(statement()));
  return document;
}

Result<Statement> Parser::statement() {
  if (is("import")) return import_statement();
  if (is("let")) return let_statement();
  if (is("export")) return export_statement();
  if (is("interface")) return Statement(TypeStatement(TRY(interface_decl())));
  if (is("world")) return Statement(TypeStatement(TRY(world_decl())));
  if (is_type_decl() && !is("resource")) return Statement(TypeStatement(TRY(type_decl())));
  return unexpected("a statement (`import`, `let`, `export`, or the declaration of a type)");
}

Result<Statement> Parser::import_statement() {
  ImportStatement made;
  TRY(expect("import"));
  made.id = TRY(ident());
  if (accept("as")) made.as = TRY(ident_or_string());
  TRY(expect(":"));
  if (peek().kind == Token::kPackagePath) {
    made.type = TRY(package_path());
  } else if (is("func")) {
    made.type = TRY(func_type());
  } else if (accept("interface")) {
    made.type = InlineInterface{TRY(interface_items())};
  } else if (peek().kind == Token::kIdent) {
    made.type = TRY(ident());
  } else {
    return unexpected("a package path, a function type, an interface or a name");
  }
  TRY(expect(";"));
  return Statement(std::move(made));
}

Result<Statement> Parser::let_statement() {
  TRY(expect("let"));
  Ident id = TRY(ident());
  TRY(expect("="));
  LetStatement made{std::move(id), TRY(expr())};
  TRY(expect(";"));
  return Statement(std::move(made));
}

Result<Statement> Parser::export_statement() {
  TRY(expect("export"));
  ExportStatement made{TRY(expr()), std::nullopt, false};
  if (accept("...")) {
    made.is_spread = true;
  } else if (accept("as")) {
    made.as = TRY(ident_or_string());
  }
  TRY(expect(";"));
  return Statement(std::move(made));
}

// -- expressions ------------------------------------------------------------------------------------------

Result<Expr> Parser::expr() {
  Nest nest(depth_);
  if (depth_ > kMaxDepth) return error(DiagCode::kWacSyntax, peek().span, "expressions nest too deep");
  Expr made;
  Span begin = peek().span;
  if (is("new")) {
    made.primary = TRY(new_expr());
  } else if (accept("(")) {
    made.primary = std::make_unique<Expr>(TRY(expr()));
    TRY(expect(")"));
  } else if (peek().kind == Token::kIdent) {
    made.primary = TRY(ident());
  } else {
    return unexpected("an expression (`new`, a name, or `(`)");
  }
  while (is(".") || is("[")) {
    if (accept(".")) {
      made.postfix.push_back({TRY(ident()), false});
      continue;
    }
    take();
    if (peek().kind != Token::kString) return unexpected("a string");
    made.postfix.push_back({TRY(ident_or_string()), true});
    TRY(expect("]"));
  }
  made.span = since(begin);
  return made;
}

Result<NewExpr> Parser::new_expr() {
  NewExpr made;
  Span begin = peek().span;
  TRY(expect("new"));
  made.package = TRY(package_name());
  TRY(expect("{"));
  made.arguments = TRY(list("}", true, "", &Parser::argument));
  TRY(expect("}"));
  for (std::size_t i = 0; i + 1 < made.arguments.size(); ++i) {
    if (const auto* fill = std::get_if<FillArgument>(&made.arguments[i])) {
      return error(DiagCode::kWacSyntax, fill->span, "`...` stands before other arguments, it must be the last one");
    }
  }
  made.span = since(begin);
  return made;
}

Result<Argument> Parser::argument() {
  Span begin = peek().span;
  if (accept("...")) {
    if (peek().kind == Token::kIdent) return Argument(SpreadArgument{TRY(ident())});
    return Argument(FillArgument{begin});
  }
  bool is_string = peek().kind == Token::kString;
  Ident name = TRY(ident_or_string());
  if (!is_string && !is(":")) return Argument(InferredArgument{std::move(name)});
  TRY(expect(":"));
  return Argument(NamedArgument{std::move(name), is_string, std::make_unique<Expr>(TRY(expr()))});
}

}  // namespace witc::linker::wac
