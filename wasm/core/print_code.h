// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Instructions as text.

#include <functional>

#include "wasm/core/branch_hints.h"
#include "wasm/core/fold.h"
#include "wasm/core/operators.h"
#include "wasm/core/print_names.h"

namespace witc::wasm {

/// Prints the operators of one body or constant expression.
class CodePrinter {
 public:
  /// `offsets`: lines begin with where they are. `hints` are the function's, printed as annotations. `indentation`: how
  /// many characters deep code may still be indented by, counted down; null for as many as it likes.
  CodePrinter(const Module& module, const Identifiers& ids, FuncIndex func, bool offsets = false,
              std::span<const BranchHint> hints = {}, std::size_t* indentation = nullptr)
      : module_(module),
        ids_(ids),
        locals_(ids.locals(func)),
        func_(func),
        offsets_(offsets),
        hints_(hints),
        indentation_(indentation) {}

  /// Each operator on a line of its own, the final `end` left out.
  Result<void> body(const Code& code, unsigned indent, std::string& out);
  /// The same in folded form; `type` is the body's.
  Result<void> folded_body(const Code& code, const BlockType& type, unsigned indent, std::string& out);
  /// What is printed after each operator of a body, as a comment: gives the comment, or nothing.
  using Note = std::function<std::string(const Operator& op)>;
  void annotate(Note note) { note_ = std::move(note); }
  /// Calls `visit` for each operator, the final `end` included: with its size in bytes, how many blocks it is in (`end`
  /// and `else` stand with their block), and its text. Errors: malformed code.
  using Visitor = std::function<void(const Operator& op, std::size_t size, std::size_t depth, const std::string& text)>;
  Result<void> each(const Code& code, const Visitor& visit);
  /// On one line, separated by spaces; `count` is how many.
  Result<std::string> inline_expr(const ConstExpr& expr, std::size_t& count);
  /// The same in folded form.
  Result<std::string> inline_folded(const ConstExpr& expr, std::size_t& count);

  [[nodiscard]] const IdentifierSpace& locals() const { return locals_; }

 private:
  struct Label {
    std::string identifier;  // empty if it has none
  };
  std::string text(const Operator& op);
  unsigned affordable(unsigned level);
  std::string immediates(const Operator& op);
  std::string label(std::uint32_t depth) const;
  std::string block_type(const BlockType& type) const;
  std::string open_block(const Operator& op);
  std::string catches(const Operator& op) const;
  std::string memarg(const Operator& op) const;
  std::uint8_t take_hint(const Operator& op);
  Result<Folder> fold(const Code& code, const BlockType& type);
  void print_folded(const Folder& folder, std::uint32_t root, std::optional<unsigned> indent, std::string& out);
  std::string field(const Operator& op) const;
  std::string handlers(const Operator& op) const;
  static std::string ordering(const Operator& op);
  std::string two(const IdentifierSpace& first, const IdentifierSpace& second, const Operator& op) const;
  std::string optional(const IdentifierSpace& space, std::uint32_t index) const;

  const Module& module_;
  const Identifiers& ids_;
  IdentifierSpace locals_;
  FuncIndex func_;
  bool offsets_;
  std::span<const BranchHint> hints_;  // those not yet printed
  std::size_t* indentation_;
  Note note_;
  std::vector<Label> open_;
  std::uint32_t blocks_ = 0;  // opened so far: what label names are numbered by
};

/// Line ends and indentation are bounded: text of deep nesting must not grow with the square of its depth. With
/// `offsets`, a comment with the offset, or as much space, comes first.
void new_line(std::string& out, unsigned indent, bool offsets = false,
              std::optional<std::uint32_t> offset = std::nullopt);

}  // namespace witc::wasm
