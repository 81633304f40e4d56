// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Instructions as text.

#include "wasm/core/operators.h"
#include "wasm/core/print_names.h"

namespace witc::wasm {

/// Prints the operators of one body or constant expression.
class CodePrinter {
 public:
  CodePrinter(const Module& module, const Identifiers& ids, FuncIndex func)
      : module_(module), ids_(ids), locals_(ids.locals(func)), func_(func) {}

  /// Each operator on a line of its own, the final `end` left out.
  Result<void> body(const Code& code, unsigned indent, std::string& out);
  /// On one line, separated by spaces; `count` is how many.
  Result<std::string> inline_expr(const ConstExpr& expr, std::size_t& count);

  [[nodiscard]] const IdentifierSpace& locals() const { return locals_; }

 private:
  struct Label {
    std::string identifier;  // empty if it has none
  };
  std::string text(const Operator& op);
  std::string immediates(const Operator& op);
  std::string label(std::uint32_t depth) const;
  std::string block_type(const BlockType& type) const;
  std::string open_block(const Operator& op);
  std::string catches(const Operator& op) const;
  std::string memarg(const Operator& op) const;
  std::string two(const IdentifierSpace& first, const IdentifierSpace& second, const Operator& op) const;
  std::string optional(const IdentifierSpace& space, std::uint32_t index) const;

  const Module& module_;
  const Identifiers& ids_;
  IdentifierSpace locals_;
  FuncIndex func_;
  std::vector<Label> open_;
  std::uint32_t blocks_ = 0;  // opened so far: what label names are numbered by
};

/// Line ends and indentation are bounded: text of deep nesting must not grow with the square of its depth.
void new_line(std::string& out, unsigned indent);

}  // namespace witc::wasm
