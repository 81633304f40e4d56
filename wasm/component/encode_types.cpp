// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Types, names and aliases in binary (wasm/component/encode_types.h; component-model Binary.md, "Type
// Definitions").
#include "wasm/component/encode_types.h"

#include "base/overloaded.h"
#include "wasm/core/type_binary.h"

namespace witc::component {
namespace {

using wasm::BinaryWriter;

std::uint8_t byte(auto value) { return static_cast<std::uint8_t>(value); }

void write_labels(BinaryWriter& out, std::uint8_t opcode, const std::vector<std::string>& labels) {
  out.u8(opcode).vec(labels, [](BinaryWriter& o, const std::string& label) { o.name(label); });
}

void write_fields(BinaryWriter& out, const std::vector<ast::LabelValType>& fields) {
  out.vec(fields, [](BinaryWriter& o, const ast::LabelValType& field) {
    o.name(field.label);
    write_valtype(o, field.type);
  });
}

void write_handle(BinaryWriter& out, std::uint8_t opcode, std::uint32_t type) { out.u8(opcode).u32(type); }

void write_variant(BinaryWriter& out, const ast::Variant& variant) {
  out.u8(0x71).vec(variant.cases, [](BinaryWriter& o, const ast::Case& item) {
    o.name(item.label);
    write_optional(o, item.type);
    o.u8(0x00);
  });
}

void write_list(BinaryWriter& out, const ast::List& list) {
  out.u8(list.length ? 0x67 : 0x70);
  write_valtype(out, list.element);
  if (list.length) out.u32(*list.length);
}

void write_func(BinaryWriter& out, const ast::FuncType& func) {
  out.u8(func.is_async ? 0x43 : 0x40);
  write_fields(out, func.params);
  write_result(out, func.result);
}

void write_resource(BinaryWriter& out, const ast::ResourceType& resource) {
  out.u8(0x3f);
  wasm::write_val_type(out, resource.rep);
  out.u8(resource.dtor ? 1 : 0);
  if (resource.dtor) out.u32(*resource.dtor);
}

void write_decl(BinaryWriter& out, const ast::Decl& decl) {
  match(
      decl, [&](const ast::CoreType& type) { write_core_type(out.u8(0x00), type); },
      [&](const std::unique_ptr<ast::Type>& type) { write_type(out.u8(0x01), *type); },
      [&](const ast::Alias& alias) { write_alias(out.u8(0x02), alias); },
      [&](const ast::ImportDecl& import) {
        write_name(out.u8(0x03), import.name);
        write_externtype(out, import.type);
      },
      [&](const ast::ExportDecl& item) {
        write_name(out.u8(0x04), item.name);
        write_externtype(out, item.type);
      });
}

void write_rec_group(BinaryWriter& out, const ast::CoreRecGroup& group) {
  if (!group.is_explicit && group.types.size() == 1) return wasm::write_sub_type(out, group.types.front());
  out.u8(0x4e).vec(group.types, [](BinaryWriter& o, const wasm::SubType& type) { wasm::write_sub_type(o, type); });
}

void write_module_decl(BinaryWriter& out, const ast::CoreModuleDecl& decl) {
  match(
      decl.decl,
      [&](const ast::CoreImportDecl& import) {
        out.u8(0x00).name(import.module).name(import.name);
        wasm::write_extern_type(out, import.type);
      },
      [&](const ast::CoreType& type) {
        out.u8(0x01);
        if (const auto* group = std::get_if<ast::CoreRecGroup>(&type)) {
          write_rec_group(out, *group);
        } else {
          write_core_type(out, type);
        }
      },
      [&](const ast::CoreOuterAlias& alias) { out.u8(0x02).u8(0x10).u8(0x01).u32(alias.count).u32(alias.index); },
      [&](const ast::CoreExportDecl& item) {
        out.u8(0x03).name(item.name);
        wasm::write_extern_type(out, item.type);
      });
}

}  // namespace

void write_valtype(BinaryWriter& out, const ast::ValType& type) {
  match(type, [&](PrimValType prim) { out.u8(byte(prim)); }, [&](ast::TypeRef ref) { out.s64(ref.index); });
}

void write_optional(BinaryWriter& out, const std::optional<ast::ValType>& type) {
  out.u8(type ? 1 : 0);
  if (type) write_valtype(out, *type);
}

void write_result(BinaryWriter& out, const std::optional<ast::ValType>& type) {
  if (!type) {
    out.u8(0x01).u8(0x00);
    return;
  }
  write_valtype(out.u8(0x00), *type);
}

void write_type(BinaryWriter& out, const ast::Type& type) {
  match(
      type.type, [&](PrimValType prim) { out.u8(byte(prim)); },
      [&](const ast::Record& record) { write_fields(out.u8(0x72), record.fields); },
      [&](const ast::Variant& variant) { write_variant(out, variant); },
      [&](const ast::List& list) { write_list(out, list); },
      [&](const ast::Tuple& tuple) { out.u8(0x6f).vec(tuple.types, [](auto& o, auto& t) { write_valtype(o, t); }); },
      [&](const ast::Flags& flags) { write_labels(out, 0x6e, flags.labels); },
      [&](const ast::Enum& cases) { write_labels(out, 0x6d, cases.labels); },
      [&](const ast::Option& option) { write_valtype(out.u8(0x6b), option.type); },
      [&](const ast::ResultType& result) {
        write_optional(out.u8(0x6a), result.ok);
        write_optional(out, result.error);
      },
      [&](const ast::Own& own) { write_handle(out, 0x69, own.type); },
      [&](const ast::Borrow& borrow) { write_handle(out, 0x68, borrow.type); },
      [&](const ast::Stream& stream) { write_optional(out.u8(0x66), stream.type); },
      [&](const ast::Future& future) { write_optional(out.u8(0x65), future.type); },
      [&](const ast::Map& map) {
        write_valtype(out.u8(0x63), map.key);
        write_valtype(out, map.value);
      },
      [&](const ast::FuncType& func) { write_func(out, func); },
      [&](const ast::ComponentType& component) { out.u8(0x41).vec(component.decls, write_decl); },
      [&](const ast::InstanceType& instance) { out.u8(0x42).vec(instance.decls, write_decl); },
      [&](const ast::ResourceType& resource) { write_resource(out, resource); });
}

void write_core_type(BinaryWriter& out, const ast::CoreType& type) {
  match(
      type,
      [&](const ast::CoreRecGroup& group) {
        // A non-final `sub` by itself begins with the byte of a module type, so it has a zero before it.
        bool plain = !group.is_explicit && group.types.size() == 1;
        if (plain && !group.types.front().is_final) out.u8(0x00);
        write_rec_group(out, group);
      },
      [&](const ast::CoreModuleType& module) { out.u8(0x50).vec(module.decls, write_module_decl); });
}

void write_sort(BinaryWriter& out, Sort sort, CoreSort core) {
  out.u8(byte(sort));
  if (sort == Sort::kCore) out.u8(byte(core));
}

void write_alias(BinaryWriter& out, const ast::Alias& alias) {
  write_sort(out, alias.sort, alias.core);
  match(
      alias.target, [&](const ast::AliasExport& a) { out.u8(0x00).u32(a.instance).name(a.name); },
      [&](const ast::AliasCoreExport& a) { out.u8(0x01).u32(a.instance).name(a.name); },
      [&](const ast::AliasOuter& a) { out.u8(0x02).u32(a.count).u32(a.index); });
}

void write_externtype(BinaryWriter& out, const ast::ExternType& type) {
  write_sort(out, type.sort, CoreSort::kModule);
  switch (type.sort) {
    case Sort::kCore:
    case Sort::kFunc:
    case Sort::kComponent:
    case Sort::kInstance:
      out.u32(type.index);
      return;
    case Sort::kType:
      out.u8(type.type_bound.eq ? 0x00 : 0x01);
      if (type.type_bound.eq) out.u32(*type.type_bound.eq);
      return;
    case Sort::kValue:
      if (!type.value_bound) return;
      match(
          type.value_bound->bound, [&](std::uint32_t value) { out.u8(0x00).u32(value); },
          [&](const ast::ValType& bound) { write_valtype(out.u8(0x01), bound); });
      return;
  }
}

void write_name(BinaryWriter& out, const ast::NameAttributes& name) {
  std::vector<std::uint8_t> order = name.order;
  if (order.empty()) {
    if (name.implements) order.push_back(0x00);
    if (name.version_suffix) order.push_back(0x01);
    if (name.external_id) order.push_back(0x02);
  }
  bool attributed = !order.empty() || name.opcode == 0x02;
  out.u8(attributed ? 0x02 : name.opcode).name(name.name);
  if (!attributed) return;
  out.vec(order, [&](BinaryWriter& o, std::uint8_t attribute) {
    const auto& text = attribute == 0x00 ? name.implements : attribute == 0x01 ? name.version_suffix : name.external_id;
    o.u8(attribute).name(text.value_or(""));
  });
}

}  // namespace witc::component
