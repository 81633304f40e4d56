// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Section ids and the order sections come in, which is not that of their ids (core specification, "Binary
// Format > Modules").

#include <cstdint>
#include <string_view>

namespace witc::wasm {

enum SectionId : std::uint8_t {
  kCustomSection, kTypeSection, kImportSection, kFunctionSection, kTableSection, kMemorySection, kGlobalSection,
  kExportSection, kStartSection, kElementSection, kCodeSection, kDataSection, kDataCountSection, kTagSection,
};
inline constexpr std::uint8_t kLastSection = kTagSection;

/// In place of the kind of an import without a name: a group of imports follows (proposal compact import section).
inline constexpr std::uint8_t kImportsOfModule = 0x7f, kImportsOfType = 0x7e;

/// The non-custom sections in the order of a module.
inline constexpr std::uint8_t kSectionOrder[] = {
    kTypeSection,   kImportSection, kFunctionSection, kTableSection,     kMemorySection, kTagSection,  kGlobalSection,
    kExportSection, kStartSection,  kElementSection,  kDataCountSection, kCodeSection,   kDataSection,
};

/// Position of a section in a module, from 1; 0 for custom sections.
constexpr unsigned section_order(std::uint8_t id) {
  for (unsigned i = 0; i < std::size(kSectionOrder); ++i) {
    if (kSectionOrder[i] == id) return i + 1;
  }
  return 0;
}

constexpr std::string_view section_name(std::uint8_t id) {
  constexpr std::string_view kNames[] = {"custom", "type",  "import", "function", "table", "memory",     "global",
                                         "export", "start", "element", "code",    "data",  "data count", "tag"};
  return id <= kLastSection ? kNames[id] : "unknown";
}

}  // namespace witc::wasm
