// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/fold.h"

#include <algorithm>

namespace witc::wasm {
namespace {

constexpr std::uint32_t kUnknown = ~std::uint32_t{0};  // results of what does not fold into others
constexpr std::size_t kMaxWithoutResults = 1'000;      // instructions an operator may have between its operands

std::string_view first_clause(Op op) { return op == Op::kIf ? "then" : "do"; }

}  // namespace

Folder::Folder(const Module& module, const BlockType& body) : module_(module) {
  labels_.push_back({body, false});
  frames_.emplace_back();
}

std::uint32_t Folder::make(std::string_view text, std::uint32_t offset, std::uint32_t results, std::uint8_t hint) {
  Node node;
  node.text = static_cast<std::uint32_t>(texts_.size());
  node.text_size = static_cast<std::uint32_t>(text.size());
  node.offset = offset;
  node.results = results;
  node.hint = hint;
  texts_ += text;
  nodes_.push_back(node);
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

/// Makes the siblings from `first` on the children of a node.
void Folder::take(std::uint32_t node, std::size_t first) {
  nodes_[node].first = static_cast<std::uint32_t>(children_.size());
  nodes_[node].count = static_cast<std::uint32_t>(siblings_.size() - first);
  children_.insert(children_.end(), siblings_.begin() + static_cast<std::ptrdiff_t>(first), siblings_.end());
  siblings_.resize(first);
}

void Folder::add(const Operator& op, std::string_view text, std::uint8_t hint) {
  switch (op.op) {
    case Op::kBlock:
    case Op::kLoop:
    case Op::kIf:
    case Op::kTry:
    case Op::kTryTable:
      return open(op, text, hint);
    case Op::kElse:
    case Op::kCatch:
    case Op::kCatchAll:
      close_clause();
      frames_.back().clause = make(text, op.offset, 0);
      frames_.back().has_clauses = true;
      return;
    case Op::kDelegate:
      close_clause();
      siblings_.push_back(make(text, op.offset, 0));
      ++frames_.back().clauses;
      frames_.back().has_clauses = false;
      return close();
    case Op::kEnd:
      close_clause();
      return close();
    default:
      return plain(op, text, hint);
  }
}

void Folder::plain(const Operator& op, std::string_view text, std::uint8_t hint) {
  const Arity arity = arity_of(module_, op, labels_).value_or(Arity{});
  const std::size_t begin = frames_.back().first + frames_.back().clauses;
  std::size_t first = siblings_.size();
  std::uint32_t results = arity.results;
  std::uint64_t found = 0;
  std::size_t steps = 0;
  for (std::size_t at = siblings_.size(); arity.params > 0 && at > begin; ++steps) {
    found += nodes_[siblings_[--at]].results;
    if (found == arity.params) {
      first = at;
      break;
    }
    if (found > arity.params) results = kUnknown;
    if (found > arity.params || steps > kMaxWithoutResults + arity.params) break;
  }
  const std::uint32_t node = make(text, op.offset, results, hint);
  take(node, first);
  siblings_.push_back(node);
}

void Folder::open(const Operator& op, std::string_view text, std::uint8_t hint) {
  Frame frame;
  const std::size_t begin = frames_.back().first + frames_.back().clauses;
  // A condition is the one instruction before, whatever it leaves.
  if (op.op == Op::kIf && siblings_.size() > begin) frame.clauses = 1;
  frame.first = siblings_.size() - frame.clauses;
  frame.head = make(text, op.offset, arity_of(module_, op.block_type).value_or(Arity{}).results, hint);
  if (op.op == Op::kIf || op.op == Op::kTry) {
    frame.clause = make(first_clause(op.op), op.offset, 0);
    frame.has_clauses = true;
  }
  frames_.push_back(frame);
  labels_.push_back({op.block_type, op.op == Op::kLoop});
}

/// What came since the last clause becomes the open one's.
void Folder::close_clause() {
  Frame& frame = frames_.back();
  if (!frame.has_clauses) return;
  take(frame.clause, frame.first + frame.clauses);
  siblings_.push_back(frame.clause);
  ++frame.clauses;
}

void Folder::close() {
  const Frame frame = frames_.back();
  frames_.pop_back();
  labels_.pop_back();
  take(frame.head, frame.first);
  siblings_.push_back(frame.head);
}

}  // namespace witc::wasm
