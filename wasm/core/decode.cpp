// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/decode.h"

#include <fmt/format.h>

#include "base/overloaded.h"
#include "wasm/binary_reader.h"
#include "wasm/core/limits.h"
#include "wasm/core/names.h"
#include "wasm/core/operators.h"
#include "wasm/core/sections.h"
#include "wasm/core/type_binary.h"

namespace witc::wasm {
namespace {

constexpr std::uint8_t kMagic[] = {0x00, 0x61, 0x73, 0x6d};

// What groups of imports may take: bytes for all, more for each byte of the section, and what one import counts as.
constexpr std::uint32_t kGroupedImports = 16U << 20, kGroupedPerByte = 64, kGroupedImportCost = 256;

class Decoder {
 public:
  Decoder(SourceId source, std::span<const std::uint8_t> bytes, std::uint32_t offset) : in_(source, bytes, offset) {
    module_.source = source;
    module_.bytes = bytes;
  }

  Result<Module> decode() {
    TRY(header());
    while (!in_.at_end()) TRY(section());
    TRY(counts_agree());
    for (const CustomSection& custom : module_.customs) {
      if (custom.name == "name") module_.names = decode_names(custom, module_.source);
    }
    return std::move(module_);
  }

 private:
  Result<void> header();
  Result<void> section();
  Result<void> contents(std::uint8_t id, BinaryReader& body);
  Result<void> counts_agree();

  Result<void> custom(BinaryReader& body);
  Result<void> types(BinaryReader& body);
  Result<void> imports(BinaryReader& body);
  Result<void> import_group(BinaryReader& body, const Import& first);
  Result<void> add_import(Import import);
  Result<void> functions(BinaryReader& body);
  Result<void> tables(BinaryReader& body);
  Result<void> memories(BinaryReader& body);
  Result<void> globals(BinaryReader& body);
  Result<void> tags(BinaryReader& body);
  Result<void> exports(BinaryReader& body);
  Result<void> elements(BinaryReader& body);
  Result<ElementSegment> element(BinaryReader& body);
  Result<void> element_items(BinaryReader& body, bool expressions, ElementSegment& segment);
  Result<void> code(BinaryReader& body);
  Result<void> function_body(BinaryReader body, Func& func);
  Result<void> data(BinaryReader& body);

