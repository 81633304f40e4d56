// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The specification's test suite, as far as it is about the form of modules: every module in a .wast script must
// parse, validate, survive a round trip through binary and through text; those said to be invalid or malformed
// must be rejected, and by the right stage. What the scripts call and compute is for the engine's tests.
//
//     core_spec_test ROOT EXPECTED_FAILURES [FILE...]
//
// EXPECTED_FAILURES names directives, `core/x.wast:12 reason`; one that passes is a failure of the list.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "wasm/core/decode.h"
#include "wasm/core/encode.h"
#include "wasm/core/parse.h"
#include "wasm/core/print.h"
#include "wasm/core/validate.h"

namespace witc::wasm {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string said(const Diagnostic& diagnostic) { return diagnostic->message; }

class Suite {
 public:
  void run(const fs::path& path, const std::string& shown);

  std::map<std::string, std::string> failures;  // by directive
  std::size_t directives = 0;
  std::size_t other_wording = 0;  // rejected, but not in the words of the suite
  Features features;

 private:
  std::string directive(const SourceMap& sources, Cursor& in);
  std::string valid_module(const SourceMap& sources, Cursor& in);
  std::string round_trip(const Module& module);
  std::string rejected(const SourceMap& sources, Cursor& in, DiagCode expected);
};

/// Parses `(module ...)` where the cursor stands, and leaves the cursor behind it in any case.
Result<Module> module_at(const SourceMap& sources, Cursor& in) {
  Cursor inner = in;
  in.skip_form();
  inner.skip(2);
  inner.take_keyword("definition");
  std::optional<std::string> name = inner.take_id();
  return parse_module_rest(sources, inner, std::move(name));
}

/// Empty, or what went wrong.
std::string Suite::round_trip(const Module& module) {
  std::vector<std::uint8_t> first = encode_module(module);
  SourceMap sources;
  SourceId id = sources.add("module", std::string(first.begin(), first.end()), SourceKind::kBinary);
  Result<Module> decoded = decode_module(sources, sources.whole(id));
  if (!decoded) return "does not decode again: " + said(decoded.error());
  if (Result<void> valid = validate_module(sources, *decoded, features); !valid) {
    return "not valid when decoded again: " + said(valid.error());
  }
  if (encode_module(*decoded) != first) return "encodes differently when decoded again";
  Result<std::string> text = print_module(*decoded);
  if (!text) return "does not print: " + said(text.error());
  SourceId printed = sources.add("printed", *text, SourceKind::kText);
  Result<Module> parsed = parse_module(sources, printed);
  if (!parsed) return "does not parse when printed: " + said(parsed.error());
  // Binary may say one thing in several ways, so texts are compared.
  Result<std::string> again = print_module(*parsed);
  if (!again) return "does not print a second time: " + said(again.error());
  if (*again != *text) return "prints differently when printed and parsed";
  return {};
}

std::string Suite::valid_module(const SourceMap& sources, Cursor& in) {
  Result<Module> module = module_at(sources, in);
  if (!module) return "does not parse: " + said(module.error());
  if (Result<void> valid = validate_module(sources, *module, features); !valid) {
    return "not valid: " + said(valid.error());
  }
  return round_trip(*module);
}

/// `(module ...) "message")` that must fail with the code.
std::string Suite::rejected(const SourceMap& sources, Cursor& in, DiagCode expected) {
  Result<Module> module = module_at(sources, in);
  Result<void> result = module ? validate_module(sources, *module, features) : Result<void>(std::move(module).error());
  std::string message = in.at(Token::kString) ? string_value(in.text()) : "";
  if (result) return fmt::format("accepted, expected `{}`", message);
  if (result.error()->code != expected && result.error()->code != DiagCode::kWasmLimit) {
    return fmt::format("rejected by the wrong stage: {}", said(result.error()));
  }
  if (!said(result.error()).starts_with(message)) ++other_wording;
  return {};
}

std::string Suite::directive(const SourceMap& sources, Cursor& in) {
  if (in.at_form("module")) {
    ++directives;
    if (in.text(in.peek(2)) == "instance") return {};
    return valid_module(sources, in);
  }
  std::string word(in.text(in.peek(1)));
  in.skip(2);
  if (!in.at_form("module") || (in.peek(2).kind == Token::kKeyword && in.text(in.peek(2)) == "instance")) return {};
  ++directives;
  if (word == "assert_invalid") return rejected(sources, in, DiagCode::kWasmInvalid);
  if (word == "assert_malformed") return rejected(sources, in, DiagCode::kWasmMalformed);
  if (word == "assert_unlinkable" || word == "assert_trap" || word == "assert_exception")
    return valid_module(sources, in);
  --directives;
  return {};
}

void Suite::run(const fs::path& path, const std::string& shown) {
  SourceMap sources;
  SourceId id = sources.add(shown, read_file(path), SourceKind::kText);
  Result<std::vector<Token>> tokens = lex(sources, sources.whole(id));
  if (!tokens) {
    failures[shown + ":0"] = said(tokens.error());
    return;
  }
  Cursor in(sources, id, *tokens);
  if (in.at(Token::kLeft) && !in.at_form("module") && in.text(in.peek(1)).find("assert") == std::string_view::npos &&
      (in.at_form("func") || in.at_form("memory") || in.at_form("type") || in.at_form("global"))) {
    ++directives;  // the fields of one module by themselves
    Result<Module> module = parse_module(sources, id);
    std::string wrong = module ? round_trip(*module) : said(module.error());
    if (!wrong.empty()) failures[shown + ":1"] = wrong;
    return;
  }
  while (!in.at_end()) {
    std::string where = fmt::format("{}:{}", shown, sources.line_column(id, in.offset()).line);
    std::size_t start = in.position();
    std::string wrong = directive(sources, in);
    if (!wrong.empty()) failures[where] = wrong;
    in.seek(start);
    in.skip_form();
  }
}

std::map<std::string, std::string> read_list(const fs::path& path) {
  std::map<std::string, std::string> list;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::size_t space = line.find(' ');
    list[line.substr(0, space)] = space == std::string::npos ? "" : line.substr(space + 1);
  }
  return list;
}

