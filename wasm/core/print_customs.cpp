// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/print_customs.h"

#include <fmt/format.h>

#include <algorithm>

#include "wasm/binary_reader.h"
#include "wasm/core/print.h"
#include "wasm/core/print_code.h"
#include "wasm/core/sections.h"
#include "wasm/core/symbol_flags.h"

namespace witc::wasm {
namespace {

std::string place(std::uint8_t after) {
  if (after == kCustomSection) return "before first";
  if (after == kFunctionSection) return "after func";
  if (after == kElementSection) return "after elem";
  if (after == kDataCountSection) return "after datacount";
  return fmt::format("after {}", section_name(after));
}

/// The conventional `producers` section (tool-conventions, "ProducersSection").
Result<std::string> producers_text(BinaryReader reader, unsigned indent) {
  std::string out = "(@producers";
  std::uint32_t fields = TRY(reader.u32());
  for (std::uint32_t i = 0; i < fields; ++i) {
    std::string field(TRY(reader.name()));
    if (field != "language" && field != "sdk" && field != "processed-by")
      return reader.malformed("unknown producers field");
    std::uint32_t values = TRY(reader.u32());
    for (std::uint32_t j = 0; j < values; ++j) {
      std::string name = quote_name(TRY(reader.name()));
      std::string version = quote_name(TRY(reader.name()));
      new_line(out, indent + 1);
      out += fmt::format("({} {} {})", field, name, version);
    }
  }
  TRY(reader.expect_end("trailing bytes"));
  if (fields != 0) new_line(out, indent);
  return out + ")";
}

std::string flags_text(std::uint32_t flags) {
  std::string out;
  for (const SymbolFlag& flag : kSymbolFlags) {
    if ((flags & flag.bit) == 0) continue;
    out += fmt::format(" {}", flag.word);
    flags &= ~flag.bit;
  }
  if (flags != 0) out += fmt::format(" {:#x}", flags);
  return out;
}

Result<std::string> dylink_sizes(BinaryReader& reader) {
  std::string out = "(mem-info";
  for (std::string_view word : {"memory", "table"}) {
    std::uint32_t size = TRY(reader.u32());
    std::uint32_t align = TRY(reader.u32());
    if (size != 0 || align != 0) out += fmt::format(" ({} {} {})", word, size, align);
  }
  return out + ")";
}

/// A list of one subsection: infos on lines of their own, names on one.
Result<std::string> dylink_list(BinaryReader& reader, std::uint8_t id, unsigned indent) {
  std::string names = id == 2 ? "(needed" : "(runtime-path", lines;
  std::uint32_t count = TRY(reader.u32());
  const bool is_info = id == 3 || id == 4;
  if (is_info && count == 0) return reader.malformed("an empty list");  // which text cannot say
  for (std::uint32_t i = 0; i < count; ++i) {
    std::string name = quote_name(TRY(reader.name()));
    if (!is_info) {
      names += " " + name;
      continue;
    }
    if (id == 4) name += " " + quote_name(TRY(reader.name()));
    std::uint32_t flags = TRY(reader.u32());
    if (i > 0) new_line(lines, indent);
    lines += fmt::format("({} {}{})", id == 3 ? "export-info" : "import-info", name, flags_text(flags));
  }
  return is_info ? lines : names + ")";
}

Result<std::string> dylink_text(BinaryReader reader, unsigned indent) {
  std::string out = "(@dylink.0";
  int last = 0;
  while (!reader.at_end()) {
    std::uint8_t id = TRY(reader.u8());
    BinaryReader body = TRY(reader.sized_part());
    const bool merges = id == last && (id == 3 || id == 4);  // neighbours would become one
    if (id < 1 || id > 5 || merges) return reader.malformed("a subsection that has no text");
    last = id;
    new_line(out, indent + 1);
    out += id == 1 ? TRY(dylink_sizes(body)) : TRY(dylink_list(body, id, indent + 1));
    TRY(body.expect_end("trailing bytes"));
  }
  if (last != 0) new_line(out, indent);
  return out + ")";
}

bool is_present(const Module& module, std::uint8_t id) {
  auto defines = [](const auto& items) {
    return std::ranges::any_of(items, [](const auto& item) { return !item.import; });
  };
  switch (id) {
    case kTypeSection:
      return !module.rec_groups.empty();
    case kImportSection:
      return !module.imports.empty();
    case kFunctionSection:
      return defines(module.funcs);
    case kTableSection:
      return defines(module.tables);
    case kMemorySection:
      return defines(module.memories);
    case kTagSection:
      return defines(module.tags);
    case kGlobalSection:
      return defines(module.globals);
    case kExportSection:
      return !module.exports.empty();
    case kStartSection:
      return module.start.has_value();
    case kElementSection:
      return !module.elements.empty();
    case kDataCountSection:
      return module.data_count.has_value();
    default:
      return true;
  }
}

/// Would a section that stands before the code be in the same place?
bool stands_before_code(const Module& module, const CustomSection& section) {
  const unsigned code = section_order(kCodeSection);
  const unsigned before = section_order(section.after);
  if (before >= code) return false;
  for (unsigned order = before + 1; order < code; ++order) {
    if (is_present(module, kSectionOrder[order - 1])) return false;
  }
  const CustomSection* end = module.customs.data() + module.customs.size();
  return std::none_of(&section + 1, end, [&](const CustomSection& later) { return section_order(later.after) < code; });
}

}  // namespace

std::string custom_text(const Module& module, const CustomSection& section, unsigned indent) {
  BinaryReader reader(module.source, section.bytes, section.offset);
  if (section.name == "producers") {
    if (Result<std::string> text = producers_text(reader, indent)) return *std::move(text);
  }
  if (section.name == "dylink.0" && section.after == kCustomSection) {
    if (Result<std::string> text = dylink_text(reader, indent)) return *std::move(text);
  }
  return fmt::format("(@custom {} ({}) {})", quote_name(section.name), place(section.after), quote_bytes(section.bytes));
}

std::string custom_skeleton(const CustomSection& section) {
  return fmt::format("(@custom {} ({}) ...)", quote_name(section.name), place(section.after));
}

PrintedHints printable_hints(const Module& module) {
  PrintedHints out;
  auto section = std::ranges::find(module.customs, kBranchHintSection, &CustomSection::name);
  if (section == module.customs.end() || !stands_before_code(module, *section)) return out;
  if (!validate_branch_hints(module)) return out;
  BranchHints hints = *decode_branch_hints(module);
  if (hints.empty() || !std::ranges::equal(encode_branch_hints(module, hints), section->bytes)) return out;
  out.section = &*section;
  out.by_func = std::move(hints);
  return out;
}

}  // namespace witc::wasm