  BinaryReader in_;
  Module module_;
  std::uint8_t last_section_ = 0;
  std::uint32_t imported_funcs_ = 0;
  std::uint64_t grouped_ = 0;  // bytes that groups of imports take so far
  bool has_code_ = false;
};

Result<void> Decoder::header() {
  for (std::uint8_t byte : kMagic) {
    if (in_.peek() != byte) return in_.malformed(in_.at_end() ? "unexpected end" : "magic header not detected");
    in_.take_peeked();
  }
  std::uint32_t at = in_.offset();
  std::uint32_t version = TRY(in_.u32_le());
  if (version != 1) return in_.malformed(at, fmt::format("unknown binary version {:#x}", version));
  return {};
}

Result<void> Decoder::section() {
  std::uint32_t at = in_.offset();
  std::uint8_t id = TRY(in_.u8());
  if (id > kLastSection) return in_.malformed(at, fmt::format("malformed section id {}", id));
  BinaryReader body = TRY(in_.sized_part());
  if (id != kCustomSection) {
    if (section_order(id) <= section_order(last_section_)) {
      return in_.malformed(
          at, fmt::format("unexpected content after last section: `{}` section is out of order", section_name(id)));
    }
    last_section_ = id;
  }
  TRY(contents(id, body));
  return body.expect_end(
      fmt::format("section size mismatch: unexpected data at the end of the `{}` section", section_name(id)));
}

Result<void> Decoder::contents(std::uint8_t id, BinaryReader& body) {
  switch (id) {
    case kCustomSection:
      return custom(body);
    case kTypeSection:
      return types(body);
    case kImportSection:
      return imports(body);
    case kFunctionSection:
      return functions(body);
    case kTableSection:
      return tables(body);
    case kMemorySection:
      return memories(body);
    case kGlobalSection:
      return globals(body);
    case kExportSection:
      return exports(body);
    case kStartSection:
      module_.start = FuncIndex(TRY(body.u32()));
      return {};
    case kElementSection:
      return elements(body);
    case kCodeSection:
      return code(body);
    case kDataSection:
      return data(body);
    case kDataCountSection:
      module_.data_count = TRY(body.u32());
      return {};
    case kTagSection:
      return tags(body);
    default:
      std::unreachable();
  }
}

Result<void> Decoder::counts_agree() {
  if (!has_code_ && module_.funcs.size() != imported_funcs_) {
    return in_.malformed("function and code section have inconsistent lengths");
  }
  if (module_.data_count && *module_.data_count != module_.data.size()) {
    return in_.malformed("data count and data section have inconsistent lengths");
  }
  return {};
}

Result<void> Decoder::custom(BinaryReader& body) {
  CustomSection section;
  section.name = std::string(TRY(body.name()));
  section.after = last_section_;
  section.offset = body.offset();
  section.bytes = TRY(body.take(body.remaining()));
  module_.customs.push_back(std::move(section));
  return {};
}

Result<void> Decoder::types(BinaryReader& body) {
  std::uint32_t count = TRY(body.count(kMaxItems, "types"));
  for (std::uint32_t i = 0; i < count; ++i) {
    const bool is_group = TRY(read_rec_type(body, module_.types, module_.rec_groups, &module_.type_offsets));
    if (is_group && module_.rec_groups.back() == 1) {
      module_.explicit_groups.push_back(static_cast<std::uint32_t>(module_.rec_groups.size() - 1));
    }
  }
  return {};
}

Result<void> Decoder::imports(BinaryReader& body) {
  std::uint32_t count = TRY(body.count(kMaxItems, "imports"));
  for (std::uint32_t i = 0; i < count; ++i) {
    Import import;
    import.offset = body.offset();
    import.module = std::string(TRY(body.name()));
    import.name = std::string(TRY(body.name()));
    const bool is_group = import.name.empty() && (body.peek() == kImportsOfModule || body.peek() == kImportsOfType);
    if (is_group) {
      TRY(import_group(body, import));
      continue;
    }
    import.type = TRY(read_extern_type(body, &import.is_exact));
    TRY(add_import(std::move(import)));
  }
  imported_funcs_ = static_cast<std::uint32_t>(module_.funcs.size());
  return {};
}

/// Proposal compact import section: items of one module, each with its type or all with one.
Result<void> Decoder::import_group(BinaryReader& body, const Import& first) {
  const bool one_type = TRY(body.u8()) == kImportsOfType;
  Import shape = first;
  shape.form = one_type ? Import::kOfModuleAndType : Import::kOfModule;
  if (one_type) shape.type = TRY(read_extern_type(body, &shape.is_exact));
  std::uint32_t count = TRY(body.count(kMaxItems, "imports"));
  for (std::uint32_t i = 0; i < count; ++i) {
    Import item = shape;
    item.offset = body.offset();
    item.name = std::string(TRY(body.name()));
    if (!one_type) item.type = TRY(read_extern_type(body, &item.is_exact));
    item.continues = i > 0;
    // A name said once is kept for each: memory must stay in proportion to the input.
    grouped_ += kGroupedImportCost + item.module.size();
    if (grouped_ > kGroupedImports + std::uint64_t{kGroupedPerByte} * body.position()) {
      return error(DiagCode::kWasmLimit, {module_.source, item.offset, body.offset()}, "too many imports in groups");
    }
    TRY(add_import(std::move(item)));
  }
  return {};
}

Result<void> Decoder::add_import(Import import) {
  if (module_.imports.size() >= kMaxItems) {
    return error(DiagCode::kWasmLimit, {module_.source, import.offset, import.offset + 1}, "too many imports");
  }
  auto position = static_cast<std::uint32_t>(module_.imports.size());
  match(
      import.type,
      [&](TypeIndex type) { module_.funcs.push({.type = type, .import = position, .offset = import.offset}); },
      [&](const TableType& type) { module_.tables.push({.type = type, .import = position, .offset = import.offset}); },
      [&](const MemoryType& type) {
        module_.memories.push({.type = type, .import = position, .offset = import.offset});
      },
      [&](const GlobalType& type) {
        module_.globals.push({.type = type, .import = position, .offset = import.offset});
      },
      [&](const TagType& type) { module_.tags.push({.type = type, .import = position, .offset = import.offset}); });
  module_.imports.push_back(std::move(import));
  return {};
}

Result<void> Decoder::functions(BinaryReader& body) {
  std::uint32_t count = TRY(body.count(kMaxItems, "functions"));
  module_.funcs.reserve(module_.funcs.size() + count);
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t at = body.offset();
    module_.funcs.push({.type = TypeIndex(TRY(body.u32())), .offset = at});
  }
  return {};
}

Result<void> Decoder::tables(BinaryReader& body) {
  std::uint32_t count = TRY(body.count(kMaxTables, "tables"));
  for (std::uint32_t i = 0; i < count; ++i) {
    Table table;
    table.offset = body.offset();
    if (body.peek() == 0x40) {
      body.take_peeked();
      if (TRY(body.u8()) != 0) return body.malformed(body.offset() - 1, "zero byte expected");
      table.type = TRY(read_table_type(body));
      table.init = TRY(read_const_expr(body));
    } else {
      table.type = TRY(read_table_type(body));
    }
    module_.tables.push(std::move(table));
  }
  return {};
}

Result<void> Decoder::memories(BinaryReader& body) {
  std::uint32_t count = TRY(body.count(kMaxMemories, "memories"));
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t at = body.offset();
    module_.memories.push({.type = TRY(read_memory_type(body)), .offset = at});
  }
  return {};
}

