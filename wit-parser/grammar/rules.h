// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The rules that cross sections: declared here, each defined in the section named. A rule's name is
// what a message says was expected.

#include "wit-parser/grammar/tokens.h"

namespace witc::wit::grammar {

struct GateId {};
struct PackageNameId {};
struct UsePathId {};
struct UseNameId {};
struct UseId {};
struct TypeId_ {};
struct FuncTypeId {};
struct FuncId {};
struct ResourceFuncId {};
struct TypeDefId {};
struct InterfaceBodyId {};
struct WorldId_ {};

// names.cpp
using GateRule = x3::rule<GateId, ast::Gate>;
using PackageNameRule = x3::rule<PackageNameId, ast::PackageName>;
using UsePathRule = x3::rule<UsePathId, ast::UsePath>;
using UseRule = x3::rule<UseId, ast::Use>;
using RenamesRule = x3::rule<struct RenamesId, std::vector<ast::UseName>>;
constexpr GateRule gate{"a gate"};
constexpr PackageNameRule package_name{"a package name"};
constexpr UsePathRule use_path{"a name"};
constexpr UseRule use{"`use`"};
constexpr RenamesRule renames{"`{`"};
// types.cpp
using TypeRule = x3::rule<TypeId_, ast::Type>;
constexpr TypeRule type{"a type"};
// functions.cpp
using FuncTypeRule = x3::rule<FuncTypeId, ast::FuncType>;
using FuncRule = x3::rule<FuncId, ast::Func>;
constexpr FuncTypeRule func_type{"`func`"};
constexpr FuncRule func_item{"a function"};
using ResourceFuncRule = x3::rule<ResourceFuncId, ast::Func>;
constexpr ResourceFuncRule resource_func{"a function or `constructor`"};
// typedefs.cpp
using TypeDefRule = x3::rule<TypeDefId, ast::TypeDef>;
constexpr TypeDefRule definition{"a type definition"};
// worlds.cpp
using InterfaceBodyRule = x3::rule<InterfaceBodyId, ast::InterfaceBody>;
using WorldRule = x3::rule<WorldId_, ast::World>;
constexpr InterfaceBodyRule interface_body{"`{`"};
constexpr WorldRule world{"`world`"};

BOOST_SPIRIT_DECLARE(GateRule, PackageNameRule, UsePathRule, UseRule, RenamesRule)
BOOST_SPIRIT_DECLARE(TypeRule)
BOOST_SPIRIT_DECLARE(FuncTypeRule, FuncRule, ResourceFuncRule)
BOOST_SPIRIT_DECLARE(TypeDefRule)
BOOST_SPIRIT_DECLARE(InterfaceBodyRule, WorldRule)

}  // namespace witc::wit::grammar
