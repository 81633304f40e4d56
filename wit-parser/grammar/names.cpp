// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gates, package names, paths and `use` (WIT.md "Feature gate syntax", "Item: `toplevel-use`", "Item: `use`").
#include "wit-parser/grammar/rules.h"

namespace witc::wit::grammar {

using ast::Gate, ast::PackageName, ast::UsePath, ast::UseName, ast::Use;

// -- gates ---------------------------------------------------------------------------------------------

constexpr auto version_field = [](auto const& p) {
  return open_paren > word("version", "`version`") > equals > p > close_paren;
};
constexpr auto gate_named = [](std::string_view text, std::string_view quoted) {
  return word(text, quoted)[set<&Gate::keyword>];
};

struct GateBodyId {};
constexpr x3::rule<GateBodyId, Gate> gate_body{"`since`, `unstable`, `deprecated` or `external-id`"};
constexpr auto gate_body_def =
    (gate_named("since", "`since`") > version_field(version[set<&Gate::version>])) |
    (gate_named("deprecated", "`deprecated`")[mark<&Gate::kind, Gate::Kind::kDeprecated>] >
     version_field(version[set<&Gate::version>])) |
    (gate_named("unstable", "`unstable`")[mark<&Gate::kind, Gate::Kind::kUnstable>] > open_paren >
     word("feature", "`feature`") > equals > identifier[set<&Gate::feature>] > close_paren) |
    (gate_named("external-id", "`external-id`")[mark<&Gate::kind, Gate::Kind::kExternalId>] > open_paren >
     string_literal[set<&Gate::text>] > close_paren);
BOOST_SPIRIT_DEFINE(gate_body)

constexpr auto gate_def = placed[at_sign > gate_body[assign]];

// -- paths ---------------------------------------------------------------------------------------------

constexpr auto package_name_def =
    placed[identifier[set<&PackageName::ns>] > colon > identifier[set<&PackageName::name>] >
           -(at_sign > version[set<&PackageName::version>])];

// `id` or `id:id/id@version`: the first name is a package's namespace once a `:` follows.
constexpr auto to_namespace = [](auto& context) {
  UsePath& path = x3::_val(context);
  path.package.emplace();
  path.package->ns = std::move(path.name);
  path.package->span = path.package->ns.span;
};
constexpr auto to_package = [](auto& context) {
  UsePath& path = x3::_val(context);
  path.package->name = std::move(x3::_attr(context));
  path.package->span.end = path.package->name.span.end;
};
constexpr auto to_version = [](auto& context) { x3::_val(context).package->version = std::move(x3::_attr(context)); };
constexpr auto use_path_def =
    placed[identifier[set<&UsePath::name>] >> -(colon[to_namespace] > identifier[to_package] > slash >
                                                identifier[set<&UsePath::name>] > -(at_sign > version[to_version]))];

// -- use -----------------------------------------------------------------------------------------------

constexpr x3::rule<UseNameId, UseName> use_name{"a name"};
constexpr auto use_name_def = placed[identifier[set<&UseName::name>] >> -(as_ > identifier[set<&UseName::as>])];
BOOST_SPIRIT_DEFINE(use_name)

constexpr Sign close_use{"}", "`,` or `}`"};
constexpr auto use_def = placed[word("use", "`use`") > use_path[set<&Use::from>] > dot > open_brace >
                                comma_separated(use_name[add<&Use::names>], comma) > close_use > semicolon];

// An include's `{ a as b }`.
struct RenameId {};
constexpr x3::rule<RenameId, UseName> rename_item{"a name"};
constexpr auto rename_item_def = placed[identifier[set<&UseName::name>] > as_ > identifier[set<&UseName::as>]];
BOOST_SPIRIT_DEFINE(rename_item)

constexpr auto append = [](auto& context) { x3::_val(context).push_back(std::move(x3::_attr(context))); };
constexpr auto renames_def = open_brace > comma_separated(rename_item[append], comma) > close_use;

BOOST_SPIRIT_DEFINE(gate, package_name, use_path, use, renames)
BOOST_SPIRIT_INSTANTIATE(GateRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(PackageNameRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(UsePathRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(UseRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(RenamesRule, Iterator, Context)

}  // namespace witc::wit::grammar
