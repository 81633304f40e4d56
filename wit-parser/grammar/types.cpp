// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Types as they are written (WIT.md "Types", "Handles").
#include "wit-parser/grammar/rules.h"

namespace witc::wit::grammar {

using ast::Type;
using Form = Type::Form;

/// Starts a type of a form at its keyword.
template <Form F>
constexpr auto form = [](auto& context) {
  x3::_val(context).form = F;
  x3::_val(context).keyword = x3::_attr(context);
};
template <Form F>
constexpr auto starts(std::string_view text, std::string_view quoted) {
  return word(text, quoted)[form<F>];
}
constexpr auto arg = type[add<&Type::args>];
constexpr auto one_arg = open_angle > arg > close_angle;

constexpr auto set_primitive = [](auto& context) { x3::_val(context).primitive = x3::_attr(context); };
constexpr auto set_named = [](auto& context) {
  Type& node = x3::_val(context);
  node.form = Form::kNamed;
  node.name = std::move(x3::_attr(context));
  node.keyword = node.name.span;
};

constexpr auto tuple_ = starts<Form::kTuple>("tuple", "`tuple`") > open_angle > comma_separated(arg, comma) >
                        Sign(">", "`,` or `>`");
constexpr auto list_ = starts<Form::kList>("list", "`list`") > open_angle > arg >
                       -(comma > integer[set<&Type::length>]) > close_angle;
constexpr auto map_ = starts<Form::kMap>("map", "`map`") > open_angle > arg > comma > arg > close_angle;
constexpr auto option_ = starts<Form::kOption>("option", "`option`") > one_arg;
constexpr auto future_ = starts<Form::kFuture>("future", "`future`") >> -one_arg;
constexpr auto stream_ = starts<Form::kStream>("stream", "`stream`") >> -one_arg;

// `result<_, E>`, `result<T>`, `result<T, E>`: the arguments are written into the same node.
struct ResultArgsId {};
constexpr x3::rule<ResultArgsId, Type> result_args{"a type or `_`"};
constexpr auto result_args_def =
    (word("_", "`_`")[mark<&Type::ok_omitted, true>] > comma > arg) | (arg > -(comma > arg));
BOOST_SPIRIT_DEFINE(result_args)
constexpr auto take_args = [](auto& context) {
  x3::_val(context).args = std::move(x3::_attr(context).args);
  x3::_val(context).ok_omitted = x3::_attr(context).ok_omitted;
};
constexpr auto result_ = starts<Form::kResult>("result", "`result`") >>
                         -(open_angle > result_args[take_args] > close_angle);

constexpr auto own_ = starts<Form::kOwn>("own", "`own`") > open_angle > identifier[set<&Type::name>] > close_angle;
constexpr auto borrow_ =
    starts<Form::kBorrow>("borrow", "`borrow`") > open_angle > identifier[set<&Type::name>] > close_angle;

constexpr auto type_def = placed[deeper[primitive_name[set_primitive] | tuple_ | list_ | option_ | result_ | map_ |
                                        own_ | borrow_ | future_ | stream_ | identifier[set_named]]];

BOOST_SPIRIT_DEFINE(type)
BOOST_SPIRIT_INSTANTIATE(TypeRule, Iterator, Context)

}  // namespace witc::wit::grammar
