// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The module that has what the libraries share (linker/link/modules.h).
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "linker/link/modules.h"
#include "linker/new/module_use.h"
#include "wasm/core/builder.h"

namespace witc::linker {
namespace {

using Kind = LinkImportKind;
using wasm::Const;
using wasm::ValType;

Const address(std::uint32_t value) { return Const::i32(static_cast<std::int32_t>(value)); }

class MainModule {
 public:
  MainModule(const Symbols& symbols, const Layout& layout) : symbols_(symbols), layout_(layout) {}

  Result<wasm::Module> run() {
    out_.name("witc-link-main");
    memory_and_table();
    for (std::size_t i = 0; i < symbols_.libraries.size(); ++i) {
      global(shared::of_library(symbols_.libraries[i], "__memory_base"), shared::kConstant, layout_.memory_bases[i]);
      global(shared::of_library(symbols_.libraries[i], "__table_base"), shared::kConstant, layout_.table_bases[i]);
      for (std::size_t n = 0; n < symbols_.libraries[i].imports.size(); ++n) TRY(import(i, n));
    }
    front();
    stub_addresses();
    return std::move(out_).build();
  }

 private:
  void memory_and_table();
  Result<void> import(std::size_t library, std::size_t index);
  Result<void> outside(const LinkImport& import, const Library& library);
  void data_address(const std::string& name);
  void tls_function(std::size_t library, Kind kind);
  void front();
  void stub_addresses();
  void trampoline(std::uint32_t slot, const wasm::FuncType& type);
  wasm::FuncIndex calling(std::uint32_t slot, const wasm::FuncType& type, const std::string& name);
  wasm::FuncIndex trap(const std::string& name, const wasm::FuncType& type);
  wasm::FuncIndex context_get();

  void global(const std::string& name, wasm::GlobalType type, std::uint32_t value) {
    if (exported_.insert(name).second) out_.export_(name, out_.global(type, address(value), name));
  }

