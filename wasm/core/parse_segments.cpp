// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tables, element and data segments in text (core specification, "Text Format > Modules").
#include <fmt/format.h>

#include <algorithm>

#include "wasm/core/parse_module.h"

namespace witc::wasm {

Result<void> ModuleParser::table_field() {
  Table table;
  table.offset = in_.offset();
  auto index = static_cast<std::uint32_t>(module_.tables.size());
  name_item(module_.names.tables, index, TRY(take_id()));
  Import import;
  if (TRY(inline_exports_and_import(ExternKind::kTable, index, import))) {
    TRY(extern_type("table", import));
    add_import(std::move(import));
    return {};
  }
  std::size_t start = in_.position();
  table.type.is_shared = in_.take_keyword("shared");
  if (!table.type.is_shared) table.type.limits.is_64 = TRY(address_type());
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
  segment.has_table = true;
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
  segment.has_table = has_table;
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

/// `i16 -1 0xff)` of a data segment, after the first parenthesis (proposal "Numeric Values in WAT Data Segments").
Result<void> ModuleParser::data_numbers(std::string_view word, BinaryWriter& out) {
  if (word == "v128") {
    while (in_.at(Token::kKeyword)) TRY(vector_const(out));
    return in_.close();
  }
  const bool is_float = word.starts_with('f');
  const unsigned bits = word == "i8" ? 8 : word == "i16" ? 16 : word.ends_with("32") ? 32 : 64;
  while (!in_.at(Token::kRight)) {
    const std::uint64_t value = is_float ? TRY(floating(bits)) : TRY(integer(bits));
    for (unsigned bit = 0; bit < bits; bit += 8) out.u8(static_cast<std::uint8_t>(value >> bit));
  }
  return in_.close();
}

/// Strings and lists of numbers, to the closing parenthesis.
Result<std::vector<std::uint8_t>> ModuleParser::data_bytes() {
  BinaryWriter out;
  while (true) {
    if (in_.at(Token::kString)) {
      out.text(TRY(in_.string()));
      continue;
    }
    constexpr std::string_view kWords[] = {"i8", "i16", "i32", "i64", "f32", "f64", "v128"};
    const auto* word = std::ranges::find_if(kWords, [this](std::string_view item) { return in_.at_form(item); });
    if (word == std::end(kWords)) return out.take();
    in_.skip(2);
    TRY(data_numbers(*word, out));
  }
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
  segment.bytes = module_.owned.emplace_back(TRY(data_bytes()));
  module_.data.push(std::move(segment));
  return {};
}

}  // namespace witc::wasm