int run(int count, char** arguments) {
  if (count < 3) return 2;
  fs::path root = arguments[1];
  if (!fs::exists(root / "core")) {
    std::printf("skipped: no conformance corpus\n");
    return 77;
  }
  std::vector<std::string> files;
  for (int i = 3; i < count; ++i) files.emplace_back(arguments[i]);
  if (files.empty()) {
    for (const char* folder : {"core", "proposals/threads", "proposals/custom-page-sizes", "proposals/wide-arithmetic"}) {
      for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
        if (entry.path().extension() == ".wast") files.push_back(fs::relative(entry.path(), root).string());
      }
    }
  }
  std::ranges::sort(files);
  std::map<std::string, std::string> expected = read_list(arguments[2]);
  Suite suite;
  for (const std::string& file : files) {
    // That proposal's tests are written against WebAssembly 1.0.
    bool old = file.starts_with("proposals/threads");
    suite.features = old ? Features({Feature::kThreads, Feature::kMutableGlobal}) : Features::all();
    suite.run(root / file, file);
  }
  int wrong = 0;
  for (const auto& [where, what] : suite.failures) {
    if (expected.erase(where) > 0) continue;
    std::printf("FAIL %s: %s\n", where.c_str(), what.c_str());
    ++wrong;
  }
  if (count == 3) {
    for (const auto& [where, reason] : expected) {
      std::printf("PASSES NOW, take it off the list: %s\n", where.c_str());
      ++wrong;
    }
  }
  std::printf("%zu files, %zu directives, %zu failures (%d not expected), %zu messages in other words\n", files.size(),
              suite.directives, suite.failures.size(), wrong, suite.other_wording);
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace witc::wasm

int main(int count, char** arguments) { return witc::wasm::run(count, arguments); }
