// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "base/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

namespace witc {
namespace {

constexpr std::size_t kGutter = 6;           // width of the line number column
constexpr std::size_t kMaxShownLine = 240;   // a longer source line is shown in part

struct Style {
  const char* red = "";
  const char* yellow = "";
  const char* blue = "";
  const char* bold = "";
  const char* reset = "";
};

Style style_for(RenderOptions options) {
  if (!options.color) return {};
  return {"\033[31;1m", "\033[33;1m", "\033[34;1m", "\033[1m", "\033[0m"};
}

/// Control characters would move the terminal's cursor: they are shown as `\u{..}`.
void append_printable(std::string& out, std::string_view text) {
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 && c != '\t' && c != '\n') {
      fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", byte);
    } else {
      out += c;
    }
  }
}

std::string printable(std::string_view text) {
  std::string out;
  append_printable(out, text);
  return out;
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

void append_place(std::string& out, const SourceMap& sources, Span span, const Style& style) {
  auto to = std::back_inserter(out);
  const std::string name = printable(sources.name(span.source));
  if (sources.kind(span.source) == SourceKind::kBinary) {
    fmt::format_to(to, "{:{}}{}-->{} {} @0x{:x}\n", "", kGutter - 1, style.blue, style.reset, name, span.begin);
    return;
  }
  LineColumn at = sources.line_column(span.source, span.begin);
  fmt::format_to(to, "{:{}}{}-->{} {}:{}:{}\n", "", kGutter - 1, style.blue, style.reset, name, at.line, at.column);
}

/// The source line with the place underlined. A span of several lines is underlined on its first.
void append_snippet(std::string& out, const SourceMap& sources, const Label& label, const Style& style) {
  append_place(out, sources, label.span, style);
  auto to = std::back_inserter(out);
  if (sources.kind(label.span.source) == SourceKind::kBinary) {
    if (!label.text.empty()) fmt::format_to(to, "{:{}}= {}\n", "", kGutter + 1, printable(label.text));
    return;
  }
  LineColumn at = sources.line_column(label.span.source, label.span.begin);
  std::string_view line = sources.line(label.span.source, at.line).substr(0, kMaxShownLine);
  std::size_t before_bytes = 0;
  for (std::uint32_t column = 1; before_bytes < line.size(); ++before_bytes) {
    bool starts = (static_cast<unsigned char>(line[before_bytes]) & 0xc0U) != 0x80U;
    if (starts && column++ == at.column) break;
  }
  std::string_view before = line.substr(0, before_bytes);
  std::string_view under = sources.text(label.span).substr(0, line.size() - before.size());
  under = under.substr(0, under.find('\n'));
  std::size_t width = std::max<std::size_t>(1, count_characters(under));

  std::string indent;  // keeps tabs, so that the marker stands under its place
  for (char c : before) {
    if (c == '\t') indent += '\t';
    else if ((static_cast<unsigned char>(c) & 0xc0U) != 0x80U) indent += ' ';
  }
  fmt::format_to(to, "{:{}} {}|{}\n", "", kGutter, style.blue, style.reset);
  fmt::format_to(to, "{}{:>{}} |{} {}\n", style.blue, at.line, kGutter, style.reset, printable(line));
  fmt::format_to(to, "{:{}} {}|{} {}{}^{:-<{}}{}{}{}\n", "", kGutter, style.blue, style.reset, indent, style.red, "",
                 width - 1, style.reset, label.text.empty() ? "" : " ", printable(label.text));
}

nlohmann::json json_span(const SourceMap& sources, Span span) {
  nlohmann::json out{{"path", sources.name(span.source)}, {"begin", span.begin}, {"end", span.end}};
  if (sources.kind(span.source) == SourceKind::kText) {
    LineColumn at = sources.line_column(span.source, span.begin);
    out["line"] = at.line;
    out["column"] = at.column;
  }
  return out;
}

nlohmann::json json_label(const SourceMap& sources, const Label& label) {
  nlohmann::json out = json_span(sources, label.span);
  out["text"] = label.text;
  return out;
}

}  // namespace

std::string render_text(const Diagnostic& diagnostic, const SourceMap& sources, RenderOptions options) {
  const DiagnosticData& data = *diagnostic;
  const Style style = style_for(options);
  std::string out;
  auto to = std::back_inserter(out);
  bool is_error = data.severity == Severity::kError;
  fmt::format_to(to, "{}{}[{}]{}{}: {}{}\n", is_error ? style.red : style.yellow, is_error ? "error" : "warning",
                 to_string(data.code), style.reset, style.bold, printable(data.message), style.reset);
  if (data.primary) append_snippet(out, sources, *data.primary, style);
  for (const Label& label : data.labels) append_snippet(out, sources, label, style);
  for (const Note& note : data.notes) {
    fmt::format_to(to, "{}note{}: {}\n", style.bold, style.reset, printable(note.text));
    if (note.span) append_snippet(out, sources, {*note.span, {}}, style);
  }
  for (const std::string& hint : data.hints) {
    fmt::format_to(to, "{}hint{}: {}\n", style.bold, style.reset, printable(hint));
  }
  for (const std::string& context : data.contexts) fmt::format_to(to, "  ... {}\n", printable(context));
  return out;
}

std::string render_json(const Diagnostic& diagnostic, const SourceMap& sources) {
  const DiagnosticData& data = *diagnostic;
  nlohmann::json out{{"code", to_string(data.code)},
                     {"severity", data.severity == Severity::kError ? "error" : "warning"},
                     {"message", data.message},
                     {"hints", data.hints},
                     {"contexts", data.contexts}};
  out["primary"] = data.primary ? json_label(sources, *data.primary) : nlohmann::json();
  out["labels"] = nlohmann::json::array();
  for (const Label& label : data.labels) out["labels"].push_back(json_label(sources, label));
  out["notes"] = nlohmann::json::array();
  for (const Note& note : data.notes) {
    nlohmann::json item{{"text", note.text}};
    if (note.span) item["span"] = json_span(sources, *note.span);
    out["notes"].push_back(std::move(item));
  }
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace witc
