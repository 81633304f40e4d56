// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Canonical definitions from text (wasm/component/parser.h; Explainer.md, "Canonical Definitions").
#include <fmt/format.h>

#include "wasm/component/canon.h"
#include "wasm/component/keywords.h"
#include "wasm/component/parser.h"

namespace witc::component {

/// `(canon lift ... (func $f ...))`, `(canon lower ... (core func $f))`, after `(canon`.
Result<void> Parser::canon_field() {
  if (in_.take_keyword("lift")) {
    ast::CanonLift lift = TRY(canon_lift());
    if (!in_.take_form("func")) return in_.unexpected("`(func`");
    Id id = TRY(take_id());
    std::vector<ast::NameAttributes> exports = TRY(take_inline_exports());
    lift.type = TRY(func_type_use());
    TRY(in_.close());
    TRY(in_.close());
    std::uint32_t index = TRY(add(plain(Sort::kFunc), id, ast::Canon(std::move(lift))));
    return add_inline_exports(exports, plain(Sort::kFunc), index);
  }
  ast::Canon canon;
  if (in_.take_keyword("lower")) {
    canon = TRY(canon_lower());
  } else {
    canon = TRY(canon_builtin());
  }
  Id id;
  if (in_.take_form("core")) {
    TRY(in_.expect_keyword("func"));
    id = TRY(take_id());
    TRY(in_.close());
  }
  TRY(in_.close());
  (void)TRY(add(core(CoreSort::kFunc), id, std::move(canon)));
  return {};
}

/// After `lift`: the core function and options.
Result<ast::CanonLift> Parser::canon_lift() {
  ast::CanonLift lift;
  lift.core_func = TRY(reference(core(CoreSort::kFunc)));
  lift.opts = TRY(canon_opts());
  return lift;
}

Result<ast::CanonLower> Parser::canon_lower() {
  ast::CanonLower lower;
  lower.func = TRY(reference(plain(Sort::kFunc)));
  lower.opts = TRY(canon_opts());
  return lower;
}

/// What stands in `(memory ...)`: an index with names of exports, or a whole reference.
Result<std::uint32_t> Parser::option_reference(CoreSort sort) {
  if (options_.strict_references && in_.at(Token::kLeft) && !in_.at_form("core")) {
    std::string_view word = in_.text(in_.peek(1));
    return malformed(fmt::format("`({} ...)` must be written `(core {} ...)`", word, word));
  }
  if (options_.strict_references && in_.peek(1).kind == Token::kString) {
    std::string_view word = keyword(sort);
    return malformed(fmt::format("the name of an export must be inside a reference: `({} (core {} $instance \"name\"))`",
                                 word, word));
  }
  if (in_.at(Token::kLeft)) return reference(core(sort));
  return index_path(core(sort));
}

Result<ast::CanonOpts> Parser::canon_opts() {
  ast::CanonOpts opts;
  auto note = [&](CanonOption option) { opts.order.push_back(static_cast<std::uint8_t>(option)); };
  auto encoding = [&](std::string_view word, CanonOption option) {
    if (!in_.take_keyword(word)) return false;
    opts.string_encoding = StringEncoding{static_cast<std::uint8_t>(option)};
    note(option);
    return true;
  };
  auto indexed = [&](std::string_view word, CanonOption option, CoreSort sort,
                     std::optional<std::uint32_t>& slot) -> Result<bool> {
    if (!in_.take_form(word)) return false;
    slot = TRY(option_reference(sort));
    TRY(in_.close());
    note(option);
    return true;
  };
  while (true) {
    if (encoding("string-encoding=utf8", CanonOption::kUtf8)) continue;
    if (encoding("string-encoding=utf16", CanonOption::kUtf16)) continue;
    if (encoding("string-encoding=latin1+utf16", CanonOption::kLatin1Utf16)) continue;
    if (in_.take_keyword("async")) {
      opts.is_async = true;
      note(CanonOption::kAsync);
      continue;
    }
    if (in_.take_keyword("gc")) {
      opts.is_gc = true;
      note(CanonOption::kGc);
      continue;
    }
    if (TRY(indexed("memory", CanonOption::kMemory, CoreSort::kMemory, opts.memory))) continue;
    if (TRY(indexed("realloc", CanonOption::kRealloc, CoreSort::kFunc, opts.realloc))) continue;
    if (TRY(indexed("post-return", CanonOption::kPostReturn, CoreSort::kFunc, opts.post_return))) continue;
    if (TRY(indexed("callback", CanonOption::kCallback, CoreSort::kFunc, opts.callback))) continue;
    if (TRY(indexed("core-type", CanonOption::kCoreType, CoreSort::kType, opts.core_type))) continue;
    return opts;
  }
}

/// After `(canon`, at the built-in's name.
Result<ast::CanonBuiltin> Parser::canon_builtin() {
  const CanonInfo* info = in_.at(Token::kKeyword) ? find_canon(in_.text()) : nullptr;
  if (info == nullptr) return in_.unexpected("a canonical built-in");
  in_.skip();
  ast::CanonBuiltin canon;
  canon.opcode = static_cast<std::uint8_t>(info->op);
  auto type = [&]() -> Result<void> {
    if (at_index()) {
      canon.type = TRY(index_path(plain(Sort::kType)));
      return {};
    }
    ast::ValType value = TRY(val_type());
    const auto* ref = std::get_if<ast::TypeRef>(&value);
    if (ref == nullptr) return in_.unexpected("a type index");
    canon.type = ref->index;
    return {};
  };
  auto core_type = [&]() -> Result<void> {
    canon.type = in_.at(Token::kLeft) ? TRY(reference(core(CoreSort::kType))) : TRY(index(core(CoreSort::kType)));
    return {};
  };
  auto table = [&]() -> Result<void> {
    canon.table =
        in_.at(Token::kLeft) ? TRY(reference(core(CoreSort::kTable))) : TRY(index_path(core(CoreSort::kTable)));
    return {};
  };
  switch (info->immediates) {
    case CanonImmediates::kNone:
      break;
    case CanonImmediates::kOpts:
      canon.opts = TRY(canon_opts());
      break;
    case CanonImmediates::kResource:
    case CanonImmediates::kType:
      TRY(type());
      break;
    case CanonImmediates::kTypeOpts:
      TRY(type());
      canon.opts = TRY(canon_opts());
      break;
    case CanonImmediates::kTypeAsync:
      TRY(type());
      canon.is_async = in_.take_keyword("async");
      break;
    case CanonImmediates::kResultOpts:
      if (in_.take_form("result")) {
        canon.result = TRY(val_type());
        TRY(in_.close());
      }
      canon.opts = TRY(canon_opts());
      break;
    case CanonImmediates::kAsync:
      canon.is_async = in_.take_keyword("async");
      break;
    case CanonImmediates::kCancel:
      canon.is_cancellable = in_.take_keyword("cancellable");
      break;
    case CanonImmediates::kCancelMemory:
      canon.is_cancellable = in_.take_keyword("cancellable");
      if (!in_.take_form("memory")) return in_.unexpected("`(memory`");
      canon.memory = TRY(option_reference(CoreSort::kMemory));
      TRY(in_.close());
      break;
    case CanonImmediates::kSlot:
      canon.core_type = TRY(core_val_type());
      canon.slot = TRY(in_.u32("a slot"));
      break;
    case CanonImmediates::kCoreTypeTable:
      TRY(core_type());
      TRY(table());
      break;
    case CanonImmediates::kShared:
      canon.is_shared = in_.take_keyword("shared");
      break;
    case CanonImmediates::kSharedType:
    case CanonImmediates::kSharedTypeTable:
      canon.is_shared = in_.take_keyword("shared");
      TRY(core_type());
      if (info->immediates == CanonImmediates::kSharedTypeTable) TRY(table());
      break;
  }
  return canon;
}

}  // namespace witc::component
