// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/growth/generator.h"

#include <fmt/format.h>

#include <algorithm>

#include "linker/encode_graph.h"
#include "linker/graph.h"
#include "wasm/component/decode.h"
#include "wasm/component/encode.h"
#include "wasm/component/parse.h"

namespace witc::growth {
namespace {

constexpr std::string_view kType = R"((param "x" u32) (result u32))";

/// Functions that LLVM cannot fold: each stirs a number in a loop.
std::string work(std::size_t functions, std::size_t seed) {
  std::string text;
  for (std::size_t i = 0; i < functions; ++i) {
    text += fmt::format(R"((func $w{} (param i32) (result i32) (local i32) (local.set 1 (i32.const {}))
      (loop $again (local.set 0 (i32.rotl (i32.xor (i32.mul (local.get 0) (i32.const {})) (local.get 1)) (i32.const 7)))
        (br_if $again (i32.gt_s (local.tee 1 (i32.sub (local.get 1) (i32.const 1))) (i32.const 0))))
      (i32.add (local.get 0) (i32.const 1))))",
                        i, i + 3, 2654435761U + seed * 64 + i);
  }
  return text;
}

std::string calls(std::size_t functions) {
  std::string text;
  for (std::size_t i = 0; i < functions; ++i) text += fmt::format("(local.set 0 (call $w{} (local.get 0)))", i);
  return text;
}

struct Link {
  std::size_t functions = 4;
  std::size_t seed = 0;  // what makes its code differ from others'
  bool is_first = false;
  bool has_tag = false;
};

std::string text_of(const Link& link) {
  std::string text = "(component\n";
  if (!link.is_first) text += fmt::format("(import \"before\" (func $before {}))\n", kType);
  text += "(core module $m ";
  if (!link.is_first) text += R"((import "" "f" (func $before (param i32) (result i32))))";
  text += "(memory 1)" + work(link.functions, link.seed);
  if (link.has_tag) text += "(tag $t) (func $raise (throw $t))";
  text += R"((func $f (export "f") (param i32) (result i32) (if (local.get 0) (then )" + calls(link.functions);
  text += link.is_first ? ") (else (drop (call $w0 (local.get 0))) (unreachable)))" : "))";
  text += link.is_first ? "(i32.add (local.get 0) (i32.const 1))))\n"
                        : "(i32.add (call $before (local.get 0)) (i32.const 1))))\n";
  if (link.is_first) {
    text += "(core instance $i (instantiate $m))";
  } else {
    text += R"((core func $lowered (canon lower (func $before)))
      (core instance $i (instantiate $m (with "" (instance (export "f" (func $lowered)))))))";
  }
  return text + fmt::format("\n(func (export \"f\") {} (canon lift (core func $i \"f\"))))\n", kType);
}

Parts chain(const Composition& composition) {
  Parts parts;
  const bool is_distinct = composition.shape == Shape::kDistinct;
  for (std::size_t i = 0; i < composition.links; ++i) {
    const bool is_last = i + 1 == composition.links;
    const bool has_tag = is_last && composition.has_tag;
    if (i < 2 || has_tag || composition.shape != Shape::kChain) {
      parts.packages.push_back(text_of({composition.functions, is_distinct ? i : std::min<std::size_t>(i, 1), i == 0, has_tag}));
    }
    parts.instances.push_back({parts.packages.size() - 1, {}});
    if (i > 0) parts.instances.back().arguments.emplace_back("before", i - 1);
  }
  return parts;
}

