// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// All sections that are loaded are laid out one after the other, code first; relocations among them are done here, for
// they are relative; what is left are calls of functions elsewhere.
#include "engine/codegen/blob.h"

#include <fmt/format.h>
#include <llvm/BinaryFormat/ELF.h>
#include <llvm/Object/ELFObjectFile.h>
#include <llvm/Support/MemoryBuffer.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>

#include "engine/codegen/batch.h"
#include "engine/codegen/place_table.h"

namespace witc::engine::codegen {
namespace {

using Elf = llvm::object::ELF64LE;

Diagnostic failure(const std::string& what) {
  return error(DiagCode::kEngineResource, fmt::format("linking compiled code: {}", what));
}

/// What a symbol's name stands for: `f<instance>_<func>`, `h<slot>`, `t<signature>` (codegen/batch.h), or libc's.
std::optional<CodeNumber> number_of(llvm::StringRef name, const CodeNumbers& numbers) {
  if (name == "memcpy") return kMemcpy;
  if (name == "memmove") return kMemmove;
  if (name == "memset") return kMemset;
  unsigned first = 0;
  unsigned second = 0;
  if (name.size() < 2) return std::nullopt;
  const char kind = name.front();
  name = name.drop_front();
  if (name.consumeInteger(10, first)) return std::nullopt;
  if (kind == 'f' && name.consume_front("_") && !name.getAsInteger(10, second)) {
    return numbers[DefinedFunc{InstanceId(first), wasm::FuncIndex(second)}];
  }
  if (kind == 'h' && name.empty()) return numbers[HostSlot(first)];
  if (kind == 't' && name.empty()) return numbers[TrampolineId(first)];
  return std::nullopt;
}

class Linker {
 public:
  Linker(const llvm::object::ELFFile<Elf>& file, const CodeNumbers& numbers, bool counts_calls)
      : file_(file), numbers_(numbers), counts_calls_(counts_calls) {}

  llvm::Expected<CodeBlob> run() {
    auto sections = file_.sections();
    if (!sections) return sections.takeError();
    if (llvm::Error wrong = place(*sections)) return std::move(wrong);
    for (const Elf::Shdr& section : *sections) {
      if (section.sh_type != llvm::ELF::SHT_SYMTAB) continue;
      auto symbols = file_.symbols(&section);
      auto names = file_.getStringTableForSymtab(section);
      if (!symbols) return symbols.takeError();
      if (!names) return names.takeError();
      symbols_ = *symbols;
      names_ = *names;
    }
    if (llvm::Error wrong = add_entries()) return std::move(wrong);
    for (const Elf::Shdr& section : *sections) {
      if (section.sh_type != llvm::ELF::SHT_RELA || !at_.contains(section.sh_info)) continue;
      auto relocations = file_.relas(section);
      if (!relocations) return relocations.takeError();
      for (const Elf::Rela& relocation : *relocations) {
        if (llvm::Error wrong = relocate(at_[section.sh_info], relocation)) return std::move(wrong);
      }
    }
    return std::move(blob_);
  }

 private:
  static llvm::Error wrong(const std::string& text) { return llvm::createStringError(text); }

  llvm::Error place(llvm::ArrayRef<Elf::Shdr> sections) {
    for (const bool is_code : {true, false}) {
      for (std::size_t i = 0; i < sections.size(); ++i) {
        const Elf::Shdr& section = sections[i];
        if ((section.sh_flags & llvm::ELF::SHF_ALLOC) == 0 || section.sh_size == 0) continue;
        if (((section.sh_flags & llvm::ELF::SHF_EXECINSTR) != 0) != is_code) continue;
        if ((section.sh_flags & llvm::ELF::SHF_WRITE) != 0 || section.sh_type != llvm::ELF::SHT_PROGBITS) {
          return wrong("a section of data");
        }
        auto contents = file_.getSectionContents(section);
        if (!contents) return contents.takeError();
        const std::size_t align = std::max<std::size_t>(section.sh_addralign, 1);
        if (align > CodeBlob::kAlign) return wrong(fmt::format("a section aligned to {} bytes", align));
        blob_.code.resize((blob_.code.size() + align - 1) / align * align, kFiller);
        at_[static_cast<std::uint32_t>(i)] = static_cast<std::uint32_t>(blob_.code.size());
        blob_.code.insert(blob_.code.end(), contents->begin(), contents->end());
      }
    }
    return llvm::Error::success();
  }

