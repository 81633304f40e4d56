// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The fields of a module in text (core specification, "Text Format > Modules"): the passes over them, exports,
// functions, globals, tags, memories. Imports are in parse_imports.cpp, tables and segments in parse_segments.cpp.
#include <fmt/format.h>

#include "wasm/core/limits.h"
#include "wasm/core/parse_module.h"

namespace witc::wasm {

// -- index spaces -------------------------------------------------------------------------------

Result<void> ModuleParser::define(IdSpace& space, const std::optional<std::string>& id, const Token& where) {
  if (id && !space.ids.try_emplace(*id, space.count).second) {
    return in_.malformed(where,
                         fmt::format("duplicate {0} identifier: duplicate {1} `${2}`", space.noun,
                                     space.noun.substr(0, space.noun == "function" ? 4 : space.noun.find(' ')), *id));
  }
  ++space.count;
  return {};
}

Result<std::uint32_t> ModuleParser::index(const IdSpace& space) {
  if (!in_.at(Token::kId)) return in_.u32(fmt::format("a {} index", space.noun));
  std::string name = identifier_value(in_.text());
  auto found = space.ids.find(name);
  if (found == space.ids.end()) return in_.malformed(fmt::format("unknown {} `${}`", space.noun, name));
  in_.skip();
  return found->second;
}

Result<std::optional<std::string>> ModuleParser::take_id() {
  given_name_.reset();
  std::optional<std::string> id = in_.take_id();
  if (in_.at_annotation("name")) {
    in_.skip();
    given_name_ = TRY(in_.name());
    TRY(in_.close());
  }
  return id;
}

Result<ModuleParser::LocalName> ModuleParser::take_local_name() {
  LocalName local;
  local.id = TRY(take_id());
  local.name = given_name_ ? given_name_ : local.id;
  return local;
}

IdSpace* ModuleParser::space_of(std::string_view word) {
  if (word == "func") return &funcs_;
  if (word == "table") return &tables_;
  if (word == "memory") return &memories_;
  if (word == "global") return &globals_;
  if (word == "tag") return &tags_;
  return nullptr;
}

// -- passes -------------------------------------------------------------------------------------

Result<Module> ModuleParser::parse(std::optional<std::string> name) {
  module_.source = in_.source();
  module_.names.module = std::move(name);
  if (in_.at_annotation("name")) {
    in_.skip();
    module_.names.module = TRY(in_.name());
    TRY(in_.close());
  }
  std::size_t start = in_.position();
  TRY(declare());
  in_.seek(start);
  TRY(types());
  in_.seek(start);
  TRY(fields());
  finish_hints();
  if (needs_data_count_) module_.data_count = static_cast<std::uint32_t>(module_.data.size());
  return std::move(module_);
}

Result<void> ModuleParser::declare() {
  while (in_.at(Token::kLeft) || in_.at(Token::kAnnotation)) {
    std::size_t start = in_.position();
    if (in_.at(Token::kLeft)) {
      const Token& word = in_.peek(1);
      if (word.kind != Token::kKeyword) {
        in_.skip();
        return in_.unexpected("a module field");
      }
      in_.skip(2);
      TRY(declare_field(in_.text(word)));
    }
    in_.seek(start);
    in_.skip_form();
  }
  if (!in_.at(Token::kRight) && !in_.at_end()) return in_.unexpected("a module field");
  return {};
}

Result<void> ModuleParser::declare_field(std::string_view word) {
  const Token where = in_.peek();
  if (IdSpace* space = space_of(word)) return declare_item(*space, word);
  if (word == "type") return define(types_, in_.take_id(), where);
  if (word == "rec") {
    while (in_.at_form("type")) {
      std::size_t start = in_.position();
      in_.skip(2);
      const Token inner = in_.peek();
      TRY(define(types_, in_.take_id(), inner));
      in_.seek(start);
      in_.skip_form();
    }
    return {};
  }
  if (word == "import") return declare_import();
  if (word == "elem") return define(elems_, in_.take_id(), where);
  if (word == "data") return define(datas_, in_.take_id(), where);
  if (word == "export" || word == "start") return {};
  return in_.malformed(where, fmt::format("unexpected token `{}`: unknown module field", word));
}

/// `func`, `table`, `memory`, `global` or `tag`: its identifier; is it imported; has it a segment of its own.
Result<void> ModuleParser::declare_item(IdSpace& space, std::string_view word) {
  const Token where = in_.peek();
  TRY(define(space, in_.take_id(), where));
  if (in_.at_annotation("name")) in_.skip_form();
  while (in_.at_form("export")) in_.skip_form();
  if (in_.at_form("import")) {
    if (!defined_.empty()) return in_.malformed(where, fmt::format("import after {}", defined_));
    return {};
  }
  if (defined_.empty()) defined_ = space.noun;
  if (word != "table" && word != "memory") return {};
  while (!in_.at(Token::kRight) && !in_.at_end()) {
    if (word == "table" && in_.at_form("elem")) ++elems_.count;
    if (word == "memory" && in_.at_form("data")) ++datas_.count;
    in_.skip_form();
  }
  return {};
}

Result<void> ModuleParser::types() {
  while (in_.at(Token::kLeft) || in_.at(Token::kAnnotation)) {
    if (in_.take_form("type")) {
      TRY(type_field());
      module_.rec_groups.push_back(1);
      const SubType& last = module_.types.back();
      const auto* func = std::get_if<FuncType>(&last.type);
      if (func != nullptr && last.is_final && last.supertypes.empty() && !last.is_shared) {
        interned_.try_emplace(type_key(*func), TypeIndex(module_.types.size() - 1));
      }
    } else if (in_.take_form("rec")) {
      std::size_t before = module_.types.size();
      while (in_.take_form("type")) TRY(type_field());
      TRY(in_.close());
      const std::size_t count = module_.types.size() - before;
      if (count == 1) module_.explicit_groups.push_back(static_cast<std::uint32_t>(module_.rec_groups.size()));
      module_.rec_groups.push_back(static_cast<std::uint32_t>(count));
    } else {
      in_.skip_form();
    }
  }
  return {};
}

Result<void> ModuleParser::fields() {
  while (true) {
    if (in_.at_annotation("custom")) {
      TRY(custom_field());
    } else if (in_.at_annotation("producers")) {
      TRY(producers_field());
    } else if (in_.at_annotation("dylink.0")) {
      TRY(dylink_field());
    } else if (in_.at(Token::kLeft)) {
      if (in_.at_form("type") || in_.at_form("rec")) {
        in_.skip_form();
        continue;
      }
      in_.skip();
      std::string_view word = in_.text();
      in_.skip();
      TRY(field(word));
      TRY(in_.close());
    } else {
      if (in_.at_annotation(kBranchHintSection)) return branch_hint();  // which is not in a function
      if (in_.at_annotation("name")) return in_.malformed("misplaced @name annotation");
      return in_.at(Token::kAnnotation) ? in_.unexpected("a module field") : Result<void>();
    }
  }
}

Result<void> ModuleParser::field(std::string_view word) {
  if (word == "import") return import_field();
  if (word == "func") return func_field();
  if (word == "table") return table_field();
  if (word == "memory") return memory_field();
  if (word == "global") return global_field();
  if (word == "tag") return tag_field();
  if (word == "export") return export_field();
  if (word == "start") return start_field();
  if (word == "elem") return elem_field();
  return data_field();  // `declare` has let no other through
}

// -- exports and the start function ------------------------------------------------------------------------

Result<void> ModuleParser::export_field() {
  Export item;
  item.offset = in_.offset();
  item.name = TRY(in_.name());
  TRY(in_.open());
  IdSpace* space = in_.at(Token::kKeyword) ? space_of(in_.text()) : nullptr;
  if (space == nullptr) return in_.unexpected("`func`, `table`, `memory`, `global` or `tag`");
  in_.skip();
  item.kind = space == &funcs_      ? ExternKind::kFunc
              : space == &tables_   ? ExternKind::kTable
              : space == &memories_ ? ExternKind::kMemory
              : space == &globals_  ? ExternKind::kGlobal
                                    : ExternKind::kTag;
  item.index = TRY(index(*space));
  module_.exports.push_back(std::move(item));
  return in_.close();
}

Result<void> ModuleParser::start_field() {
  if (module_.start) return in_.malformed("multiple start sections");
  module_.start = FuncIndex(TRY(index(funcs_)));
  return {};
}

// -- items --------------------------------------------------------------------------------------

Result<void> ModuleParser::func_field() {
  Func func;
  func.offset = in_.offset();
  func_ = module_.funcs.next_id();
  name_item(module_.names.funcs, func_.value, TRY(take_id()));
  Import import;
  if (TRY(inline_exports_and_import(ExternKind::kFunc, func_.value, import))) {
    TRY(extern_type("func", import));
    add_import(std::move(import));
    return {};
  }
  const Token where = in_.peek();
  TypeUse use = TRY(type_use(true));
  func.type = use.type;
  locals_ = IdSpace("local");
  auto define_local = [&](const LocalName& local) -> Result<void> {
    if (local.name) module_.names.locals.emplace(std::pair(func_, LocalIndex(locals_.count)), *local.name);
    return define(locals_, local.id, where);
  };
  for (const LocalName& local : use.params) TRY(define_local(local));
  while (in_.take_form("local")) {
    bool named = in_.at(Token::kId) || in_.at_annotation("name");
    while (named || !in_.at(Token::kRight)) {
      LocalName local;
      if (named) local = TRY(take_local_name());
      ValType type = TRY(val_type());
      TRY(define_local(local));
      if (locals_.count > kMaxLocals + kMaxParams) return error(DiagCode::kWasmLimit, in_.span(), "too many locals");
      if (func.locals.empty() || !(func.locals.back().type == type)) func.locals.push_back({0, type});
      ++func.locals.back().count;
      if (named) break;
    }
    TRY(in_.close());
  }
  labels_.clear();
  label_ids_.clear();
  blocks_ = 0;
  func.body = TRY(expression());
  func_ = FuncIndex(~std::uint32_t{0});
  module_.funcs.push(std::move(func));
  return {};
}

Result<void> ModuleParser::memory_field() {
  Memory memory;
  memory.offset = in_.offset();
  auto index = static_cast<std::uint32_t>(module_.memories.size());
  name_item(module_.names.memories, index, TRY(take_id()));
  Import import;
  if (TRY(inline_exports_and_import(ExternKind::kMemory, index, import))) {
    TRY(extern_type("memory", import));
    add_import(std::move(import));
    return {};
  }
  std::size_t start = in_.position();
  bool is_64 = TRY(address_type());
  TRY(page_size(memory.type));
  if (!in_.take_form("data")) {
    in_.seek(start);
    memory.type = TRY(memory_type());
    module_.memories.push(std::move(memory));
    return {};
  }
  // A memory just large enough for its data.
  std::vector<std::uint8_t> bytes = TRY(data_bytes());
  TRY(in_.close());
  std::uint64_t page = std::uint64_t{1} << memory.type.page_size_log2;
  std::uint64_t pages = (bytes.size() + page - 1) / page;
  memory.type.limits = {pages, pages, is_64};
  write_opcode(code_, is_64 ? Op::kI64Const : Op::kI32Const);
  code_.s64(0);
  write_opcode(code_, Op::kEnd);
  std::span<const std::uint8_t> kept = module_.owned.emplace_back(std::move(bytes));
  module_.data.push({.is_active = true,
                     .memory = MemoryIndex(index),
                     .start = ConstExpr{finish_code()},
                     .bytes = kept,
                     .offset = memory.offset});
  module_.memories.push(std::move(memory));
  return {};
}

Result<void> ModuleParser::global_field() {
  Global global;
  global.offset = in_.offset();
  auto index = static_cast<std::uint32_t>(module_.globals.size());
  name_item(module_.names.globals, index, TRY(take_id()));
  Import import;
  if (TRY(inline_exports_and_import(ExternKind::kGlobal, index, import))) {
    TRY(extern_type("global", import));
    add_import(std::move(import));
    return {};
  }
  global.type = TRY(global_type());
  global.init = ConstExpr{TRY(expression())};
  module_.globals.push(std::move(global));
  return {};
}

Result<void> ModuleParser::tag_field() {
  std::uint32_t at = in_.offset();
  auto index = static_cast<std::uint32_t>(module_.tags.size());
  name_item(module_.names.tags, index, TRY(take_id()));
  Import import;
  if (TRY(inline_exports_and_import(ExternKind::kTag, index, import))) {
    TRY(extern_type("tag", import));
    add_import(std::move(import));
    return {};
  }
  module_.tags.push({.type = {TRY(type_use(true)).type}, .offset = at});
  return {};
}

}  // namespace witc::wasm
