// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/section_tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "wasm/binary_reader.h"
#include "wasm/binary_writer.h"
#include "wasm/core/decode.h"
#include "wasm/core/print.h"

namespace witc::wasm {
namespace {

constexpr unsigned kMaxDepth = 100;
constexpr std::uint32_t kHeaderSize = 8;
constexpr std::uint8_t kCustom = 0;

// Where a component keeps modules and components.
constexpr std::uint8_t kCoreModule = 1;
constexpr std::uint8_t kComponent = 4;

std::string_view section_title(bool is_component, std::uint8_t id) {
  constexpr std::string_view kCore[] = {"custom",  "types", "imports",  "functions", "tables", "memories",   "globals",
                                        "exports", "start", "elements", "code",      "data",   "data count", "tags"};
  constexpr std::string_view kOfComponent[] = {"custom",
                                               "module",
                                               "core instances",
                                               "core types",
                                               "component",
                                               "component instances",
                                               "component alias",
                                               "component types",
                                               "canonical functions",
                                               "component start",
                                               "component imports",
                                               "component exports",
                                               "component values"};
  if (is_component) return id < std::size(kOfComponent) ? kOfComponent[id] : "unknown";
  return id < std::size(kCore) ? kCore[id] : "unknown";
}

/// Is it a vector, whose first number is how many items there are? Not: start, data count, what holds one thing.
bool has_count(bool is_component, std::uint8_t id) {
  if (is_component) return id != kCoreModule && id != kComponent && id != 9;
  return id != 8 && id != 12;
}

Result<SectionTree> read_tree(BinaryReader reader, unsigned depth) {
  SectionTree tree;
  tree.begin = reader.offset();
  tree.is_component = is_component(reader.bytes());
  if (!tree.is_component && !is_core_module(reader.bytes())) {
    return reader.malformed("neither a core module nor a component");
  }
  if (depth > kMaxDepth) {
    return error(DiagCode::kWasmLimit, {reader.source(), tree.begin, tree.begin + 1},
                 fmt::format("components nested deeper than {}", kMaxDepth));
  }
  TRY(reader.take(kHeaderSize));
  while (!reader.at_end()) {
    SectionTree::Section section;
    section.start = reader.offset();
    section.id = TRY(reader.u8());
    BinaryReader body = TRY(reader.sized_part());
    section.end = reader.offset();
    section.begin = body.offset();
    if (section.id == kCustom) {
      section.name = std::string(TRY(body.name()));
      section.begin = body.offset();
    } else if (tree.is_component && (section.id == kCoreModule || section.id == kComponent)) {
      section.inner.push_back(TRY(read_tree(body, depth + 1)));
    } else if (has_count(tree.is_component, section.id)) {
      section.count = TRY(body.u32());
    }
    tree.sections.push_back(std::move(section));
  }
  tree.end = reader.offset();
  return tree;
}

void print_tree(const SectionTree& tree, std::size_t depth, std::string& out) {
  const std::string indent(2 * std::min<std::size_t>(depth, 20), ' ');
  std::size_t modules = 0, components = 0;
  for (const SectionTree::Section& section : tree.sections) {
    std::string title(section_title(tree.is_component, section.id));
    if (section.id == kCustom) title += " " + quote_name(section.name);
    out += fmt::format("{:40} | {:#10x} - {:#10x} | {:9} bytes | {} count\n", indent + title, section.begin, section.end,
                       section.end - section.begin, section.count);
    for (const SectionTree& inner : section.inner) {
      const std::string_view kind = inner.is_component ? "component" : "module";
      const std::string_view rule = inner.is_component ? "----------" : "-------------";
      const std::size_t number = inner.is_component ? components++ : modules++;
      out += fmt::format("{}  ------ start {} {} {}\n", indent, kind, number, rule);
      print_tree(inner, depth + 1, out);
      out += fmt::format("{}  ------ end {} {} {}\n", indent, kind, number, rule);
    }
  }
}

void copy_tree(std::span<const std::uint8_t> bytes, const SectionTree& tree,
               const std::function<bool(std::string_view)>& drop, BinaryWriter& out) {
  out.bytes(bytes.subspan(tree.begin, kHeaderSize));
  for (const SectionTree::Section& section : tree.sections) {
    if (section.id == kCustom && drop(section.name)) continue;
    if (section.inner.empty()) {
      out.bytes(bytes.subspan(section.start, section.end - section.start));
      continue;
    }
    out.section(section.id, [&](BinaryWriter& body) { copy_tree(bytes, section.inner.front(), drop, body); });
  }
}

}  // namespace

Result<SectionTree> read_section_tree(const SourceMap& sources, SourceId source) {
  return read_tree(BinaryReader(source, sources.bytes(source), 0), 0);
}

std::string print_section_tree(const SectionTree& tree) {
  std::string out;
  print_tree(tree, 1, out);
  return out;
}

std::vector<std::uint8_t> without_customs(const SourceMap& sources, SourceId source, const SectionTree& tree,
                                          const std::function<bool(std::string_view)>& drop) {
  BinaryWriter out;
  copy_tree(sources.bytes(source), tree, drop, out);
  return out.take();
}

}  // namespace witc::wasm
