// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The parser's state and its productions: parse.cpp has the statements and expressions, parse_types.cpp
// the declarations of types. Nobody else includes this.

#include <functional>
#include <initializer_list>

#include "linker/wac/lexer.h"
#include "linker/wac/parse.h"

namespace witc::linker::wac {

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}
  Result<Document> document();

 private:
  // parse.cpp
  Result<Statement> statement();
  Result<Statement> import_statement();
  Result<Statement> let_statement();
  Result<Statement> export_statement();
  Result<Expr> expr();
  Result<NewExpr> new_expr();
  Result<Argument> argument();
  Result<PackageName> package_name();
  Result<PackagePath> package_path();
  Result<PackageName> split_package(const Token& token, std::string_view text);

  // parse_types.cpp
  [[nodiscard]] bool is_type_decl() const;
  Result<TypeDecl> type_decl();
  Result<TypeDecl> resource_decl();
  Result<AliasDecl> alias_decl();
  Result<UseType> use_type();
  Result<InterfaceRef> interface_ref();
  Result<InterfaceDecl> interface_decl();
  Result<std::vector<InterfaceItem>> interface_items();
  Result<WorldDecl> world_decl();
  Result<WorldItem> world_item();
  Result<WorldItem> world_extern(bool is_import);
  Result<WorldItem> world_include();
  Result<FuncType> func_type();
  Result<std::vector<NamedType>> named_types(std::string_view end);
  Result<TypeExpr> type();
  Result<void> result_type(TypeExpr& made);

  // tokens
  [[nodiscard]] const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  /// A symbol or a keyword.
  [[nodiscard]] bool is(std::string_view text, std::size_t ahead = 0) const;
  bool accept(std::string_view text);
  Result<Token> expect(std::string_view text);
  Result<Ident> ident();
  Result<Ident> ident_or_string();
  [[nodiscard]] Diagnostic unexpected(std::string_view expected) const;
  [[nodiscard]] Span since(const Span& begin) const { return {begin.source, begin.begin, tokens_[at_ - 1].span.end}; }

  /// `item (',' item)* ','?` up to `end`, which is not taken; at least one unless `may_be_empty`.
  template <class Item>
  Result<std::vector<Item>> list(std::string_view end, bool may_be_empty, std::string_view what,
                                 Result<Item> (Parser::*item)()) {
    std::vector<Item> items;
    while (!is(end)) {
      items.push_back(TRY((this->*item)()));
      if (!is(end)) TRY(expect(","));
    }
    if (items.empty() && !may_be_empty) return unexpected(what);
    return items;
  }
  Result<VariantCase> variant_case();
  Result<NamedType> named_type();
  Result<UseItem> use_item();
  Result<WorldIncludeItem> include_item();

  /// Counts what nests; RAII.
  struct Nest {
    explicit Nest(int& depth) : depth_(depth) { ++depth_; }
    ~Nest() { --depth_; }
    int& depth_;
  };
  static constexpr int kMaxDepth = 100;

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace witc::linker::wac
