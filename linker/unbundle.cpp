// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "linker/unbundle.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "base/overloaded.h"
#include "wasm/component/canon.h"
#include "wasm/core/encode.h"
#include "wasm/core/type_binary.h"
#include "wasm/core/type_indices.h"

namespace witc::linker {
namespace {

using namespace component;

const std::vector<std::uint8_t>& encoded(wasm::Module& module) {
  if (module.bytes.empty()) {
    module.owned.push_back(wasm::encode_module(module));
  } else {
    module.owned.emplace_back(module.bytes.begin(), module.bytes.end());
  }
  return module.owned.back();
}

wasm::ExternType export_type(const wasm::Module& module, const wasm::Export& item) {
  switch (item.kind) {
    case wasm::ExternKind::kFunc:
      return module.funcs[wasm::FuncIndex(item.index)].type;
    case wasm::ExternKind::kTable:
      return module.tables[wasm::TableIndex(item.index)].type;
    case wasm::ExternKind::kMemory:
      return module.memories[wasm::MemoryIndex(item.index)].type;
    case wasm::ExternKind::kGlobal:
      return module.globals[wasm::GlobalIndex(item.index)].type;
    case wasm::ExternKind::kTag:
      return module.tags[wasm::TagIndex(item.index)].type;
  }
  return wasm::TypeIndex(0);
}

template <class Change>
void change_indices(wasm::ExternType& type, Change&& change) {
  match(
      type, [&](wasm::TypeIndex& func) { change(func); },
      [&](wasm::TableType& table) {
        if (table.element.heap.kind == wasm::HeapType::kIndex) change(table.element.heap.index);
      },
      [](wasm::MemoryType&) {}, [&](wasm::GlobalType& global) { wasm::change_indices(global.type, change); },
      [&](wasm::TagType& tag) { change(tag.type); });
}

/// The types of the modules, written as definitions of the root.
class TypeWriter {
 public:
  /// Defines the module's type; its index among the new definitions.
  std::uint32_t module_type(const wasm::Module& module);

  std::vector<ast::Definition> definitions;
  std::uint32_t count = 0;  // of core types

 private:
  /// Writes the recursion groups of the types that imports and exports are made of.
  void write_groups(const wasm::Module& module);
  std::uint32_t write_group(const wasm::Module& module, std::uint32_t first, std::uint32_t size);
  wasm::ExternType local(wasm::ExternType type, ast::CoreModuleType& out);

  std::map<std::vector<std::uint8_t>, std::uint32_t> groups_;  // the first type's index, by the group's encoding
  std::map<std::uint32_t, std::uint32_t> root_of_;             // this module's types
  std::map<std::uint32_t, std::uint32_t> local_of_;            // this module's types as the module type calls them
};

std::uint32_t TypeWriter::write_group(const wasm::Module& module, std::uint32_t first, std::uint32_t size) {
  // Members of the group are numbered relative to its start first, so that equal groups have equal encodings.
  constexpr std::uint32_t kMember = 1U << 30;
  ast::CoreRecGroup group;
  group.is_explicit = size != 1;
  for (std::uint32_t i = first; i < first + size; ++i) {
    wasm::SubType type = module.types[wasm::TypeIndex(i)];
    wasm::change_indices(type, [&](wasm::TypeIndex& index) {
      bool is_member = index.value >= first && index.value < first + size;
      index = wasm::TypeIndex(is_member ? kMember + index.value - first : root_of_.at(index.value));
    });
    group.types.push_back(std::move(type));
  }
  wasm::BinaryWriter key;
  for (const wasm::SubType& type : group.types) wasm::write_sub_type(key, type);
  auto [it, fresh] = groups_.try_emplace(key.take(), count);
  if (fresh) {
    for (wasm::SubType& type : group.types) {
      wasm::change_indices(type, [&](wasm::TypeIndex& index) {
        if (index.value >= kMember) index = wasm::TypeIndex(index.value - kMember + count);
      });
    }
    definitions.push_back({ast::CoreType(std::move(group))});
    count += size;
  }
  return it->second;
}

void TypeWriter::write_groups(const wasm::Module& module) {
  std::set<std::uint32_t> needed;
  auto need = [&](wasm::TypeIndex& index) { needed.insert(index.value); };
  auto need_types_of = [&](wasm::ExternType type) { change_indices(type, need); };
  for (const wasm::Import& import : module.imports) need_types_of(import.type);
  for (const wasm::Export& item : module.exports) need_types_of(export_type(module, item));
  // Groups refer to earlier ones only: those that are needed are found backwards, and written forwards.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> groups;  // first type, size
  std::uint32_t end = static_cast<std::uint32_t>(module.types.size());
  for (auto size = module.rec_groups.rbegin(); size != module.rec_groups.rend(); ++size) {
    std::uint32_t begin = end - *size;
    auto in_group = needed.lower_bound(begin);
    if (in_group != needed.end() && *in_group < end) {
      groups.emplace_back(begin, *size);
      for (std::uint32_t i = begin; i < end; ++i) {
        wasm::SubType type = module.types[wasm::TypeIndex(i)];
        wasm::change_indices(type, need);
      }
    }
    end = begin;
  }
  for (auto group = groups.rbegin(); group != groups.rend(); ++group) {
    auto [begin, size] = *group;
    std::uint32_t root = write_group(module, begin, size);
    for (std::uint32_t i = 0; i < size; ++i) root_of_[begin + i] = root + i;
  }
}

/// The type as the module type's own index space has it: what it refers to is an alias of the root's.
wasm::ExternType TypeWriter::local(wasm::ExternType type, ast::CoreModuleType& out) {
  auto change = [&](wasm::TypeIndex& index) {
    auto [it, fresh] = local_of_.try_emplace(index.value, static_cast<std::uint32_t>(local_of_.size()));
    if (fresh) out.decls.push_back({ast::CoreOuterAlias{1, root_of_.at(index.value)}});
    index = wasm::TypeIndex(it->second);
  };
  change_indices(type, change);
  return type;
}

std::uint32_t TypeWriter::module_type(const wasm::Module& module) {
  root_of_.clear();
  local_of_.clear();
  write_groups(module);
  ast::CoreModuleType type;
  for (const wasm::Import& import : module.imports) {
    wasm::ExternType item = local(import.type, type);
    type.decls.push_back({ast::CoreImportDecl{import.module, import.name, item}});
  }
  for (const wasm::Export& item : module.exports) {
    wasm::ExternType exported = local(export_type(module, item), type);
    type.decls.push_back({ast::CoreExportDecl{item.name, exported}});
  }
  definitions.push_back({ast::CoreType(std::move(type))});
  return count++;
}

class Unbundler {
 public:
  Unbundler(std::uint64_t threshold, Unbundled& out) : threshold_(threshold), out_(out) {}

