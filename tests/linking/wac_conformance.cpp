// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The public test suite of wac, as CASES.tsv lists it (kinds `parser`, `resolution`, `encoding` and `graph`,
// each `-ok` or `-fail`): what is to fail must be refused with a diagnostic, what is to work must give a
// component that our validator accepts and our planner can plan. Trees, DOT and the exact text of encoded
// components follow the internals of another tool and are not compared; the composition's imports and
// exports are, by name, where the suite holds an expected component.
//
// Usage: wac_conformance SUITE EXPECTED-FAILURES. The list of expected failures may only shrink: a case on
// it that passes is an error too.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "base/render.h"
#include "linker/encode_graph.h"
#include "linker/new/dummy_module.h"
#include "linker/new/new_component.h"
#include "linker/plan_component.h"
#include "linker/wac/parse.h"
#include "linker/wac/resolve.h"
#include "wasm/binary_writer.h"
#include "wasm/component/decode.h"
#include "wasm/component/parse.h"
#include "wasm/core/decode.h"
#include "wasm/core/encode.h"
#include "wit-parser/binary/encode.h"
#include "wit-parser/wit.h"

namespace {

using namespace witc;
namespace fs = std::filesystem;
using component::ast::Component;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

class Case {
 public:
  explicit Case(fs::path suite) : suite_(std::move(suite)) {}

  Result<void> run(const std::string& kind, const std::string& input, const std::string& expected) {
    fs::path path = suite_ / input;
    if (kind.starts_with("graph")) return check(TRY(graph(path)), std::nullopt, suite_ / expected);
    auto document = TRY(linker::wac::parse(sources, sources.add(input, read(path), SourceKind::kText)));
    if (kind.starts_with("parser")) return {};
    fs::path deps = path;
    deps.replace_extension();
    auto made = TRY(linker::wac::resolve(sources, document, [&](const linker::wac::PackageName& name) {
      std::string file = name.text();
      std::ranges::replace(file, ':', '/');
      return package(deps / file);
    }));
    return check(std::move(made.graph), made.target, kind.starts_with("encoding") ? suite_ / expected : fs::path());
  }

  SourceMap sources;

 private:
  /// `path` as a folder of WIT, or with `.wat` added.
  Result<Component> package(const fs::path& path) {
    if (!fs::is_directory(path)) return text(path.string() + ".wat");
    wit::Resolve resolve;
    wit::PackageId id = TRY(wit::push_path(resolve, sources, path, {}));
    return wit::encode_package(resolve, id);
  }
  Result<Component> text(const fs::path& path) {
    if (!fs::exists(path)) return error(DiagCode::kFileUnreadable, fmt::format("no `{}`", path.string()));
    return component::parse_component(sources, sources.add(path.string(), read(path), SourceKind::kText));
  }
  /// A component that implements the only world of some WIT and does nothing.
  Result<Component> dummy(const fs::path& path) {
    wit::Resolve resolve;
    wit::PackageId id = TRY(wit::push_path(resolve, sources, path, {}));
    wit::WorldId world = TRY(wit::select_world(resolve, id, ""));
    std::vector<std::uint8_t> bytes = wasm::encode_module(linker::dummy_module(resolve, world));
    auto metadata = wit::encode_world_metadata(resolve, world, component::StringEncoding::kUtf8);
    wasm::BinaryWriter section;
    section.section(0, [&](wasm::BinaryWriter& body) { body.name("component-type").bytes(metadata); });
    bytes.insert(bytes.end(), section.view().begin(), section.view().end());
    SourceId source = sources.add(path.string(), std::string(bytes.begin(), bytes.end()), SourceKind::kBinary);
    return linker::new_component(sources, TRY(wasm::decode_module(sources, sources.whole(source))), {});
  }

