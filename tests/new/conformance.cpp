// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// WIT packages in binary and `witc new` against the public conformance corpus.
//
//     new_conformance package|component|merge|targets CORPUS EXPECTED-FAILURES SCRATCH
//
//   package    a WIT package encodes to the definitions of the `.wat` beside it (byte for byte, but for the
//              producers section and debug names), which decode to the same package again
//   component  a module and its adapters become a component that is valid and has the world of
//              `component.wit.print`; what must be refused is, for the reason of `error.txt` (cause.h)
//   merge      a package graph merges into another and the other way round; the result, package by package
//   targets    a component fits a world, or does not
//
// A failing case must be listed in EXPECTED-FAILURES (`id  reason`), and a listed one must fail. Exit: 0, 1,
// or 77 for "no corpus".
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "base/render.h"
#include "linker/new/new_component.h"
#include "linker/targets.h"
#include "tests/new/cases.h"
#include "tests/new/cause.h"
#include "wasm/component/decode.h"
#include "wasm/component/encode.h"
#include "wasm/component/load.h"
#include "wasm/component/validate.h"
#include "wasm/core/decode.h"
#include "wasm/core/encode.h"
#include "wasm/core/load.h"
#include "wit-parser/binary/decode.h"
#include "wit-parser/binary/encode.h"
#include "wit-parser/merge.h"
#include "wit-parser/print.h"
#include "wit-parser/wit.h"

