// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// See comments.h. Hand-written loops: nested block comments need a counter, not recursion, and the
// forbidden characters are checked on the way.
#include "wit-parser/comments.h"

#include <fmt/format.h>

#include <algorithm>

#include "wit-parser/characters.h"

namespace witc::wit {
namespace {

Result<void> check_characters(std::string_view text, SourceId source) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t begin = at;
    std::int32_t c = next_code_point(text, at);
    auto span = [&](std::size_t end) {
      return Span{source, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
    };
    if (c < 0) return error(DiagCode::kWitSyntax, span(begin + 1), "this is not UTF-8");
    if (is_forbidden(c)) {
      return error(DiagCode::kWitSyntax, span(at), fmt::format("character U+{:04X} is not allowed in WIT", c));
    }
  }
  return {};
}

/// The end of the string literal that begins at `at`; a string ends at its line's end at the latest.
std::size_t skip_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '\n'; ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\') ++at;
  }
  return std::min(at, text.size());
}

/// The end of the block comment that begins at `at`, or npos.
std::size_t skip_block(std::string_view text, std::size_t at) {
  int depth = 0;
  while (at + 1 < text.size()) {
    if (text[at] == '/' && text[at + 1] == '*') {
      ++depth;
      at += 2;
    } else if (text[at] == '*' && text[at + 1] == '/') {
      at += 2;
      if (--depth == 0) return at;
    } else {
      ++at;
    }
  }
  return std::string_view::npos;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view trim_end(std::string_view text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// A comment without its markers. Of a block comment that is not `/**` the tools the format came from
/// take the first `/` only; their graphs are what ours are compared with.
std::string_view contents(std::string_view comment) {
  if (comment.starts_with("/**") && comment.size() > 4) {
    comment.remove_prefix(3);
    comment.remove_suffix(2);
  } else {
    while (comment.starts_with('/')) comment.remove_prefix(1);
  }
  return trim_end(comment);
}

std::string join(const std::vector<std::string_view>& parts) {
  std::size_t indent = std::string_view::npos;
  for (std::string_view part : parts) {
    if (part.empty()) continue;
    std::size_t first = 0;
    while (first < part.size() && is_space(part[first])) ++first;
    indent = std::min(indent, first);
  }
  std::string text;
  for (std::string_view part : parts) {
    if (indent != std::string_view::npos && part.starts_with(std::string(indent, ' '))) part.remove_prefix(indent);
    for (char c : part) {
      if (c != '\r') text += c;
    }
    text += '\n';
  }
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

Result<std::vector<ast::Comment>> find_comments(const SourceMap& sources, SourceId source) {
  std::string_view text = sources.text(source);
  TRY(check_characters(text, source));
  std::vector<ast::Comment> comments;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '"') {
      at = skip_string(text, at);
      continue;
    }
    bool line = text[at] == '/' && at + 1 < text.size() && text[at + 1] == '/';
    bool block = text[at] == '/' && at + 1 < text.size() && text[at + 1] == '*';
    if (!line && !block) {
      ++at;
      continue;
    }
    std::size_t end = line ? std::min(text.find('\n', at), text.size()) : skip_block(text, at);
    auto begin = static_cast<std::uint32_t>(at);
    if (end == std::string_view::npos) {
      return error(DiagCode::kWitSyntax, Span{source, begin, begin + 2}, "this block comment is not closed")
          .hint("block comments nest: every `/*` needs its own `*/`");
    }
    ast::Comment comment;
    comment.span = Span{source, begin, static_cast<std::uint32_t>(end)};
    comment.block = block;
    comments.push_back(comment);
    at = end;
  }
  return comments;
}

ast::Docs docs_before(std::string_view text, const std::vector<ast::Comment>& comments, std::uint32_t offset) {
  auto last = std::ranges::upper_bound(comments, offset, {}, [](const ast::Comment& c) { return c.span.begin; });
  auto first = last;
  std::uint32_t edge = offset;
  while (first != comments.begin()) {
    const Span& span = std::prev(first)->span;
    if (span.end > edge || !std::ranges::all_of(text.substr(span.end, edge - span.end), is_space)) break;
    edge = span.begin;
    --first;
  }
  if (first == last) return {};
  std::vector<std::string_view> parts;
  for (auto comment = first; comment != last; ++comment) {
    const Span& span = comment->span;
    parts.push_back(contents(text.substr(span.begin, span.end - span.begin)));
  }
  return {join(parts), Span{first->span.source, first->span.begin, std::prev(last)->span.end}};
}

}  // namespace witc::wit
