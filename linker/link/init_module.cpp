// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The module that makes the libraries ready to run (linker/link/modules.h).
#include "linker/link/modules.h"
#include "wasm/core/builder.h"

namespace witc::linker {
namespace {

using Kind = LinkImportKind;
using component::CoreSort;
using wasm::ValType;

class InitModule {
 public:
  InitModule(const Symbols& symbols, const Layout& layout) : symbols_(symbols), layout_(layout) {}

  LinkedModule run() {
    builder_.name("witc-link-init");
    memory_ = builder_.import_memory("", shared::kMemory, {}, "memory");
    args_.push_back({"", shared::kMemory, CoreSort::kMemory, std::nullopt, shared::kMemory});
    fill_table();
    import_globals();
    wasm::FuncIndex start = builder_.declare_func({}, "start");
    {
      wasm::FunctionBuilder f = builder_.define(start);
      data_addresses(f);                 // before relocations, which read them
      call_each(f, {kApplyDataRelocs});  // of all libraries, before any code of theirs
      call_each(f, {kCallCtors, kInitialize});
    }
    builder_.start(start);
    return {"link-init", std::move(builder_).build(), std::move(args_)};
  }

 private:
  void fill_table();
  void import_globals();
  void data_addresses(wasm::FunctionBuilder& f);
  void call_each(wasm::FunctionBuilder& f, std::initializer_list<const char*> names);
  wasm::FuncIndex func(std::size_t library, const std::string& name, const wasm::FuncType& type);
  wasm::GlobalIndex global(std::optional<std::size_t> library, const std::string& name, wasm::GlobalType type);

  /// An address: the library's memory, and the symbol's place in it.
  void push_address(wasm::FunctionBuilder& f, std::size_t library, const std::string& symbol) {
    f.u32_const(layout_.memory_bases[library]).global_get(global(library, symbol, shared::kConstant)).i32_add();
  }

  const Symbols& symbols_;
  const Layout& layout_;
  wasm::ModuleBuilder builder_;
  wasm::MemoryIndex memory_;
  std::vector<LinkedModule::Arg> args_;
  std::map<std::pair<std::size_t, std::string>, wasm::FuncIndex> funcs_;
  std::map<std::pair<std::optional<std::size_t>, std::string>, wasm::GlobalIndex> globals_;
  std::map<std::string, std::size_t> data_;  // symbol to the library that has it
};

wasm::FuncIndex InitModule::func(std::size_t library, const std::string& name, const wasm::FuncType& type) {
  auto [known, fresh] = funcs_.try_emplace({library, name});
  if (fresh) {
    std::string import = std::to_string(library) + " " + name;
    known->second = builder_.import_func("", import, type, import);
    args_.push_back({"", import, CoreSort::kFunc, library, name});
  }
  return known->second;
}

wasm::GlobalIndex InitModule::global(std::optional<std::size_t> library, const std::string& name,
                                     wasm::GlobalType type) {
  auto [known, fresh] = globals_.try_emplace({library, name});
  if (fresh) {
    std::string import = library ? std::to_string(*library) + " " + name : name;
    known->second = builder_.import_global("", import, type, import);
    args_.push_back({"", import, CoreSort::kGlobal, library, name});
  }
  return known->second;
}

void InitModule::fill_table() {
  if (layout_.slots.empty()) return;
  wasm::TableIndex table =
      builder_.import_table("", shared::kTable, {ValType::funcref().ref, {0, std::nullopt, false}}, "functions");
  args_.push_back({"", shared::kTable, CoreSort::kTable, std::nullopt, shared::kTable});
  std::vector<wasm::FuncIndex> run;  // of functions in neighbouring places
  std::uint32_t begin = layout_.first_slot;
  auto flush = [&](std::uint32_t next) {
    if (!run.empty())
      builder_.active_elements(table, wasm::Const::i32(static_cast<std::int32_t>(begin)), std::move(run));
    run = {};
    begin = next;
  };
  for (std::size_t i = 0; i < layout_.slots.size(); ++i) {
    const TableSlot& slot = layout_.slots[i];
    if (slot.library) {
      run.push_back(func(*slot.library, slot.name, slot.type));
    } else {
      flush(layout_.first_slot + static_cast<std::uint32_t>(i) + 1);
    }
  }
  flush(0);
}

/// All of them before the first is used: their index space wants its imports first.
void InitModule::import_globals() {
  for (std::size_t i = 0; i < symbols_.libraries.size(); ++i) {
    const Library& library = symbols_.libraries[i];
    for (std::size_t n = 0; n < library.imports.size(); ++n) {
      if (library.imports[n].kind != Kind::kDataAddress || !symbols_.sources[i][n]) continue;
      data_[library.imports[n].name] = *symbols_.sources[i][n];
    }
    if (layout_.tls.has_program_info && layout_.tls.places[i]) global(i, kLibraryTlsInfo, shared::kConstant);
  }
  for (const auto& [name, library] : data_) {
    global(std::nullopt, shared::data(name), shared::kVariable);
    global(library, name, shared::kConstant);
  }
  for (const DlSymbols::Data& data : layout_.dl.data) global(data.library, data.symbol, shared::kConstant);
}

void InitModule::data_addresses(wasm::FunctionBuilder& f) {
  const wasm::MemArg word{2, memory_, 0};
  for (const auto& [name, library] : data_) {
    push_address(f, library, name);
    f.global_set(global(std::nullopt, shared::data(name), shared::kVariable));
  }
  for (const DlSymbols::Data& data : layout_.dl.data) {
    f.u32_const(data.field);
    push_address(f, data.library, data.symbol);
    f.i32_store(word);
  }
  if (!layout_.tls.has_program_info) return;
  for (std::size_t i = 0; i < symbols_.libraries.size(); ++i) {
    if (!layout_.tls.places[i]) continue;
    f.u32_const(layout_.tls.infos + 4 * *layout_.tls.places[i]);
    push_address(f, i, kLibraryTlsInfo);
    f.i32_store(word);
  }
}

void InitModule::call_each(wasm::FunctionBuilder& f, std::initializer_list<const char*> names) {
  for (std::size_t i = 0; i < symbols_.libraries.size(); ++i) {
    for (const char* name : names) {
      if (symbols_.libraries[i].exports.contains(name)) f.call(func(i, name, {}));
    }
  }
}

}  // namespace

LinkedModule init_module(const Symbols& symbols, const Layout& layout) { return InitModule(symbols, layout).run(); }

}  // namespace witc::linker
