// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc link` against the public conformance corpus.
//
//     link_conformance CORPUS EXPECTED-FAILURES
//
// A folder's `lib-*.wat` and `dlopen-lib-*.wat` are linked, with its adapters. The component must be valid and have the
// world of `component.wit.print`; what must be refused is, for the cause of `error.txt`. A failing case must be listed in
// EXPECTED-FAILURES (`id  reason`), and a listed one must fail. Exit: 0, 1, or 77 for "no corpus".
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "base/render.h"
#include "linker/link/link.h"
#include "tests/new/cases.h"
#include "tests/new/cause.h"
#include "wasm/component/encode.h"
#include "wasm/component/load.h"
#include "wasm/component/validate.h"
#include "wasm/core/encode.h"
#include "wasm/core/load.h"
#include "wit-parser/binary/decode.h"
#include "wit-parser/binary/encode.h"
#include "wit-parser/print.h"
#include "wit-parser/wit.h"

namespace {

using namespace witc;
namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string without_blank_lines(const std::string& text) {
  std::istringstream in(text);
  std::string out;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("package ") && line.ends_with("{")) break;  // packages nested after the main one
    if (!line.empty()) out += line + "\n";
  }
  return out;
}

struct Case {
  SourceMap sources;
  fs::path folder;
  wit::Resolve resolve;
  wit::PackageId package;
  std::string settings;  // the `;;!` lines of its inputs

  bool has(std::string_view setting) const {
    return settings.find(std::string(setting) + " = true") != std::string::npos;
  }

  /// The module of a text, from bytes, with a world in its section.
  Result<wasm::Module> module_of(const fs::path& text, const std::string& name) {
    std::string contents = read(text);
    for (std::size_t at = contents.find(";;!"); at != std::string::npos; at = contents.find(";;!", at + 1)) {
      settings += contents.substr(at, contents.find('\n', at) - at) + "\n";
    }
    SourceId source = sources.add(text.string(), contents, SourceKind::kText);
    std::vector<std::uint8_t> bytes = wasm::encode_module(TRY(wasm::load_module(sources, source)));
    wasm::Module module = TRY(wasm::load_module(
        sources, sources.add(text.string(), std::string(bytes.begin(), bytes.end()), SourceKind::kBinary)));
    wit::WorldId world = TRY(wit::select_world(resolve, package, name));
    module.owned.push_back(wit::encode_world_metadata(resolve, world, component::StringEncoding::kUtf8));
    module.customs.push_back({"component-type", module.owned.back()});
    return module;
  }

  Result<component::ast::Component> link() {
    package = TRY(wit::push_path(resolve, sources, folder, {}));
    linker::LinkOptions options;
    options.builtin_preview1 = false;
    std::vector<linker::LibraryInput> libraries;
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
    std::ranges::sort(files);
    for (const fs::path& file : files) {
      std::string name = file.filename().string();
      if (!name.ends_with(".wat")) continue;
      name = file.stem().string();
      if (name.starts_with("adapt-")) {
        options.adapters.push_back({adapter_name(file), TRY(module_of(file, file.stem().string()))});
      } else if (name.starts_with("lib-")) {
        libraries.push_back({name.substr(4), TRY(module_of(file, file.stem().string())), false});
      } else if (name.starts_with("dlopen-lib-")) {
        libraries.push_back({name.substr(11), TRY(module_of(file, file.stem().string())), true});
      }
    }
    options.stub_missing_functions = has("stub-missing-functions");
    options.use_builtin_libdl = has("use-built-in-libdl");
    return linker::link(sources, std::move(libraries), std::move(options));
  }

  /// `adapt-NAME.wat`, unless its first lines say another name.
  static std::string adapter_name(const fs::path& text) {
    constexpr std::string_view kMark = ";; module name: ";
    std::string contents = read(text);
    if (std::size_t at = contents.find(kMark); at != std::string::npos) {
      at += kMark.size();
      return contents.substr(at, contents.find('\n', at) - at);
    }
    return text.stem().string().substr(6);
  }

  Result<void> check(bool must_fail) {
    if (!must_fail) return check_component(TRY(link()), folder);
    auto linked = link();
    if (linked) return error(DiagCode::kLinkSymbol, "accepted");
    const std::string missing = missing_of_cause(render_text(linked.error(), sources), read(folder / "error.txt"));
    if (!missing.empty()) return std::move(linked).error().note("the cause is not told: " + missing);
    return {};
  }

  /// A case of this kind that links nothing: several packages in one file, and for each a module in `NS/NAME`.
  Result<void> check_packages() {
    package = TRY(wit::push_path(resolve, sources, folder, {}));
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.path().filename() != "module.wat") continue;
      fs::path inner = entry.path().parent_path();
      std::string world = inner.parent_path().filename().string() + ":" + inner.filename().string() + "/module";
      wasm::Module module = TRY(module_of(entry.path(), world));
      TRY(check_component(TRY(linker::new_component(sources, std::move(module), {})), inner));
    }
    return {};
  }

  Result<void> check_component(component::ast::Component made, const fs::path& expected) {
    std::vector<std::uint8_t> bytes = component::encode(made);
    SourceId source = sources.add("<linked>", std::string(bytes.begin(), bytes.end()), SourceKind::kBinary);
    component::ast::Component component = TRY(component::load_component(sources, source));
    component::Types types;
    TRY(component::validate_component(sources, component, types, component::Features::all()));
    wit::DecodedWit wit = TRY(wit::decode_wit(component));
    const auto* world = std::get_if<wit::WorldId>(&wit.main);
    if (world == nullptr) return error(DiagCode::kLinkSymbol, "decodes to a package, not to a world");
    std::string ours = without_blank_lines(wit::print_package(wit.resolve, *wit.resolve.worlds[*world].package));
    std::string theirs = without_blank_lines(read(expected / "component.wit.print"));
    if (ours == theirs) return {};
    return error(DiagCode::kLinkSymbol, fmt::format("the world differs\n-- ours\n{}-- expected\n{}", ours, theirs));
  }
};

bool has_libraries(const fs::path& folder) {
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().string().find("lib-") != std::string::npos) return true;
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  fs::path corpus = fs::path(argv[1]) / "wit-component";
  if (*argv[1] == '\0' || !fs::exists(corpus / "CASES.tsv")) {
    fmt::print("skipped: no corpus\n");
    return 77;
  }
  return run_cases(
      corpus, argv[2], [](const std::string& kind) { return kind == "link-ok" || kind == "link-fail"; },
      [&](const std::string& id, const std::string& kind) -> std::optional<std::string> {
        Case test;
        test.folder = corpus / id;
        Result<void> outcome = has_libraries(test.folder) ? test.check(kind == "link-fail") : test.check_packages();
        if (outcome) return std::nullopt;
        return render_text(outcome.error(), test.sources, {});
      });
}
