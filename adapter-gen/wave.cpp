// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reading WAVE (adapter-gen/wave.h): the type says what must come, so values are read in one pass with no syntax tree.
#include "adapter-gen/wave.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <limits>

#include "adapter-gen/layout.h"
#include "adapter-gen/wave_lexer.h"
#include "base/overloaded.h"

namespace witc::abi {
namespace {

constexpr int kMaxNesting = 200;

bool is_keyword(std::string_view text) {
  for (std::string_view keyword : {"true", "false", "inf", "nan", "some", "none", "ok", "err"}) {
    if (text == keyword) return true;
  }
  return false;
}
std::string_view label_of(const WaveToken& token) {
  return token.text.starts_with('%') ? token.text.substr(1) : token.text;
}
std::string describe(const WaveToken& token) {
  return token.kind == WaveToken::kEnd ? "the end" : fmt::format("`{}`", token.text);
}

class Parser {
 public:
  Parser(const SourceMap& sources, Span text, const Types& types) : lexer_(sources, text), types_(types) {}

  Result<Val> whole(const ValType& type) {
    TRY(lexer_.start());
    Val out = TRY(value(type));
    TRY(end());
    return out;
  }

  Result<std::vector<Val>> whole_arguments(const component::FuncType& type) {
    TRY(lexer_.start());
    std::vector<Val> out;
    Span open = lexer_.peek().span;
    TRY(expect('('));
    while (!lexer_.peek().is(')') && lexer_.peek().kind != WaveToken::kEnd) {
      if (out.size() == type.params.size()) {
        return error(DiagCode::kWaveType, lexer_.peek().span,
                     fmt::format("too many arguments: the function takes {}", type.params.size()));
      }
      out.push_back(TRY(value(type.params[out.size()].type)));
      if (!lexer_.peek().is(',')) break;
      TRY(lexer_.take());
    }
    TRY(expect(')'));
    TRY(end());
    for (std::size_t i = out.size(); i < type.params.size(); ++i) {
      if (is_option(type.params[i].type)) {
        out.push_back(Val::none());
        continue;
      }
      return error(DiagCode::kWaveType, open,
                   fmt::format("missing argument `{}: {}`", type.params[i].name, types_.to_string(type.params[i].type)));
    }
    return out;
  }

 private:
  Result<Val> value(const ValType& type) {
    if (++nesting_ > kMaxNesting) return error(DiagCode::kWaveSyntax, lexer_.peek().span, "value is nested too deeply");
    ValueType seen = types_.get(type);
    Result<Val> out = match(
        seen, [&](PrimValType prim) { return primitive(prim, type); },
        [&](const component::RecordType& record) { return record_value(record); },
        [&](const component::VariantType& variant) { return variant_value(variant, type); },
        [&](const component::ListType& list) { return list_value(list, type); },
        [&](const component::TupleType& tuple) { return tuple_value(tuple.types, type); },
        [&](const component::FlagsType& flags) { return flags_value(flags, type); },
        [&](const component::EnumType& cases) { return enum_value(cases, type); },
        [&](const component::OptionType& option) { return option_value(option, type); },
        [&](const component::ResultValType& result) { return result_value(result, type); },
        [&](const component::MapType& map) { return map_value(map, type); },
        [&](const auto&) -> Result<Val> {
          return error(DiagCode::kWaveType, lexer_.peek().span,
                       fmt::format("a value of type `{}` cannot be written", types_.to_string(type)));
        });
    --nesting_;
    return out;
  }

  Diagnostic mismatch(const ValType& type) const {
    return error(DiagCode::kWaveType, lexer_.peek().span,
                 fmt::format("{} is not a value of type `{}`", describe(lexer_.peek()), types_.to_string(type)));
  }
  Result<void> expect(char punctuation) {
    if (!lexer_.peek().is(punctuation)) {
      return error(DiagCode::kWaveSyntax, lexer_.peek().span,
                   fmt::format("unexpected {}, expected `{}`", describe(lexer_.peek()), punctuation));
    }
    TRY(lexer_.take());
    return {};
  }
  Result<void> end() {
    if (lexer_.peek().kind == WaveToken::kEnd) return {};
    return error(DiagCode::kWaveSyntax, lexer_.peek().span,
                 fmt::format("unexpected {} after the value", describe(lexer_.peek())));
  }
  /// After an item: a comma, or the closing bracket is next.
  Result<void> separator(char close) {
    if (lexer_.peek().is(close)) return {};
    return expect(',');
  }
  [[nodiscard]] bool is_option(const ValType& type) const {
    return std::holds_alternative<component::OptionType>(types_.get(type));
  }
  [[nodiscard]] bool is_option_or_result(const ValType& type) const {
    return is_option(type) || std::holds_alternative<component::ResultValType>(types_.get(type));
  }

