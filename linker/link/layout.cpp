// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "linker/link/layout.h"

#include <fmt/format.h>

#include <algorithm>

namespace witc::linker {
namespace {

using Kind = LinkImportKind;
constexpr std::uint64_t kPage = 65536;
constexpr std::uint64_t kMemoryLimit = std::uint64_t{1} << 32;
constexpr std::uint64_t kTableLimit = 10'000'000;  // as the validator's
constexpr std::uint64_t kStackAlignment = 16;
constexpr std::uint64_t kHeapAlignment = 16;

std::uint64_t align(std::uint64_t value, std::uint64_t alignment) { return (value + alignment - 1) & ~(alignment - 1); }

std::int64_t key_of(std::optional<std::size_t> library) { return library ? static_cast<std::int64_t>(*library) : -1; }

void put_u32(std::vector<std::uint8_t>& out, std::uint64_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

/// The type by which a function is called through its address. A function that is only taken the address of, and that
/// nobody defines, has none: any call of it traps.
wasm::FuncType address_type(const Symbols& symbols, std::size_t library, std::size_t import) {
  const LinkImport& address = symbols.libraries[library].imports[import];
  if (std::optional<std::size_t> source = symbols.sources[library][import]) {
    return symbols.libraries[*source].find(address.name, wasm::ExternKind::kFunc)->type;
  }
  const Library& asking = symbols.libraries[library];
  auto called = asking.called.find(address.name);
  return called == asking.called.end() ? wasm::FuncType{} : asking.imports[called->second].type;
}

}  // namespace

class LayoutBuilder {
 public:
  LayoutBuilder(const Symbols& symbols, std::vector<FrontExport> front) : symbols_(symbols) {
    out_.front = std::move(front);
  }

  Result<Layout> run(std::uint64_t stack_size) {
    memory_ = align(stack_size, kStackAlignment);
    out_.stack_size = static_cast<std::uint32_t>(memory_);
    if (stack_size == 0 || stack_size >= kMemoryLimit || memory_ >= kMemoryLimit) {
      return error(DiagCode::kLinkLibrary,
                   fmt::format("a stack of {} bytes is not possible in a 32-bit memory", stack_size));
    }
    TRY(table());
    dl_symbols();
    thread_local_data();
    TRY(memory());
    return std::move(out_);
  }

 private:
  Result<void> table();
  void add_slot(const std::string& name, const wasm::FuncType& type, std::optional<std::size_t> library);
  void dl_symbols();
  std::uint32_t dl_name(const std::string& name);
  std::uint32_t dl_library(std::size_t library);
  void thread_local_data();
  Result<void> memory();

