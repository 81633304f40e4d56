// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Type definitions (WIT.md "Items: type"): alias, record, flags, variant, enum, resource.
#include "wit-parser/grammar/rules.h"

namespace witc::wit::grammar {

using ast::Case, ast::Enum, ast::Field, ast::Flags, ast::Func, ast::Item, ast::Record, ast::Resource, ast::TypeDef,
    ast::Variant;

/// The definition is of this kind, seen from its keyword on.
template <class Body>
constexpr auto is = [](auto& context) { x3::_val(context).body = Body{}; };
/// Something is appended to the list of the body.
template <auto Member>
struct AddTo;
template <class Body, class Element, std::vector<Element> Body::* Member>
struct AddTo<Member> {
  template <class Ctx>
  void operator()(Ctx& context) const {
    (std::get<Body>(x3::_val(context).body).*Member).push_back(std::move(x3::_attr(context)));
  }
};
constexpr auto set_alias = [](auto& context) { x3::_val(context).body = std::move(x3::_attr(context)); };

// -- parts -----------------------------------------------------------------------------------------------

struct FieldId {};
constexpr x3::rule<FieldId, Field> field{"a field"};
constexpr auto field_def = placed[identifier[set<&Field::name>] > colon > type[set<&Field::type>]];

struct CaseId {};
constexpr x3::rule<CaseId, Case> variant_case{"a case"};
constexpr auto variant_case_def =
    placed[identifier[set<&Case::name>] >> -(open_paren > type[set<&Case::type>] > close_paren)];

struct LabelId {};
constexpr x3::rule<LabelId, Case> label{"a name"};
constexpr auto label_def = placed[identifier[set<&Case::name>]];

// A function with its gates. Once there is a gate, a function must follow.
using ResourceItem = Item<Func>;
struct ResourceItemId {};
constexpr x3::rule<ResourceItemId, ResourceItem> resource_item{"a function or `constructor`"};
constexpr auto resource_item_def = placed[(+gate[add<&ResourceItem::gates>] > resource_func[set<&ResourceItem::body>]) |
                                          resource_func[set<&ResourceItem::body>]];

BOOST_SPIRIT_DEFINE(field, variant_case, label, resource_item)

// -- definitions -------------------------------------------------------------------------------------------

constexpr auto name = identifier[set<&TypeDef::name>];
constexpr Sign close_list{"}", "`,` or `}`"};
constexpr Sign close_resource{"}", "a function, `constructor` or `}`"};

constexpr auto alias = word("type", "`type`") > name > equals > type[set_alias] > semicolon;
constexpr auto record = word("record", "`record`")[is<Record>] > name > open_brace >
                        comma_separated(field[AddTo<&Record::fields>{}], comma) > close_list;
constexpr auto flags = word("flags", "`flags`")[is<Flags>] > name > open_brace >
                       comma_separated(label[AddTo<&Flags::flags>{}], comma) > close_list;
constexpr auto variant = word("variant", "`variant`")[is<Variant>] > name > open_brace >
                         comma_separated(variant_case[AddTo<&Variant::cases>{}], comma) > close_list;
constexpr auto enum_ = word("enum", "`enum`")[is<Enum>] > name > open_brace >
                       comma_separated(label[AddTo<&Enum::cases>{}], comma) > close_list;
constexpr auto resource =
    word("resource", "`resource`")[is<Resource>] > name >
    ((open_brace > *resource_item[AddTo<&Resource::functions>{}] > close_resource) | Sign(";", "`;` or `{`"));

constexpr auto definition_def = placed[alias | record | flags | variant | enum_ | resource];

BOOST_SPIRIT_DEFINE(definition)
BOOST_SPIRIT_INSTANTIATE(TypeDefRule, Iterator, Context)

}  // namespace witc::wit::grammar
