// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The contents of interfaces and worlds (WIT.md "Item: `interface`", "Item: `world`", "Item: `include`").
#include "wit-parser/grammar/rules.h"

namespace witc::wit::grammar {

using ast::Extern, ast::Include, ast::InterfaceBody, ast::InterfaceItem, ast::World, ast::WorldItem;

/// The body of an item, or of an extern, is what was matched.
constexpr auto set_body = [](auto& context) { x3::_val(context).body = std::move(x3::_attr(context)); };

// -- interfaces ------------------------------------------------------------------------------------------

// An item without its gates; once there is a gate, an item must follow.
using InterfaceInner = decltype(InterfaceItem::body);
struct InterfaceInnerId {};
constexpr x3::rule<InterfaceInnerId, InterfaceInner> interface_inner{"a type definition, a function or `use`"};
constexpr auto interface_inner_def = use[assign] | definition[assign] | func_item[assign];

struct InterfaceItemId {};
constexpr x3::rule<InterfaceItemId, InterfaceItem> interface_item{"a type definition, a function or `use`"};
constexpr auto interface_item_def =
    placed[(+gate[add<&InterfaceItem::gates>] > interface_inner[set_body]) | interface_inner[set_body]];

constexpr auto interface_body_def = placed[open_brace > *interface_item[add<&InterfaceBody::items>] >
                                           Sign("}", "a type definition, a function, `use` or `}`")];

// -- worlds ----------------------------------------------------------------------------------------------

// `x:` labels what follows, unless it is the namespace of `x:y/z`.
constexpr auto label = identifier[set<&Extern::label>] >> colon >> !(identifier >> slash);
struct LabelledId {};
constexpr x3::rule<LabelledId, Extern> labelled{"`func`, `interface` or the path of an interface"};
constexpr auto labelled_def = (word("interface", "`interface`") > interface_body[set_body]) |
                              (func_type[set_body] > semicolon) | (use_path[set_body] > semicolon);
constexpr auto take_labelled = [](auto& context) { x3::_val(context).body = std::move(x3::_attr(context).body); };
constexpr auto drop_label = [](auto& context) { x3::_val(context).label.reset(); };

struct ExternId {};
constexpr x3::rule<ExternId, Extern> extern_{"`import` or `export`"};
constexpr auto extern__def =
    placed[(word("import", "`import`") | word("export", "`export`")[mark<&Extern::is_export, true>]) >
           ((label > labelled[take_labelled]) | (x3::eps[drop_label] > use_path[set_body] > semicolon))];

struct IncludeId {};
constexpr x3::rule<IncludeId, Include> include{"`include`"};
constexpr auto include_def =
    placed[word("include", "`include`") > use_path[set<&Include::from>] >
           ((word("with", "`with`") > renames[set<&Include::names>]) | Sign(";", "`;` or `with`"))];

using WorldInner = decltype(WorldItem::body);
struct WorldInnerId {};
constexpr x3::rule<WorldInnerId, WorldInner> world_inner{"`import`, `export`, `include`, `use` or a type definition"};
constexpr auto world_inner_def = extern_[assign] | include[assign] | use[assign] | definition[assign];

struct WorldItemId {};
constexpr x3::rule<WorldItemId, WorldItem> world_item{"`import`, `export`, `include`, `use` or a type definition"};
constexpr auto world_item_def = placed[(+gate[add<&WorldItem::gates>] > world_inner[set_body]) | world_inner[set_body]];

constexpr auto world_def =
    placed[word("world", "`world`") > identifier[set<&World::name>] > open_brace > *world_item[add<&World::items>] >
           Sign("}", "`import`, `export`, `include`, `use`, a type definition or `}`")];

BOOST_SPIRIT_DEFINE(interface_inner, interface_item, interface_body)
BOOST_SPIRIT_DEFINE(labelled, extern_, include, world_inner, world_item, world)
BOOST_SPIRIT_INSTANTIATE(InterfaceBodyRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(WorldRule, Iterator, Context)

}  // namespace witc::wit::grammar