Parts fan(const Composition& composition) {
  Parts parts;
  Parts::Instance main;
  std::string imports, lowered, given, core_imports, sum = "(i32.const 0)";
  for (std::size_t i = 0; i + 1 < composition.links; ++i) {
    if (i == 0 || composition.shape == Shape::kDistinctFan) parts.packages.push_back(text_of({composition.functions, i, true, false}));
    parts.instances.push_back({parts.packages.size() - 1, {}});
    const std::string name = fmt::format("f{}", i);
    imports += fmt::format("(import \"{}\" (func ${} {}))\n", name, name, kType);
    lowered += fmt::format("(core func $l{} (canon lower (func ${})))\n", i, name);
    given += fmt::format("(export \"{}\" (func $l{}))\n", name, i);
    core_imports += fmt::format("(import \"\" \"{}\" (func ${} (param i32) (result i32)))\n", name, name);
    sum += fmt::format("(call ${} (local.get 0)) i32.add\n", name);
    main.arguments.emplace_back(name, i);
  }
  main.package = parts.packages.size();
  parts.packages.push_back("(component " + imports + lowered + "(core module $m " + core_imports +
                           R"((func (export "f") (param i32) (result i32) )" + sum + "))\n" +
                           "(core instance $i (instantiate $m (with \"\" (instance " + given + "))))\n" +
                           fmt::format("(func (export \"f\") {} (canon lift (core func $i \"f\"))))\n", kType));
  parts.instances.push_back(std::move(main));
  return parts;
}

Result<component::ast::Component> decode(SourceMap& sources, const std::vector<std::uint8_t>& bytes) {
  const SourceId source = sources.add("package", std::string(bytes.begin(), bytes.end()), SourceKind::kBinary);
  return component::decode_component(sources, sources.whole(source));
}

Result<std::vector<std::uint8_t>> parse(SourceMap& sources, const std::string& text) {
  return component::encode(TRY(component::parse_component(sources, sources.add("package", text, SourceKind::kText))));
}

Result<std::vector<std::uint8_t>> nested(SourceMap& sources, const Composition& composition) {
  std::vector<std::uint8_t> inner = TRY(parse(sources, text_of({composition.functions, 0, true, false})));
  const std::vector<std::uint8_t> outer = TRY(parse(sources, text_of({composition.functions, 1, false, false})));
  Parts parts{{"", ""}, {{0, {}}, {1, {{"before", 0}}}}};
  for (std::size_t i = 1; i < composition.links; ++i) {
    std::deque<component::ast::Component> packages;
    packages.push_back(TRY(decode(sources, inner)));
    packages.push_back(TRY(decode(sources, outer)));
    inner = TRY(compose(sources, parts, std::move(packages)));
  }
  return inner;
}

}  // namespace

Parts parts_of(const Composition& composition) {
  const bool is_fan = composition.shape == Shape::kFan || composition.shape == Shape::kDistinctFan;
  return is_fan ? fan(composition) : chain(composition);
}

Result<std::deque<component::ast::Component>> load_packages(SourceMap& sources, const Parts& parts) {
  std::deque<component::ast::Component> out;
  for (const std::string& text : parts.packages) out.push_back(TRY(decode(sources, TRY(parse(sources, text)))));
  return out;
}

Result<std::vector<std::uint8_t>> compose(SourceMap& sources, const Parts& parts,
                                          std::deque<component::ast::Component> packages) {
  linker::CompositionGraph graph;
  std::vector<linker::PackageId> ids;
  for (std::size_t i = 0; i < packages.size(); ++i) {
    ids.push_back(TRY(graph.add_package(sources, fmt::format("growth:p{}", i), std::move(packages[i]))));
  }
  std::vector<linker::NodeId> functions;
  for (const Parts::Instance& instance : parts.instances) {
    const linker::NodeId node = graph.instantiate(ids[instance.package]);
    for (const auto& [import, other] : instance.arguments) TRY(graph.set_argument(node, import, functions[other]));
    functions.push_back(TRY(graph.alias(node, "f")));
  }
  TRY(graph.add_export(functions.back(), "f"));
  return linker::compose(sources, std::move(graph), "composed");
}

Result<std::vector<std::uint8_t>> compose(SourceMap& sources, const Composition& composition) {
  if (composition.shape == Shape::kNested) return nested(sources, composition);
  const Parts parts = parts_of(composition);
  return compose(sources, parts, TRY(load_packages(sources, parts)));
}

}  // namespace witc::growth