  Result<Val> primitive(PrimValType prim, const ValType& type) {
    switch (prim) {
      case PrimValType::kBool: {
        std::string_view text = lexer_.peek().text;
        if (text != "true" && text != "false") return mismatch(type);
        return Val::boolean(TRY(lexer_.take()).text == "true");
      }
      case PrimValType::kU8: return unsigned_value(0xff, type);
      case PrimValType::kU16: return unsigned_value(0xffff, type);
      case PrimValType::kU32: return unsigned_value(0xffff'ffff, type);
      case PrimValType::kU64: return unsigned_value(std::numeric_limits<std::uint64_t>::max(), type);
      case PrimValType::kS8: return signed_value(7, type);
      case PrimValType::kS16: return signed_value(15, type);
      case PrimValType::kS32: return signed_value(31, type);
      case PrimValType::kS64: return signed_value(63, type);
      case PrimValType::kF32:
      case PrimValType::kF64: return float_value(prim == PrimValType::kF32, type);
      case PrimValType::kChar: return char_value(type);
      case PrimValType::kString: return string_value(type);
      case PrimValType::kErrorContext: break;
    }
    return mismatch(type);
  }

  template <class Int>
  Result<Int> integer(const ValType& type) {
    if (lexer_.peek().kind != WaveToken::kNumber) return mismatch(type);
    std::string_view text = lexer_.peek().text;
    Int out = 0;
    auto [rest, status] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (status != std::errc() || rest != text.data() + text.size()) return mismatch(type);
    return out;
  }
  Result<Val> unsigned_value(std::uint64_t max, const ValType& type) {
    auto out = TRY(integer<std::uint64_t>(type));
    if (out > max) return mismatch(type);
    TRY(lexer_.take());
    return Val::unsigned_(out);
  }
  Result<Val> signed_value(int bits, const ValType& type) {
    auto out = TRY(integer<std::int64_t>(type));
    if (bits < 63 && (out >= std::int64_t{1} << bits || out < -(std::int64_t{1} << bits))) return mismatch(type);
    TRY(lexer_.take());
    return Val::signed_(out);
  }
  Result<Val> float_value(bool is_32, const ValType& type) {
    const WaveToken& token = lexer_.peek();
    bool is_name = token.kind == WaveToken::kLabel && (token.text == "nan" || token.text == "inf");
    if (!is_name && token.kind != WaveToken::kNumber) return mismatch(type);
    std::string text(TRY(lexer_.take()).text);
    // Not by way of double: that would round twice.
    return is_32 ? Val::f32(std::strtof(text.c_str(), nullptr)) : Val::f64(std::strtod(text.c_str(), nullptr));
  }
  Result<Val> char_value(const ValType& type) {
    if (lexer_.peek().kind != WaveToken::kChar) return mismatch(type);
    WaveToken token = TRY(lexer_.take());
    std::string text = TRY(unescape(token));
    std::optional<char32_t> code = single_char(text);
    if (!code) return error(DiagCode::kWaveSyntax, token.span, "a char literal holds exactly one character");
    return Val::character(*code);
  }
  static std::optional<char32_t> single_char(std::string_view text) {
    if (text.empty()) return std::nullopt;
    auto lead = static_cast<unsigned char>(text[0]);
    std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (text.size() != length) return std::nullopt;
    char32_t code = length == 1 ? lead : lead & (0xffu >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3f);
    return code;
  }
  Result<Val> string_value(const ValType& type) {
    WaveToken::Kind kind = lexer_.peek().kind;
    if (kind != WaveToken::kString && kind != WaveToken::kMultilineString) return mismatch(type);
    WaveToken token = TRY(lexer_.take());
    return Val::string(TRY(kind == WaveToken::kString ? unescape(token) : unescape_multiline(token)));
  }

  Result<Val> list_value(const component::ListType& list, const ValType& type) {
    if (!lexer_.peek().is('[')) return mismatch(type);
    Span open = TRY(lexer_.take()).span;
    std::vector<Val> items;
    while (!lexer_.peek().is(']')) {
      items.push_back(TRY(value(list.element)));
      TRY(separator(']'));
    }
    TRY(lexer_.take());
    if (list.length && items.size() != *list.length) {
      return error(DiagCode::kWaveType, open, fmt::format("{} elements, expected {}", items.size(), *list.length));
    }
    return Val::list(std::move(items));
  }
  Result<Val> map_value(const component::MapType& map, const ValType& type) {
    if (!lexer_.peek().is('[')) return mismatch(type);
    TRY(lexer_.take());
    std::vector<Val> items;
    while (!lexer_.peek().is(']')) {
      items.push_back(TRY(tuple_value({map.key, map.value}, type)));
      TRY(separator(']'));
    }
    TRY(lexer_.take());
    return Val::list(std::move(items));
  }
  Result<Val> tuple_value(const std::vector<ValType>& fields, const ValType& type) {
    if (!lexer_.peek().is('(')) return mismatch(type);
    TRY(lexer_.take());
    std::vector<Val> out;
    for (const ValType& field : fields) {
      out.push_back(TRY(value(field)));
      if (out.size() < fields.size() || lexer_.peek().is(',')) TRY(expect(','));
    }
    TRY(expect(')'));
    return Val::tuple(std::move(out));
  }

  Result<Val> record_value(const component::RecordType& record) {
    TRY(expect('{'));
    std::vector<std::optional<Val>> fields(record.fields.size());
    bool is_empty = lexer_.peek().is(':');
    if (is_empty) TRY(lexer_.take());
    Span close = lexer_.peek().span;
    while (!is_empty && !lexer_.peek().is('}')) {
      WaveToken name = lexer_.peek();
      std::size_t at = 0;
      while (at < fields.size() && (name.kind != WaveToken::kLabel || record.fields[at].name != label_of(name))) ++at;
      if (at == fields.size()) {
        return error(DiagCode::kWaveType, name.span, fmt::format("the record has no field {}", describe(name)));
      }
      if (fields[at]) return error(DiagCode::kWaveType, name.span, fmt::format("field `{}` is given twice", name.text));
      TRY(lexer_.take());
      TRY(expect(':'));
      fields[at] = TRY(value(record.fields[at].type));
      TRY(separator('}'));
      close = lexer_.peek().span;
    }
    TRY(expect('}'));
    std::vector<Val> out;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (!fields[i] && !is_option(record.fields[i].type)) {
        return error(DiagCode::kWaveType, close, fmt::format("missing field `{}`", record.fields[i].name));
      }
      out.push_back(fields[i] ? *std::move(fields[i]) : Val::none());
    }
    return Val::record(std::move(out));
  }

