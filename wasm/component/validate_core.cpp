// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Core modules, instances and types inside components (wasm/component/validator.h). Types of one module are
// compared with those of another, so references to defined types are rewritten to their canonical ids
// (wasm/core/type_store.h) as soon as a module's own validator has passed them.
#include <fmt/format.h>

#include "base/overloaded.h"
#include "wasm/component/limits.h"
#include "wasm/component/validator.h"
#include "wasm/core/type_indices.h"
#include "wasm/core/validate.h"

namespace witc::component {
namespace {

const wasm::SubType kFiller{true, {}, wasm::FuncType{}};

}  // namespace

/// Interns a recursion group of `core`, and notes what its types are.
void Validator::intern(CoreTypes& core, std::uint32_t first, std::uint32_t count) {
  types().core_store().intern(core.raw, wasm::TypeIndex(first), count, core.canon);
  for (std::uint32_t i = first; i < first + count; ++i) {
    wasm::SubType type = core.raw[wasm::TypeIndex(i)];
    change_indices(type, [&](wasm::TypeIndex& index) { index = wasm::TypeIndex(core.canon[index.value].value); });
    types().define_core(core.canon[i], std::move(type));
  }
}

/// The item a core import or export describes, whose type indices are `core`'s.
Result<CoreEntity> Validator::core_entity(const wasm::ExternType& type, const CoreTypes& core) const {
  CoreEntity entity;
  entity.kind = static_cast<wasm::ExternKind>(type.index());
  auto set_func = [&](wasm::TypeIndex index) -> Result<void> {
    if (index.value >= core.raw.size())
      return invalid(fmt::format("unknown type {}: type index out of bounds", index.value));
    const auto* func = core.is_module[index.value]
                           ? nullptr
                           : std::get_if<wasm::FuncType>(&context_.types[core.canon[index.value]].type);
    if (func == nullptr) return invalid(fmt::format("type index {} is not a function type", index.value));
    entity.func = *func;
    entity.func_type = core.canon[index.value];
    return {};
  };
  auto checked = [&](wasm::ValType type) -> Result<wasm::ValType> {
    bool known = true;
    change_indices(type, [&](wasm::TypeIndex& index) {
      known = index.value < core.canon.size();
      if (known) index = wasm::TypeIndex(core.canon[index.value].value);
    });
    if (!known) return invalid("unknown type: type index out of bounds");
    return type;
  };
  switch (entity.kind) {
    case wasm::ExternKind::kFunc:
      TRY(set_func(std::get<0>(type)));
      break;
    case wasm::ExternKind::kTable:
      entity.table = std::get<1>(type);
      entity.table.element = TRY(checked(wasm::ValType::of(entity.table.element))).ref;
      break;
    case wasm::ExternKind::kMemory:
      entity.memory = std::get<2>(type);
      break;
    case wasm::ExternKind::kGlobal:
      entity.global = std::get<3>(type);
      entity.global.type = TRY(checked(entity.global.type));
      break;
    case wasm::ExternKind::kTag:
      TRY(set_func(std::get<4>(type).type));
      break;
  }
  return entity;
}

// -- modules --------------------------------------------------------------------------------------------

/// The type of a module that the core validator has passed.
Result<ModuleType> Validator::module_type(const wasm::Module& module) {
  CoreTypes core;
  core.raw = module.types;
  core.is_module.resize(module.types.size());
  std::uint32_t first = 0;
  for (std::uint32_t count : module.rec_groups) {
    intern(core, first, count);
    first += count;
  }
  ModuleType type;
  std::set<std::pair<std::string_view, std::string_view>> names;
  for (const wasm::Import& import : module.imports) {
    if (!names.emplace(import.module, import.name).second) {
      return invalid(fmt::format("module has a duplicate import name `{}:{}` that is not allowed in components",
                                 import.module, import.name));
    }
    type.imports.push_back({import.module, import.name, TRY(core_entity(import.type, core))});
  }
  for (const wasm::Export& item : module.exports) {
    auto entity = [&]() -> Result<CoreEntity> {
      switch (item.kind) {
        case wasm::ExternKind::kFunc:
          return core_entity(module.funcs[wasm::FuncIndex(item.index)].type, core);
        case wasm::ExternKind::kTable:
          return core_entity(module.tables[wasm::TableIndex(item.index)].type, core);
        case wasm::ExternKind::kMemory:
          return core_entity(module.memories[wasm::MemoryIndex(item.index)].type, core);
        case wasm::ExternKind::kGlobal:
          return core_entity(module.globals[wasm::GlobalIndex(item.index)].type, core);
        case wasm::ExternKind::kTag:
          return core_entity(module.tags[wasm::TagIndex(item.index)].type, core);
      }
      return invalid("unknown kind of export");
    };
    type.exports.insert(item.name, TRY(entity()));
  }
  return type;
}

/// Appends a recursion group once its references are known to stay inside the types so far and the group.
Result<void> Validator::add_rec_group(const ast::CoreRecGroup& group, CoreTypes& core) const {
  auto first = static_cast<std::uint32_t>(core.raw.size());
  auto count = static_cast<std::uint32_t>(group.types.size());
  if (first + count > kMaxDefinitions) return too_large("too many core types");
  // Without gc there is no recursion: types refer to earlier ones only.
  const std::uint32_t known = features_.core.has(wasm::Feature::kGc) ? first + count : first;
  for (std::uint32_t i = 0; i < count; ++i) {
    wasm::SubType type = group.types[i];
    std::optional<std::uint32_t> unknown;
    change_indices(type, [&](wasm::TypeIndex& index) {
      bool is_module = index.value < core.is_module.size() && core.is_module[index.value];
      if (index.value >= known || is_module) unknown = index.value;
    });
    for (wasm::TypeIndex super : type.supertypes) {
      if (super.value >= first + i) unknown = super.value;
    }
    if (unknown) return invalid(fmt::format("unknown type {}: type index out of bounds", *unknown));
  }
  for (const wasm::SubType& type : group.types) {
    core.raw.push(type);
    core.is_module.push_back(false);
  }
  core.rec_groups.push_back(count);
  return {};
}

/// The rules on types themselves (subtyping, features) are the core validator's: it is shown a module that
/// has nothing else.
Result<void> Validator::check_core_types(const CoreTypes& core) const {
  bool any = false;
  for (const wasm::SubType& type : core.raw) any |= !(type == kFiller);
  if (!any) return {};
  wasm::Module module;
  module.source = source_;
  module.types = core.raw;
  module.rec_groups = core.rec_groups;
  Result<wasm::ModuleContext> context = wasm::validate_declarations(module, features_.core);
  if (!context) return invalid(context.error()->message);
  return {};
}

Result<void> Validator::module_decl(const ast::CoreModuleDecl& decl, CoreTypes& core, ModuleType& out) {
  return match(
      decl.decl,
      [&](const ast::CoreImportDecl& import) -> Result<void> {
        out.imports.push_back({import.module, import.name, TRY(core_entity(import.type, core))});
        return {};
      },
      [&](const ast::CoreType& type) -> Result<void> {
        const auto* group = std::get_if<ast::CoreRecGroup>(&type);
        if (group == nullptr) return invalid("core module types cannot be nested");
        auto first = static_cast<std::uint32_t>(core.raw.size());
        TRY(add_rec_group(*group, core));
        intern(core, first, core.rec_groups.back());
        return {};
      },
      [&](const ast::CoreOuterAlias& alias) -> Result<void> {
        const CoreTypes* outer = &core;
        if (alias.count > 0) outer = &TRY(outer_scope(alias.count - 1))->core_types;
        if (alias.index >= outer->raw.size()) {
          return invalid(fmt::format("unknown type {}: type index out of bounds", alias.index));
        }
        if (outer->is_module[alias.index]) {
          return invalid("aliasing core module types into a core module's types index space is not supported");
        }
        // The type as this module type sees it: with references it never follows, only their canonical ids.
        core.raw.push(alias.count == 0 ? outer->raw[wasm::TypeIndex(alias.index)] : kFiller);
        if (alias.count > 0) {
          wasm::SubType copy = types()[outer->canon[alias.index]];
          bool closed = true;
          change_indices(copy, [&](wasm::TypeIndex&) { closed = false; });
          if (closed) core.raw.back() = copy;
        }
        core.rec_groups.push_back(1);
        core.canon.push_back(outer->canon[alias.index]);
        core.is_module.push_back(false);
        return {};
      },
      [&](const ast::CoreExportDecl& item) -> Result<void> {
        if (!out.exports.insert(item.name, TRY(core_entity(item.type, core)))) {
          return invalid(fmt::format("duplicate export name `{}` already defined", item.name));
        }
        return {};
      });
}

/// What a module type imports and exports must be valid in a module: shown to the core validator as imports.
Result<void> Validator::check_module_type(const ast::CoreModuleType& type, const CoreTypes& core) const {
  wasm::Module module;
  module.source = source_;
  module.types = core.raw;
  module.rec_groups = core.rec_groups;
  auto add = [&](const wasm::ExternType& item) {
    auto position = static_cast<std::uint32_t>(module.imports.size());
    module.imports.push_back({"", "", item, offset_});
    match(
        item, [&](wasm::TypeIndex func) { module.funcs.push({func, position, {}, {}}); },
        [&](const wasm::TableType& table) { module.tables.push({table, position, {}}); },
        [&](const wasm::MemoryType& memory) { module.memories.push({memory, position}); },
        [&](const wasm::GlobalType& global) { module.globals.push({global, position, {}}); },
        [&](const wasm::TagType& tag) { module.tags.push({tag, position}); });
  };
  for (const ast::CoreModuleDecl& decl : type.decls) {
    if (const auto* import = std::get_if<ast::CoreImportDecl>(&decl.decl)) add(import->type);
    if (const auto* item = std::get_if<ast::CoreExportDecl>(&decl.decl)) add(item->type);
  }
  Result<wasm::ModuleContext> context = wasm::validate_declarations(module, features_.core);
  if (!context) return invalid(context.error()->message);
  return {};
}

Result<ModuleType> Validator::module_type(const ast::CoreModuleType& type) {
  CoreTypes core;
  ModuleType out;
  for (const ast::CoreModuleDecl& decl : type.decls) TRY(module_decl(decl, core, out));
  TRY(check_module_type(type, core));
  std::set<std::pair<std::string_view, std::string_view>> names;
  for (const ModuleType::Import& import : out.imports) {
    if (!names.emplace(import.module, import.name).second) {
      return invalid(fmt::format("module has a duplicate import name `{}:{}` that is not allowed in components",
                                 import.module, import.name));
    }
  }
  return out;
}

Result<void> Validator::define(const ast::CoreType& type) {
  Scope& s = scope();
  if (const auto* module = std::get_if<ast::CoreModuleType>(&type)) {
    ModuleTypeId id = types().add(TRY(module_type(*module)));
    s.spaces.core_types.emplace_back(id);
    s.core_types.raw.push(kFiller);
    s.core_types.rec_groups.push_back(1);
    s.core_types.canon.emplace_back();
    s.core_types.is_module.push_back(true);
    return {};
  }
  auto first = static_cast<std::uint32_t>(s.core_types.raw.size());
  TRY(add_rec_group(std::get<ast::CoreRecGroup>(type), s.core_types));
  std::uint32_t count = s.core_types.rec_groups.back();
  intern(s.core_types, first, count);
  for (std::uint32_t i = first; i < first + count; ++i) s.spaces.core_types.emplace_back(s.core_types.canon[i]);
  return {};
}

// -- instances --------------------------------------------------------------------------------------------

Result<void> Validator::define(const ast::CoreInstance& instance) {
  if (scope().spaces.core_instances.size() >= kMaxInstances) return too_large("too many core instances");
  CoreInstanceExports exports = TRY(match(
      instance.expr, [&](const ast::CoreInstantiate& expr) { return core_instantiate(expr); },
      [&](const ast::CoreInlineExports& expr) { return core_inline_exports(expr); }));
  if (!budget_.spend(10 * exports.size())) return check_budget();
  scope().spaces.core_instances.push_back(std::move(exports));
  return {};
}

Result<CoreInstanceExports> Validator::core_instantiate(const ast::CoreInstantiate& expr) {
  const ModuleType& module = types()[*TRY(at(scope().spaces.core_modules, expr.module, "module"))];
  std::unordered_map<std::string_view, const CoreInstanceExports*> args;
  for (const ast::CoreInstantiateArg& arg : expr.args) {
    const CoreInstanceExports* instance = TRY(at(scope().spaces.core_instances, arg.instance, "core instance"));
    if (!args.emplace(arg.name, instance).second) {
      return invalid(fmt::format("duplicate module instantiation argument named `{}`", arg.name));
    }
  }
  if (!budget_.spend(module.imports.size())) return check_budget().error().clone();
  for (const ModuleType::Import& import : module.imports) {
    auto arg = args.find(import.module);
    if (arg == args.end()) {
      return invalid(fmt::format("missing module instantiation argument named `{}`", import.module));
    }
    const CoreEntity* found = arg->second->find(import.name);
    if (found == nullptr) {
      return invalid(fmt::format("module instantiation argument `{}` does not export an item named `{}`", import.module,
                                 import.name));
    }
    if (Matched matched = match_core(*found, import.type, types().core_store()); !matched) {
      return invalid(fmt::format("type mismatch for export `{}` of module instantiation argument `{}`: {}", import.name,
                                 import.module, matched.error()));
    }
  }
  return module.exports;
}

Result<CoreEntity> Validator::core_item_at(const ast::CoreSortIndex& item) {
  const ValidatedComponent& spaces = scope().spaces;
  CoreEntity entity;
  switch (item.sort) {
    case CoreSort::kFunc:
      entity.kind = wasm::ExternKind::kFunc;
      entity.func = *TRY(at(spaces.core_funcs, item.index, "core function"));
      entity.func_type = scope().core_func_types[item.index];
      return entity;
    case CoreSort::kTable:
      entity.kind = wasm::ExternKind::kTable;
      entity.table = *TRY(at(spaces.core_tables, item.index, "table"));
      return entity;
    case CoreSort::kMemory:
      entity.kind = wasm::ExternKind::kMemory;
      entity.memory = *TRY(at(spaces.core_memories, item.index, "memory"));
      return entity;
    case CoreSort::kGlobal:
      entity.kind = wasm::ExternKind::kGlobal;
      entity.global = *TRY(at(spaces.core_globals, item.index, "global"));
      return entity;
    case CoreSort::kTag:
      entity.kind = wasm::ExternKind::kTag;
      entity.func = *TRY(at(spaces.core_tags, item.index, "tag"));
      entity.func_type = scope().core_tag_types[item.index];
      return entity;
    case CoreSort::kType:
    case CoreSort::kModule:
    case CoreSort::kInstance:
      return invalid("a core instance exports only functions, tables, memories, globals and tags");
  }
  return invalid("unknown sort of core export");
}

Result<CoreInstanceExports> Validator::core_inline_exports(const ast::CoreInlineExports& expr) {
  CoreInstanceExports exports;
  for (const ast::CoreInlineExport& item : expr.exports) {
    if (!exports.insert(item.name, TRY(core_item_at(item.item)))) {
      return invalid(fmt::format("duplicate instantiation export name `{}` already defined", item.name));
    }
  }
  return exports;
}

Result<void> Validator::push_core(const CoreEntity& entity) {
  ValidatedComponent& spaces = scope().spaces;
  auto add = [&](auto& space, const auto& type) -> Result<void> {
    if (space.size() >= kMaxDefinitions) return too_large("too many core items");
    space.push_back(type);
    return {};
  };
  switch (entity.kind) {
    case wasm::ExternKind::kFunc:
      return push_core_func(entity.func_type);
    case wasm::ExternKind::kTable:
      return add(spaces.core_tables, entity.table);
    case wasm::ExternKind::kMemory:
      return add(spaces.core_memories, entity.memory);
    case wasm::ExternKind::kGlobal:
      return add(spaces.core_globals, entity.global);
    case wasm::ExternKind::kTag:
      scope().core_tag_types.push_back(entity.func_type);
      return add(spaces.core_tags, entity.func);
  }
  return {};
}

}  // namespace witc::component
