// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Instructions in folded form (core specification, "Text Format > Folded Instructions"). The tree is walked with a stack of
// our own: code may be as deep as it is long.
#include "wasm/core/print_code.h"

namespace witc::wasm {

Result<Folder> CodePrinter::fold(const Code& code, const BlockType& type) {
  Folder folder(module_, type);
  TRY(each(code, [&](const Operator& op, std::size_t /*size*/, std::size_t /*depth*/, const std::string& text) {
    const bool closes = op.op == Op::kEnd || op.op == Op::kElse || op.op == Op::kDelegate || op.op == Op::kCatch ||
                        op.op == Op::kCatchAll;
    if (closes && !folder.is_open()) return;  // the end of the body; what is malformed `each` says
    const std::string note = note_ ? note_(op) : "";
    folder.add(op, note.empty() || closes ? text : fmt::format("{} (; {} ;)", text, note), take_hint(op));
  }));
  return folder;
}

/// Prints a node and what is in it: each on a line of its own if there is an indentation, else after spaces.
void CodePrinter::print_folded(const Folder& folder, std::uint32_t root, std::optional<unsigned> indent,
                               std::string& out) {
  struct Open {
    std::span<const std::uint32_t> rest;  // children not yet printed
  };
  std::vector<Open> open;
  auto begin = [&](std::uint32_t id, bool first) {
    const Folder::Node& node = folder.node(id);
    const unsigned level = indent ? affordable(*indent + static_cast<unsigned>(open.size())) : 0;
    auto separate = [&] {
      if (indent) {
        new_line(out, level, offsets_, node.offset);
      } else if (!first) {
        out += ' ';
      }
    };
    separate();
    if (node.hint != 0) {
      out += fmt::format("(@metadata.code.branch_hint \"\\0{}\")", node.hint - 1);
      separate();
    }
    const std::string_view text = folder.text(node);
    out += '(';
    out += text;
    // A comment to the end of the line must not take the parenthesis.
    if (node.count == 0 && text.find(";;") != std::string_view::npos) new_line(out, level, offsets_, node.offset);
    open.push_back({folder.children(node)});
  };
  begin(root, out.empty());
  while (!open.empty()) {
    if (open.back().rest.empty()) {
      out += ')';
      open.pop_back();
      continue;
    }
    const std::uint32_t next = open.back().rest.front();
    open.back().rest = open.back().rest.subspan(1);
    begin(next, false);
  }
}

Result<void> CodePrinter::folded_body(const Code& code, const BlockType& type, unsigned indent, std::string& out) {
  const Folder folder = TRY(fold(code, type));
  for (std::uint32_t root : folder.roots()) print_folded(folder, root, indent, out);
  return {};
}

Result<std::string> CodePrinter::inline_folded(const ConstExpr& expr, std::size_t& count) {
  const Folder folder = TRY(fold(expr.code, BlockType{}));
  std::string out;
  count = folder.node_count();
  for (std::uint32_t root : folder.roots()) print_folded(folder, root, std::nullopt, out);
  return out;
}

}  // namespace witc::wasm
