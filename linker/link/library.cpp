// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "linker/link/library.h"

#include <fmt/format.h>

#include <set>

#include "wasm/binary_reader.h"
#include "wasm/core/type_indices.h"
#include "wasm/core/validate.h"
#include "wit-parser/binary/decode.h"

namespace witc::linker {
namespace {

constexpr std::uint32_t kBindingWeak = 0x1;  // tool-conventions, Linking.md
constexpr std::uint32_t kMaxAlignment = 31;  // as a power of two

class LibraryReader {
 public:
  LibraryReader(SourceMap& sources, LibraryInput input) : sources_(sources) {
    out_.name = std::move(input.name);
    out_.module = std::move(input.module);
    out_.is_dl_openable = input.is_dl_openable;
  }

  Result<Library> run() {
    TRY(wasm::validate_module(sources_, module()));
    TRY(dylink_section());
    wit::WorldMetadata world = TRY(wit::decode_world_metadata(sources_, module()));
    out_.has_world_exports = !world.resolve.worlds[world.world].exports.empty();
    TRY(imports());
    for (const wasm::Export& item : module().exports) TRY(add_export(item));
    if (out_.exports.contains(kCallCtors) && out_.exports.contains(kInitialize)) {
      return wrong(0, fmt::format("the library exports both `{}` and `{}`", kCallCtors, kInitialize))
          .note("both run its constructors, which must run once")
          .hint("link it without `crt1-reactor.o`, or without exporting one of them");
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] const wasm::Module& module() const { return out_.module; }
  [[nodiscard]] Diagnostic wrong(std::uint32_t offset, std::string message) const {
    return error(DiagCode::kLinkLibrary, module().item_span(offset), std::move(message));
  }

  Result<void> imports();
  Result<void> dylink_section();
  Result<void> memory_info(wasm::BinaryReader& reader);
  Result<void> needed(wasm::BinaryReader& reader);
  Result<void> import_info(wasm::BinaryReader& reader);
  Result<LinkImport> classify(const wasm::Import& import) const;
  Result<LinkImport> from_env(LinkImport out, const wasm::Import& import) const;
  Result<LinkImport> with_global(LinkImport out, const wasm::Import& import, LinkImportKind kind,
                                 bool is_mutable) const;
  Result<LinkImport> with_func(LinkImport out, const wasm::Import& import, LinkImportKind kind,
                               wasm::TypeIndex type) const;
  Result<wasm::FuncType> func_type(wasm::TypeIndex index, std::uint32_t offset) const;
  Result<void> add_export(const wasm::Export& item);

  SourceMap& sources_;
  Library out_;
  std::set<std::pair<std::string, std::string>> weak_;
};

Result<void> LibraryReader::imports() {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const wasm::Import& import : module().imports) {
    if (!seen.emplace(import.module, import.name).second) {
      return wrong(import.offset, fmt::format("the library imports `{}` `{}` twice, which a component cannot say",
                                              import.module, import.name));
    }
    out_.imports.push_back(TRY(classify(import)));
    if (out_.imports.back().kind == LinkImportKind::kFunc) out_.called.emplace(import.name, out_.imports.size() - 1);
  }
  return {};
}

Result<void> LibraryReader::dylink_section() {
  const wasm::CustomSection* found = nullptr;
  for (const wasm::CustomSection& section : module().customs) {
    if (section.name == "dylink.0") found = &section;
  }
  if (found == nullptr) {
    return wrong(0, fmt::format("`{}` is no shared library: it has no `dylink.0` section", out_.name))
        .hint("link it with `wasm-ld -shared --experimental-pic`, of objects compiled with `-fPIC`");
  }
  wasm::BinaryReader reader(module().source, found->bytes, found->offset, DiagCode::kLinkLibrary);
  while (!reader.at_end()) {
    std::uint8_t id = TRY(reader.u8());
    wasm::BinaryReader body = TRY(reader.sized_part());
    // 3 (flags of exports) and 5 (where to look for libraries) say nothing that matters here.
    if (id == 1) TRY(memory_info(body));
    if (id == 2) TRY(needed(body));
    if (id == 4) TRY(import_info(body));
    if (id == 0 || id > 5) return reader.malformed(fmt::format("unknown subsection {} of `dylink.0`", id));
  }
  return {};
}

Result<void> LibraryReader::memory_info(wasm::BinaryReader& reader) {
  auto alignment = [&]() -> Result<std::uint64_t> {
    std::uint32_t power = TRY(reader.u32());
    if (power > kMaxAlignment) return reader.malformed(fmt::format("an alignment of 2^{} is too large", power));
    return std::uint64_t{1} << power;
  };
  out_.memory_size = TRY(reader.u32());
  out_.memory_alignment = TRY(alignment());
  out_.table_size = TRY(reader.u32());
  out_.table_alignment = TRY(alignment());
  return reader.expect_end("trailing bytes in `dylink.0`");
}

Result<void> LibraryReader::needed(wasm::BinaryReader& reader) {
  std::uint32_t count = TRY(reader.u32());
  for (std::uint32_t i = 0; i < count; ++i) out_.needed.emplace_back(TRY(reader.name()));
  return reader.expect_end("trailing bytes in `dylink.0`");
}

Result<void> LibraryReader::import_info(wasm::BinaryReader& reader) {
  std::uint32_t count = TRY(reader.u32());
  for (std::uint32_t i = 0; i < count; ++i) {
    std::string from(TRY(reader.name()));
    std::string name(TRY(reader.name()));
    if ((TRY(reader.u32()) & kBindingWeak) != 0) weak_.emplace(std::move(from), std::move(name));
  }
  return reader.expect_end("trailing bytes in `dylink.0`");
}

/// Types are compared between modules, so they may not name defined types of their own.
Result<wasm::FuncType> LibraryReader::func_type(wasm::TypeIndex index, std::uint32_t offset) const {
  const auto* found = std::get_if<wasm::FuncType>(&module().types[index].type);
  if (found == nullptr) return wrong(offset, "a symbol of a type that is no function type");
  wasm::FuncType type = *found;
  bool is_closed = true;
  wasm::change_indices(type, [&](wasm::TypeIndex&) { is_closed = false; });
  if (!is_closed) return wrong(offset, "a symbol whose type names types of its module cannot be linked");
  return type;
}

Result<LinkImport> LibraryReader::with_global(LinkImport out, const wasm::Import& import, LinkImportKind kind,
                                              bool is_mutable) const {
  const auto* global = std::get_if<wasm::GlobalType>(&import.type);
  if (global == nullptr || global->type != wasm::ValType::i32() || global->is_mutable != is_mutable) {
    return wrong(import.offset, fmt::format("the import `{}` `{}` has the wrong type", import.module, import.name))
        .note(
            fmt::format("of a shared library it is {} global of type i32", is_mutable ? "a mutable" : "an immutable"));
  }
  out.kind = kind;
  return out;
}

Result<LinkImport> LibraryReader::with_func(LinkImport out, const wasm::Import& import, LinkImportKind kind,
                                            wasm::TypeIndex type) const {
  out.kind = kind;
  out.type = TRY(func_type(type, import.offset));
  return out;
}

Result<LinkImport> LibraryReader::classify(const wasm::Import& import) const {
  LinkImport out{LinkImportKind::kOutside, import.module, import.name, {}, false, import.offset};
  out.is_weak = weak_.contains({import.module, import.name});
  bool is_address = import.module == "GOT.mem" || import.module == "GOT.func";
  if (is_address) {
    out.is_weak = out.is_weak || weak_.contains({"env", import.name});
    auto kind = import.module == "GOT.mem" ? LinkImportKind::kDataAddress : LinkImportKind::kFuncAddress;
    return with_global(std::move(out), import, kind, /*is_mutable=*/true);
  }
  if (import.module == "env") return from_env(std::move(out), import);
  const auto* func = std::get_if<wasm::TypeIndex>(&import.type);
  if (func == nullptr) {
    return wrong(import.offset,
                 fmt::format("the library imports `{}` `{}`, which is not a function", import.module, import.name))
        .note(
            "what is not of the dynamic linking convention comes from a world or an adapter, which give functions "
            "only");
  }
  return with_func(std::move(out), import, LinkImportKind::kOutside, *func);
}

Result<LinkImport> LibraryReader::from_env(LinkImport out, const wasm::Import& import) const {
  using Kind = LinkImportKind;
  static const std::map<std::string_view, std::pair<Kind, bool>> kGlobals = {
      {"__memory_base", {Kind::kMemoryBase, false}},    {"__table_base", {Kind::kTableBase, false}},
      {"__stack_pointer", {Kind::kStackPointer, true}}, {"__init_stack_pointer", {Kind::kInitStackPointer, false}},
      {"__asyncify_state", {Kind::kAsyncify, true}},    {"__asyncify_data", {Kind::kAsyncify, true}},
  };
  if (auto known = kGlobals.find(import.name); known != kGlobals.end()) {
    return with_global(std::move(out), import, known->second.first, known->second.second);
  }
  if (const auto* memory = std::get_if<wasm::MemoryType>(&import.type)) {
    bool is_plain = !memory->is_shared && !memory->limits.is_64 && memory->page_size_log2 == 16 && !memory->limits.max;
    if (import.name != "memory" || !is_plain) {
      return wrong(import.offset,
                   fmt::format("the library imports the memory `{}`, which the program does not have", import.name))
          .note(
              "all libraries share one memory, `env` `memory`: 32-bit, not shared between threads, without a maximum");
    }
    out.kind = Kind::kMemory;
    return out;
  }
  if (const auto* table = std::get_if<wasm::TableType>(&import.type)) {
    bool is_plain =
        wasm::ValType::of(table->element) == wasm::ValType::funcref() && !table->limits.is_64 && !table->limits.max;
    if (import.name != "__indirect_function_table" || !is_plain) {
      return wrong(import.offset,
                   fmt::format("the library imports the table `{}`, which the program does not have", import.name))
          .note("all libraries share one table, `env` `__indirect_function_table`: of funcref, without a maximum");
    }
    out.kind = Kind::kTable;
    return out;
  }
  if (const auto* tag = std::get_if<wasm::TagType>(&import.type)) {
    return with_func(std::move(out), import, Kind::kTag, tag->type);
  }
  const auto* func = std::get_if<wasm::TypeIndex>(&import.type);
  if (func == nullptr) {
    return wrong(import.offset,
                 fmt::format("the library imports the global `env` `{}`, which the program does not have", import.name))
        .note("addresses of data are imported from `GOT.mem`, those of functions from `GOT.func`");
  }
  // Where the stack of a thread is, is the component's business.
  bool is_outside = import.name == "__wasm_get_stack_pointer" || import.name == "__wasm_set_stack_pointer";
  Kind kind = is_outside                             ? Kind::kOutside
              : import.name == "__wasm_get_tls_base" ? Kind::kGetTlsBase
              : import.name == "__wasm_set_tls_base" ? Kind::kSetTlsBase
                                                     : Kind::kFunc;
  out = TRY(with_func(std::move(out), import, kind, *func));
  const wasm::ValType i32 = wasm::ValType::i32();
  bool is_getter = kind == Kind::kGetTlsBase, is_setter = kind == Kind::kSetTlsBase;
  if ((is_getter && out.type != wasm::FuncType{{}, {i32}}) || (is_setter && out.type != wasm::FuncType{{i32}, {}})) {
    return wrong(import.offset, fmt::format("the import `env` `{}` has the wrong type", import.name));
  }
  return out;
}

Result<void> LibraryReader::add_export(const wasm::Export& item) {
  LinkExport out{item.kind, {}};
  if (item.kind == wasm::ExternKind::kFunc) {
    out.type = TRY(func_type(module().funcs[wasm::FuncIndex(item.index)].type, item.offset));
  } else if (item.kind == wasm::ExternKind::kTag) {
    out.type = TRY(func_type(module().tags[wasm::TagIndex(item.index)].type.type, item.offset));
  } else if (item.kind == wasm::ExternKind::kGlobal) {
    const wasm::GlobalType& type = module().globals[wasm::GlobalIndex(item.index)].type;
    if (type.type != wasm::ValType::i32() || type.is_mutable) return {};  // no address of data
  } else {
    return {};  // memory and table are the program's
  }
  bool is_loaders =
      item.name == kCallCtors || item.name == kInitialize || item.name == kApplyDataRelocs || item.name == kStart;
  if (is_loaders && (item.kind != wasm::ExternKind::kFunc || out.type != wasm::FuncType{})) {
    return wrong(item.offset,
                 fmt::format("the export `{}` must be a function of no parameters and results", item.name));
  }
  out_.exports.emplace(item.name, std::move(out));
  return {};
}

}  // namespace

Result<Library> read_library(SourceMap& sources, LibraryInput input) {
  std::string name = input.name;
  Result<Library> library = LibraryReader(sources, std::move(input)).run();
  if (!library) return std::move(library).error().context(fmt::format("while reading the library `{}`", name));
  return library;
}

}  // namespace witc::linker