Result<void> Decoder::globals(BinaryReader& body) {
  std::uint32_t count = TRY(body.count(kMaxItems, "globals"));
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t at = body.offset();
    GlobalType type = TRY(read_global_type(body));
    module_.globals.push({.type = type, .init = TRY(read_const_expr(body)), .offset = at});
  }
  return {};
}

Result<void> Decoder::tags(BinaryReader& body) {
  std::uint32_t count = TRY(body.count(kMaxItems, "tags"));
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t at = body.offset();
    module_.tags.push({.type = TRY(read_tag_type(body)), .offset = at});
  }
  return {};
}

Result<void> Decoder::exports(BinaryReader& body) {
  std::uint32_t count = TRY(body.count(kMaxItems, "exports"));
  for (std::uint32_t i = 0; i < count; ++i) {
    Export item;
    item.offset = body.offset();
    item.name = std::string(TRY(body.name()));
    item.kind = TRY(read_extern_kind(body));
    item.index = TRY(body.u32());
    module_.exports.push_back(std::move(item));
  }
  return {};
}

Result<void> Decoder::elements(BinaryReader& body) {
  std::uint32_t count = TRY(body.count(kMaxElementSegments, "element segments"));
  for (std::uint32_t i = 0; i < count; ++i) module_.elements.push(TRY(element(body)));
  return {};
}

// Flags: bit 0 passive or declarative, bit 1 explicit table or declarative, bit 2 expressions.
Result<ElementSegment> Decoder::element(BinaryReader& body) {
  ElementSegment segment;
  segment.offset = body.offset();
  std::uint32_t flags = TRY(body.u32());
  if (flags > 7) return body.malformed(segment.offset, "malformed elements segment kind");
  bool expressions = (flags & 4) != 0;
  bool explicit_type = (flags & 3) != 0;
  if ((flags & 1) == 0) {
    segment.mode = ElementSegment::kActive;
    if ((flags & 2) != 0) segment.table = TableIndex(TRY(body.u32()));
    segment.has_table = (flags & 2) != 0;
    segment.start = TRY(read_const_expr(body));
  } else {
    segment.mode = (flags & 2) != 0 ? ElementSegment::kDeclarative : ElementSegment::kPassive;
  }
  segment.type = {expressions && !explicit_type, {HeapType::kFunc, {}}};
  if (explicit_type && expressions) {
    segment.type = TRY(read_ref_type(body));
  } else if (explicit_type && TRY(body.u8()) != 0) {
    return body.malformed(body.offset() - 1, "malformed element kind");
  }
  TRY(element_items(body, expressions, segment));
  return segment;
}

