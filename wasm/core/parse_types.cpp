// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Types in text (core specification, "Text Format > Types").
#include <fmt/format.h>

#include "wasm/core/limits.h"
#include "wasm/core/parse_module.h"
#include "wasm/core/type_binary.h"
#include "wasm/core/type_text.h"

namespace witc::wasm {
namespace {

/// `funcref` and the like: the nullable references that have a name.
std::optional<HeapType::Kind> shorthand_named(std::string_view word) {
  for (unsigned kind = 0; kind < HeapType::kIndex; ++kind) {
    auto heap = static_cast<HeapType::Kind>(kind);
    if (to_string(RefType{true, {heap, {}}}) == word) return heap;
  }
  return std::nullopt;
}

}  // namespace

// -- value types --------------------------------------------------------------------------------

Result<HeapType> ModuleParser::heap_type() {
  if (at_index()) return HeapType{HeapType::kIndex, TypeIndex(TRY(index(types_)))};
  if (in_.take_form("exact")) {
    HeapType type{HeapType::kIndex, TypeIndex(TRY(index(types_))), false, true};
    TRY(in_.close());
    return type;
  }
  if (in_.at_form("shared") && in_.peek(2).kind == Token::kKeyword) {
    in_.skip(2);
    HeapType type = TRY(heap_type());
    type.is_shared = true;
    TRY(in_.close());
    return type;
  }
  std::optional<HeapType::Kind> kind = in_.at(Token::kKeyword) ? heap_type_named(in_.text()) : std::nullopt;
  if (!kind) return in_.unexpected("a heap type");
  in_.skip();
  return HeapType{*kind, {}};
}

bool ModuleParser::at_ref_type() const {
  return in_.at_form("ref") || in_.at_form("shared") || (in_.at(Token::kKeyword) && shorthand_named(in_.text()).has_value());
}

Result<RefType> ModuleParser::ref_type() {
  if (in_.take_form("ref")) {
    bool nullable = in_.take_keyword("null");
    RefType type{nullable, TRY(heap_type())};
    TRY(in_.close());
    return type;
  }
  const bool is_shared = in_.take_form("shared");
  std::optional<HeapType::Kind> kind = in_.at(Token::kKeyword) ? shorthand_named(in_.text()) : std::nullopt;
  if (!kind) return in_.unexpected("a reference type");
  in_.skip();
  if (is_shared) TRY(in_.close());
  return RefType{true, {*kind, {}, is_shared}};
}

Result<ValType> ModuleParser::val_type() {
  constexpr std::pair<std::string_view, ValType::Kind> kNumeric[] = {{"i32", ValType::kI32},
                                                                     {"i64", ValType::kI64},
                                                                     {"f32", ValType::kF32},
                                                                     {"f64", ValType::kF64},
                                                                     {"v128", ValType::kV128}};
  for (auto [word, kind] : kNumeric) {
    if (in_.take_keyword(word)) return ValType{kind, {}};
  }
  if (!at_ref_type()) return in_.unexpected("a value type");
  return ValType::of(TRY(ref_type()));
}

// -- defined types ------------------------------------------------------------------------------

/// `(type $id (...))`, after `(type`.
Result<void> ModuleParser::type_field() {
  TypeIndex index = module_.types.next_id();
  std::optional<std::string> id = TRY(take_id());
  name_item(module_.names.types, index.value, id);
  module_.types.push(TRY(sub_type(index)));
  return in_.close();
}

Result<SubType> ModuleParser::sub_type(TypeIndex index) {
  SubType type;
  const bool is_sub = in_.take_form("sub");
  if (is_sub) {
    type.is_final = in_.take_keyword("final");
    while (at_index()) type.supertypes.push_back(TypeIndex(TRY(this->index(types_))));
  }
  type.is_shared = in_.take_form("shared");
  TRY(described_type(index, type));
  if (type.is_shared) TRY(in_.close());
  if (is_sub) TRY(in_.close());
  return type;
}

/// `(describes $a)? (descriptor $b)? (struct ...)`
Result<void> ModuleParser::described_type(TypeIndex index, SubType& type) {
  if (in_.take_form("describes")) {
    type.describes = TypeIndex(TRY(this->index(types_)));
    TRY(in_.close());
  }
  if (in_.take_form("descriptor")) {
    type.descriptor = TypeIndex(TRY(this->index(types_)));
    TRY(in_.close());
  }
  type.type = TRY(composite_type(index));
  return {};
}

Result<CompositeType> ModuleParser::composite_type(TypeIndex index) {
  CompositeType type;
  if (in_.take_form("func")) {
    type = TRY(func_type());
  } else if (in_.take_form("struct")) {
    type = TRY(struct_type(index));
  } else if (in_.take_form("array")) {
    type = ArrayType{TRY(field_type())};
  } else if (in_.take_form("cont")) {
    type = ContType{TypeIndex(TRY(this->index(types_)))};
  } else {
    return in_.unexpected("`(func`, `(struct`, `(array`, `(cont` or `(sub`");
  }
  TRY(in_.close());
  return type;
}

Result<FuncType> ModuleParser::func_type() { return TRY(signature(true)).type; }

Result<FieldType> ModuleParser::field_type() {
  FieldType field;
  field.is_mutable = in_.take_form("mut");
  if (in_.take_keyword("i8")) {
    field.storage.packing = StorageType::kI8;
  } else if (in_.take_keyword("i16")) {
    field.storage.packing = StorageType::kI16;
  } else {
    field.storage.type = TRY(val_type());
  }
  if (field.is_mutable) TRY(in_.close());
  return field;
}

Result<StructType> ModuleParser::struct_type(TypeIndex index) {
  StructType type;
  auto& ids = field_ids_[index.value];
  while (in_.take_form("field")) {
    const Token where = in_.peek();
    if (std::optional<std::string> id = TRY(take_id())) {
      auto position = static_cast<std::uint32_t>(type.fields.size());
      if (!ids.try_emplace(*id, position).second)
        return in_.malformed(where, fmt::format("duplicate field identifier `${}`", *id));
      module_.names.fields.emplace(std::pair(index, position), *id);
      type.fields.push_back(TRY(field_type()));
    } else {
      while (!in_.at(Token::kRight)) type.fields.push_back(TRY(field_type()));
    }
    TRY(in_.close());
    if (type.fields.size() > kMaxFields) return error(DiagCode::kWasmLimit, in_.span(), "too many fields");
  }
  return type;
}

/// `(param ...)* (result ...)*`
Result<ModuleParser::Signature> ModuleParser::signature(bool names_allowed) {
  Signature signature;
  while (in_.take_form("param")) {
    if (names_allowed && (in_.at(Token::kId) || in_.at_annotation("name"))) {
      signature.params.push_back(TRY(take_local_name()));
      signature.type.params.push_back(TRY(val_type()));
    } else {
      while (!in_.at(Token::kRight)) {
        signature.params.emplace_back();
        signature.type.params.push_back(TRY(val_type()));
      }
    }
    TRY(in_.close());
  }
  while (in_.take_form("result")) {
    while (!in_.at(Token::kRight)) signature.type.results.push_back(TRY(val_type()));
    TRY(in_.close());
  }
  if (signature.type.params.size() > kMaxParams) return error(DiagCode::kWasmLimit, in_.span(), "too many parameters");
  if (signature.type.results.size() > kMaxResults) return error(DiagCode::kWasmLimit, in_.span(), "too many results");
  return signature;
}

/// The type of an imported function: `(exact ...)`, or one by itself.
Result<ModuleParser::TypeUse> ModuleParser::maybe_exact_type_use(bool& is_exact) {
  is_exact = in_.take_form("exact");
  TypeUse use = TRY(type_use(true));
  if (is_exact) TRY(in_.close());
  return use;
}

/// `(type x)? (param ...)* (result ...)*`
Result<ModuleParser::TypeUse> ModuleParser::type_use(bool names_allowed) {
  std::optional<TypeIndex> given;
  Token where = in_.peek();
  if (in_.take_form("type")) {
    where = in_.peek();
    given = TypeIndex(TRY(index(types_)));
    TRY(in_.close());
  }
  bool written = in_.at_form("param") || in_.at_form("result");
  Signature inline_type = TRY(signature(names_allowed));
  if (!given) return TypeUse{intern(inline_type.type), std::move(inline_type.params)};
  const FuncType* type = nullptr;
  if (module_.types.contains(*given)) type = std::get_if<FuncType>(&module_.types[*given].type);
  if (written) {
    if (type == nullptr) return in_.malformed(where, fmt::format("unknown type {}: not a function type", given->value));
    if (!(*type == inline_type.type)) return in_.malformed(where, "inline function type does not match its type");
  } else if (type != nullptr) {
    inline_type.params.resize(type->params.size());
  }
  return TypeUse{*given, std::move(inline_type.params)};
}

std::string ModuleParser::type_key(const FuncType& type) {
  BinaryWriter out;
  write_func_type(out, type);
  return {reinterpret_cast<const char*>(out.view().data()), out.size()};
}

/// The first plain type like it, or a new one at the end.
TypeIndex ModuleParser::intern(const FuncType& type) {
  auto [found, fresh] = interned_.try_emplace(type_key(type), module_.types.next_id());
  if (fresh) {
    module_.types.push({true, {}, type});
    module_.rec_groups.push_back(1);
  }
  return found->second;
}

// -- the types of items -------------------------------------------------------------------------

/// `i32` or `i64` before limits: is it 64 bits wide.
Result<bool> ModuleParser::address_type() {
  if (in_.take_keyword("i64")) return true;
  in_.take_keyword("i32");
  return false;
}

Result<std::uint64_t> ModuleParser::limit() {
  if (options_.wide_limits) return in_.u64("a size");
  return std::uint64_t{TRY(in_.u32("a size"))};
}

Result<Limits> ModuleParser::limits(bool is_64) {
  Limits limits;
  limits.is_64 = is_64;
  limits.min = TRY(limit());
  if (in_.at(Token::kNumber)) limits.max = TRY(limit());
  return limits;
}

Result<TableType> ModuleParser::table_type() {
  TableType type;
  type.is_shared = in_.take_keyword("shared");
  bool is_64 = TRY(address_type());
  type.limits = TRY(limits(is_64));
  type.element = TRY(ref_type());
  return type;
}

Result<void> ModuleParser::page_size(MemoryType& type) {
  if (!in_.take_form("pagesize")) return {};
  const Token where = in_.peek();
  std::uint64_t size = TRY(in_.u64("a page size"));
  if (!std::has_single_bit(size)) return in_.malformed(where, "invalid custom page size: not a power of two");
  type.has_page_size = true;
  type.page_size_log2 = static_cast<std::uint32_t>(std::countr_zero(size));
  return in_.close();
}

Result<MemoryType> ModuleParser::memory_type() {
  bool is_64 = TRY(address_type());
  MemoryType type;
  type.limits = TRY(limits(is_64));
  type.is_shared = in_.take_keyword("shared");
  TRY(page_size(type));
  return type;
}

Result<GlobalType> ModuleParser::global_type() {
  GlobalType type;
  type.is_shared = in_.take_form("shared");
  type.is_mutable = type.is_shared ? in_.take_keyword("mut") : in_.take_form("mut");
  type.type = TRY(val_type());
  if (type.is_shared || type.is_mutable) TRY(in_.close());
  return type;
}

}  // namespace witc::wasm
