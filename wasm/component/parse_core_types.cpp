// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Core types inside components from text (wasm/component/parser.h; core specification, "Text Format > Types"):
// function, structure and array types, recursion groups, module types.
#include <fmt/format.h>

#include "wasm/component/parser.h"
#include "wasm/core/type_text.h"

namespace witc::component {

/// After `(core type`, or `(type` in a module type.
Result<void> Parser::core_type_field(bool in_module) {
  Id id = TRY(take_id());
  if (in_.at_form("module")) {
    if (in_module) return in_.unexpected("a core type: module types cannot be nested");
    in_.skip(2);
    ast::CoreModuleType type = TRY(core_module_type());
    TRY(in_.close());
    TRY(in_.close());
    (void)TRY(add(core(CoreSort::kType), id, ast::CoreType(std::move(type))));
    return {};
  }
  // The type may refer to itself, so it gets its index first.
  const std::uint32_t index = TRY(define(core(CoreSort::kType), id));
  ast::CoreRecGroup group;
  group.types.push_back(TRY(core_sub_type()));
  TRY(in_.close());
  const wasm::SubType& type = group.types.front();
  const auto* func = std::get_if<wasm::FuncType>(&type.type);
  const bool is_plain = func != nullptr && type.is_final && type.supertypes.empty() && !type.is_shared;
  if (is_plain) scope().core_func_types.try_emplace(wasm::to_string(*func), index);
  append(ast::CoreType(std::move(group)));
  return {};
}

/// After `(core rec` or `(rec`: types may refer to all of the group, so identifiers come first.
Result<void> Parser::core_rec_field() {
  std::size_t begin = in_.position();
  while (in_.at_form("type")) {
    std::size_t at = in_.position();
    in_.skip(2);
    Id id = TRY(take_id());
    (void)TRY(define(core(CoreSort::kType), id));
    in_.seek(at);
    in_.skip_form();
  }
  in_.seek(begin);
  ast::CoreRecGroup group;
  group.is_explicit = true;
  while (in_.take_form("type")) {
    (void)TRY(take_id());
    group.types.push_back(TRY(core_sub_type()));
    TRY(in_.close());
  }
  TRY(in_.close());
  append(ast::CoreType(std::move(group)));
  return {};
}

Result<wasm::SubType> Parser::core_sub_type() {
  wasm::SubType type;
  if (!in_.take_form("sub")) {
    TRY(core_described_type(type));
    return type;
  }
  type.is_final = in_.take_keyword("final");
  while (at_index()) type.supertypes.emplace_back(TRY(index(core(CoreSort::kType))));
  TRY(core_described_type(type));
  TRY(in_.close());
  return type;
}

/// `(shared (describes $a)? (descriptor $b)? (struct ...))`, or any part of it.
Result<void> Parser::core_described_type(wasm::SubType& type) {
  auto other = [&](std::string_view word, std::optional<wasm::TypeIndex>& out) -> Result<void> {
    if (!in_.take_form(word)) return {};
    out = wasm::TypeIndex(TRY(index(core(CoreSort::kType))));
    return in_.close();
  };
  type.is_shared = in_.take_form("shared");
  TRY(other("describes", type.describes));
  TRY(other("descriptor", type.descriptor));
  type.type = TRY(core_composite_type());
  if (type.is_shared) TRY(in_.close());
  return {};
}

Result<wasm::CompositeType> Parser::core_composite_type() {
  if (in_.take_form("func")) {
    wasm::FuncType type = TRY(core_func_type());
    TRY(in_.close());
    return wasm::CompositeType(std::move(type));
  }
  if (in_.take_form("array")) {
    wasm::ArrayType type{TRY(core_field_type())};
    TRY(in_.close());
    return wasm::CompositeType(type);
  }
  if (in_.take_form("cont")) {
    wasm::ContType type{wasm::TypeIndex(TRY(index(core(CoreSort::kType))))};
    TRY(in_.close());
    return wasm::CompositeType(type);
  }
  if (!in_.take_form("struct")) return in_.unexpected("`(func`, `(struct`, `(array` or `(cont`");
  wasm::StructType type;
  while (in_.take_form("field")) {
    if (in_.take_id()) {
      type.fields.push_back(TRY(core_field_type()));
    } else {
      while (!in_.at(Token::kRight)) type.fields.push_back(TRY(core_field_type()));
    }
    TRY(in_.close());
  }
  TRY(in_.close());
  return wasm::CompositeType(std::move(type));
}

/// Parameters and results, without the keyword before and the parenthesis behind.
Result<wasm::FuncType> Parser::core_func_type() {
  wasm::FuncType type;
  while (in_.take_form("param")) {
    (void)in_.take_id();
    while (!in_.at(Token::kRight)) type.params.push_back(TRY(core_val_type()));
    TRY(in_.close());
  }
  while (in_.take_form("result")) {
    while (!in_.at(Token::kRight)) type.results.push_back(TRY(core_val_type()));
    TRY(in_.close());
  }
  return type;
}

Result<wasm::FieldType> Parser::core_field_type() {
  wasm::FieldType field;
  field.is_mutable = in_.take_form("mut");
  if (in_.take_keyword("i8")) {
    field.storage.packing = wasm::StorageType::kI8;
  } else if (in_.take_keyword("i16")) {
    field.storage.packing = wasm::StorageType::kI16;
  } else {
    field.storage.type = TRY(core_val_type());
  }
  if (field.is_mutable) TRY(in_.close());
  return field;
}

Result<wasm::ValType> Parser::core_val_type() {
  static constexpr std::pair<std::string_view, wasm::ValType> kNumbers[] = {{"i32", wasm::ValType::i32()},
                                                                            {"i64", wasm::ValType::i64()},
                                                                            {"f32", wasm::ValType::f32()},
                                                                            {"f64", wasm::ValType::f64()},
                                                                            {"v128", wasm::ValType::v128()}};
  for (const auto& [word, type] : kNumbers) {
    if (in_.take_keyword(word)) return type;
  }
  if (in_.take_form("ref")) {
    wasm::RefType ref;
    ref.nullable = in_.take_keyword("null");
    ref.heap = TRY(core_heap_type());
    TRY(in_.close());
    return wasm::ValType::of(ref);
  }
  if (in_.at(Token::kKeyword)) {
    std::string_view word = in_.text();
    // `funcref`, `nullref` and the others: shorthands of `(ref null ...)`.
    static constexpr std::pair<std::string_view, wasm::HeapType::Kind> kShort[] = {
        {"funcref", wasm::HeapType::kFunc},
        {"externref", wasm::HeapType::kExtern},
        {"anyref", wasm::HeapType::kAny},
        {"eqref", wasm::HeapType::kEq},
        {"i31ref", wasm::HeapType::kI31},
        {"structref", wasm::HeapType::kStruct},
        {"arrayref", wasm::HeapType::kArray},
        {"exnref", wasm::HeapType::kExn},
        {"nullref", wasm::HeapType::kNone},
        {"nullfuncref", wasm::HeapType::kNoFunc},
        {"nullexternref", wasm::HeapType::kNoExtern},
        {"nullexnref", wasm::HeapType::kNoExn}};
    for (const auto& [text, kind] : kShort) {
      if (word != text) continue;
      in_.skip();
      return wasm::ValType::of({true, {kind, {}}});
    }
  }
  return in_.unexpected("a core value type");
}

Result<wasm::HeapType> Parser::core_heap_type() {
  if (at_index()) return wasm::HeapType{wasm::HeapType::kIndex, wasm::TypeIndex(TRY(index(core(CoreSort::kType))))};
  if (in_.take_form("exact")) {
    wasm::HeapType type{wasm::HeapType::kIndex, wasm::TypeIndex(TRY(index(core(CoreSort::kType)))), false, true};
    TRY(in_.close());
    return type;
  }
  if (in_.at_form("shared") && in_.peek(2).kind == Token::kKeyword) {
    in_.skip(2);
    wasm::HeapType type = TRY(core_heap_type());
    type.is_shared = true;
    TRY(in_.close());
    return type;
  }
  if (in_.at(Token::kKeyword)) {
    if (auto kind = wasm::heap_type_named(in_.text())) {
      in_.skip();
      return wasm::HeapType{*kind, {}};
    }
  }
  return in_.unexpected("a heap type");
}

// -- module types -------------------------------------------------------------------------------------

/// After `(module`: declarators up to the closing parenthesis, which is left.
Result<ast::CoreModuleType> Parser::core_module_type() {
  TRY(enter());
  ast::CoreModuleType type;
  TRY(push_scope(std::nullopt));
  scope().module_decls = &type.decls;
  while (!in_.at(Token::kRight)) TRY(core_module_decl());
  pop_scope();
  leave();
  return type;
}

Result<void> Parser::core_module_decl() {
  if (in_.take_form("type")) return core_type_field(true);
  if (in_.take_form("rec")) return core_rec_field();
  if (in_.take_form("alias")) return alias_field();
  if (in_.take_form("import")) {
    ast::CoreImportDecl import;
    import.module = TRY(in_.name());
    import.name = TRY(in_.name());
    import.type = TRY(core_extern_type());
    scope().module_decls->push_back({std::move(import)});
    return in_.close();
  }
  if (in_.take_form("export")) {
    ast::CoreExportDecl item;
    item.name = TRY(in_.name());
    item.type = TRY(core_extern_type());
    scope().module_decls->push_back({std::move(item)});
    return in_.close();
  }
  return in_.unexpected("a declaration in a module type");
}

/// `(type $t)`, or the declarators of a new module type.
Result<std::uint32_t> Parser::core_module_type_use() {
  bool is_reference = in_.at_form("type") && (in_.peek(2).kind == Token::kNumber || in_.peek(2).kind == Token::kId) &&
                      in_.peek(3).kind == Token::kRight;
  if (is_reference) return reference(core(CoreSort::kType));
  ast::CoreModuleType type = TRY(core_module_type());
  return add(core(CoreSort::kType), {}, ast::CoreType(std::move(type)));
}

/// `(type $t)` with or without the type again, or the type alone, which becomes a definition.
Result<wasm::TypeIndex> Parser::core_type_use() {
  if (in_.at_form("type")) {
    std::uint32_t index = TRY(reference(core(CoreSort::kType)));
    (void)TRY(core_func_type());
    return wasm::TypeIndex(index);
  }
  wasm::SubType type;
  wasm::FuncType func = TRY(core_func_type());
  auto found = scope().core_func_types.find(wasm::to_string(func));
  if (found != scope().core_func_types.end()) return wasm::TypeIndex(found->second);
  type.type = std::move(func);
  ast::CoreRecGroup group;
  group.types.push_back(std::move(type));
  return wasm::TypeIndex(TRY(add(core(CoreSort::kType), {}, ast::CoreType(std::move(group)))));
}

Result<wasm::Limits> Parser::core_limits() {
  wasm::Limits limits;
  limits.is_64 = in_.take_keyword("i64");
  if (!limits.is_64) (void)in_.take_keyword("i32");
  limits.min = TRY(in_.u64("a limit"));
  if (in_.at(Token::kNumber)) limits.max = TRY(in_.u64("a limit"));
  return limits;
}

Result<wasm::ExternType> Parser::core_extern_type() {
  std::optional<FullSort> sort = take_sort(true);
  if (!sort) return in_.unexpected("the sort of an import or export");
  (void)in_.take_id();
  wasm::ExternType type;
  switch (sort->second) {
    case CoreSort::kFunc:
      type.emplace<0>(TRY(core_type_use()));
      break;
    case CoreSort::kTable: {
      wasm::TableType table;
      table.limits = TRY(core_limits());
      wasm::ValType element = TRY(core_val_type());
      if (!element.is_ref()) return in_.unexpected("a reference type");
      table.element = element.ref;
      type = table;
      break;
    }
    case CoreSort::kMemory: {
      wasm::MemoryType memory;
      memory.limits = TRY(core_limits());
      memory.is_shared = in_.take_keyword("shared");
      if (in_.take_form("pagesize")) {
        std::uint32_t size = TRY(in_.u32("a page size"));
        memory.page_size_log2 = 0;
        while (memory.page_size_log2 < 31 && (1U << memory.page_size_log2) < size) ++memory.page_size_log2;
        TRY(in_.close());
      }
      type = memory;
      break;
    }
    case CoreSort::kGlobal: {
      wasm::GlobalType global;
      global.is_mutable = in_.take_form("mut");
      global.type = TRY(core_val_type());
      if (global.is_mutable) TRY(in_.close());
      type = global;
      break;
    }
    case CoreSort::kTag:
      type = wasm::TagType{TRY(core_type_use())};
      break;
    case CoreSort::kType:
    case CoreSort::kModule:
    case CoreSort::kInstance:
      return in_.unexpected("a function, table, memory, global or tag");
  }
  TRY(in_.close());
  return type;
}

}  // namespace witc::component
