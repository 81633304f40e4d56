// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// A core module as data: what the decoder and the text parser produce, what the builder makes (adapters),
// and what the validator, the encoder, the printer and the engine read. Index spaces are flat: imported
// items come first, as in the specification ("Structure > Modules").
//
// Function bodies and constant expressions stay in binary form: they are read by one operator reader
// (wasm/core/operators.h) wherever they are needed, so a decoded module costs little more than its
// declarations. The bytes belong to the SourceMap for decoded modules, and to `owned` for built ones.
// Every item's `offset` is its place in the source, for diagnostics.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/source.h"
#include "wasm/core/types.h"

namespace witc::wasm {

/// Bytes somewhere in the module's source, and where (for diagnostics and traps).
struct Code {
  std::span<const std::uint8_t> bytes;
  std::uint32_t offset = 0;  // of bytes[0] in the source; 0 for built modules
};

/// A constant expression, with its `end`.
struct ConstExpr {
  Code code;
};

struct LocalGroup {
  std::uint32_t count = 0;
  ValType type;
};

using ExternType = std::variant<TypeIndex, TableType, MemoryType, GlobalType, TagType>;  // by ExternKind

struct Import {
  std::string module;
  std::string name;
  ExternType type;
  std::uint32_t offset = 0;
  bool is_exact = false;  // a function of just this type (proposal custom descriptors)
  /// How the binary has it (proposal compact import section): by itself; in a group of one module; in a group of one
  /// module and type.
  enum Form : std::uint8_t { kSingle, kOfModule, kOfModuleAndType } form = kSingle;
  bool continues = false;  // belongs to the group of the import before it
};
struct Export {
  std::string name;
  ExternKind kind = ExternKind::kFunc;
  std::uint32_t index = 0;
  std::uint32_t offset = 0;
};

struct Func {
  TypeIndex type;
  std::optional<std::uint32_t> import;  // position in Module::imports
  std::vector<LocalGroup> locals;       // not counting parameters
  Code body;                            // operators, with the final `end`; empty if imported
  std::uint32_t offset = 0;
};
struct Table {
  TableType type;
  std::optional<std::uint32_t> import;
  std::optional<ConstExpr> init;
  std::uint32_t offset = 0;
};
struct Memory {
  MemoryType type;
  std::optional<std::uint32_t> import;
  std::uint32_t offset = 0;
};
struct Global {
  GlobalType type;
  std::optional<std::uint32_t> import;
  std::optional<ConstExpr> init;  // present if not imported
  std::uint32_t offset = 0;
};
struct Tag {
  TagType type;
  std::optional<std::uint32_t> import;
  std::uint32_t offset = 0;
};

struct ElementSegment {
  enum Mode : std::uint8_t { kActive, kPassive, kDeclarative } mode = kPassive;
  TableIndex table;                // kActive
  std::optional<ConstExpr> start;  // kActive
  RefType type;
  /// Either function indices or constant expressions, as the binary had it.
  std::variant<std::vector<FuncIndex>, std::vector<ConstExpr>> items;
  std::uint32_t offset = 0;
  bool has_table = false;  // kActive: the first table was said all the same
};
struct DataSegment {
  bool is_active = false;
  MemoryIndex memory;               // if active
  std::optional<ConstExpr> start;   // if active
  std::span<const std::uint8_t> bytes;
  std::uint32_t offset = 0;
};

struct CustomSection {
  std::string name;
  std::span<const std::uint8_t> bytes;
  /// Id of the last non-custom section before it (0 = before all): where it is printed and encoded again.
  std::uint8_t after = 0;
  std::uint32_t offset = 0;
};

/// The `name` custom section, decoded leniently: a malformed one is ignored, as the specification asks.
struct Names {
  std::optional<std::string> module;
  std::map<FuncIndex, std::string> funcs;
  std::map<std::pair<FuncIndex, LocalIndex>, std::string> locals;
  std::map<std::pair<FuncIndex, std::uint32_t>, std::string> labels;   // by position of the block in the function
  std::map<std::pair<TypeIndex, std::uint32_t>, std::string> fields;
  std::map<GlobalIndex, std::string> globals;
  std::map<MemoryIndex, std::string> memories;
  std::map<TableIndex, std::string> tables;
  std::map<TypeIndex, std::string> types;
  std::map<TagIndex, std::string> tags;
  std::map<ElemIndex, std::string> elems;
  std::map<DataIndex, std::string> datas;
};

/// For modules parsed from text: the operator at `offset` (of Code) stands at `text` in the source.
struct TextPlace {
  std::uint32_t offset = 0;
  std::uint32_t text = 0;
};

struct Module {
  SourceId source;  // what offsets refer to
  IdVector<TypeIndex, SubType> types;
  std::vector<std::uint32_t> type_offsets;  // where each is in the binary; empty for modules that were none
  /// Sizes of the recursion groups, in order; they sum to types.size(). Plain types are groups of one.
  std::vector<std::uint32_t> rec_groups;
  /// Positions in rec_groups, ascending, of the groups of one that were written as groups.
  std::vector<std::uint32_t> explicit_groups;
  std::vector<Import> imports;
  IdVector<FuncIndex, Func> funcs;
  IdVector<TableIndex, Table> tables;
  IdVector<MemoryIndex, Memory> memories;
  IdVector<GlobalIndex, Global> globals;
  IdVector<TagIndex, Tag> tags;
  std::vector<Export> exports;
  std::optional<FuncIndex> start;
  IdVector<ElemIndex, ElementSegment> elements;
  IdVector<DataIndex, DataSegment> data;
  std::optional<std::uint32_t> data_count;  // the data count section, where there is one
  std::vector<CustomSection> customs;       // in order; `name` included
  Names names;
  /// The module's bytes where it was decoded from some: an unchanged module is written as it was read.
  std::span<const std::uint8_t> bytes;
  /// Bytes made by the builder, kept alive with the module; a deque never moves its elements.
  std::deque<std::vector<std::uint8_t>> owned;
  /// Ascending by offset; empty for decoded and built modules.
  std::vector<TextPlace> text_places;

  Module() = default;
  Module(Module&&) = default;
  Module& operator=(Module&&) = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  /// The signature of a function; types used by functions are function types once validated.
  [[nodiscard]] const FuncType& func_type(FuncIndex index) const {
    return std::get<FuncType>(types[funcs[index].type].type);
  }
  /// Is the function of its type and no subtype of it: defined here, or imported as such.
  [[nodiscard]] bool is_exact(FuncIndex index) const {
    const Func& func = funcs[index];
    return !func.import || imports[*func.import].is_exact;
  }
  /// Where an import, export, segment, ... with that `offset` is, for diagnostics.
  [[nodiscard]] Span item_span(std::uint32_t offset) const { return {source, offset, offset + 1}; }
  /// Where the operator at `offset` of a Code is, for diagnostics.
  [[nodiscard]] Span code_span(std::uint32_t offset) const {
    if (text_places.empty()) return {source, offset, offset + 1};
    auto after = std::ranges::upper_bound(text_places, offset, {}, &TextPlace::offset);
    std::uint32_t text = after == text_places.begin() ? 0 : std::prev(after)->text;
    return {source, text, text + 1};
  }
  [[nodiscard]] const Export* find_export(std::string_view name) const {
    for (const Export& item : exports) {
      if (item.name == name) return &item;
    }
    return nullptr;
  }
};

/// The imports as the binary has them together: most by themselves, groups of a module (`Import::form`) whole.
std::vector<std::span<const Import>> import_groups(const Module& module);

}  // namespace witc::wasm