  Result<Val> flags_value(const component::FlagsType& flags, const ValType& type) {
    if (!lexer_.peek().is('{')) return mismatch(type);
    TRY(lexer_.take());
    std::uint32_t bits = 0;
    while (!lexer_.peek().is('}')) {
      std::uint32_t at = TRY(find_label(flags.labels, type));
      if ((bits >> at & 1) != 0) {
        return error(DiagCode::kWaveType, lexer_.peek().span, fmt::format("flag {} is given twice", describe(lexer_.peek())));
      }
      bits |= 1u << at;
      TRY(lexer_.take());
      TRY(separator('}'));
    }
    TRY(lexer_.take());
    return Val::flags(bits);
  }
  /// The position of the label that is next, which must be one of `labels`.
  Result<std::uint32_t> find_label(const std::vector<std::string>& labels, const ValType& type) const {
    const WaveToken& token = lexer_.peek();
    for (std::uint32_t i = 0; token.kind == WaveToken::kLabel && i < labels.size(); ++i) {
      if (labels[i] == label_of(token)) return i;
    }
    return mismatch(type);
  }
  /// Cases named as a keyword must be written with `%`.
  Result<std::uint32_t> find_case(const std::vector<std::string>& labels, const ValType& type) const {
    if (is_keyword(lexer_.peek().text)) return mismatch(type).hint("a case named as a keyword is written with `%`");
    return find_label(labels, type);
  }
  Result<Val> enum_value(const component::EnumType& cases, const ValType& type) {
    std::uint32_t at = TRY(find_case(cases.labels, type));
    TRY(lexer_.take());
    return Val::enumeration(at);
  }
  Result<Val> variant_value(const component::VariantType& variant, const ValType& type) {
    std::vector<std::string> labels;
    for (const component::CaseType& item : variant.cases) labels.push_back(item.name);
    std::uint32_t at = TRY(find_case(labels, type));
    TRY(lexer_.take());
    return Val::variant(at, TRY(payload(variant.cases[at].type)));
  }
  /// `(value)` if the case has a payload, else nothing.
  Result<std::optional<Val>> payload(const std::optional<ValType>& type) {
    if (!type) return std::optional<Val>();
    TRY(expect('('));
    std::optional<Val> out = TRY(value(*type));
    TRY(expect(')'));
    return out;
  }
  Result<Val> option_value(const component::OptionType& option, const ValType& type) {
    std::string_view text = lexer_.peek().text;
    if (text == "none") {
      TRY(lexer_.take());
      return Val::none();
    }
    if (text == "some") {
      TRY(lexer_.take());
      return Val::variant(1, TRY(payload(option.type)));
    }
    if (is_option_or_result(option.type)) return mismatch(type);
    return Val::some(TRY(value(option.type)));
  }
  Result<Val> result_value(const component::ResultValType& result, const ValType& type) {
    std::string_view text = lexer_.peek().text;
    if (text == "ok" || text == "err") {
      bool is_ok = text == "ok";
      TRY(lexer_.take());
      return Val::variant(is_ok ? 0 : 1, TRY(payload(is_ok ? result.ok : result.error)));
    }
    if (!result.ok || is_option_or_result(*result.ok)) return mismatch(type);
    return Val::ok(TRY(value(*result.ok)));
  }