  /// graph.json: packages, nodes (import, instantiation, alias), arguments, exports.
  Result<linker::CompositionGraph> graph(const fs::path& folder) {
    nlohmann::json json = nlohmann::json::parse(read(folder / "graph.json"));
    linker::CompositionGraph made;
    std::vector<linker::PackageId> packages;
    for (const auto& item : json["packages"]) {
      fs::path path = folder / item["path"].get<std::string>();
      Component component = path.extension() == ".wat" ? TRY(text(path)) : TRY(dummy(path));
      std::string name = item["name"];
      if (item.contains("version")) name += "@" + item["version"].get<std::string>();
      packages.push_back(TRY(made.add_package(sources, std::move(name), std::move(component))));
    }
    std::vector<linker::NodeId> nodes;
    for (const auto& item : json["nodes"]) nodes.push_back(TRY(node(made, packages, nodes, item)));
    for (const auto& item : json["arguments"]) {
      TRY(made.set_argument(nodes.at(item["target"]), item["name"], nodes.at(item["source"])));
    }
    for (const auto& item : json["exports"]) TRY(made.add_export(nodes.at(item["node"]), item["name"]));
    return made;
  }
  static Result<linker::NodeId> node(linker::CompositionGraph& made, const std::vector<linker::PackageId>& packages,
                                     const std::vector<linker::NodeId>& nodes, const nlohmann::json& item) {
    if (item["type"] == "instantiation") return made.instantiate(packages.at(item["package"]));
    if (item["type"] == "alias") return made.alias(nodes.at(item["source"]), item["export"]);
    const auto& package = made.types()[made.packages()[packages.at(item["package"])].type];
    std::string name = item["export"];
    const component::Extern* found = package.exports.find(name);
    if (found == nullptr) return error(DiagCode::kWacResolve, fmt::format("no export `{}`", name));
    component::EntityType type = found->type;
    if (const auto* entity = std::get_if<component::TypeEntity>(&type)) {  // an item of that type
      component::TypeEntity copy = *entity;
      if (const auto* func = std::get_if<component::FuncTypeId>(&copy.type)) type = *func;
      if (const auto* instance = std::get_if<component::InstanceTypeId>(&copy.type)) type = *instance;
      if (const auto* component = std::get_if<component::ComponentTypeId>(&copy.type)) type = *component;
    }
    return made.add_import(item["name"], std::move(type));
  }

  Result<void> check(linker::CompositionGraph graph, std::optional<component::ComponentTypeId> target,
                     const fs::path& expected) {
    auto bytes = TRY(linker::compose(sources, std::move(graph), "<composition>", target));
    SourceId id = sources.add("<composition>", std::string(bytes.begin(), bytes.end()), SourceKind::kBinary);
    Component made = TRY(component::decode_component(sources, sources.whole(id)));
    component::Types types;
    auto validated = TRY(component::validate_component(sources, made, types));
    auto plan = linker::plan_component(sources, made, validated, types);
    // A root import that is neither a function nor an instance has no plan, and is no mistake of composing.
    if (!plan && (*plan.error()).code != DiagCode::kPlanUnsupported) return std::move(plan).error();
    if (expected.extension() != ".wat" && expected.extension() != ".result") return {};
    return compare(made, TRY(text_of(expected)));
  }
  Result<Component> text_of(const fs::path& path) {
    return component::parse_component(sources, sources.add(path.string(), read(path), SourceKind::kText));
  }

  static std::set<std::string> externs(const Component& component) {
    std::set<std::string> names;
    for (const auto& definition : component.definitions) {
      if (const auto* import = std::get_if<component::ast::Import>(&definition.item)) {
        // The suite imports its packages by name where we hold them.
        if (import->name.name.find("-dep=") == std::string::npos) names.insert("import " + import->name.name);
      } else if (const auto* exported = std::get_if<component::ast::Export>(&definition.item)) {
        names.insert("export " + exported->name.name);
      }
    }
    return names;
  }
  static Result<void> compare(const Component& made, const Component& expected) {
    std::set<std::string> got = externs(made);
    std::set<std::string> want = externs(expected);
    if (got == want) return {};
    return error(DiagCode::kWacResolve, fmt::format("got {{{}}}, expected {{{}}}", fmt::join(got, ", "), fmt::join(want, ", ")));
  }

  fs::path suite_;
};

/// Names of cases, one a line, with the reason after a tab; `#` starts a comment.
std::set<std::string> expected_failures(const char* path) {
  std::set<std::string> made;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line[0] != '#') made.insert(line.substr(0, line.find('\t')));
  }
  return made;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  fs::path suite = argv[1];
  std::set<std::string> known = expected_failures(argv[2]);
  std::ifstream cases(suite / "CASES.tsv");
  int passed = 0;
  int wrong = 0;
  for (std::string line; std::getline(cases, line);) {
    std::istringstream fields(line);
    std::string id, kind, input, expected;
    std::getline(fields, id, '\t');
    std::getline(fields, kind, '\t');
    std::getline(fields, input, '\t');
    std::getline(fields, expected, '\t');
    if (id.starts_with('#')) continue;
    Case test(suite);
    auto ran = test.run(kind, input, expected);
    bool is_right = ran.has_value() == kind.ends_with("-ok");
    passed += is_right ? 1 : 0;
    if (is_right != known.contains(id)) continue;
    ++wrong;
    fmt::print("{} ({}): {}\n", id, kind, is_right ? "passes, but is listed as an expected failure" : "fails");
    if (!ran) fmt::print("{}", render_text(ran.error(), test.sources));
  }
  fmt::print("{} passed, {} unexpected\n", passed, wrong);
  return wrong == 0 && passed > 0 ? 0 : 1;
}
