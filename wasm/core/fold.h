// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Code as a forest of instructions with their operands inside (core specification, "Text Format > Folded Instructions").
// Folding never changes the order of instructions: an operator takes in the instructions before it whose results are just
// its operands, and none where they do not come out even, so that what is printed is the same code, be it valid or not.
//
// Nodes, and the lists of their children, are in arrays of small numbers: code may be millions of one-byte operators, and
// as deep.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wasm/core/arity.h"

namespace witc::wasm {

class Folder {
 public:
  struct Node {
    std::uint32_t text = 0, text_size = 0;
    std::uint32_t offset = 0;
    std::uint32_t results = 0;
    std::uint32_t first = 0, count = 0;  // its children
    std::uint8_t hint = 0;               // 1 or 2: a branch hint, unlikely or likely, before it
  };

  /// For a body, or constant expression, of that type.
  Folder(const Module& module, const BlockType& body);
  /// The next operator, with its text; the last `end` left out. `hint` as in Node.
  void add(const Operator& op, std::string_view text, std::uint8_t hint = 0);

  /// Is a block open that an `end` would close, but the body?
  [[nodiscard]] bool is_open() const { return frames_.size() > 1; }
  /// What is not inside others, once every block has ended.
  [[nodiscard]] std::span<const std::uint32_t> roots() const { return siblings_; }
  /// Of all instructions and clauses.
  [[nodiscard]] std::size_t node_count() const { return nodes_.size(); }
  [[nodiscard]] const Node& node(std::uint32_t id) const { return nodes_[id]; }
  [[nodiscard]] std::span<const std::uint32_t> children(const Node& node) const {
    return std::span(children_).subspan(node.first, node.count);
  }
  [[nodiscard]] std::string_view text(const Node& node) const {
    return std::string_view(texts_).substr(node.text, node.text_size);
  }

 private:
  struct Frame {
    std::size_t first = 0;        // of siblings_
    std::uint32_t head = 0;       // the block's node, not yet among siblings_
    std::size_t clauses = 0;      // `if`, `try`: how many of siblings_ are whole operands and clauses
    std::uint32_t clause = 0;     // the open clause's node: `then`, `else`, `do`, `catch $t`
    bool has_clauses = false;
  };
  std::uint32_t make(std::string_view text, std::uint32_t offset, std::uint32_t results, std::uint8_t hint = 0);
  void take(std::uint32_t node, std::size_t first);
  void plain(const Operator& op, std::string_view text, std::uint8_t hint);
  void open(const Operator& op, std::string_view text, std::uint8_t hint);
  void close_clause();
  void close();

  const Module& module_;
  std::vector<ArityLabel> labels_;
  std::vector<Frame> frames_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> children_;
  std::vector<std::uint32_t> siblings_;  // of all open blocks, one after the other
  std::string texts_;
};

}  // namespace witc::wasm
