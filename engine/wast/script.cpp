// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The script parser: one function per form.
#include "engine/wast/script.h"

#include <fmt/format.h>

#include "wasm/text/cursor.h"
#include "wasm/text/numbers.h"

namespace witc::engine::wast {
namespace {

using wasm::Cursor;
using wasm::Token;

class Parser {
 public:
  Parser(const SourceMap& sources, SourceId source, std::span<const Token> tokens)
      : in_(sources, source, tokens), tokens_(tokens), text_(sources.text(source)) {}

  Result<std::vector<Directive>> script() {
    std::vector<Directive> out;
    if (is_bare_module()) {
      Directive directive;
      directive.kind = Directive::kModule;
      directive.span = in_.span();
      directive.module.contents = fmt::format("(module {}\n)", text_);
      out.push_back(std::move(directive));
      return out;
    }
    while (!in_.at_end()) out.push_back(TRY(directive()));
    return out;
  }

 private:
  bool is_bare_module() {
    for (std::string_view field : {"func", "memory", "table", "global", "import", "export", "type", "start", "elem",
                                   "data", "rec", "tag"}) {
      if (in_.at_form(field)) return true;
    }
    return false;
  }

  Result<Directive> directive() {
    Directive out;
    out.span = in_.span();
    if (!in_.at(Token::kLeft) || in_.peek(1).kind != Token::kKeyword) return in_.unexpected("a directive");
    const std::string keyword(in_.text(in_.peek(1)));
    const std::size_t start = in_.position();
    if (keyword == "module" || keyword == "component") {
      out.kind = Directive::kModule;
      out.module = TRY(module());
      return out;
    }
    if (keyword == "invoke" || keyword == "get") {
      out.kind = Directive::kAction;
      out.action = TRY(action());
      return out;
    }
    in_.skip(2);
    if (keyword == "register") {
      out.kind = Directive::kRegister;
      out.name = TRY(in_.string());
      out.instance = in_.take_id().value_or("");
    } else if (keyword == "assert_return") {
      out.kind = Directive::kAssertReturn;
      out.action = TRY(action());
      while (in_.at(Token::kLeft)) out.results.push_back(TRY(value()));
    } else if (keyword == "thread") {
      TRY(thread(out));
    } else if (keyword == "wait") {
      out.kind = Directive::kWait;
      out.thread = in_.take_id().value_or("");
    } else if (keyword.starts_with("assert_")) {
      TRY(assertion(keyword, out));
    }
    if (out.kind == Directive::kUnknown) {
      in_.seek(start);
      in_.skip_form();
      out.name = keyword;
      return out;
    }
    TRY(in_.close());
    return out;
  }

  /// `(thread $t (shared (module $m))* directive*)`
  Result<void> thread(Directive& out) {
    if (is_in_thread_) return in_.unexpected("a directive that may stand in a thread");
    is_in_thread_ = true;
    out.kind = Directive::kThread;
    out.thread = in_.take_id().value_or("");
    while (in_.take_form("shared")) {
      TRY(in_.open());
      if (!in_.take_keyword("module")) return in_.unexpected("`module`");
      out.shared.push_back(in_.take_id().value_or(""));
      TRY(in_.close());
      TRY(in_.close());
    }
    while (!in_.at(Token::kRight) && !in_.at_end()) out.body.push_back(TRY(directive()));
    is_in_thread_ = false;
    return {};
  }

  /// An assertion with a module or an action, and mostly a message.
  Result<void> assertion(const std::string& keyword, Directive& out) {
    const bool on_module = in_.at_form("module") || in_.at_form("component");
    out.is_custom = keyword == "assert_invalid_custom";
    if (keyword == "assert_trap") out.kind = on_module ? Directive::kAssertTrapModule : Directive::kAssertTrap;
    else if (keyword == "assert_exhaustion") out.kind = Directive::kAssertExhaustion;
    else if (keyword == "assert_exception") out.kind = Directive::kAssertException;
    else if (keyword == "assert_unlinkable") out.kind = Directive::kAssertUnlinkable;
    else if (keyword == "assert_invalid" || out.is_custom) out.kind = Directive::kAssertInvalid;
    else if (keyword == "assert_malformed" || keyword == "assert_malformed_custom") out.kind = Directive::kAssertMalformed;
    else return {};
    if (on_module) out.module = TRY(module());
    else out.action = TRY(action());
    if (in_.at(Token::kString)) out.message = TRY(in_.string());
    return {};
  }

