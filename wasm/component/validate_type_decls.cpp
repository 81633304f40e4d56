// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Component and instance types (wasm/component/validator.h; Binary.md, "Type Definitions"). Their declarators
// are checked in a scope of their own, like the definitions of a component.
#include <fmt/format.h>

#include "base/overloaded.h"
#include "wasm/component/limits.h"
#include "wasm/component/validator.h"

namespace witc::component {

/// Aliases among declarators may reach less than those among definitions.
Result<void> Validator::declare(const ast::Alias& alias) {
  if (std::holds_alternative<ast::AliasOuter>(alias.target)) {
    bool core_type = alias.sort == Sort::kCore && alias.core == CoreSort::kType;
    if (alias.sort != Sort::kType && !core_type) {
      return invalid("only outer type aliases are allowed in component and instance types");
    }
  } else if (alias.sort != Sort::kType && alias.sort != Sort::kInstance) {
    return invalid("only type and instance export aliases are allowed in component and instance types");
  }
  return define(alias);
}

Result<void> Validator::declare(const std::vector<ast::Decl>& decls) {
  for (const ast::Decl& decl : decls) {
    TRY(match(
        decl, [&](const ast::CoreType& type) { return define(type); },
        [&](const std::unique_ptr<ast::Type>& type) { return define(*type); },
        [&](const ast::Alias& alias) { return declare(alias); },
        [&](const ast::ImportDecl& import) { return define(ast::Import{import.name, import.type}); },
        [&](const ast::ExportDecl& item) -> Result<void> {
          Item type = TRY(extern_type(item.type));
          bool fresh = item.type.sort == Sort::kType && !item.type.type_bound.eq;
          return add_extern(Direction::kExport, item.name, type, fresh);
        }));
    TRY(check_budget());
  }
  return check_core_types(scope().core_types);
}

Result<TypeItem> Validator::define_one(const ast::ComponentType& component) {
  if (scopes_.size() >= 2 * kMaxNesting) return too_large("types are nested too deeply");
  scopes_.push_back(std::make_unique<Scope>());
  scope().kind = Scope::kComponentType;
  TRY(declare(component.decls));
  ComponentTypeId id = TRY(finish_component());
  scopes_.pop_back();
  return TypeItem{TypeEntity{id}, nominals_.add({})};
}

Result<TypeItem> Validator::define_one(const ast::InstanceType& instance) {
  if (scopes_.size() >= 2 * kMaxNesting) return too_large("types are nested too deeply");
  scopes_.push_back(std::make_unique<Scope>());
  scope().kind = Scope::kInstanceType;
  TRY(declare(instance.decls));
  Scope& s = scope();
  InstanceTypeId id = context_.add_instance({s.exports, s.defined_resources}, s.export_nominals);
  TRY(check_size(infos_.of(id)));
  scopes_.pop_back();
  return TypeItem{TypeEntity{id}, nominals_.add({})};
}

}  // namespace witc::component