namespace {

using namespace witc;
namespace fs = std::filesystem;

struct Run {
  fs::path corpus, scratch;
  SourceMap sources;
};

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// What was made stays in the scratch folder, for other tools to look at.
void write(const fs::path& path, const std::vector<std::uint8_t>& bytes) {
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

/// Inputs are text; what is tested starts from bytes.
SourceId add_binary(Run& run, const fs::path& from, const std::vector<std::uint8_t>& bytes) {
  return run.sources.add(from.string(), std::string(bytes.begin(), bytes.end()), SourceKind::kBinary);
}

Result<wasm::Module> module_of(Run& run, const fs::path& text) {
  wasm::Module parsed = TRY(wasm::load_module(run.sources, run.sources.add(text.string(), read(text), SourceKind::kText)));
  SourceId source = add_binary(run, text, wasm::encode_module(parsed));
  return wasm::decode_module(run.sources, run.sources.whole(source));
}

Result<component::ast::Component> component_of(Run& run, const std::vector<std::uint8_t>& bytes) {
  SourceId source = run.sources.add("<encoded>", std::string(bytes.begin(), bytes.end()), SourceKind::kBinary);
  return component::decode_component(run.sources, run.sources.whole(source));
}

/// Without the sections that name the tool that made it, and without debug names. `docs` may be left out
/// too: a binary has methods before other functions, so their docs change places in it once.
std::vector<std::uint8_t> comparable(component::ast::Component component, bool docs = true) {
  std::erase_if(component.definitions, [&](const component::ast::Definition& definition) {
    const auto* custom = std::get_if<component::ast::CustomSection>(&definition.item);
    return custom != nullptr && (custom->name == "producers" || custom->name == "component-name" ||
                                 (!docs && custom->name == "package-docs"));
  });
  component.names = {};
  component.bytes = {};
  return component::encode(component);
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

Result<void> differs(std::string what, const std::string& ours, const std::string& theirs) {
  return error(DiagCode::kNewMismatch, fmt::format("{} differs\n-- ours\n{}-- expected\n{}", what, ours, theirs));
}

Result<void> check_package(Run& run, const std::string& id) {
  fs::path input = run.corpus / id;
  wit::Resolve resolve;
  wit::PackageId package = TRY(wit::push_path(resolve, run.sources, input, {}));
  std::vector<std::uint8_t> ours = component::encode(wit::encode_package(resolve, package));
  component::ast::Component decoded = TRY(component_of(run, ours));
  component::Types types;
  TRY(component::validate_component(run.sources, decoded, types));
  wit::DecodedWit again = TRY(wit::decode_wit(decoded));
  const auto* main = std::get_if<wit::PackageId>(&again.main);
  if (main == nullptr) return error(DiagCode::kNewMismatch, "does not decode to a package");
  component::ast::Component reencoded = TRY(component_of(run, component::encode(wit::encode_package(again.resolve, *main))));
  if (comparable(std::move(reencoded), false) != comparable(TRY(component_of(run, ours)), false)) {
    return error(DiagCode::kNewMismatch, "what is decoded encodes differently");
  }
  if (fs::path printed = input.string() + ".print"; fs::exists(printed)) {
    std::string text = without_blank_lines(wit::print_package(again.resolve, *main));
    if (text != without_blank_lines(read(printed))) return differs("the package decoded", text, read(printed));
  }
  fs::path expected = input;
  expected.replace_extension(".wat");
  SourceId text = run.sources.add(expected.string(), read(expected), SourceKind::kText);
  std::vector<std::uint8_t> bytes = component::encode(TRY(component::load_component(run.sources, text)));
  component::ast::Component theirs = TRY(component_of(run, bytes));
  if (comparable(std::move(theirs)) != comparable(std::move(decoded))) {
    write(run.scratch / (expected.stem().string() + ".ours.wasm"), ours);
    return error(DiagCode::kNewMismatch, "encodes differently from " + expected.filename().string());
  }
  return {};
}

/// A core module with `world` in its section.
Result<wasm::Module> embedded(Run& run, const wit::Resolve& resolve, wit::PackageId package, const fs::path& text,
                              const std::string& world) {
  wasm::Module module = TRY(module_of(run, text));
  wit::WorldId id = TRY(wit::select_world(resolve, package, world));
  module.owned.push_back(wit::encode_world_metadata(resolve, id, component::StringEncoding::kUtf8));
  module.customs.push_back({"component-type", module.owned.back()});
  return module;
}

/// `adapt-NAME.wat`, unless its first lines say another name.
std::string adapter_name(const fs::path& text) {
  constexpr std::string_view kMark = ";; module name: ";
  std::string contents = read(text);
  if (std::size_t at = contents.find(kMark); at != std::string::npos) {
    at += kMark.size();
    return contents.substr(at, contents.find('\n', at) - at);
  }
  return text.stem().string().substr(std::string("adapt-").size());
}

Result<component::ast::Component> make_component(Run& run, const fs::path& folder) {
  wit::Resolve resolve;
  wit::PackageId package = TRY(wit::push_path(resolve, run.sources, folder, {}));
  linker::NewOptions options;
  options.builtin_preview1 = false;
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    std::string name = file.filename().string();
    if (!name.starts_with("adapt-") || !name.ends_with(".wat")) continue;
    options.adapters.push_back({adapter_name(file), TRY(embedded(run, resolve, package, file, file.stem().string()))});
  }
  // The one option of `;;!` lines that concerns a module made into a component.
  options.return_call_ref = read(folder / "module.wat").find(";;! return-call-ref = true") != std::string::npos;
  wasm::Module module = TRY(embedded(run, resolve, package, folder / "module.wat", "module"));
  return linker::new_component(run.sources, std::move(module), std::move(options));
}

/// What was to fail did, and says what `error.txt` says.
template <class T>
Result<void> refused_for(Run& run, const Result<T>& outcome, const fs::path& folder) {
  if (outcome) return error(DiagCode::kNewMismatch, "accepted");
  std::string ours = render_text(outcome.error(), run.sources, {}), theirs = read(folder / "error.txt");
  std::string missing = missing_of_cause(ours, theirs);
  if (missing.empty()) return {};
  return error(DiagCode::kNewMismatch, fmt::format("refused, but {} is not said\n-- ours\n{}\n-- expected\n{}", missing, ours, theirs));
}

Result<void> check_component(Run& run, const std::string& id, bool must_fail) {
  fs::path folder = run.corpus / id;
  Result<component::ast::Component> made = make_component(run, folder);
  if (must_fail) return refused_for(run, made, folder);
  std::vector<std::uint8_t> bytes = component::encode(TRY(std::move(made)));
  write(run.scratch / (folder.filename().string() + ".wasm"), bytes);
  component::ast::Component component = TRY(component_of(run, bytes));
  component::Types types;
  TRY(component::validate_component(run.sources, component, types, component::Features::all()));
  wit::DecodedWit wit = TRY(wit::decode_wit(component));
  const auto* world = std::get_if<wit::WorldId>(&wit.main);
  if (world == nullptr) return error(DiagCode::kNewMismatch, "decodes to a package, not to a world");
  std::string ours = without_blank_lines(wit::print_package(wit.resolve, *wit.resolve.worlds[*world].package));
  std::string theirs = without_blank_lines(read(folder / "component.wit.print"));
  if (ours != theirs) return differs("the world", ours, theirs);
  return {};
}

Result<wit::Resolve> merged(Run& run, const fs::path& into, const fs::path& from) {
  wit::Resolve resolve, other;
  TRY(wit::push_path(resolve, run.sources, into, {}));
  TRY(wit::push_path(other, run.sources, from, {}));
  TRY(wit::merge(resolve, other));
  return resolve;
}

Result<void> check_merge(Run& run, const std::string& id, bool must_fail) {
  fs::path folder = run.corpus / id;
  Result<wit::Resolve> made = merged(run, folder / "into", folder / "from");
  if (must_fail) return refused_for(run, made, folder);
  wit::Resolve resolve = TRY(std::move(made));
  for (wit::PackageId package : resolve.packages.ids()) {
    fs::path expected = folder / "merge" / (resolve.packages[package].name.name + ".wit");
    std::string ours = without_blank_lines(wit::print_package(resolve, package));
    if (ours != without_blank_lines(read(expected))) return differs("package " + expected.string(), ours, read(expected));
  }
  TRY(merged(run, folder / "from", folder / "into"));
  return {};
}

Result<void> check_world(Run& run, const fs::path& folder) {
  fs::path text = folder / "test.wat";
  SourceId source = run.sources.add(text.string(), read(text), SourceKind::kText);
  std::vector<std::uint8_t> bytes = component::encode(TRY(component::load_component(run.sources, source)));
  component::ast::Component component = TRY(component_of(run, bytes));
  component::Types types;
  component::ValidatedComponent valid = TRY(component::validate_component(run.sources, component, types));
  wit::Resolve resolve;
  wit::PackageId package = TRY(wit::push_path(resolve, run.sources, folder / "test.wit", {}));
  wit::WorldId world = TRY(wit::select_world(resolve, package, "foobar"));
  return linker::check_targets(run.sources, resolve, world, types, valid.type);
}

Result<void> check_target(Run& run, const std::string& id, bool must_fail) {
  Result<void> outcome = check_world(run, run.corpus / id);
  if (must_fail) return refused_for(run, outcome, run.corpus / id);
  return outcome;
}

/// What is done with a case: by the part of its kind before the hyphen; none for kinds tested elsewhere (`link-*`).
struct Suite {
  std::string_view name, kinds;
  Result<void> (*check)(Run&, const std::string& id, bool must_fail);
};
constexpr Suite kSuites[] = {
    {"package", "wit", [](Run& run, const std::string& id, bool) { return check_package(run, id); }},
    {"component", "encode", check_component},
    {"merge", "merge", check_merge},
    {"targets", "targets", check_target},
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const auto* suite = std::ranges::find(kSuites, argv[1], &Suite::name);
  if (suite == std::end(kSuites)) return 2;
  Run run;
  run.corpus = fs::path(argv[2]) / "wit-component";
  run.scratch = argv[4];
  if (*argv[2] == '\0' || !fs::exists(run.corpus / "CASES.tsv")) {
    fmt::print("skipped: no corpus\n");
    return 77;
  }
  fs::create_directories(run.scratch);
  return run_cases(
      run.corpus, argv[3], [&](const std::string& kind) { return kind.starts_with(fmt::format("{}-", suite->kinds)); },
      [&](const std::string& id, const std::string& kind) -> std::optional<std::string> {
        Result<void> outcome = suite->check(run, id, kind.ends_with("-fail"));
        if (outcome) return std::nullopt;
        return render_text(outcome.error(), run.sources, {});
      });
}
