// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What the grammar carries along: the one iterator, the one context, the state behind it, and the
// directives and actions that turn matches into nodes of the syntax tree.
//
// Rules build their nodes by actions (`id[set<&Field::name>]`), not by fusion-adapted attributes: the
// tree keeps its own shape, and a grammar section compiles in a second or two.

#include <boost/spirit/home/x3.hpp>
#include <string>
#include <utility>

#include "base/diagnostic.h"
#include "wit-parser/ast.h"

namespace witc::wit::grammar {

namespace x3 = boost::spirit::x3;
using Iterator = char const*;

/// Types nest at most this deep: recursion is the C++ stack, in the grammar and in all that walks types.
constexpr int kMaxDepth = 100;

struct State {
  SourceId source;
  std::string_view text;
  const std::vector<ast::Comment>* comments = nullptr;
  int depth = 0;
  Iterator mistake_at = nullptr;  // set by the entry rule when a file is refused
  std::string expected;

  [[nodiscard]] Span span(Iterator first, Iterator last) const {
    return {source, static_cast<std::uint32_t>(first - text.data()), static_cast<std::uint32_t>(last - text.data())};
  }
};

/// Thrown by token rules that know better than "expected x" what is wrong; caught at the entry.
struct Fault {
  DiagCode code;
  Iterator first, last;
  std::string message;
  std::string hint;
};

// -- skipping: white space and comments, without recursion -------------------------------------------

struct StateTag;

struct Trivia : x3::parser<Trivia> {
  using attribute_type = x3::unused_type;
  static bool const has_attribute = false;

  template <class Context, class RContext, class Attribute>
  bool parse(Iterator& first, Iterator const& last, Context const&, RContext&, Attribute&) const {
    Iterator from = first;
    while (first != last) {
      if (*first == ' ' || *first == '\n' || *first == '\r' || *first == '\t') {
        ++first;
      } else if (!skip_comment(first, last)) {
        break;
      }
    }
    return first != from;
  }

 private:
  static bool skip_comment(Iterator& first, Iterator last) {
    if (last - first < 2 || *first != '/') return false;
    if (first[1] == '/') {
      while (first != last && *first != '\n') ++first;
      return true;
    }
    if (first[1] != '*') return false;
    for (int depth = 0; last - first >= 2;) {
      if (first[0] == '/' && first[1] == '*') {
        ++depth;
        first += 2;
      } else if (first[0] == '*' && first[1] == '/') {
        first += 2;
        if (--depth == 0) return true;
      } else {
        ++first;
      }
    }
    first = last;  // find_comments has refused this already
    return true;
  }
};
constexpr Trivia trivia{};

using SkipperContext = x3::phrase_parse_context<Trivia>::type;
using Context = decltype(x3::make_context<StateTag>(std::declval<State&>(), std::declval<SkipperContext const&>()));

// -- actions -------------------------------------------------------------------------------------------

/// The rule's node is what was matched.
constexpr auto assign = [](auto& context) { x3::_val(context) = std::move(x3::_attr(context)); };
/// A member of the rule's node is what was matched.
template <auto Member>
constexpr auto set = [](auto& context) { x3::_val(context).*Member = std::move(x3::_attr(context)); };
/// ... is appended to a member.
template <auto Member>
constexpr auto add = [](auto& context) { (x3::_val(context).*Member).push_back(std::move(x3::_attr(context))); };
/// A member is a constant, whatever was matched.
template <auto Member, auto Value>
constexpr auto mark = [](auto& context) { x3::_val(context).*Member = Value; };

/// Fills in `docs` (defined in file.cpp, which knows the comments).
ast::Docs docs_at(const State& state, Iterator first);

/// Round a rule's definition: gives the rule's node its span and, where it has them, its comments. (An
/// `on_success` handler cannot: X3 hides the node from it in rules that build by actions.)
template <class Subject>
struct Placed : x3::unary_parser<Subject, Placed<Subject>> {
  using Base = x3::unary_parser<Subject, Placed<Subject>>;
  static bool const is_pass_through_unary = true;
  using Base::Base;

  template <class Ctx, class Node, class Attribute>
  bool parse(Iterator& first, Iterator const& last, Ctx const& context, Node& node, Attribute& attribute) const {
    Iterator begin = first;
    x3::skip_over(begin, last, context);
    if (!this->subject.parse(first, last, context, node, attribute)) return false;
    const State& state = x3::get<StateTag>(context);
    if constexpr (requires { node.span; }) node.span = state.span(begin, first);
    if constexpr (requires { node.docs; }) node.docs = docs_at(state, begin);
    return true;
  }
};

/// Runs its subject one level deeper, and refuses more than kMaxDepth levels.
template <class Subject>
struct Deeper : x3::unary_parser<Subject, Deeper<Subject>> {
  using Base = x3::unary_parser<Subject, Deeper<Subject>>;
  static bool const is_pass_through_unary = true;
  using Base::Base;

  template <class Ctx, class RContext, class Attribute>
  bool parse(Iterator& first, Iterator const& last, Ctx const& context, RContext& rcontext,
             Attribute& attribute) const {
    State& state = x3::get<StateTag>(context);
    if (state.depth >= kMaxDepth) {
      Iterator at = first;
      x3::skip_over(at, last, context);
      throw Fault{DiagCode::kWitLimit, at, at, "type nesting too deep", "give an inner type a name of its own"};
    }
    ++state.depth;
    bool matched = this->subject.parse(first, last, context, rcontext, attribute);
    --state.depth;
    return matched;
  }
};
template <template <class> class Directive>
struct DirectiveGen {
  template <class Subject>
  constexpr auto operator[](Subject const& subject) const {
    return Directive<typename x3::extension::as_parser<Subject>::value_type>(x3::as_parser(subject));
  }
};
constexpr DirectiveGen<Placed> placed{};
constexpr DirectiveGen<Deeper> deeper{};

/// `p , p , p` with a comma after the last allowed; may be empty.
template <class Parser, class Comma>
constexpr auto comma_separated(Parser const& p, Comma const& comma) {
  return -(p >> *(comma >> p) >> -comma);
}

}  // namespace witc::wit::grammar

// "expected ..." names what an action is attached to, not the action.
namespace boost::spirit::x3 {
template <class Subject, class Action>
struct get_info<action<Subject, Action>> {
  using result_type = std::string;
  std::string operator()(action<Subject, Action> const& parser) const { return what(parser.subject); }
};
}  // namespace boost::spirit::x3