Result<void> Decoder::element_items(BinaryReader& body, bool expressions, ElementSegment& segment) {
  std::uint32_t count = TRY(body.count(kMaxTableElements, "elements"));
  if (expressions) {
    std::vector<ConstExpr> items;
    for (std::uint32_t i = 0; i < count; ++i) items.push_back(TRY(read_const_expr(body)));
    segment.items = std::move(items);
  } else {
    std::vector<FuncIndex> items;
    items.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) items.push_back(FuncIndex(TRY(body.u32())));
    segment.items = std::move(items);
  }
  return {};
}

Result<void> Decoder::code(BinaryReader& body) {
  has_code_ = true;
  std::uint32_t at = body.offset();
  std::uint32_t count = TRY(body.u32());
  if (count != module_.funcs.size() - imported_funcs_) {
    return body.malformed(at, "function and code section have inconsistent lengths");
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    Func& func = module_.funcs[FuncIndex(imported_funcs_ + i)];
    std::uint32_t start = body.offset();
    BinaryReader part = TRY(body.sized_part());
    if (part.remaining() > kMaxBodySize) {
      return error(DiagCode::kWasmLimit, {module_.source, start, body.offset()},
                   fmt::format("function body of {} bytes is over the limit of {}", part.remaining(), kMaxBodySize));
    }
    TRY(function_body(part, func));
  }
  return {};
}

Result<void> Decoder::function_body(BinaryReader body, Func& func) {
  std::uint32_t groups = TRY(body.count(kMaxItems, "groups of locals"));
  std::uint64_t total = 0;
  for (std::uint32_t i = 0; i < groups; ++i) {
    std::uint32_t at = body.offset();
    std::uint32_t count = TRY(body.u32());
    total += count;
    if (total > ~std::uint32_t{0}) return body.malformed(at, "too many locals");
    if (total > kMaxLocals) {
      return error(DiagCode::kWasmLimit, {module_.source, at, body.offset()},
                   fmt::format("too many locals: {} are over the limit of {}", total, kMaxLocals));
    }
    func.locals.push_back({count, TRY(read_val_type(body))});
  }
  func.offset = body.offset();
  func.body = {body.rest(), body.offset()};
  return {};
}

Result<void> Decoder::data(BinaryReader& body) {
  std::uint32_t count = TRY(body.count(kMaxDataSegments, "data segments"));
  module_.data.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    DataSegment segment;
    segment.offset = body.offset();
    std::uint32_t flags = TRY(body.u32());
    if (flags > 2) return body.malformed(segment.offset, "malformed data segment kind");
    segment.is_active = flags != 1;
    if (flags == 2) segment.memory = MemoryIndex(TRY(body.u32()));
    if (segment.is_active) segment.start = TRY(read_const_expr(body));
    BinaryReader bytes = TRY(body.sized_part());
    segment.bytes = bytes.bytes();
    module_.data.push(std::move(segment));
  }
  return {};
}

bool starts_with(std::span<const std::uint8_t> bytes, std::span<const std::uint8_t> prefix) {
  return bytes.size() >= prefix.size() && std::ranges::equal(bytes.first(prefix.size()), prefix);
}

}  // namespace

Result<Module> decode_module(const SourceMap& sources, Span span) {
  std::span<const std::uint8_t> all = sources.bytes(span.source);
  std::size_t end = std::min<std::size_t>(span.end, all.size());
  std::size_t begin = std::min<std::size_t>(span.begin, end);
  return decode_module(span.source, all.subspan(begin, end - begin), static_cast<std::uint32_t>(begin));
}

Result<Module> decode_module(SourceId source, std::span<const std::uint8_t> bytes, std::uint32_t offset) {
  if (bytes.size() > kMaxModuleSize) {
    return error(DiagCode::kWasmLimit, {source, offset, offset + 1},
                 fmt::format("a module of {} bytes is over the limit of {}", bytes.size(), kMaxModuleSize));
  }
  return Decoder(source, bytes, offset).decode();
}

bool is_core_module(std::span<const std::uint8_t> bytes) {
  constexpr std::uint8_t kStart[] = {0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00};
  return starts_with(bytes, kStart);
}

bool is_component(std::span<const std::uint8_t> bytes) {
  // The layer field (the upper half of the version) is 1 for components.
  return bytes.size() >= 8 && starts_with(bytes, kMagic) && bytes[6] == 1 && bytes[7] == 0;
}

}  // namespace witc::wasm