  const Symbols& symbols_;
  Layout out_;
  std::uint64_t memory_ = 0;
};

void LayoutBuilder::add_slot(const std::string& name, const wasm::FuncType& type, std::optional<std::size_t> library) {
  auto [begin, end] = out_.index_.equal_range({name, key_of(library)});
  for (auto it = begin; it != end; ++it) {
    if (out_.slots[it->second].type == type) return;
  }
  out_.index_.emplace(std::pair(name, key_of(library)), out_.slots.size());
  out_.slots.push_back({name, type, library});
}

Result<void> LayoutBuilder::table() {
  std::uint64_t end = 1;  // 0 is the null function
  std::uint64_t at_least = 0;
  for (const Library& library : symbols_.libraries) {
    end = align(end, library.table_alignment);
    out_.table_bases.push_back(static_cast<std::uint32_t>(std::min(end, kTableLimit)));
    end += library.table_size;
  }
  out_.first_slot = static_cast<std::uint32_t>(std::min(end, kTableLimit));
  for (std::size_t i = 0; i < symbols_.libraries.size(); ++i) {
    const Library& library = symbols_.libraries[i];
    for (const wasm::Import& import : library.module.imports) {
      if (const auto* table = std::get_if<wasm::TableType>(&import.type))
        at_least = std::max(at_least, table->limits.min);
    }
    for (std::size_t n = 0; n < library.imports.size(); ++n) {
      const LinkImport& import = library.imports[n];
      std::optional<std::size_t> source = symbols_.sources[i][n];
      // Whoever is not there yet is called through the table.
      if (import.kind == Kind::kFunc && source && *source >= i) add_slot(import.name, import.type, source);
      if (import.kind == Kind::kFuncAddress && (source || !import.is_weak)) {
        add_slot(import.name, address_type(symbols_, i, n), source);
      }
    }
    if (!library.is_dl_openable) continue;
    for (const auto& [name, item] : library.exports) {
      if (item.kind == wasm::ExternKind::kFunc) add_slot(name, item.type, i);
    }
  }
  for (const FrontExport& item : out_.front) {
    add_slot(item.name, symbols_.libraries[item.library].find(item.name, wasm::ExternKind::kFunc)->type, item.library);
  }
  end = std::max(end + out_.slots.size(), at_least);
  if (end > kTableLimit) return error(DiagCode::kLinkLibrary, "the libraries' functions do not fit into one table");
  out_.table_size = static_cast<std::uint32_t>(end);
  return {};
}

std::uint32_t LayoutBuilder::dl_name(const std::string& name) {
  auto address = out_.dl.begin + static_cast<std::uint32_t>(out_.dl.bytes.size());
  out_.dl.bytes.insert(out_.dl.bytes.end(), name.begin(), name.end());
  out_.dl.bytes.resize(align(out_.dl.bytes.size(), 4));
  return address;
}

/// Writes a library's symbols; gives the address of the first.
std::uint32_t LayoutBuilder::dl_library(std::size_t index) {
  const Library& library = symbols_.libraries[index];
  std::map<std::string, std::uint32_t> names;
  for (const auto& [name, item] : library.exports) {
    if (item.kind != wasm::ExternKind::kTag) names[name] = dl_name(name);
  }
  auto first = out_.dl.begin + static_cast<std::uint32_t>(out_.dl.bytes.size());
  for (const auto& [name, address] : names) {
    const LinkExport& item = library.exports.at(name);
    put_u32(out_.dl.bytes, name.size());
    put_u32(out_.dl.bytes, address);
    if (item.kind == wasm::ExternKind::kGlobal) {
      out_.dl.data.push_back({index, name, out_.dl.begin + static_cast<std::uint32_t>(out_.dl.bytes.size())});
      put_u32(out_.dl.bytes, 0);
    } else {
      put_u32(out_.dl.bytes, out_.slot(name, item.type, index));
    }
  }
  return first;
}

void LayoutBuilder::dl_symbols() {
  bool is_asked_for = false;
  std::map<std::string, std::size_t> libraries;
  for (std::size_t i = 0; i < symbols_.libraries.size(); ++i) {
    const Library& library = symbols_.libraries[i];
    if (library.is_dl_openable) libraries.emplace(library.name, i);
    for (const LinkImport& import : library.imports) {
      if (import.kind == Kind::kDataAddress && import.name == kDlLibraries) is_asked_for = true;
    }
  }
  if (!is_asked_for) return;
  out_.dl.begin = static_cast<std::uint32_t>(memory_);
  std::vector<std::uint8_t> entries;
  for (const auto& [name, index] : libraries) {
    std::size_t count = std::ranges::count_if(
        symbols_.libraries[index].exports, [](const auto& item) { return item.second.kind != wasm::ExternKind::kTag; });
    put_u32(entries, name.size());
    put_u32(entries, dl_name(name));
    put_u32(entries, count);
    put_u32(entries, dl_library(index));
  }
  std::uint64_t first = out_.dl.begin + out_.dl.bytes.size();
  out_.dl.bytes.insert(out_.dl.bytes.end(), entries.begin(), entries.end());
  out_.dl.libraries = static_cast<std::uint32_t>(out_.dl.begin + out_.dl.bytes.size());
  put_u32(out_.dl.bytes, libraries.size());
  put_u32(out_.dl.bytes, first);
  memory_ += out_.dl.bytes.size();
}

void LayoutBuilder::thread_local_data() {
  TlsLayout& tls = out_.tls;
  bool has_base = false;
  std::uint32_t count = 0;
  for (const Library& library : symbols_.libraries) {
    for (const LinkImport& import : library.imports) {
      if (import.kind == Kind::kGetTlsBase || import.kind == Kind::kSetTlsBase) has_base = true;
      if (import.kind == Kind::kDataAddress && import.name == kProgramTlsInfo) tls.has_program_info = true;
      if (import.kind == Kind::kOutside && import.name.starts_with("[thread-new-indirect")) tls.has_threads = true;
    }
    bool has_data = library.find(kLibraryTlsInfo, wasm::ExternKind::kGlobal) != nullptr;
    tls.places.push_back(has_data ? std::optional(count++) : std::nullopt);
  }
  if (!has_base && !tls.has_program_info) return;
  memory_ = align(memory_, 4);
  auto take = [&](std::uint64_t words) {
    auto address = static_cast<std::uint32_t>(memory_);
    memory_ += 4 * words;
    return address;
  };
  tls.main_bases = take(count);
  if (!tls.has_program_info) return;
  tls.infos = take(count);
  tls.program_info = take(3);
}

Result<void> LayoutBuilder::memory() {
  std::uint64_t at_least = 0;
  for (const Library& library : symbols_.libraries) {
    memory_ = align(memory_, library.memory_alignment);
    out_.memory_bases.push_back(static_cast<std::uint32_t>(std::min(memory_, kMemoryLimit - 1)));
    memory_ += library.memory_size;
    for (const wasm::Import& import : library.module.imports) {
      if (const auto* memory = std::get_if<wasm::MemoryType>(&import.type))
        at_least = std::max(at_least, memory->limits.min);
    }
  }
  memory_ = align(memory_, kHeapAlignment);
  std::uint64_t end = std::max(align(memory_, kPage), at_least * kPage);
  // The last byte's address, and the end, have to fit 32 bits.
  if (end >= kMemoryLimit) {
    return error(DiagCode::kLinkLibrary,
                 fmt::format("the stack and the libraries' data take {} bytes, more than a 32-bit memory has", end));
  }
  out_.heap_base = static_cast<std::uint32_t>(memory_);
  out_.heap_end = static_cast<std::uint32_t>(end);
  out_.pages = static_cast<std::uint32_t>(end / kPage);
  return {};
}

std::uint32_t Layout::slot(const std::string& name, const wasm::FuncType& type,
                           std::optional<std::size_t> library) const {
  auto [begin, end] = index_.equal_range({name, key_of(library)});
  for (auto it = begin; it != end; ++it) {
    if (slots[it->second].type == type) return first_slot + static_cast<std::uint32_t>(it->second);
  }
  return 0;
}

std::uint32_t func_address(const Symbols& symbols, const Layout& layout, std::size_t library, std::size_t import) {
  const LinkImport& address = symbols.libraries[library].imports[import];
  std::optional<std::size_t> source = symbols.sources[library][import];
  if (!source && address.is_weak) return 0;
  return layout.slot(address.name, address_type(symbols, library, import), source);
}

Result<Layout> lay_out(const Symbols& symbols, std::vector<FrontExport> front, std::uint64_t stack_size) {
  return LayoutBuilder(symbols, std::move(front)).run(stack_size);
}

}  // namespace witc::linker
