// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every core module of the corpora, from text to binary to text to binary: the two binaries are equal byte for byte,
// names, branch hints and other custom sections included. A module that is a binary to begin with is first written
// anew, since a binary may say one thing in several ways.
//
//     roundtrip_test ROOT EXPECTED_FAILURES [FILE...]
//
// EXPECTED_FAILURES names modules by the line they begin on; one that passes is a failure of the list.
#include <fmt/format.h>

#include <cstdio>
#include <set>

#include "tests/wasm/corpus.h"
#include "wasm/core/encode.h"
#include "wasm/core/load.h"
#include "wasm/core/print.h"

namespace witc::wasm {
namespace {

std::string as_string(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

std::string first_difference(const std::string& first, const std::string& second) {
  std::size_t at = 0;
  while (at < std::min(first.size(), second.size()) && first[at] == second[at]) ++at;
  return fmt::format("bytes differ from {:#x} on ({} and {} in all)", at, first.size(), second.size());
}

/// Empty, or what went wrong.
std::string round_trip(const CorpusModule& module) {
  SourceMap sources;
  std::string bytes;
  std::string printed[2];
  SourceId source = sources.add(module.where, module.contents, module.kind);
  Result<Module> loaded = load_module(sources, source, {.allow_confusing_unicode = true});
  if (!loaded) return "does not parse: " + loaded.error()->message;
  if (module.kind == SourceKind::kBinary) {
    Result<std::string> text = print_module(*loaded);
    if (!text) return "does not print: " + text.error()->message;
    loaded = load_module(sources, sources.add("text", *text, SourceKind::kText));
    if (!loaded) return "does not parse when printed: " + loaded.error()->message;
  }
  bytes = as_string(encode_module(*loaded));
  for (std::string& text : printed) {
    SourceId binary = sources.add("binary", bytes, SourceKind::kBinary);
    Result<Module> decoded = load_module(sources, binary);
    if (!decoded) return "does not decode: " + decoded.error()->message;
    if (as_string(encode_module(*decoded)) != bytes) return "encodes differently when decoded";
    Result<std::string> print = print_module(*decoded);
    if (!print) return "does not print: " + print.error()->message;
    text = *print;
    SourceId again = sources.add("printed", text, SourceKind::kText);
    Result<Module> parsed = load_module(sources, again);
    if (!parsed) return "does not parse when printed: " + parsed.error()->message;
    std::string second = as_string(encode_module(*parsed));
    if (second != bytes) return first_difference(bytes, second);
  }
  return printed[0] == printed[1] ? "" : "prints differently the second time";
}

int run(int count, char** arguments) {
  if (count < 3) return 2;
  std::filesystem::path root = arguments[1];
  if (!std::filesystem::exists(root / "core-spec")) {
    std::printf("skipped: no conformance corpus\n");
    return 77;
  }
  std::vector<CorpusModule> modules;
  auto add = [&](std::vector<CorpusModule> more) {
    for (CorpusModule& module : more) modules.push_back(std::move(module));
  };
  for (int i = 3; i < count; ++i) add(modules_of(root / arguments[i], arguments[i]));
  if (count == 3) {
    for (const char* folder : {"core-spec", "wasmtime-core", "wasm-tools-cli"}) add(modules_below(root, folder));
  }
  FailureList expected(arguments[2]);
  std::map<std::string, std::string> failures;
  for (const CorpusModule& module : modules) {
    std::string what = round_trip(module);
    if (!what.empty()) failures[module.where] = std::move(what);
  }
  const int wrong = expected.report(failures, count == 3);
  std::printf("%zu modules, %zu failures (%d not expected)\n", modules.size(), failures.size(), wrong);
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace witc::wasm

int main(int count, char** arguments) { return witc::wasm::run(count, arguments); }
