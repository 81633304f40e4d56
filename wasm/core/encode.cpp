// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/encode.h"

#include <algorithm>

#include "base/overloaded.h"
#include "wasm/core/names.h"
#include "wasm/core/sections.h"
#include "wasm/core/type_binary.h"

namespace witc::wasm {
namespace {

void write_code(BinaryWriter& out, const ConstExpr& expr) { out.bytes(expr.code.bytes); }

void write_types(BinaryWriter& out, const Module& module) {
  out.u32(static_cast<std::uint32_t>(module.rec_groups.size()));
  std::size_t next = 0;
  for (std::size_t group = 0; group < module.rec_groups.size(); ++group) {
    const std::uint32_t size = module.rec_groups[group];
    const bool is_explicit = size != 1 || std::ranges::binary_search(module.explicit_groups, group);
    if (is_explicit) out.u8(0x4e).u32(size);
    for (std::uint32_t i = 0; i < size; ++i) write_sub_type(out, module.types[TypeIndex(next++)]);
  }
}

void write_import(BinaryWriter& out, std::span<const Import> group) {
  const Import& first = group.front();
  out.name(first.module);
  switch (first.form) {
    case Import::kSingle:
      out.name(first.name);
      return write_extern_type(out, first.type, first.is_exact);
    case Import::kOfModule:
      out.name("").u8(kImportsOfModule);
      out.vec(group, [](BinaryWriter& to, const Import& item) {
        to.name(item.name);
        write_extern_type(to, item.type, item.is_exact);
      });
      return;
    case Import::kOfModuleAndType:
      out.name("").u8(kImportsOfType);
      write_extern_type(out, first.type, first.is_exact);
      out.vec(group, [](BinaryWriter& to, const Import& item) { to.name(item.name); });
      return;
  }
}

void write_imports(BinaryWriter& out, const Module& module) {
  const std::vector<std::span<const Import>> groups = import_groups(module);
  out.vec(groups, [](BinaryWriter& to, std::span<const Import> group) { write_import(to, group); });
}

void write_table(BinaryWriter& out, const Table& table) {
  if (table.init) out.u8(0x40).u8(0x00);
  write_table_type(out, table.type);
  if (table.init) write_code(out, *table.init);
}

void write_global(BinaryWriter& out, const Global& global) {
  write_global_type(out, global.type);
  if (global.init) write_code(out, *global.init);
}

void write_export(BinaryWriter& out, const Export& item) {
  out.name(item.name).u8(static_cast<std::uint8_t>(item.kind)).u32(item.index);
}

/// The shortest of the eight forms that says the same.
void write_element(BinaryWriter& out, const ElementSegment& segment) {
  bool expressions = std::holds_alternative<std::vector<ConstExpr>>(segment.items);
  bool active = segment.mode == ElementSegment::kActive;
  bool usual_type = segment.type == RefType{expressions, {HeapType::kFunc, {}}};
  bool second = active ? segment.table.value != 0 || segment.has_table || !usual_type : segment.mode == ElementSegment::kDeclarative;
  unsigned flags = (active ? 0U : 1U) | (second ? 2U : 0U) | (expressions ? 4U : 0U);
  out.u32(flags);
  if (active && second) out.u32(segment.table.value);
  if (active) write_code(out, *segment.start);
  if ((flags & 3) != 0) {
    if (expressions) {
      write_ref_type(out, segment.type);
    } else {
      out.u8(0);  // elemkind: function references
    }
  }
  match(
      segment.items,
      [&](const std::vector<FuncIndex>& items) {
        out.vec(items, [](BinaryWriter& to, FuncIndex item) { to.u32(item.value); });
      },
      [&](const std::vector<ConstExpr>& items) { out.vec(items, write_code); });
}

void write_body(BinaryWriter& out, const Func& func) {
  out.sized([&](BinaryWriter& body) {
    body.vec(func.locals, [](BinaryWriter& to, const LocalGroup& group) {
      to.u32(group.count);
      write_val_type(to, group.type);
    });
    body.bytes(func.body.bytes);
  });
}

void write_data(BinaryWriter& out, const DataSegment& segment) {
  bool other_memory = segment.is_active && segment.memory.value != 0;
  out.u32(!segment.is_active ? 1 : other_memory ? 2 : 0);
  if (other_memory) out.u32(segment.memory.value);
  if (segment.is_active) write_code(out, *segment.start);
  out.u32(static_cast<std::uint32_t>(segment.bytes.size())).bytes(segment.bytes);
}

/// The items of an index space that are defined here, as a section unless there are none.
template <class Items, class Write>
void write_defined(BinaryWriter& out, std::uint8_t id, const Items& items, Write&& write) {
  std::uint32_t count = 0;
  for (const auto& item : items) count += item.import ? 0 : 1;
  if (count == 0) return;
  out.section(id, [&](BinaryWriter& body) {
    body.u32(count);
    for (const auto& item : items) {
      if (!item.import) write(body, item);
    }
  });
}

template <class Items, class Write>
void write_vector(BinaryWriter& out, std::uint8_t id, const Items& items, Write&& write) {
  if (items.empty()) return;
  out.section(id, [&](BinaryWriter& body) { body.vec(items, write); });
}

void write_section(BinaryWriter& out, std::uint8_t id, const Module& module) {
  switch (id) {
    case kTypeSection:
      if (!module.rec_groups.empty()) out.section(id, [&](BinaryWriter& body) { write_types(body, module); });
      return;
    case kImportSection:
      if (!module.imports.empty()) out.section(id, [&](BinaryWriter& body) { write_imports(body, module); });
      return;
    case kFunctionSection:
      return write_defined(out, id, module.funcs, [](BinaryWriter& to, const Func& func) { to.u32(func.type.value); });
    case kTableSection:
      return write_defined(out, id, module.tables, write_table);
    case kMemorySection:
      return write_defined(out, id, module.memories,
                           [](BinaryWriter& to, const Memory& memory) { write_memory_type(to, memory.type); });
    case kTagSection:
      return write_defined(out, id, module.tags,
                           [](BinaryWriter& to, const Tag& tag) { write_tag_type(to, tag.type); });
    case kGlobalSection:
      return write_defined(out, id, module.globals, write_global);
    case kExportSection:
      return write_vector(out, id, module.exports, write_export);
    case kStartSection:
      if (module.start) out.section(id, [&](BinaryWriter& body) { body.u32(module.start->value); });
      return;
    case kElementSection:
      return write_vector(out, id, module.elements, write_element);
    case kDataCountSection:
      if (module.data_count) out.section(id, [&](BinaryWriter& body) { body.u32(*module.data_count); });
      return;
    case kCodeSection:
      return write_defined(out, id, module.funcs, write_body);
    case kDataSection:
      return write_vector(out, id, module.data, write_data);
    default:
      return;
  }
}

void write_custom(BinaryWriter& out, std::string_view name, std::span<const std::uint8_t> bytes) {
  out.section(kCustomSection, [&](BinaryWriter& body) { body.name(name).bytes(bytes); });
}

/// The custom sections that stand after the section `id`; the first `name` section is made anew.
void write_customs(BinaryWriter& out, std::uint8_t id, const Module& module, std::vector<std::uint8_t>& names) {
  for (const CustomSection& custom : module.customs) {
    if (custom.after != id) continue;
    if (custom.name == "name" && !names.empty()) {
      write_custom(out, custom.name, std::exchange(names, {}));
    } else {
      write_custom(out, custom.name, custom.bytes);
    }
  }
}

}  // namespace

std::vector<std::uint8_t> encode_module(const Module& module) {
  BinaryWriter out;
  out.text(std::string_view("\0asm", 4)).u32_le(1);
  std::vector<std::uint8_t> names = encode_names(module.names);
  write_customs(out, kCustomSection, module, names);
  for (std::uint8_t id : kSectionOrder) {
    write_section(out, id, module);
    write_customs(out, id, module, names);
  }
  if (!names.empty()) write_custom(out, "name", names);
  return out.take();
}

}  // namespace witc::wasm
