// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scopes, identifiers and references of the component parser (wasm/component/parser.h).
#include "wasm/component/parse.h"

#include <fmt/format.h>

#include "wasm/component/limits.h"
#include "wasm/component/parser.h"

namespace witc::component {

bool is_component_text(const SourceMap& sources, SourceId source) {
  Result<std::vector<wasm::Token>> tokens = wasm::lex(sources, sources.whole(source));
  return tokens && wasm::Cursor(sources, source, *tokens).at_form("component");
}

Result<ast::Component> parse_component(const SourceMap& sources, SourceId source, const ParseOptions& options) {
  std::vector<wasm::Token> tokens = TRY(wasm::lex(sources, sources.whole(source)));
  wasm::Cursor in(sources, source, tokens);
  if (!in.take_form("component")) return in.unexpected("`(component`");
  std::optional<std::string> name = in.take_id();
  ast::Component component = TRY(Parser(sources, in, options).component(std::move(name)));
  if (!in.at_end()) return in.unexpected("the end of the file");
  return component;
}

Result<ast::Component> parse_component_rest(const SourceMap& sources, wasm::Cursor& in,
                                            std::optional<std::string> name) {
  return Parser(sources, in).component(std::move(name));
}

Diagnostic Parser::malformed(std::string message) const {
  return error(DiagCode::kComponentMalformed, in_.span(), std::move(message));
}

Result<void> Parser::enter() {
  if (++depth_ > 2 * kMaxNesting) {
    return error(DiagCode::kComponentLimit, in_.span(), fmt::format("nesting is more than {} deep", 2 * kMaxNesting));
  }
  return {};
}

Result<ast::Component> Parser::component(std::optional<std::string> name) {
  TRY(enter());
  ast::Component component;
  component.source = in_.source();
  component.offset = in_.offset();
  component.names.component = name;
  TRY(push_scope(std::move(name)));
  scope().component = &component;
  while (!in_.at(Token::kRight)) TRY(field());
  TRY(in_.close());
  pop_scope();
  leave();
  return component;
}

Result<void> Parser::push_scope(std::optional<std::string> name) {
  scopes_.push_back(std::make_unique<Scope>());
  scope().name = std::move(name);
  return {};
}

Result<Parser::Id> Parser::take_id() {
  Id id;
  id.id = in_.take_id();
  if (in_.at_annotation("name")) {
    in_.skip();
    id.name = TRY(in_.name());
    TRY(in_.close());
  }
  return id;
}

/// Gives the next index of a space, and the identifier to it.
Result<std::uint32_t> Parser::define(FullSort sort, const Id& id) {
  Space& space = scope().spaces[sort];
  std::uint32_t index = space.count++;
  if (id.id && !space.ids.emplace(*id.id, index).second) {
    return malformed(fmt::format("duplicate identifier `${}`", *id.id));
  }
  const std::optional<std::string>& name = id.name ? id.name : id.id;
  if (name && scope().component != nullptr) {
    scope().component->names.entries.push_back({{sort.first, sort.second, index}, *name});
  }
  return index;
}

Result<std::uint32_t> Parser::index(FullSort sort) {
  if (in_.at(Token::kNumber)) return in_.u32("an index");
  if (!in_.at(Token::kId)) return in_.unexpected("an index or an identifier");
  Token token = in_.peek();
  std::string id = *in_.take_id();
  const Space& space = scope().spaces[sort];
  auto found = space.ids.find(id);
  if (found != space.ids.end()) return found->second;
  return outer_index(sort, token, id);
}

Result<std::uint32_t> Parser::outer_index(FullSort sort, const Token& token, const std::string& id) {
  for (std::size_t i = scopes_.size() - 1; i-- > 0;) {
    auto space = scopes_[i]->spaces.find(sort);
    if (space == scopes_[i]->spaces.end()) continue;
    auto found = space->second.ids.find(id);
    if (found == space->second.ids.end()) continue;
    bool allowed = sort.first == Sort::kType || sort.first == Sort::kComponent || sort == core(CoreSort::kType) ||
                   sort == core(CoreSort::kModule);
    bool fits = scope().component != nullptr || sort.first == Sort::kType || sort == core(CoreSort::kType);
    if (!allowed || !fits || (scope().module_decls != nullptr && sort != core(CoreSort::kType))) {
      return error(DiagCode::kComponentMalformed, in_.span(token),
                   fmt::format("outer item `${}` is not a module, type, or component", id));
    }
    auto count = static_cast<std::uint32_t>(scopes_.size() - 1 - i);
    ast::Alias alias{sort.first, sort.second, ast::AliasOuter{count, found->second}};
    append(std::move(alias));
    Space& own = scope().spaces[sort];
    own.ids.emplace(id, own.count);
    if (scope().component != nullptr) {
      scope().component->names.entries.push_back({{sort.first, sort.second, own.count}, id});
    }
    return own.count++;
  }
  return error(DiagCode::kComponentMalformed, in_.span(token),
               fmt::format("unknown identifier `${}`: failed to find name", id));
}

Result<std::uint32_t> Parser::index_path(FullSort sort) {
  // With names behind it, the index is that of an instance.
  bool path = in_.peek(1).kind == Token::kString;
  if (!path) return index(sort);
  if (scope().module_decls != nullptr) return in_.unexpected("no path here: a module type has no instances");
  if (sort == core(CoreSort::kType) || sort == core(CoreSort::kInstance)) {
    return malformed("core instances export no types and no instances: there is nothing of that name");
  }
  if (sort.first == Sort::kCore && sort.second != CoreSort::kModule) {
    std::uint32_t instance = TRY(index(core(CoreSort::kInstance)));
    std::string name = TRY(in_.name());
    return add(sort, {}, ast::Alias{sort.first, sort.second, ast::AliasCoreExport{instance, std::move(name)}});
  }
  std::uint32_t item = TRY(index(plain(Sort::kInstance)));
  while (true) {
    std::string name = TRY(in_.name());
    FullSort step = in_.at(Token::kString) ? plain(Sort::kInstance) : sort;
    item = TRY(add(step, {}, ast::Alias{step.first, step.second, ast::AliasExport{item, std::move(name)}}));
    if (!in_.at(Token::kString)) return item;
  }
}

std::optional<FullSort> Parser::take_sort(bool core_only) {
  static constexpr std::pair<std::string_view, CoreSort> kCore[] = {
      {"func", CoreSort::kFunc},     {"table", CoreSort::kTable},      {"memory", CoreSort::kMemory},
      {"global", CoreSort::kGlobal}, {"tag", CoreSort::kTag},          {"type", CoreSort::kType},
      {"module", CoreSort::kModule}, {"instance", CoreSort::kInstance}};
  static constexpr std::pair<std::string_view, Sort> kSorts[] = {{"func", Sort::kFunc},
                                                                 {"value", Sort::kValue},
                                                                 {"type", Sort::kType},
                                                                 {"component", Sort::kComponent},
                                                                 {"instance", Sort::kInstance}};
  if (!in_.at(Token::kLeft)) return std::nullopt;
  bool is_core = in_.at_form("core");
  std::string_view word = in_.text(in_.peek(is_core ? 2 : 1));
  if (is_core || core_only) {
    for (const auto& [text, sort] : kCore) {
      if (word != text) continue;
      in_.skip(is_core ? 3 : 2);
      return core(sort);
    }
    return std::nullopt;
  }
  for (const auto& [text, sort] : kSorts) {
    if (word != text) continue;
    in_.skip(2);
    return plain(sort);
  }
  return std::nullopt;
}

Result<std::uint32_t> Parser::reference(FullSort sort) {
  std::optional<FullSort> found = take_sort(sort.first == Sort::kCore);
  if (!found || *found != sort) return in_.unexpected("a reference to an item of another sort");
  std::uint32_t item = TRY(index_path(sort));
  TRY(in_.close());
  return item;
}

Result<ast::SortIndex> Parser::any_reference() {
  std::optional<FullSort> sort = take_sort();
  if (!sort) return in_.unexpected("a reference like `(func $f)`");
  std::uint32_t item = TRY(index_path(*sort));
  TRY(in_.close());
  return ast::SortIndex{sort->first, sort->second, item};
}

}  // namespace witc::component
