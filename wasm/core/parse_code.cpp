// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Instructions in text (core specification, "Text Format > Instructions"): flat and folded, into their binary
// form. Folded ones are unfolded with an explicit stack, so nesting costs no stack of ours.
#include <fmt/format.h>

#include <utility>

#include "wasm/core/limits.h"
#include "wasm/core/parse_module.h"
#include "wasm/core/type_binary.h"

namespace witc::wasm {

// -- expressions --------------------------------------------------------------------------------

Result<Code> ModuleParser::expression() {
  std::vector<Level> levels;
  TRY(instructions(levels, false));
  begin_operator(in_.peek());
  write_opcode(code_, Op::kEnd);
  return finish_code();
}

Result<Code> ModuleParser::one_folded() {
  std::vector<Level> levels;
  if (!in_.at(Token::kLeft)) return in_.unexpected("an instruction in parentheses");
  TRY(instructions(levels, true));
  begin_operator(in_.peek());
  write_opcode(code_, Op::kEnd);
  return finish_code();
}

void ModuleParser::begin_operator(const Token& token) {
  module_.text_places.push_back({next_code_ + static_cast<std::uint32_t>(code_.size()), token.begin});
}

Code ModuleParser::finish_code() {
  std::vector<std::uint8_t>& bytes = module_.owned.emplace_back(code_.take());
  Code code{bytes, next_code_};
  next_code_ += static_cast<std::uint32_t>(bytes.size());
  return code;
}

Result<void> ModuleParser::instructions(std::vector<Level>& levels, bool one) {
  while (true) {
    if (in_.at(Token::kLeft)) {
      TRY(open_folded(levels));
    } else if (in_.at(Token::kRight)) {
      if (levels.empty()) break;
      TRY(close_folded(levels));
      if (one && levels.empty()) break;
    } else if (in_.at(Token::kKeyword)) {
      // Among the operands of a folded one too: more than the specification asks, as other tools do it.
      if (!levels.empty() && (levels.back().kind == Level::kIf || levels.back().kind == Level::kTry)) {
        return in_.unexpected("an instruction in parentheses, or `)`");
      }
      TRY(flat(levels));
    } else if (in_.at_annotation(kBranchHintSection)) {
      TRY(branch_hint());
    } else {
      return in_.unexpected("an instruction: unknown operator");
    }
  }
  if (!labels_.empty()) return in_.unexpected("`end`");
  return {};
}

Result<const OpInfo*> ModuleParser::take_operator() {
  const OpInfo* op = in_.at(Token::kKeyword) ? find_operator(in_.text()) : nullptr;
  if (op == nullptr)
    return in_.malformed(fmt::format("unknown operator or unexpected token `{}`", in_.text().substr(0, 60)));
  in_.skip();
  return op;
}

// -- blocks -------------------------------------------------------------------------------------

void ModuleParser::push_label(std::optional<std::string> id) {
  constexpr FuncIndex kNoFunc(~std::uint32_t{0});
  if (id && func_ != kNoFunc) module_.names.labels.emplace(std::pair(func_, blocks_), *id);
  ++blocks_;
  if (id) label_ids_[*id].push_back(static_cast<std::uint32_t>(labels_.size()));
  labels_.push_back({std::move(id)});
}

void ModuleParser::pop_label() {
  if (const std::optional<std::string>& id = labels_.back().id) {
    auto positions = label_ids_.find(*id);
    positions->second.pop_back();
    if (positions->second.empty()) label_ids_.erase(positions);
  }
  labels_.pop_back();
}

Result<BlockType> ModuleParser::block_type() {
  bool by_index = in_.at_form("type");
  if (by_index || in_.at_form("param")) return BlockType{BlockType::kFunc, {}, TRY(type_use(false)).type};
  FuncType type = TRY(signature(false)).type;
  if (type.results.empty()) return BlockType{};
  if (type.results.size() == 1) return BlockType{BlockType::kValue, type.results[0], {}};
  return BlockType{BlockType::kFunc, {}, intern(type)};
}

/// What follows `block`, `loop`, `if` or `try_table`: gives its label.
Result<std::optional<std::string>> ModuleParser::block_head(Op op, BinaryWriter& out) {
  std::optional<std::string> id = TRY(take_id());
  write_opcode(out, op);
  write_block_type(out, TRY(block_type()));
  if (op == Op::kTryTable) TRY(catches(out));
  return id;
}

Result<void> ModuleParser::catches(BinaryWriter& out) {
  BinaryWriter clauses;
  std::uint32_t count = 0;
  while (true) {
    Catch::Kind kind;
    if (in_.take_form("catch")) {
      kind = Catch::kCatch;
    } else if (in_.take_form("catch_ref")) {
      kind = Catch::kCatchRef;
    } else if (in_.take_form("catch_all")) {
      kind = Catch::kCatchAll;
    } else if (in_.take_form("catch_all_ref")) {
      kind = Catch::kCatchAllRef;
    } else {
      break;
    }
    clauses.u8(kind);
    if (kind <= Catch::kCatchRef) clauses.u32(TRY(index(tags_)));
    clauses.u32(TRY(label()));
    TRY(in_.close());
    ++count;
  }
  out.u32(count).bytes(clauses.view());
  return {};
}

// -- folded instructions ------------------------------------------------------------------------

Result<void> ModuleParser::open_folded(std::vector<Level>& levels) {
  if (!levels.empty() && levels.back().kind == Level::kIf) {
    Level& branch = levels.back();
    const Token where = in_.peek(1);
    if (!branch.has_then && in_.take_form("then")) {
      branch.has_then = true;
      begin_operator(branch.token);
      place_hint(branch.hint);
      code_.bytes(branch.pending);
      push_label(branch.label);
      levels.push_back({.kind = Level::kThen, .token = where, .labels = labels_.size()});
      return {};
    }
    if (branch.has_then && !branch.has_else && in_.take_form("else")) {
      branch.has_else = true;
      begin_operator(where);
      write_opcode(code_, Op::kElse);
      levels.push_back({.kind = Level::kElse, .token = where, .labels = labels_.size()});
      return {};
    }
    if (branch.has_then) return in_.unexpected("`(else` or `)`");
  }
  if (!levels.empty() && levels.back().kind == Level::kTry) return open_try_clause(levels);
  in_.skip();
  Level level{.kind = Level::kPlain, .token = in_.peek(), .labels = labels_.size()};
  level.hint = std::exchange(pending_hint_, std::nullopt);
  const OpInfo* op = TRY(take_operator());
  BinaryWriter pending;
  switch (op->op) {
    case Op::kBlock:
    case Op::kLoop:
    case Op::kTry:
    case Op::kTryTable: {
      level.kind = op->op == Op::kTry ? Level::kTry : Level::kBlock;
      std::optional<std::string> id = TRY(block_head(op->op, pending));
      begin_operator(level.token);
      place_hint(level.hint);
      code_.bytes(pending.view());
      push_label(std::move(id));
      level.labels = labels_.size();
      break;
    }
    case Op::kIf:
      level.kind = Level::kIf;
      level.label = TRY(block_head(op->op, pending));
      level.pending = pending.take();
      break;
    case Op::kElse:
    case Op::kEnd:
    case Op::kCatch:
    case Op::kCatchAll:
    case Op::kDelegate:
      return in_.malformed(level.token, fmt::format("unexpected token `{}`: unknown operator", op->text));
    default:
      TRY(immediates(*op, pending));
      level.pending = pending.take();
  }
  levels.push_back(std::move(level));
  return {};
}

/// `(do ...)`, then any `(catch $tag ...)` and perhaps `(catch_all ...)`, or `(delegate $label)`.
Result<void> ModuleParser::open_try_clause(std::vector<Level>& levels) {
  Level& block = levels.back();
  const Token where = in_.peek(1);
  auto open = [&](Level::Clauses clauses) {
    block.clauses = clauses;
    levels.push_back({.kind = Level::kDo, .token = where, .labels = labels_.size()});
  };
  if (block.clauses == Level::kNoClause) {
    if (!in_.take_form("do")) return in_.unexpected("`(do`");
    open(Level::kBody);
    return {};
  }
  const bool may_catch = block.clauses == Level::kBody || block.clauses == Level::kCatches;
  if (may_catch && in_.take_form("catch")) {
    begin_operator(where);
    write_opcode(code_, Op::kCatch);
    code_.u32(TRY(index(tags_)));
    open(Level::kCatches);
    return {};
  }
  if (may_catch && in_.take_form("catch_all")) {
    begin_operator(where);
    write_opcode(code_, Op::kCatchAll);
    open(Level::kCatchAll);
    return {};
  }
  if (block.clauses == Level::kBody && in_.take_form("delegate")) {
    begin_operator(where);
    write_opcode(code_, Op::kDelegate);
    pop_label();  // its label counts from outside
    code_.u32(TRY(label()));
    block.clauses = Level::kDelegated;
    return in_.close();
  }
  return in_.unexpected(may_catch ? "`(catch`, `(catch_all` or `)`" : "`)`");
}

Result<void> ModuleParser::close_folded(std::vector<Level>& levels) {
  Level level = std::move(levels.back());
  levels.pop_back();
  switch (level.kind) {
    case Level::kPlain:
      if (labels_.size() != level.labels) return in_.unexpected("`end`");
      begin_operator(level.token);
      place_hint(level.hint);
      code_.bytes(level.pending);
      break;
    case Level::kIf:
      if (!level.has_then) return in_.unexpected("`(then`");
      begin_operator(in_.peek());
      write_opcode(code_, Op::kEnd);
      pop_label();
      break;
    case Level::kTry:
      if (level.clauses == Level::kNoClause) return in_.unexpected("`(do`");
      if (level.clauses == Level::kDelegated) break;
      [[fallthrough]];
    case Level::kBlock:
      if (labels_.size() != level.labels) return in_.unexpected("`end`");
      begin_operator(in_.peek());
      write_opcode(code_, Op::kEnd);
      pop_label();
      break;
    case Level::kThen:
    case Level::kElse:
    case Level::kDo:
      if (labels_.size() != level.labels) return in_.unexpected("`end`");
      break;
  }
  in_.skip();
  return {};
}

// -- flat instructions --------------------------------------------------------------------------

Result<void> ModuleParser::flat(std::vector<Level>& levels) {
  const Token where = in_.peek();
  const OpInfo* op = TRY(take_operator());
  std::size_t outside = levels.empty() ? 0 : levels.back().labels;
  bool closes = op->op == Op::kEnd || op->op == Op::kElse || op->op == Op::kCatch || op->op == Op::kCatchAll ||
                op->op == Op::kDelegate;
  if (closes && labels_.size() <= outside) {
    return in_.malformed(where, fmt::format("unexpected token `{}`: no block is open", op->text));
  }
  begin_operator(where);
  place_hint(std::exchange(pending_hint_, std::nullopt));
  switch (op->op) {
    case Op::kBlock:
    case Op::kLoop:
    case Op::kIf:
    case Op::kTry:
    case Op::kTryTable: {
      BinaryWriter head;
      std::optional<std::string> id = TRY(block_head(op->op, head));
      code_.bytes(head.view());
      push_label(std::move(id));
      if (op->op == Op::kIf) labels_.back().flat = Label::kIf;
      if (op->op == Op::kTry) labels_.back().flat = Label::kTry;
      return {};
    }
    case Op::kElse:
    case Op::kCatch:
    case Op::kCatchAll:
    case Op::kDelegate:
      return flat_clause(where, op->op);
    case Op::kEnd:
      write_opcode(code_, op->op);
      TRY(label_again());
      pop_label();
      return {};
    default:
      return immediates(*op, code_);
  }
}

/// What divides or closes a block: `else`, `catch`, `catch_all`, `delegate`.
Result<void> ModuleParser::flat_clause(const Token& where, Op op) {
  Label& block = labels_.back();
  const bool fits = op == Op::kElse      ? block.flat == Label::kIf
                    : op == Op::kDelegate ? block.flat == Label::kTry
                                          : block.flat == Label::kTry || block.flat == Label::kCatch;
  if (!fits) {
    return in_.malformed(where, fmt::format("unexpected token `{}`: not in {}", info(op).text,
                                            op == Op::kElse ? "an `if`" : "a `try` that can have it"));
  }
  block.flat = op == Op::kCatch ? Label::kCatch : Label::kNone;
  write_opcode(code_, op);
  if (op == Op::kElse) return label_again();
  if (op == Op::kCatch) code_.u32(TRY(index(tags_)));
  if (op == Op::kDelegate) {
    pop_label();  // its label counts from outside
    code_.u32(TRY(label()));
  }
  return {};
}

/// `else` and `end` may repeat the label.
Result<void> ModuleParser::label_again() {
  const Token where = in_.peek();
  std::optional<std::string> id = in_.take_id();
  if (id && id != labels_.back().id) return in_.malformed(where, "mismatching label");
  return {};
}

}  // namespace witc::wasm