  WaveLexer lexer_;
  const Types& types_;
  int nesting_ = 0;
};

}  // namespace

Result<Val> parse_wave(const SourceMap& sources, Span text, const Types& types, const ValType& type) {
  return Parser(sources, text, types).whole(type);
}

Result<std::vector<Val>> parse_wave_arguments(const SourceMap& sources, Span text, const Types& types,
                                              const component::FuncType& type) {
  return Parser(sources, text, types).whole_arguments(type);
}

Result<WaveCall> parse_wave_call(const SourceMap& sources, Span span) {
  std::string_view text = sources.text(span);
  auto at = [&](std::size_t offset) { return static_cast<std::uint32_t>(span.begin + offset); };
  std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  std::size_t open = text.find('(', begin);
  if (open == std::string_view::npos) {
    return error(DiagCode::kWaveSyntax, span, "a call has its arguments in parentheses")
        .hint("for a function without parameters write `name()`");
  }
  WaveCall out;
  out.name = {span.source, at(begin), at(open)};
  out.arguments = {span.source, at(open), span.end};
  std::string_view name = text.substr(begin, open - begin);
  while (!name.empty() && std::string_view(" \t\r\n").find(name.back()) != std::string_view::npos) name.remove_suffix(1);
  if (name.empty()) return error(DiagCode::kWaveSyntax, out.name, "the call names no function");
  // `ns:pkg/iface.f@1.0.0`: the version belongs to the interface. In `ns:pkg/iface@1.0.0.f` it stands there already.
  std::size_t version = name.find('@');
  std::size_t dot = name.find('.');
  if (version != std::string_view::npos && dot < version) {
    out.interface = std::string(name.substr(0, dot)) + std::string(name.substr(version));
    out.function = name.substr(dot + 1, version - dot - 1);
    return out;
  }
  dot = name.rfind('.');
  // A method's name has a dot of its own: `iface.[method]thing.f`.
  std::size_t bracket = name.find('[');
  if (bracket != std::string_view::npos) {
    dot = bracket > 0 && name[bracket - 1] == '.' ? bracket - 1 : std::string_view::npos;
  }
  if (dot != std::string_view::npos) out.interface = name.substr(0, dot);
  out.function = dot == std::string_view::npos ? name : name.substr(dot + 1);
  if (out.function.empty()) return error(DiagCode::kWaveSyntax, out.name, "the call names no function");
  return out;
}

}  // namespace witc::abi
