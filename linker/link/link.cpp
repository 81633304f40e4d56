// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "linker/link/link.h"

#include <set>

#include "linker/link/libdl.h"
#include "linker/link/modules.h"
#include "wasm/core/load.h"
#include "wasm/section_tree.h"
#include "wit-parser/binary/decode.h"

namespace witc::linker {
namespace {

constexpr std::string_view kWorldSection = "component-type";

/// The names by which the component finds functions of the main module, beside those of the world's own functions.
bool is_component_export(std::string_view name) {
  static constexpr std::string_view kPrefixes[] = {"cm32p2", "cabi_", "canonical_abi_", "[", "__wasm_init_"};
  if (name == kStart || name == "__wasm_task_hook" || name.find('#') != std::string_view::npos) return true;
  for (std::string_view prefix : kPrefixes) {
    if (name.starts_with(prefix)) return true;
  }
  return false;
}

/// The worlds of all libraries, as the main module's own.
void copy_worlds(const Symbols& symbols, wasm::Module& main) {
  for (const Library& library : symbols.libraries) {
    for (const wasm::CustomSection& section : library.module.customs) {
      if (!section.name.starts_with(kWorldSection)) continue;
      main.owned.emplace_back(section.bytes.begin(), section.bytes.end());
      main.customs.push_back({section.name, main.owned.back()});
    }
  }
}

/// Functions of libraries that the component is made from: what its world exports, what the canonical ABI calls, and
/// what adapters ask the main module for.
Result<std::vector<FrontExport>> front_exports(SourceMap& sources, const Symbols& symbols, const LinkOptions& options) {
  wasm::Module worlds;
  copy_worlds(symbols, worlds);
  wit::WorldMetadata metadata = TRY(wit::decode_world_metadata(sources, worlds));
  if (!metadata.found) {
    return error(DiagCode::kNewWorldMissing, "none of the libraries has a world to make a component from")
        .note(
            "a world is a `component-type` custom section, which bindings generators put into the object file they "
            "emit")
        .hint("link that object file into a library, or put a world in with `witc embed WIT --world W LIBRARY`");
  }
  std::set<std::string> asked;
  for (const auto& [key, item] : metadata.resolve.worlds[metadata.world].exports) {
    if (const auto* function = std::get_if<wit::Function>(&item)) asked.insert(function->name);
  }
  for (const AdapterInput& adapter : options.adapters) {
    for (const wasm::Import& import : adapter.module.imports) {
      if (import.module == "__main_module__") asked.insert(import.name);
    }
  }
  std::set<std::string> names;
  for (const Library& library : symbols.libraries) {
    for (const auto& [name, item] : library.exports) {
      if (item.kind == wasm::ExternKind::kFunc && (is_component_export(name) || asked.contains(name)))
        names.insert(name);
    }
  }
  std::vector<FrontExport> out;
  for (const std::string& name : names) out.push_back({name, *symbols.find_func(name)});
  return out;
}

/// Where an import of a library comes from, once the component is built.
LinkedModule::Arg argument(const Symbols& symbols, const Layout& layout, std::size_t library, std::size_t index) {
  using Kind = LinkImportKind;
  using component::CoreSort;
  const LinkImport& import = symbols.libraries[library].imports[index];
  std::optional<std::size_t> source = symbols.sources[library][index];
  auto main = [&](CoreSort sort, std::string item) {
    return LinkedModule::Arg{import.module, import.name, sort, std::nullopt, std::move(item)};
  };
  switch (import.kind) {
    case Kind::kMemory:
      return main(CoreSort::kMemory, shared::kMemory);
    case Kind::kTable:
      return main(CoreSort::kTable, shared::kTable);
    case Kind::kMemoryBase:
    case Kind::kTableBase:
      return main(CoreSort::kGlobal, shared::of_library(symbols.libraries[library], import.name));
    case Kind::kStackPointer:
    case Kind::kInitStackPointer:
    case Kind::kAsyncify:
      return main(CoreSort::kGlobal, import.name);
    case Kind::kGetTlsBase:
    case Kind::kSetTlsBase:
      return main(CoreSort::kFunc, shared::of_library(symbols.libraries[library], import.name));
    case Kind::kFunc:
      if (!source) return main(CoreSort::kFunc, shared::stub(import));
      if (*source >= library)
        return main(CoreSort::kFunc, shared::trampoline(layout.slot(import.name, import.type, source)));
      return {import.module, import.name, CoreSort::kFunc, source, import.name};
    case Kind::kTag:
      return {import.module, import.name, CoreSort::kTag, source, import.name};
    case Kind::kDataAddress:
      return main(CoreSort::kGlobal, shared::data(import.name));
    case Kind::kFuncAddress:
      return main(CoreSort::kGlobal, shared::func_address(func_address(symbols, layout, library, index)));
    case Kind::kOutside:
      return main(CoreSort::kFunc, shared::outside(import));
  }
  return main(CoreSort::kFunc, import.name);
}

/// The library as it goes into the component: without its world, which has become the component's.
Result<wasm::Module> without_world(SourceMap& sources, wasm::Module module) {
  bool has_world = false;
  for (const wasm::CustomSection& section : module.customs) has_world |= section.name.starts_with(kWorldSection);
  if (!has_world) return module;
  auto drop = [](std::string_view name) { return name.starts_with(kWorldSection); };
  if (module.bytes.empty()) {
    std::erase_if(module.customs, [&](const wasm::CustomSection& section) { return drop(section.name); });
    return module;
  }
  SourceId whole = sources.add("<library>", std::string(module.bytes.begin(), module.bytes.end()), SourceKind::kBinary);
  wasm::SectionTree tree = TRY(wasm::read_section_tree(sources, whole));
  module.owned.push_back(wasm::without_customs(sources, whole, tree, drop));
  module.bytes = module.owned.back();
  return module;
}

}  // namespace

Result<component::ast::Component> link(SourceMap& sources, std::vector<LibraryInput> inputs, LinkOptions options) {
  if (options.use_builtin_libdl) inputs.push_back(TRY(builtin_libdl(sources)));
  std::vector<Library> libraries;
  for (LibraryInput& input : inputs) libraries.push_back(TRY(read_library(sources, std::move(input))));
  Symbols symbols = TRY(resolve_symbols(std::move(libraries), options.stub_missing_functions));
  std::vector<FrontExport> front = TRY(front_exports(sources, symbols, options));
  Layout layout = TRY(lay_out(symbols, std::move(front), options.stack_size));
  wasm::Module main = TRY(main_module(symbols, layout));
  main.source = sources.add("<the libraries' main module>", "", SourceKind::kBinary);  // for diagnostics
  copy_worlds(symbols, main);

  NewOptions made;
  made.adapters = std::move(options.adapters);
  made.builtin_preview1 = options.builtin_preview1;
  made.newest_imports = options.newest_imports;
  for (const FrontExport& item : layout.front) made.linked_exports.emplace(item.name, item.library);
  for (std::size_t i = 0; i < symbols.libraries.size(); ++i) {
    LinkedModule linked{symbols.libraries[i].name, {}, {}};
    for (std::size_t n = 0; n < symbols.libraries[i].imports.size(); ++n)
      linked.args.push_back(argument(symbols, layout, i, n));
    made.linked.push_back(std::move(linked));
  }
  made.linked.push_back(init_module(symbols, layout));
  for (std::size_t i = 0; i < symbols.libraries.size(); ++i) {
    made.linked[i].module = TRY(without_world(sources, std::move(symbols.libraries[i].module)));
  }
  return new_component(sources, std::move(main), std::move(made));
}

}  // namespace witc::linker
