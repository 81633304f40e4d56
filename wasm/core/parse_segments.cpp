// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tables, element and data segments, custom sections in text (core specification, "Text Format > Modules" and
// appendix "Custom Sections").
#include <fmt/format.h>

#include <algorithm>

#include "wasm/core/parse_module.h"
#include "wasm/core/sections.h"

namespace witc::wasm {

Result<void> ModuleParser::table_field() {
  Table table;
  table.offset = in_.offset();
  auto index = static_cast<std::uint32_t>(module_.tables.size());
  name_item(module_.names.tables, index, TRY(take_id()));
  Import import;
  if (TRY(inline_exports_and_import(ExternKind::kTable, index, import))) {
    import.type = TRY(extern_type("table"));
    add_import(std::move(import));
    return {};
  }
  std::size_t start = in_.position();
  table.type.limits.is_64 = TRY(address_type());
  if (at_ref_type()) {
    table.type.element = TRY(ref_type());
    return inline_elements(std::move(table));
  }
  in_.seek(start);
  table.type = TRY(table_type());
  if (!in_.at(Token::kRight)) table.init = ConstExpr{TRY(expression())};
  module_.tables.push(std::move(table));
  return {};
}

/// Function indices as elements: of a table of `funcref` as they are, of a narrower type as expressions, because
/// only those carry a type.
Result<void> ModuleParser::inline_functions(const RefType& type, ElementSegment& segment, std::size_t& count) {
  const HeapType func{HeapType::kFunc, {}};
  std::vector<FuncIndex> funcs;
  std::vector<ConstExpr> exprs;
  bool plain = type.heap == func;
  for (; at_index(); ++count) {
    const Token where = in_.peek();
    FuncIndex item(TRY(index(funcs_)));
    if (plain) {
      funcs.push_back(item);
      continue;
    }
    begin_operator(where);
    write_opcode(code_, Op::kRefFunc);
    code_.u32(item.value);
    write_opcode(code_, Op::kEnd);
    exprs.push_back({finish_code()});
  }
  segment.type = plain ? RefType{false, func} : type;
  if (plain) {
    segment.items = std::move(funcs);
  } else {
    segment.items = std::move(exprs);
  }
  return {};
}

/// `(table funcref (elem ...))`: a table just large enough for its elements.
Result<void> ModuleParser::inline_elements(Table table) {
  if (!in_.take_form("elem")) return in_.unexpected("`(elem`");
  bool is_64 = table.type.limits.is_64;
  ElementSegment segment;
  segment.mode = ElementSegment::kActive;
  segment.offset = table.offset;
  segment.table = TableIndex(module_.tables.size());
  write_opcode(code_, is_64 ? Op::kI64Const : Op::kI32Const);
  code_.s64(0);
  write_opcode(code_, Op::kEnd);
  segment.start = ConstExpr{finish_code()};
  std::size_t count = 0;
  if (in_.at(Token::kLeft)) {
    segment.type = table.type.element;
    std::vector<ConstExpr> items = TRY(elem_exprs());
    count = items.size();
    segment.items = std::move(items);
  } else {
    TRY(inline_functions(table.type.element, segment, count));
  }
  TRY(in_.close());
  table.type.limits = {count, count, is_64};
  module_.tables.push(std::move(table));
  module_.elements.push(std::move(segment));
  return {};
}

// -- segments -----------------------------------------------------------------------------------

Result<void> ModuleParser::elem_field() {
  ElementSegment segment;
  segment.offset = in_.offset();
  name_item(module_.names.elems, static_cast<std::uint32_t>(module_.elements.size()), TRY(take_id()));
  bool declares = in_.take_keyword("declare");
  bool has_table = false;
  if (declares) {
    segment.mode = ElementSegment::kDeclarative;
  } else if (in_.take_form("table")) {
    segment.table = TableIndex(TRY(index(tables_)));
    TRY(in_.close());
    has_table = true;
  } else if (at_index() && in_.peek(1).kind == Token::kLeft) {
    segment.table = TableIndex(TRY(index(tables_)));  // the old form, without `(table ...)`
    has_table = true;
  }
  if (!declares && in_.take_form("offset")) {
    segment.start = ConstExpr{TRY(expression())};
    TRY(in_.close());
  } else if (!declares && in_.at(Token::kLeft) && !at_ref_type()) {
    segment.start = ConstExpr{TRY(one_folded())};
  }
  if (has_table && !segment.start) return in_.unexpected("`(offset`");
  if (segment.start) segment.mode = ElementSegment::kActive;
  TRY(elem_list(segment, segment.start.has_value()));
  module_.elements.push(std::move(segment));
  return {};
}

/// `func $a $b`, `funcref (item ...) ...`; of active segments also `$a $b`.
Result<void> ModuleParser::elem_list(ElementSegment& segment, bool may_be_bare) {
  if (at_ref_type()) {
    segment.type = TRY(ref_type());
    segment.items = TRY(elem_exprs());
    return {};
  }
  bool bare = may_be_bare && (at_index() || in_.at(Token::kRight));
  if (!bare && !in_.take_keyword("func")) return in_.unexpected("`func` or a reference type");
  segment.type = {false, {HeapType::kFunc, {}}};
  std::vector<FuncIndex> items;
  while (at_index()) items.push_back(FuncIndex(TRY(index(funcs_))));
  segment.items = std::move(items);
  return {};
}

Result<std::vector<ConstExpr>> ModuleParser::elem_exprs() {
  std::vector<ConstExpr> items;
  while (in_.at(Token::kLeft)) {
    if (in_.take_form("item")) {
      items.push_back({TRY(expression())});
      TRY(in_.close());
    } else {
      items.push_back({TRY(one_folded())});
    }
  }
  return items;
}

Result<std::vector<std::uint8_t>> ModuleParser::strings() {
  std::vector<std::uint8_t> bytes;
  while (in_.at(Token::kString)) {
    std::string piece = TRY(in_.string());
    bytes.insert(bytes.end(), piece.begin(), piece.end());
  }
  return bytes;
}

Result<void> ModuleParser::data_field() {
  DataSegment segment;
  segment.offset = in_.offset();
  name_item(module_.names.datas, static_cast<std::uint32_t>(module_.data.size()), TRY(take_id()));
  bool has_memory = true;
  if (in_.take_form("memory")) {
    segment.memory = MemoryIndex(TRY(index(memories_)));
    TRY(in_.close());
  } else if (at_index()) {
    segment.memory = MemoryIndex(TRY(index(memories_)));  // the old form, without `(memory ...)`
  } else {
    has_memory = false;
  }
  if (in_.take_form("offset")) {
    segment.start = ConstExpr{TRY(expression())};
    TRY(in_.close());
  } else if (in_.at(Token::kLeft)) {
    segment.start = ConstExpr{TRY(one_folded())};
  }
  if (has_memory && !segment.start) return in_.unexpected("`(offset`");
  segment.is_active = segment.start.has_value();
  segment.bytes = module_.owned.emplace_back(TRY(strings()));
  module_.data.push(std::move(segment));
  return {};
}

// -- custom sections ----------------------------------------------------------------------------

/// `(before sec)` or `(after sec)`, where `sec` is the name of a section, `first` or `last`.
Result<void> ModuleParser::custom_place(std::uint8_t& after) {
  constexpr std::pair<std::string_view, std::uint8_t> kNames[] = {
      {"type", kTypeSection},     {"import", kImportSection}, {"func", kFunctionSection},
      {"table", kTableSection},   {"memory", kMemorySection}, {"global", kGlobalSection},
      {"export", kExportSection}, {"start", kStartSection},   {"elem", kElementSection},
      {"code", kCodeSection},     {"data", kDataSection},     {"datacount", kDataCountSection},
      {"tag", kTagSection}};
  bool before = in_.take_form("before");
  if (!before && !in_.take_form("after")) return {};
  if (in_.take_keyword("first")) {
    after = before ? kCustomSection : kTypeSection;
  } else if (in_.take_keyword("last")) {
    after = before ? kCodeSection : kDataSection;
  } else {
    const auto* found = std::ranges::find(kNames, in_.text(), &std::pair<std::string_view, std::uint8_t>::first);
    if (found == std::end(kNames)) return in_.unexpected("the name of a section");
    in_.skip();
    unsigned position = section_order(found->second);  // from 1
    after = !before ? found->second : position == 1 ? std::uint8_t{kCustomSection} : kSectionOrder[position - 2];
  }
  return in_.close();
}

Result<void> ModuleParser::custom_field() {
  in_.skip();
  CustomSection section;
  section.offset = in_.offset();
  section.after = kDataSection;
  section.name = TRY(in_.name());
  TRY(custom_place(section.after));
  section.bytes = module_.owned.emplace_back(TRY(strings()));
  module_.customs.push_back(std::move(section));
  return in_.close();
}

/// `(@producers (language "C" "11") ...)`, as a `producers` section.
Result<void> ModuleParser::producers_field() {
  in_.skip();
  std::vector<std::pair<std::string, std::vector<std::pair<std::string, std::string>>>> fields;
  while (in_.at(Token::kLeft)) {
    in_.skip();
    std::string field(in_.text());
    if (field != "language" && field != "sdk" && field != "processed-by") {
      return in_.unexpected("`language`, `sdk` or `processed-by`");
    }
    in_.skip();
    std::string name = TRY(in_.name());
    std::string version = TRY(in_.name());
    TRY(in_.close());
    auto found = std::ranges::find(fields, field, [](const auto& entry) { return entry.first; });
    if (found == fields.end()) found = fields.insert(fields.end(), {field, {}});
    found->second.emplace_back(std::move(name), std::move(version));
  }
  BinaryWriter out;
  out.vec(fields, [](BinaryWriter& to, const auto& field) {
    to.name(field.first).vec(field.second, [](BinaryWriter& inner, const auto& value) {
      inner.name(value.first).name(value.second);
    });
  });
  module_.customs.push_back({"producers", module_.owned.emplace_back(out.take()), kDataSection, in_.offset()});
  return in_.close();
}

}  // namespace witc::wasm