  llvm::Error add_entries() {
    for (const Elf::Sym& symbol : symbols_) {
      if (symbol.getType() != llvm::ELF::STT_FUNC || !at_.contains(symbol.st_shndx)) continue;
      auto name = symbol.getName(names_);
      if (!name) return name.takeError();
      const auto number = number_of(*name, numbers_);
      if (!number) return wrong(fmt::format("a function `{}`", name->str()));
      const auto offset = at_[symbol.st_shndx] + static_cast<std::uint32_t>(symbol.st_value);
      blob_.entries.push_back({*number, offset, static_cast<std::uint32_t>(symbol.st_size), 0, 0});
    }
    return llvm::Error::success();
  }

  llvm::Error relocate(std::uint32_t section, const Elf::Rela& relocation) {
    const std::uint32_t type = relocation.getType(false);
    if (type != llvm::ELF::R_X86_64_PC32 && type != llvm::ELF::R_X86_64_PLT32) {
      return wrong(fmt::format("a relocation of type {}", type));
    }
    const std::uint32_t offset = section + static_cast<std::uint32_t>(relocation.r_offset);
    const std::uint32_t index = relocation.getSymbol(false);
    if (index >= symbols_.size() || offset + 4 > blob_.code.size()) return wrong("a relocation of nothing");
    const Elf::Sym& symbol = symbols_[index];
    const bool is_counted = counts_calls_ && symbol.getType() == llvm::ELF::STT_FUNC;
    if (auto found = at_.find(symbol.st_shndx); found != at_.end() && !is_counted) {
      const std::int64_t target = static_cast<std::int64_t>(found->second + symbol.st_value) + relocation.r_addend;
      const auto distance = static_cast<std::int32_t>(target - static_cast<std::int64_t>(offset));
      std::memcpy(blob_.code.data() + offset, &distance, sizeof distance);
      return llvm::Error::success();
    }
    auto name = symbol.getName(names_);
    if (!name) return name.takeError();
    const auto number = number_of(*name, numbers_);
    if (!number || relocation.r_addend != -4) return wrong(fmt::format("`{}` is not there", name->str()));
    blob_.fixups.push_back({offset, *number});
    return llvm::Error::success();
  }

  static constexpr std::uint8_t kFiller = 0xcc;
  const llvm::object::ELFFile<Elf>& file_;
  const CodeNumbers& numbers_;
  bool counts_calls_;
  CodeBlob blob_;
  std::map<std::uint32_t, std::uint32_t> at_;  // sections that are loaded
  llvm::ArrayRef<Elf::Sym> symbols_;
  llvm::StringRef names_;
};

void add_rows(const llvm::MemoryBuffer& object, const CodeNumbers& numbers, CodeBlob& blob) {
  PlaceTable table = read_place_table(object);
  blob.places = std::move(table.places);
  std::map<CodeNumber, CodeBlob::Entry*> entries;
  for (CodeBlob::Entry& entry : blob.entries) entries[entry.number] = &entry;
  for (const FunctionRows& function : table.functions) {
    auto found = entries.find(numbers[function.func]);
    if (found == entries.end()) continue;
    found->second->first_row = static_cast<std::uint32_t>(blob.rows.size());
    found->second->row_count = static_cast<std::uint32_t>(function.rows.size());
    blob.rows.insert(blob.rows.end(), function.rows.begin(), function.rows.end());
  }
}

}  // namespace

Result<CodeBlob> to_blob(const llvm::MemoryBuffer& object, const CodeNumbers& numbers, bool counts_calls) {
  auto file = llvm::object::ELFFile<Elf>::create(object.getBuffer());
  if (!file) return failure(llvm::toString(file.takeError()));
  auto blob = Linker(*file, numbers, counts_calls).run();
  if (!blob) return failure(llvm::toString(blob.takeError()));
  add_rows(object, numbers, *blob);
  return std::move(*blob);
}

}  // namespace witc::engine::codegen