  void run(ast::Component component) {
    for (const ast::Definition& definition : component.definitions) {
      if (const auto* import = std::get_if<ast::Import>(&definition.item)) names_.insert(import->name.name);
    }
    take_modules(component, 0);
    if (!out_.modules.empty()) {
      shift_root(component);
      insert_imports(component);
    }
    out_.component = std::move(component);
  }

 private:
  // Pass one: the modules are replaced by aliases of imports to come.
  void take_modules(ast::Component& component, std::uint32_t depth);
  // Pass two: what the root had, and what refers to it, moves behind the imports.
  void shift_root(ast::Component& component);
  void shift(ast::Component& component, std::uint32_t depth);
  void shift(ast::Type& type, std::uint32_t depth);
  void shift(ast::CoreType& type, std::uint32_t depth);
  void shift(ast::Alias& alias, std::uint32_t depth) const;
  void shift(ast::ExternType& type) const {
    if (type.sort == Sort::kCore) type.index += types_.count;
  }
  void shift(ast::SortIndex& item) const {
    if (item.sort == Sort::kCore) item.index += new_of(item.core);
  }
  void shift_references(ast::Definition& definition) const;
  [[nodiscard]] std::uint32_t new_of(CoreSort sort) const {
    if (sort == CoreSort::kType) return types_.count;
    return sort == CoreSort::kModule ? static_cast<std::uint32_t>(out_.modules.size()) : 0;
  }
  void insert_imports(ast::Component& component);

