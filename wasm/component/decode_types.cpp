// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Types, names and aliases from binary (wasm/component/decode_types.h; component-model Binary.md, "Type
// Definitions"). Component and instance types nest: `depth` bounds the recursion.
#include "wasm/component/decode_types.h"

#include <fmt/format.h>

#include "wasm/component/limits.h"
#include "wasm/core/type_binary.h"

namespace witc::component {
namespace {

using wasm::BinaryReader;

std::optional<PrimValType> prim_val_type(int byte) {
  if ((byte >= 0x73 && byte <= 0x7f) || byte == 0x64) return static_cast<PrimValType>(byte);
  return std::nullopt;
}

/// A vector of whatever `read` gives.
template <class Read>
auto read_vec(BinaryReader& reader, std::uint32_t limit, std::string_view what, Read&& read)
    -> Result<std::vector<typename decltype(read(reader))::value_type>> {
  std::uint32_t count = TRY(reader.count(limit, what));
  std::vector<typename decltype(read(reader))::value_type> items;
  for (std::uint32_t i = 0; i < count; ++i) items.push_back(TRY(read(reader)));
  return items;
}

Result<std::optional<ast::ValType>> read_optional(BinaryReader& reader) {
  if (!TRY(read_flag(reader, "optional component value type"))) return std::optional<ast::ValType>();
  return std::optional(TRY(read_valtype(reader)));
}

Result<ast::LabelValType> read_field(BinaryReader& reader) {
  std::string label = TRY(read_string(reader));
  return ast::LabelValType{std::move(label), TRY(read_valtype(reader))};
}

Result<ast::Case> read_case(BinaryReader& reader) {
  ast::Case item;
  item.label = TRY(read_string(reader));
  item.type = TRY(read_optional(reader));
  std::uint8_t zero = TRY(reader.u8());
  if (zero != 0) return invalid_byte(reader, zero, "zero byte required");
  return item;
}

Result<ast::FuncType> read_func(BinaryReader& reader, bool is_async) {
  ast::FuncType func{is_async, {}, {}};
  func.params = TRY(read_vec(reader, kMaxFuncParams, "component function parameters", read_field));
  func.result = TRY(read_result(reader));
  return func;
}

Result<ast::ResourceType> read_resource(BinaryReader& reader) {
  ast::ResourceType resource;
  resource.rep = TRY(wasm::read_val_type(reader));
  if (TRY(read_flag(reader, "resource destructor"))) resource.dtor = TRY(reader.u32());
  return resource;
}

Result<ast::Decl> read_decl(BinaryReader& reader, bool in_component, std::uint32_t depth) {
  std::uint8_t byte = TRY(reader.u8());
  if (byte == 0x00) return ast::Decl(TRY(read_core_type(reader)));
  if (byte == 0x01) return ast::Decl(std::make_unique<ast::Type>(TRY(read_type(reader, depth + 1))));
  if (byte == 0x02) return ast::Decl(TRY(read_alias(reader)));
  if ((byte == 0x03 && in_component) || byte == 0x04) {
    ast::NameAttributes name = TRY(read_name(reader));
    ast::ExternType type = TRY(read_externtype(reader));
    if (byte == 0x03) return ast::Decl(ast::ImportDecl{std::move(name), type});
    return ast::Decl(ast::ExportDecl{std::move(name), type});
  }
  return invalid_byte(reader, byte, "component or instance type declaration");
}

Result<std::vector<ast::Decl>> read_decls(BinaryReader& reader, bool in_component, std::uint32_t depth) {
  if (depth >= kMaxNesting) {
    return error(DiagCode::kComponentLimit, {reader.source(), reader.offset(), reader.offset() + 1},
                 fmt::format("types are nested more than {} deep", kMaxNesting));
  }
  return read_vec(reader, kMaxTypeDecls, "type declarations",
                  [&](BinaryReader& r) { return read_decl(r, in_component, depth); });
}

Result<ast::Type> read_value_type(BinaryReader& reader, std::uint8_t byte) {
  switch (byte) {
    case 0x72:
      return ast::Type{ast::Record{TRY(read_vec(reader, kMaxRecordFields, "record fields", read_field))}};
    case 0x71:
      return ast::Type{ast::Variant{TRY(read_vec(reader, kMaxVariantCases, "variant cases", read_case))}};
    case 0x70:
      return ast::Type{ast::List{TRY(read_valtype(reader)), {}}};
    case 0x67: {
      ast::ValType element = TRY(read_valtype(reader));
      return ast::Type{ast::List{element, TRY(reader.u32())}};
    }
    case 0x6f:
      return ast::Type{ast::Tuple{TRY(read_vec(reader, kMaxTupleTypes, "tuple types", read_valtype))}};
    case 0x6e:
      return ast::Type{ast::Flags{TRY(read_vec(reader, kMaxFlags, "flag names", read_string))}};
    case 0x6d:
      return ast::Type{ast::Enum{TRY(read_vec(reader, kMaxEnumCases, "enum cases", read_string))}};
    case 0x6b:
      return ast::Type{ast::Option{TRY(read_valtype(reader))}};
    case 0x6a: {
      std::optional<ast::ValType> ok = TRY(read_optional(reader));
      return ast::Type{ast::ResultType{ok, TRY(read_optional(reader))}};
    }
    case 0x69:
      return ast::Type{ast::Own{TRY(reader.u32())}};
    case 0x68:
      return ast::Type{ast::Borrow{TRY(reader.u32())}};
    case 0x66:
      return ast::Type{ast::Stream{TRY(read_optional(reader))}};
    case 0x65:
      return ast::Type{ast::Future{TRY(read_optional(reader))}};
    case 0x63: {
      ast::ValType key = TRY(read_valtype(reader));
      return ast::Type{ast::Map{key, TRY(read_valtype(reader))}};
    }
    default:
      return invalid_byte(reader, byte, "component defined type");
  }
}

Result<ast::CoreRecGroup> read_rec_group(BinaryReader& reader) {
  ast::CoreRecGroup group;
  group.is_explicit = reader.peek() == 0x4e;
  IdVector<wasm::TypeIndex, wasm::SubType> types;
  std::vector<std::uint32_t> sizes;
  (void)TRY(wasm::read_rec_type(reader, types, sizes));
  group.types = types.items();
  return group;
}

Result<ast::CoreModuleDecl> read_module_decl(BinaryReader& reader) {
  std::uint8_t byte = TRY(reader.u8());
  switch (byte) {
    case 0x00: {
      ast::CoreImportDecl import;
      import.module = TRY(read_string(reader));
      import.name = TRY(read_string(reader));
      import.type = TRY(wasm::read_extern_type(reader));
      return ast::CoreModuleDecl{std::move(import)};
    }
    case 0x01:
      return ast::CoreModuleDecl{ast::CoreType(TRY(read_rec_group(reader)))};
    case 0x02: {
      std::uint8_t kind = TRY(reader.u8());
      if (kind != 0x10) return invalid_byte(reader, kind, "outer alias kind");
      std::uint8_t target = TRY(reader.u8());
      if (target != 0x01) return invalid_byte(reader, target, "outer alias target");
      std::uint32_t count = TRY(reader.u32());
      return ast::CoreModuleDecl{ast::CoreOuterAlias{count, TRY(reader.u32())}};
    }
    case 0x03: {
      std::string name = TRY(read_string(reader));
      return ast::CoreModuleDecl{ast::CoreExportDecl{std::move(name), TRY(wasm::read_extern_type(reader))}};
    }
    default:
      return invalid_byte(reader, byte, "type definition");
  }
}

}  // namespace

Diagnostic invalid_byte(const BinaryReader& reader, std::uint8_t byte, std::string_view what) {
  return reader.malformed(reader.offset() - 1, fmt::format("invalid leading byte (0x{:x}) for {}", byte, what));
}

Result<std::string> read_string(BinaryReader& reader) { return std::string(TRY(reader.name())); }

Result<bool> read_flag(BinaryReader& reader, std::string_view what) {
  std::uint8_t byte = TRY(reader.u8());
  if (byte > 1) return invalid_byte(reader, byte, what);
  return byte == 1;
}

Result<ast::ValType> read_valtype(BinaryReader& reader) {
  if (std::optional<PrimValType> prim = prim_val_type(reader.peek())) {
    (void)TRY(reader.u8());
    return ast::ValType(*prim);
  }
  std::uint32_t at = reader.offset();
  std::int64_t index = TRY(reader.s33());
  if (index < 0) return reader.malformed(at, "invalid component value type");
  return ast::ValType(ast::TypeRef{static_cast<std::uint32_t>(index)});
}

Result<std::optional<ast::ValType>> read_result(BinaryReader& reader) {
  std::uint8_t byte = TRY(reader.u8());
  if (byte == 0x00) return std::optional(TRY(read_valtype(reader)));
  if (byte != 0x01) return invalid_byte(reader, byte, "component function results");
  std::uint8_t zero = TRY(reader.u8());
  if (zero != 0) return invalid_byte(reader, zero, "number of results");
  return std::optional<ast::ValType>();
}

Result<ast::Type> read_type(BinaryReader& reader, std::uint32_t depth) {
  std::uint8_t byte = TRY(reader.u8());
  switch (byte) {
    case 0x3f:
      return ast::Type{TRY(read_resource(reader))};
    case 0x40:
      return ast::Type{TRY(read_func(reader, false))};
    case 0x43:
      return ast::Type{TRY(read_func(reader, true))};
    case 0x41:
      return ast::Type{ast::ComponentType{TRY(read_decls(reader, true, depth))}};
    case 0x42:
      return ast::Type{ast::InstanceType{TRY(read_decls(reader, false, depth))}};
    default:
      break;
  }
  if (std::optional<PrimValType> prim = prim_val_type(byte)) return ast::Type{*prim};
  return read_value_type(reader, byte);
}

Result<ast::CoreType> read_core_type(BinaryReader& reader) {
  if (reader.peek() == 0x50) {
    (void)TRY(reader.u8());
    return ast::CoreType(
        ast::CoreModuleType{TRY(read_vec(reader, kMaxModuleTypeDecls, "module type declarations", read_module_decl))});
  }
  if (reader.peek() == 0x00) {  // a non-final `sub`, told from a module type by the zero
    (void)TRY(reader.u8());
    if (reader.peek() != 0x50) {
      std::uint8_t byte = TRY(reader.u8());
      return invalid_byte(reader, byte, "non-final sub type");
    }
  }
  return ast::CoreType(TRY(read_rec_group(reader)));
}

Result<CoreSort> read_core_sort(BinaryReader& reader) {
  std::uint8_t byte = TRY(reader.u8());
  if (byte <= 0x04 || (byte >= 0x10 && byte <= 0x12)) return CoreSort{byte};
  return invalid_byte(reader, byte, "core sort");
}

Result<std::pair<Sort, CoreSort>> read_sort(BinaryReader& reader) {
  std::uint8_t byte = TRY(reader.u8());
  if (byte == 0x00) return std::pair(Sort::kCore, TRY(read_core_sort(reader)));
  if (byte <= 0x05) return std::pair(Sort{byte}, CoreSort::kFunc);
  return invalid_byte(reader, byte, "component external kind");
}

Result<ast::Alias> read_alias(BinaryReader& reader) {
  auto [sort, core] = TRY(read_sort(reader));
  ast::Alias alias{sort, core, {}};
  std::uint8_t byte = TRY(reader.u8());
  if (byte > 0x02) return invalid_byte(reader, byte, "alias");
  std::uint32_t first = TRY(reader.u32());
  if (byte == 0x00) {
    alias.target = ast::AliasExport{first, TRY(read_string(reader))};
  } else if (byte == 0x01) {
    alias.target = ast::AliasCoreExport{first, TRY(read_string(reader))};
  } else {
    alias.target = ast::AliasOuter{first, TRY(reader.u32())};
  }
  return alias;
}

Result<ast::ExternType> read_externtype(BinaryReader& reader) {
  auto [sort, core] = TRY(read_sort(reader));
  ast::ExternType type;
  type.sort = sort;
  switch (sort) {
    case Sort::kCore:
      if (core != CoreSort::kModule) return invalid_byte(reader, static_cast<std::uint8_t>(core), "core external type");
      type.index = TRY(reader.u32());
      break;
    case Sort::kFunc:
    case Sort::kComponent:
    case Sort::kInstance:
      type.index = TRY(reader.u32());
      break;
    case Sort::kType:
      if (!TRY(read_flag(reader, "type bound"))) type.type_bound.eq = TRY(reader.u32());
      break;
    case Sort::kValue:
      type.value_bound.emplace();
      if (TRY(read_flag(reader, "value bound"))) {
        type.value_bound->bound = TRY(read_valtype(reader));
      } else {
        type.value_bound->bound = TRY(reader.u32());
      }
      break;
  }
  return type;
}

Result<ast::NameAttributes> read_name(BinaryReader& reader) {
  ast::NameAttributes name;
  name.opcode = TRY(reader.u8());
  if (name.opcode > 0x02) return invalid_byte(reader, name.opcode, "component name");
  name.name = TRY(read_string(reader));
  if (name.opcode != 0x02) return name;
  std::uint32_t count = TRY(reader.count(kMaxNameAttributes, "name attributes"));
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint8_t attribute = TRY(reader.u8());
    if (attribute > 0x02) return invalid_byte(reader, attribute, "name option");
    auto& slot = attribute == 0x00 ? name.implements : attribute == 0x01 ? name.version_suffix : name.external_id;
    constexpr std::string_view kNames[] = {"implements", "versionsuffix", "external-id"};
    if (slot) return reader.malformed(fmt::format("duplicate '{}' option in name", kNames[attribute]));
    slot = TRY(read_string(reader));
    name.order.push_back(attribute);
  }
  return name;
}

}  // namespace witc::component
