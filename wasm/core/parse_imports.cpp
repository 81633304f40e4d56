// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Imports in text (core specification, "Text Format > Modules > Imports"; proposal compact import section for groups of
// them).
#include <fmt/format.h>

#include "wasm/core/parse_module.h"

namespace witc::wasm {
namespace {

constexpr std::size_t kMaxGroupedNames = 16 << 20;  // characters of module names, repeated for each import

}  // namespace

Result<void> ModuleParser::declare_import() {
  const Token where = in_.peek();
  if (!defined_.empty()) return in_.malformed(where, fmt::format("import after {}", defined_));
  if (in_.at(Token::kString) && in_.peek(1).kind == Token::kLeft) {
    in_.skip();
    return declare_imports();
  }
  if (!in_.at(Token::kString) || in_.peek(1).kind != Token::kString) return in_.unexpected("two names");
  in_.skip(2);
  IdSpace* space = in_.at(Token::kLeft) ? space_of(in_.text(in_.peek(1))) : nullptr;
  if (space == nullptr) return in_.unexpected("`(func`, `(table`, `(memory`, `(global` or `(tag`");
  in_.skip(2);
  const Token inner = in_.peek();
  return define(*space, in_.take_id(), inner);
}

/// `(item "a" (func $f ...)) ...`, or `(item "a") ... (func ...)` for all of them.
Result<void> ModuleParser::declare_imports() {
  std::uint32_t bare = 0;
  while (in_.take_form("item")) {
    in_.skip();
    if (in_.at(Token::kRight)) {
      ++bare;
    } else {
      IdSpace* space = in_.at(Token::kLeft) ? space_of(in_.text(in_.peek(1))) : nullptr;
      if (space == nullptr) return in_.unexpected("`(func`, `(table`, `(memory`, `(global` or `(tag`");
      std::size_t start = in_.position();
      in_.skip(2);
      const Token inner = in_.peek();
      TRY(define(*space, in_.take_id(), inner));
      in_.seek(start);
      in_.skip_form();
    }
    TRY(in_.close());
  }
  if (bare == 0) return {};
  IdSpace* space = in_.at(Token::kLeft) ? space_of(in_.text(in_.peek(1))) : nullptr;
  if (space == nullptr) return in_.unexpected("`(func`, `(table`, `(memory`, `(global` or `(tag`");
  space->count += bare;
  return {};
}

void ModuleParser::add_import(Import import) {
  auto position = static_cast<std::uint32_t>(module_.imports.size());
  std::uint32_t at = import.offset;
  switch (static_cast<ExternKind>(import.type.index())) {
    case ExternKind::kFunc:
      module_.funcs.push({.type = std::get<TypeIndex>(import.type), .import = position, .offset = at});
      break;
    case ExternKind::kTable:
      module_.tables.push({.type = std::get<TableType>(import.type), .import = position, .offset = at});
      break;
    case ExternKind::kMemory:
      module_.memories.push({.type = std::get<MemoryType>(import.type), .import = position, .offset = at});
      break;
    case ExternKind::kGlobal:
      module_.globals.push({.type = std::get<GlobalType>(import.type), .import = position, .offset = at});
      break;
    case ExternKind::kTag:
      module_.tags.push({.type = std::get<TagType>(import.type), .import = position, .offset = at});
      break;
  }
  module_.imports.push_back(std::move(import));
}

Result<void> ModuleParser::extern_type(std::string_view word, Import& import) {
  if (word == "func") {
    FuncIndex func = module_.funcs.next_id();
    TypeUse use = TRY(maybe_exact_type_use(import.is_exact));
    for (std::size_t i = 0; i < use.params.size(); ++i) {
      const std::optional<std::string>& name = use.params[i].name;
      if (name) module_.names.locals.emplace(std::pair(func, LocalIndex(i)), *name);
    }
    import.type = use.type;
  } else if (word == "table") {
    import.type = TRY(table_type());
  } else if (word == "memory") {
    import.type = TRY(memory_type());
  } else if (word == "global") {
    import.type = TRY(global_type());
  } else {
    import.type = TagType{TRY(type_use(true)).type};
  }
  return {};
}

Result<void> ModuleParser::import_field() {
  Import import;
  import.offset = in_.offset();
  import.module = TRY(in_.name());
  if (in_.at(Token::kLeft)) return import_items(std::move(import));
  import.name = TRY(in_.name());
  TRY(import_type(import, true));
  add_import(std::move(import));
  return {};
}

/// `(func $id ...)` and the like.
Result<void> ModuleParser::import_type(Import& import, bool may_be_named) {
  TRY(in_.open());
  std::string_view word = in_.text();
  in_.skip();
  if (may_be_named) {
    std::optional<std::string> id = TRY(take_id());
    if (word == "func") name_item(module_.names.funcs, static_cast<std::uint32_t>(module_.funcs.size()), id);
    if (word == "table") name_item(module_.names.tables, static_cast<std::uint32_t>(module_.tables.size()), id);
    if (word == "memory") name_item(module_.names.memories, static_cast<std::uint32_t>(module_.memories.size()), id);
    if (word == "global") name_item(module_.names.globals, static_cast<std::uint32_t>(module_.globals.size()), id);
    if (word == "tag") name_item(module_.names.tags, static_cast<std::uint32_t>(module_.tags.size()), id);
  }
  TRY(extern_type(word, import));
  return in_.close();
}

/// The items of `(import "module" (item ...) ...)`.
Result<void> ModuleParser::import_items(Import import) {
  std::vector<Import> bare;
  bool first = true;
  while (in_.take_form("item")) {
    Import item = import;
    item.offset = in_.offset();
    item.name = TRY(in_.name());
    item.continues = !first;
    first = false;
    // The module's name is kept for each.
    grouped_ += item.module.size();
    if (grouped_ > kMaxGroupedNames) return error(DiagCode::kWasmLimit, in_.span(), "too many imports in groups");
    if (in_.take(Token::kRight)) {
      item.form = Import::kOfModuleAndType;
      bare.push_back(std::move(item));
      continue;
    }
    if (!bare.empty()) return in_.unexpected("`)`: the type comes after all items");
    item.form = Import::kOfModule;
    TRY(import_type(item, true));
    TRY(in_.close());
    add_import(std::move(item));
  }
  if (first) return in_.unexpected("a name or `(item`");
  if (bare.empty()) return {};
  if (bare.front().continues) return in_.unexpected("`)`: items have a type each, or one for all");
  TRY(import_type(import, false));
  for (Import& item : bare) {
    item.type = import.type;
    item.is_exact = import.is_exact;
    add_import(std::move(item));
  }
  return {};
}

/// `(export "a")* (import "m" "n")?` inside an item; true if it is imported, `import` then has the names.
Result<bool> ModuleParser::inline_exports_and_import(ExternKind kind, std::uint32_t index, Import& import) {
  import.offset = in_.offset();
  while (in_.at_form("export")) {
    std::uint32_t at = in_.offset();
    in_.skip(2);
    module_.exports.push_back({TRY(in_.name()), kind, index, at});
    TRY(in_.close());
  }
  if (!in_.take_form("import")) return false;
  import.module = TRY(in_.name());
  import.name = TRY(in_.name());
  TRY(in_.close());
  return true;
}

}  // namespace witc::wasm