  const Symbols& symbols_;
  const Layout& layout_;
  wasm::ModuleBuilder out_;
  wasm::MemoryIndex memory_;
  wasm::TableIndex table_;
  std::set<std::string> exported_;
  std::map<std::string, wasm::FuncType> outside_;
  std::map<std::string, wasm::FuncIndex> traps_;
  std::optional<wasm::FuncIndex> context_get_;
};

void MainModule::memory_and_table() {
  memory_ = out_.memory({{layout_.pages, std::nullopt, false}, false, 16}, "memory");
  out_.export_(shared::kMemory, memory_);
  wasm::TableType table{ValType::funcref().ref, {layout_.table_size, std::nullopt, false}};
  table_ = out_.table(table, "functions");
  out_.export_(shared::kTable, table_);
  if (!layout_.dl.bytes.empty()) out_.active_data(memory_, address(layout_.dl.begin), layout_.dl.bytes);
  const TlsLayout& tls = layout_.tls;
  if (!tls.has_program_info) return;
  std::vector<std::uint8_t> info;
  auto count = static_cast<std::uint32_t>(
      std::ranges::count_if(tls.places, [](const auto& place) { return place.has_value(); }));
  for (std::uint32_t word : {count, tls.infos, tls.main_bases}) {
    for (int shift = 0; shift < 32; shift += 8) info.push_back(static_cast<std::uint8_t>(word >> shift));
  }
  out_.active_data(memory_, address(tls.program_info), std::move(info));
}

Result<void> MainModule::import(std::size_t library, std::size_t index) {
  const LinkImport& import = symbols_.libraries[library].imports[index];
  std::optional<std::size_t> source = symbols_.sources[library][index];
  switch (import.kind) {
    case Kind::kMemory:
    case Kind::kTable:
    case Kind::kMemoryBase:
    case Kind::kTableBase:
    case Kind::kTag:
      return {};
    case Kind::kStackPointer:
      return global(import.name, shared::kVariable, layout_.stack_size), Result<void>();
    case Kind::kInitStackPointer:
      return global(import.name, shared::kConstant, layout_.stack_size), Result<void>();
    case Kind::kAsyncify:
      return global(import.name, shared::kVariable, 0), Result<void>();
    case Kind::kGetTlsBase:
    case Kind::kSetTlsBase:
      return tls_function(library, import.kind), Result<void>();
    case Kind::kFunc:
      if (!source) {
        wasm::FuncIndex func = trap(shared::stub(import), import.type);
        if (exported_.insert(shared::stub(import)).second) out_.export_(shared::stub(import), func);
      } else if (*source >= library) {
        trampoline(layout_.slot(import.name, import.type, source), import.type);
      }
      return {};
    case Kind::kDataAddress:
      return data_address(import.name), Result<void>();
    case Kind::kFuncAddress: {
      std::uint32_t value = func_address(symbols_, layout_, library, index);
      return global(shared::func_address(value), shared::kVariable, value), Result<void>();
    }
    case Kind::kOutside:
      return outside(import, symbols_.libraries[library]);
  }
  return {};
}

/// Given on as it is: an imported function that is exported again costs nothing.
Result<void> MainModule::outside(const LinkImport& import, const Library& library) {
  std::string name = shared::outside(import);
  auto [known, fresh] = outside_.try_emplace(name, import.type);
  if (!fresh) {
    if (known->second == import.type) return {};
    return error(DiagCode::kLinkSymbol, library.module.item_span(import.offset),
                 fmt::format("`{}` imports `{}` `{}` as {}", library.name, import.module, import.name,
                             to_string(import.type)))
        .note(fmt::format("another library imports it as {}", to_string(known->second)))
        .hint("make the bindings of both from one version of the WIT");
  }
  out_.export_(name, out_.import_func(import.module, import.name, import.type, name));
  return {};
}

/// Those of the program are known now, those of libraries when the libraries are there.
void MainModule::data_address(const std::string& name) {
  std::uint32_t value = 0;
  if (name == "__heap_base") value = layout_.heap_base;
  if (name == "__heap_end") value = layout_.heap_end;
  if (name == "__stack_high") value = layout_.stack_size;
  if (name == kDlLibraries) value = layout_.dl.libraries;
  if (name == kProgramTlsInfo) value = layout_.tls.program_info;
  global(shared::data(name), shared::kVariable, value);
}

/// `context.get 1`: where a thread has its array of bases.
wasm::FuncIndex MainModule::context_get() {
  const wasm::FuncType type{{}, {ValType::i32()}};
  if (!context_get_) context_get_ = out_.import_func("$root", "[context-get-1]", type, "context_get");
  return *context_get_;
}

void MainModule::tls_function(std::size_t library, Kind kind) {
  bool is_get = kind == Kind::kGetTlsBase;
  std::string name =
      shared::of_library(symbols_.libraries[library], is_get ? "__wasm_get_tls_base" : "__wasm_set_tls_base");
  if (!exported_.insert(name).second) return;
  const ValType i32 = ValType::i32();
  wasm::FuncType type = is_get ? wasm::FuncType{{}, {i32}} : wasm::FuncType{{i32}, {}};
  std::optional<std::uint32_t> place = layout_.tls.places[library];
  if (!place) return out_.export_(name, trap(name, type));  // it has no thread-local data to find
  const bool has_threads = layout_.tls.has_threads;
  wasm::FuncIndex context = has_threads ? context_get() : wasm::FuncIndex();
  wasm::FuncIndex func = out_.declare_func(type, name);
  const wasm::MemArg entry{2, memory_, std::uint64_t{4} * *place};
  wasm::FunctionBuilder f = out_.define(func);
  if (!has_threads) {
    f.u32_const(layout_.tls.main_bases);
  } else if (is_get) {
    f.call(context);
  } else {
    // The main thread sets its bases before it has a context; its array is the one in memory.
    f.call(context).u32_const(layout_.tls.main_bases).call(context).select();
  }
  if (is_get) {
    f.i32_load(entry);
  } else {
    f.local_get(f.param(0)).i32_store(entry);
  }
  out_.export_(name, func);
}

wasm::FuncIndex MainModule::calling(std::uint32_t slot, const wasm::FuncType& type, const std::string& name) {
  wasm::FuncIndex func = out_.declare_func(type, name);
  wasm::FunctionBuilder f = out_.define(func);
  for (std::size_t p = 0; p < type.params.size(); ++p) f.local_get(f.param(p));
  f.u32_const(slot).call_indirect(type, table_);
  return func;
}

void MainModule::trampoline(std::uint32_t slot, const wasm::FuncType& type) {
  std::string name = shared::trampoline(slot);
  if (exported_.insert(name).second) out_.export_(name, calling(slot, type, name));
}

wasm::FuncIndex MainModule::trap(const std::string& name, const wasm::FuncType& type) {
  auto [known, fresh] = traps_.try_emplace(name);
  if (fresh) {
    known->second = out_.declare_func(type, name);
    out_.define(known->second).unreachable();
  }
  return known->second;
}

void MainModule::front() {
  for (const FrontExport& item : layout_.front) {
    const wasm::FuncType& type = symbols_.libraries[item.library].find(item.name, wasm::ExternKind::kFunc)->type;
    out_.export_(item.name, calling(layout_.slot(item.name, type, item.library), type, item.name));
  }
}

/// Stubs are here and nowhere else, so their places in the table are filled here.
void MainModule::stub_addresses() {
  for (std::size_t i = 0; i < layout_.slots.size(); ++i) {
    const TableSlot& slot = layout_.slots[i];
    if (slot.library) continue;
    LinkImport symbol{Kind::kFunc, "env", slot.name, slot.type, false, 0};
    out_.active_elements(table_, address(layout_.first_slot + static_cast<std::uint32_t>(i)),
                         {trap(shared::stub(symbol), slot.type)});
  }
}

}  // namespace

std::string shared::stub(const LinkImport& import) {
  return fmt::format("missing {} {}", import.name, to_string(import.type));
}

Result<wasm::Module> main_module(const Symbols& symbols, const Layout& layout) {
  return MainModule(symbols, layout).run();
}

}  // namespace witc::linker