  Result<ModuleForm> module() {
    ModuleForm out;
    const std::size_t start = in_.position();
    const std::string keyword(in_.text(in_.peek(1)));
    out.is_component = keyword == "component";
    in_.skip(2);
    if (in_.take_keyword("instance")) {
      out.is_instance = true;
      out.id = in_.take_id().value_or("");
      out.instance_of = in_.take_id().value_or("");
      TRY(in_.close());
      return out;
    }
    out.is_definition = in_.take_keyword("definition");
    const std::uint32_t named = in_.offset();  // a component may refer to itself by its identifier
    if (auto id = in_.take_id()) out.id = *id;
    if (in_.at_keyword("binary") || in_.at_keyword("quote")) {
      out.kind = in_.at_keyword("binary") ? ModuleForm::kBinary : ModuleForm::kQuote;
      in_.skip();
      while (in_.at(Token::kString)) {
        out.contents += TRY(in_.string());
        if (out.kind == ModuleForm::kQuote) out.contents += ' ';
      }
      TRY(in_.close());
      return out;
    }
    const std::uint32_t fields = out.is_component ? named : in_.offset();
    in_.seek(start);
    in_.skip_form();
    const std::uint32_t end = tokens_[in_.position() - 1].end;
    out.contents = fmt::format("({} {}", keyword, text_.substr(fields, end - fields));
    return out;
  }

  Result<Action> action() {
    Action out;
    TRY(in_.open());
    out.is_get = in_.at_keyword("get");
    if (!out.is_get && !in_.at_keyword("invoke")) return in_.unexpected("`invoke` or `get`");
    in_.skip();
    out.instance = in_.take_id().value_or("");
    out.name = TRY(in_.string());
    while (in_.at(Token::kLeft)) out.args.push_back(TRY(value()));
    TRY(in_.close());
    return out;
  }

  Result<Value> value() {
    TRY(in_.open());
    Value out = TRY(value_in_form());
    TRY(in_.close());
    return out;
  }

  /// What stands in the parentheses, which some scripts leave out in a `field`.
  Result<Value> value_in_form() {
    if (++depth_ > kMaxDepth) return in_.malformed("values are nested too deeply");
    Value out;
    const std::string keyword(in_.text());
    in_.skip();
    const std::string_view number = in_.text();
    if (keyword == "i32.const" || keyword == "i64.const") {
      out.kind = keyword == "i32.const" ? Value::kI32 : Value::kI64;
      out.bits = wasm::parse_integer(number, out.kind == Value::kI32 ? 32 : 64).value;
      if (out.kind == Value::kI32) out.bits &= 0xffffffff;
      in_.skip();
    } else if (keyword == "f32.const" || keyword == "f64.const") {
      float_value(keyword == "f32.const", number, out);
      in_.skip();
    } else if (is_component_value(keyword)) {
      TRY(component_value(keyword, out));
    } else if (keyword == "v128.const") {
      in_.skip();
      vector(number, out);
    } else if (keyword == "either") {
      out.kind = Value::kEither;
      while (in_.at(Token::kLeft)) out.options.push_back(TRY(value()));
    } else {
      reference(keyword, out);
    }
    while (!in_.at(Token::kRight) && !in_.at_end()) in_.skip_form();
    --depth_;
    return out;
  }

  static bool is_component_value(std::string_view keyword) {
    if (keyword.starts_with("option.") || keyword.starts_with("result.")) return true;
    return keyword.ends_with(".const") && keyword != "v128.const";
  }