  std::uint64_t threshold_;
  Unbundled& out_;
  TypeWriter types_;
  std::vector<std::uint32_t> module_types_;
  std::set<const ast::Definition*> aliases_;  // ours: they are right as they are
  std::set<std::string> names_;
};

void Unbundler::take_modules(ast::Component& component, std::uint32_t depth) {
  for (ast::Definition& definition : component.definitions) {
    if (auto* nested = std::get_if<std::unique_ptr<ast::Component>>(&definition.item))
      take_modules(**nested, depth + 1);
    auto* core = std::get_if<ast::CoreModule>(&definition.item);
    if (core == nullptr) continue;
    wasm::Module& module = *core->module;
    std::vector<std::uint8_t> bytes = encoded(module);
    if (bytes.size() <= threshold_) continue;
    auto index = static_cast<std::uint32_t>(out_.modules.size());
    std::size_t number = index;
    std::string name;
    do {
      name = fmt::format("unbundled-module{}", number++);
    } while (!names_.insert(name).second);
    module_types_.push_back(types_.module_type(module));
    out_.modules.push_back({std::move(name), std::move(bytes)});
    definition.item = ast::Alias{Sort::kCore, CoreSort::kModule, ast::AliasOuter{depth, index}};
    aliases_.insert(&definition);
  }
}

void Unbundler::shift(ast::Alias& alias, std::uint32_t depth) const {
  auto* outer = std::get_if<ast::AliasOuter>(&alias.target);
  if (outer != nullptr && outer->count == depth && alias.sort == Sort::kCore) outer->index += new_of(alias.core);
}

void Unbundler::shift(ast::CoreType& type, std::uint32_t depth) {
  if (auto* group = std::get_if<ast::CoreRecGroup>(&type)) {
    if (depth != 0) return;
    for (wasm::SubType& item : group->types) {
      wasm::change_indices(item, [&](wasm::TypeIndex& index) { index = wasm::TypeIndex(index.value + types_.count); });
    }
    return;
  }
  for (ast::CoreModuleDecl& decl : std::get<ast::CoreModuleType>(type).decls) {
    auto* alias = std::get_if<ast::CoreOuterAlias>(&decl.decl);
    if (alias != nullptr && alias->count == depth + 1) alias->index += types_.count;
  }
}

void Unbundler::shift(ast::Type& type, std::uint32_t depth) {
  auto declarators = [&](std::vector<ast::Decl>& decls) {
    for (ast::Decl& decl : decls) {
      if (auto* core = std::get_if<ast::CoreType>(&decl)) shift(*core, depth + 1);
      if (auto* inner = std::get_if<std::unique_ptr<ast::Type>>(&decl)) shift(**inner, depth + 1);
      if (auto* alias = std::get_if<ast::Alias>(&decl)) shift(*alias, depth + 1);
    }
  };
  if (auto* component = std::get_if<ast::ComponentType>(&type.type)) declarators(component->decls);
  if (auto* instance = std::get_if<ast::InstanceType>(&type.type)) declarators(instance->decls);
}

void Unbundler::shift(ast::Component& component, std::uint32_t depth) {
  for (ast::Definition& definition : component.definitions) {
    if (auto* nested = std::get_if<std::unique_ptr<ast::Component>>(&definition.item)) shift(**nested, depth + 1);
    if (auto* type = std::get_if<ast::Type>(&definition.item)) shift(*type, depth);
    if (auto* core = std::get_if<ast::CoreType>(&definition.item)) shift(*core, depth);
    auto* alias = std::get_if<ast::Alias>(&definition.item);
    if (alias != nullptr && !aliases_.contains(&definition)) shift(*alias, depth);
  }
}

/// What a definition of the root refers to directly.
void Unbundler::shift_references(ast::Definition& definition) const {
  match(
      definition.item, [](ast::CustomSection&) {}, [](ast::CoreModule&) {},
      [&](ast::CoreInstance& instance) {
        auto* made = std::get_if<ast::CoreInstantiate>(&instance.expr);
        if (made != nullptr) made->module += new_of(CoreSort::kModule);
      },
      [](ast::CoreType&) {}, [](std::unique_ptr<ast::Component>&) {},
      [&](ast::Instance& instance) {
        match(
            instance.expr,
            [&](ast::Instantiate& made) {
              for (ast::InstantiateArg& arg : made.args) shift(arg.item);
            },
            [&](ast::InlineExports& made) {
              for (ast::InlineExport& item : made.exports) shift(item.item);
            });
      },
      [](ast::Alias&) {}, [](ast::Type&) {},
      [&](ast::Canon& canon) {
        auto* builtin = std::get_if<ast::CanonBuiltin>(&canon);
        const CanonInfo* info = builtin == nullptr ? nullptr : find_canon(builtin->opcode);
        if (info == nullptr) return;
        bool names_core_type = info->immediates == CanonImmediates::kCoreTypeTable ||
                               info->immediates == CanonImmediates::kSharedType ||
                               info->immediates == CanonImmediates::kSharedTypeTable;
        if (names_core_type) builtin->type += types_.count;
      },
      [](ast::Start&) {}, [&](ast::Import& import) { shift(import.type); },
      [&](ast::Export& item) {
        shift(item.item);
        if (item.type) shift(*item.type);
      });
}

void Unbundler::shift_root(ast::Component& component) {
  shift(component, 0);
  for (ast::Definition& definition : component.definitions) shift_references(definition);
  for (ast::ComponentNames::Entry& entry : component.names.entries) shift(entry.item);
  // The section that said the names is written anew from them.
  std::erase_if(component.definitions, [](const ast::Definition& definition) {
    const auto* custom = std::get_if<ast::CustomSection>(&definition.item);
    return custom != nullptr && custom->name == "component-name";
  });
}

void Unbundler::insert_imports(ast::Component& component) {
  std::vector<ast::Definition> all = std::move(types_.definitions);
  for (std::size_t i = 0; i < out_.modules.size(); ++i) {
    ast::Import import;
    import.name.name = out_.modules[i].import;
    import.type.sort = Sort::kCore;
    import.type.index = module_types_[i];
    all.push_back({std::move(import)});
  }
  for (ast::Definition& definition : component.definitions) all.push_back(std::move(definition));
  component.definitions = std::move(all);
  component.bytes = {};
}

}  // namespace

Unbundled unbundle(ast::Component component, std::uint64_t threshold) {
  Unbundled out;
  Unbundler(threshold, out).run(std::move(component));
  return out;
}

}  // namespace witc::linker
