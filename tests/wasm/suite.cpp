// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/wasm/suite.h"

#include <fmt/format.h>

#include "tests/wasm/corpus.h"
#include "wasm/core/decode.h"
#include "wasm/core/encode.h"
#include "wasm/core/parse.h"
#include "wasm/core/print.h"
#include "wasm/core/validate.h"

namespace witc::wasm {
namespace {

namespace fs = std::filesystem;

std::string said(const Diagnostic& diagnostic) { return diagnostic->message; }

/// Parses `(module ...)` where the cursor stands, and leaves the cursor behind it in any case.
Result<Module> module_at(const SourceMap& sources, Cursor& in, const TextOptions& options) {
  Cursor inner = in;
  in.skip_form();
  inner.skip(2);
  inner.take_keyword("definition");
  std::optional<std::string> name = inner.take_id();
  return parse_module_rest(sources, inner, std::move(name), options);
}

bool is_script(const Cursor& in) {
  std::string_view word = in.text(in.peek(1));
  return word == "module" || word == "component" || word == "invoke" || word == "get" || word == "register" ||
         word == "thread" || word == "wait" || word.starts_with("assert_");
}

}  // namespace

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
  if (std::string wrong = folded(sources, *decoded, *text); !wrong.empty()) return wrong;
  return as_snapshot(*text, "print");
}

/// The folded text of a module means what the flat one does.
std::string Suite::folded(SourceMap& sources, const Module& module, const std::string& flat) {
  Result<std::string> text = print_module(module, {.fold = true});
  if (!text) return "does not print folded: " + said(text.error());
  Result<Module> parsed = parse_module(sources, sources.add("folded", *text, SourceKind::kText));
  if (!parsed) return "does not parse when printed folded: " + said(parsed.error());
  Result<std::string> again = print_module(*parsed);
  if (!again || *again != flat) return "is another module when printed folded";
  return as_snapshot(*text, "print-folded");
}

std::string Suite::as_snapshot(const std::string& text, std::string_view form) {
  if (snapshots.empty()) return {};
  const fs::path file = snapshots / fmt::format("{}.{}", number_ - 1, form);
  if (!fs::exists(file)) return {};
  ++compared;
  return read_whole_file(file) == text + "\n" ? "" : fmt::format("prints otherwise than {}", file.filename().string());
}

std::string Suite::valid_module(const SourceMap& sources, Cursor& in) {
  Result<Module> module = module_at(sources, in, options);
  if (!module) return "does not parse: " + said(module.error());
  if (Result<void> valid = validate_module(sources, *module, features); !valid) {
    return "not valid: " + said(valid.error());
  }
  return round_trip(*module);
}

/// `(module ...) "message")` that must fail with the code.
std::string Suite::rejected(const SourceMap& sources, Cursor& in, DiagCode expected) {
  Result<Module> module = module_at(sources, in, options);
  Result<void> result = module ? validate_module(sources, *module, features) : Result<void>(std::move(module).error());
  std::string message = in.at(Token::kString) ? string_value(in.text()) : "";
  if (result) return fmt::format("accepted, expected `{}`", message);
  if (by_stage && result.error()->code != expected && result.error()->code != DiagCode::kWasmLimit) {
    return fmt::format("rejected by the wrong stage: {}", said(result.error()));
  }
  if (!said(result.error()).starts_with(message)) ++other_wording;
  return {};
}

std::string Suite::directive(const SourceMap& sources, Cursor& in) {
  std::string word(in.text(in.peek(1)));
  if (word != "module" && word != "component") in.skip(2);
  const bool is_instance = in.text(in.peek(2)) == "instance";
  ++number_;
  if (!in.at_form("module") || is_instance) return {};
  ++directives;
  if (word == "assert_invalid") return rejected(sources, in, DiagCode::kWasmInvalid);
  if (word.starts_with("assert_malformed")) return rejected(sources, in, DiagCode::kWasmMalformed);
  if (word == "module" || word == "assert_unlinkable" || word == "assert_trap" || word == "assert_exception") {
    return valid_module(sources, in);
  }
  --directives;
  return {};
}

void Suite::run(const fs::path& path, const std::string& shown) {
  SourceMap sources;
  number_ = 0;
  SourceId id = sources.add(shown, read_whole_file(path), SourceKind::kText);
  Result<std::vector<Token>> tokens = lex(sources, sources.whole(id), options);
  if (!tokens) {
    failures[shown + ":0"] = said(tokens.error());
    return;
  }
  Cursor in(sources, id, *tokens);
  if (in.at(Token::kLeft) && !is_script(in)) {
    ++directives;  // the fields of one module by themselves
    ++number_;
    Result<Module> module = parse_module(sources, id, options);
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

}  // namespace witc::wasm
