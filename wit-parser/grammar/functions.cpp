// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Functions: in interfaces, in worlds, in resources (WIT.md "Item: `interface`", "Item: `resource`").
#include "wit-parser/grammar/rules.h"

namespace witc::wit::grammar {

using ast::Func, ast::FuncType, ast::Param;

struct ParamId {};
constexpr x3::rule<ParamId, Param> param{"a parameter"};
constexpr auto param_def = placed[identifier[set<&Param::name>] > colon > type[set<&Param::type>]];
BOOST_SPIRIT_DEFINE(param)

constexpr auto params = open_paren > comma_separated(param[add<&FuncType::params>], comma) > Sign(")", "`,` or `)`");
constexpr auto result = -(arrow > type[set<&FuncType::result>]);

constexpr auto func_keyword = word("func", "`func`");
constexpr auto func_type_def = placed[((word("async", "`async`")[mark<&FuncType::is_async, true>] > func_keyword) |
                                       func_keyword) > params > result];

constexpr auto func_item_def = placed[identifier[set<&Func::name>] > colon > func_type[set<&Func::type>] > semicolon];

// -- in a resource ---------------------------------------------------------------------------------------

constexpr auto constructor_keyword = [](auto& context) {
  Func& func = x3::_val(context);
  func.kind = FunctionKind::kConstructor;
  func.name.name = "constructor";
  func.name.span = x3::_attr(context);
};
struct ConstructorTypeId {};
constexpr x3::rule<ConstructorTypeId, FuncType> constructor_type{"`(`"};
constexpr auto constructor_type_def = placed[params > result];
BOOST_SPIRIT_DEFINE(constructor_type)

constexpr auto constructor =
    word("constructor", "`constructor`")[constructor_keyword] > constructor_type[set<&Func::type>] > semicolon;
constexpr auto method =
    identifier[set<&Func::name>] > colon >
    -(word("static", "`static`")[mark<&Func::kind, FunctionKind::kStatic>]) > func_type[set<&Func::type>] > semicolon;
constexpr auto is_method = [](auto& context) { x3::_val(context).kind = FunctionKind::kMethod; };
constexpr auto resource_func_def = placed[constructor | (x3::eps[is_method] >> method)];

BOOST_SPIRIT_DEFINE(func_type, func_item, resource_func)
BOOST_SPIRIT_INSTANTIATE(FuncTypeRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(FuncRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(ResourceFuncRule, Iterator, Context)

}  // namespace witc::wit::grammar
