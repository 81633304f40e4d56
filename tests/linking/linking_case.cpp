// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One golden of composing and planning. The folder says what to do by the files it holds:
//
//     compose.wac, deps/ns/name.wat          as `witc compose compose.wac -d deps`
//     socket.wat, plug*.wat                  as `witc plug socket.wat --plug plug*.wat`
//     component.wat                          nothing to compose
//
// and what must come of it: `component.wat` (of a composition: `composed.wat`, as printed) and `plan.txt`,
// or `error.txt` with the whole diagnostic. BLESS=1 writes them anew.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/render.h"
#include "linker/encode_graph.h"
#include "linker/plan_component.h"
#include "linker/plan_print.h"
#include "linker/plug.h"
#include "linker/wac/parse.h"
#include "linker/wac/resolve.h"
#include "wasm/component/decode.h"
#include "wasm/component/parse.h"
#include "wasm/component/print.h"

namespace {

using namespace witc;
namespace fs = std::filesystem;

std::optional<std::string> read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

struct Case {
  SourceMap sources;
  fs::path folder;

  Result<SourceId> source(const fs::path& name) {
    auto contents = read(folder / name);
    if (!contents) return error(DiagCode::kFileUnreadable, fmt::format("cannot open `{}`", name.string()));
    return sources.add(name.string(), *std::move(contents), SourceKind::kText);
  }
  Result<component::ast::Component> component(const fs::path& name) {
    return component::parse_component(sources, TRY(source(name)));
  }

  Result<linker::CompositionGraph> plug() {
    linker::CompositionGraph graph;
    linker::PackageId socket = TRY(graph.add_package(sources, "socket", TRY(component("socket.wat"))));
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
      std::string name = entry.path().filename().string();
      if (name.starts_with("plug") && name.ends_with(".wat")) names.push_back(name);
    }
    std::ranges::sort(names);
    std::vector<linker::PackageId> plugs;
    for (const std::string& name : names) {
      plugs.push_back(TRY(graph.add_package(sources, fs::path(name).stem().string(), TRY(component(name)))));
    }
    TRY(linker::plug(graph, socket, plugs));
    return graph;
  }

  Result<linker::wac::Composition> compose() {
    linker::wac::Document document = TRY(linker::wac::parse(sources, TRY(source("compose.wac"))));
    return linker::wac::resolve(sources, document, [&](const linker::wac::PackageName& name) {
      std::string path = name.text();
      std::ranges::replace(path, ':', '/');
      return component(fmt::format("deps/{}.wat", path));
    });
  }

  Result<component::ast::Component> composed() {
    std::optional<component::ComponentTypeId> target;
    linker::CompositionGraph graph;
    if (fs::exists(folder / "compose.wac")) {
      linker::wac::Composition made = TRY(compose());
      graph = std::move(made.graph);
      target = made.target;
    } else {
      graph = TRY(plug());
    }
    auto bytes = TRY(linker::compose(sources, std::move(graph), "<composition>", target));
    SourceId id = sources.add("<composition>", std::string(bytes.begin(), bytes.end()), SourceKind::kBinary);
    return component::decode_component(sources, sources.whole(id));
  }

  struct Output {
    std::optional<std::string> composed;
    std::string plan;
  };
  Result<Output> run() {
    Output output;
    bool is_alone = fs::exists(folder / "component.wat");
    component::ast::Component made = TRY(is_alone ? component("component.wat") : composed());
    if (!is_alone) output.composed = TRY(component::print_component(made)) + "\n";
    component::Types types;
    auto validated = TRY(component::validate_component(sources, made, types));
    output.plan = linker::print(TRY(linker::plan_component(sources, made, validated, types)));
    return output;
  }
};

/// 0 if the file holds `text`, or does not exist where there is none.
int check(const fs::path& path, const std::optional<std::string>& text) {
  auto expected = read(path);
  if (expected == text) return 0;
  if (std::getenv("BLESS") != nullptr) {
    if (text) {
      std::ofstream(path, std::ios::binary) << *text;
    } else {
      fs::remove(path);
    }
    return 0;
  }
  fmt::print("{}\n--- expected\n{}\n--- got\n{}\n", path.string(), expected.value_or("(no such file)"),
             text.value_or("(nothing)"));
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  Case test{{}, argv[1]};
  auto output = test.run();
  std::optional<std::string> failure;
  if (!output) failure = render_text(output.error(), test.sources);
  int status = check(test.folder / "error.txt", failure);
  status |= check(test.folder / "composed.wat", output ? output->composed : std::nullopt);
  status |= check(test.folder / "plan.txt", output ? std::optional(output->plan) : std::nullopt);
  return status;
}