  /// After the keyword: words and values in any order; `(field "a" V)` is one of each.
  Result<void> component_value(const std::string& keyword, Value& out) {
    out.kind = Value::kComponent;
    out.keyword = keyword;
    while (!in_.at(Token::kRight) && !in_.at_end()) {
      if (in_.take_form("field")) {
        out.words.push_back(TRY(in_.string()));
        out.options.push_back(in_.at(Token::kLeft) ? TRY(value()) : TRY(value_in_form()));
        TRY(in_.close());
      } else if (in_.at(Token::kLeft)) {
        out.options.push_back(TRY(value()));
      } else if (in_.at(Token::kString)) {
        out.words.push_back(TRY(in_.string()));
      } else {
        out.words.emplace_back(in_.text());
        in_.skip();
      }
    }
    return {};
  }

  static void float_value(bool is_32, std::string_view number, Value& out) {
    if (number == "nan:canonical") out.kind = is_32 ? Value::kNanCanonical32 : Value::kNanCanonical64;
    else if (number == "nan:arithmetic") out.kind = is_32 ? Value::kNanArithmetic32 : Value::kNanArithmetic64;
    else out.kind = is_32 ? Value::kF32 : Value::kF64;
    if (out.kind == Value::kF32) out.bits = wasm::parse_f32(number).value;
    if (out.kind == Value::kF64) out.bits = wasm::parse_f64(number).value;
  }

  /// The lanes; `shape` is `i8x16` and the like.
  void vector(std::string_view shape, Value& out) {
    out.kind = Value::kV128;
    const bool is_float = shape.starts_with('f');
    const auto bits = static_cast<unsigned>(wasm::parse_unsigned(shape.substr(1, shape.find('x') - 1), 8).value);
    while (!in_.at(Token::kRight) && !in_.at_end()) {
      Value& lane = out.options.emplace_back();
      if (is_float) {
        float_value(bits == 32, in_.text(), lane);
      } else {
        lane.kind = Value::kI64;
        lane.bits = wasm::parse_integer(in_.text(), bits).value & (~0ull >> (64 - bits));
      }
      in_.skip();
    }
  }

  void reference(const std::string& keyword, Value& out) {
    if (keyword == "ref.null") {
      out.kind = Value::kRefNull;
    } else if (keyword == "ref.func") {
      out.kind = Value::kRefFunc;
    } else if (keyword == "ref.host") {
      out.kind = Value::kRefHost;
      out.bits = wasm::parse_unsigned(in_.text(), 32).value + 1;
    } else if (keyword == "ref.any") {
      out.kind = Value::kRefAny;
    } else if (keyword == "ref.eq") {
      out.kind = Value::kRefEq;
    } else if (keyword == "ref.i31") {
      out.kind = Value::kRefI31;
    } else if (keyword == "ref.struct") {
      out.kind = Value::kRefStruct;
    } else if (keyword == "ref.array") {
      out.kind = Value::kRefArray;
    } else if (keyword == "ref.extern") {
      out.kind = in_.at(Token::kNumber) ? Value::kRefExtern : Value::kRefExternAny;
      if (out.kind == Value::kRefExtern) out.bits = wasm::parse_unsigned(in_.text(), 32).value + 1;  // 0 is null
    } else {
      out.kind = Value::kUnsupported;
    }
  }

  static constexpr int kMaxDepth = 500;

  Cursor in_;
  int depth_ = 0;  // of values
  std::span<const Token> tokens_;
  std::string_view text_;
  bool is_in_thread_ = false;
};

}  // namespace

Result<std::vector<Directive>> parse_script(const SourceMap& sources, SourceId source) {
  const std::vector<Token> tokens = TRY(wasm::lex(sources, sources.whole(source), {.allow_confusing_unicode = true}));
  return Parser(sources, source, tokens).script();
}

}  // namespace witc::engine::wast
