// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/parse.h"

#include "wasm/core/decode.h"
#include "wasm/core/parse_module.h"

namespace witc::wasm {
namespace {

Result<std::string> all_strings(Cursor& in) {
  std::string bytes;
  while (in.at(Token::kString)) bytes += TRY(in.string());
  return bytes;
}

/// `(module binary "...")`: decoded from bytes that the module then owns.
Result<Module> parse_binary(Cursor& in) {
  std::uint32_t at = in.offset();
  std::string text = TRY(all_strings(in));
  std::vector<std::uint8_t> bytes(text.begin(), text.end());
  Result<Module> module = decode_module(in.source(), bytes, 0);
  if (!module) {
    // Offsets into the bytes mean nothing in the text: the diagnostic points to the strings.
    return error(module.error()->code, {in.source(), at, at + 1}, module.error()->message);
  }
  // A vector that moves keeps its elements where they are, so the module's views stay good.
  module->owned.push_back(std::move(bytes));
  module->text_places = {{0, at}};
  TRY(in.close());
  return module;
}

/// `(module quote "...")`: the text of the strings, as a source of its own.
Result<Module> parse_quote(Cursor& in, const TextOptions& options) {
  std::uint32_t at = in.offset();
  std::string text = TRY(all_strings(in));
  SourceMap sources;
  SourceId id = sources.add("quote", std::move(text), SourceKind::kText);
  Result<Module> module = parse_module(sources, id, options);
  if (!module) return error(module.error()->code, {in.source(), at, at + 1}, module.error()->message);
  module->source = in.source();
  module->text_places = {{0, at}};
  TRY(in.close());
  return module;
}

}  // namespace

Result<Module> parse_module_rest(const SourceMap& /*sources*/, Cursor& in, std::optional<std::string> name,
                                 const TextOptions& options) {
  if (in.take_keyword("binary")) return parse_binary(in);
  if (in.take_keyword("quote")) return parse_quote(in, options);
  Module module = TRY(ModuleParser(in, options).parse(std::move(name)));
  TRY(in.close());
  return module;
}

Result<Module> parse_module(const SourceMap& sources, SourceId source, const TextOptions& options) {
  std::vector<Token> tokens = TRY(lex(sources, sources.whole(source), options));
  Cursor in(sources, source, tokens);
  Result<Module> module = [&]() -> Result<Module> {
    if (!in.take_form("module")) return ModuleParser(in, options).parse(std::nullopt);
    std::optional<std::string> name = in.take_id();
    return parse_module_rest(sources, in, std::move(name), options);
  }();
  if (module && !in.at_end()) return in.unexpected("the end of the module");
  return module;
}

}  // namespace witc::wasm
