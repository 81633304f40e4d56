// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "base/source.h"

#include <algorithm>

#include "base/check.h"

namespace witc {

SourceId SourceMap::add(std::string name, std::string contents, SourceKind kind) {
  Source& source = sources_.emplace_back(std::move(name), std::move(contents), kind);
  if (kind == SourceKind::kText) {
    source.line_starts.push_back(0);
    for (std::size_t i = 0; i < source.contents.size(); ++i) {
      if (source.contents[i] == '\n') source.line_starts.push_back(static_cast<std::uint32_t>(i + 1));
    }
  }
  return SourceId(sources_.size() - 1);
}

const SourceMap::Source& SourceMap::get(SourceId id) const {
  WITC_CHECK(id.value < sources_.size());
  return sources_[id.value];
}

std::span<const std::uint8_t> SourceMap::bytes(SourceId id) const {
  const std::string& contents = get(id).contents;
  return {reinterpret_cast<const std::uint8_t*>(contents.data()), contents.size()};
}

std::string_view SourceMap::text(Span span) const {
  std::string_view all = text(span.source);
  std::size_t begin = std::min<std::size_t>(span.begin, all.size());
  std::size_t end = std::clamp<std::size_t>(span.end, begin, all.size());
  return all.substr(begin, end - begin);
}

Span SourceMap::whole(SourceId id) const {
  return {id, 0, static_cast<std::uint32_t>(get(id).contents.size())};
}

LineColumn SourceMap::line_column(SourceId id, std::uint32_t offset) const {
  const Source& source = get(id);
  if (source.line_starts.empty()) return {};
  offset = std::min<std::uint32_t>(offset, static_cast<std::uint32_t>(source.contents.size()));
  auto after = std::ranges::upper_bound(source.line_starts, offset);
  auto line = static_cast<std::uint32_t>(after - source.line_starts.begin());
  std::uint32_t column = 1;
  for (std::uint32_t i = source.line_starts[line - 1]; i < offset; ++i) {
    if ((static_cast<unsigned char>(source.contents[i]) & 0xc0U) != 0x80U) ++column;
  }
  return {line, column};
}

std::string_view SourceMap::line(SourceId id, std::uint32_t line) const {
  const Source& source = get(id);
  if (line == 0 || line > source.line_starts.size()) return {};
  std::string_view all = source.contents;
  std::size_t begin = source.line_starts[line - 1];
  std::size_t end = line < source.line_starts.size() ? source.line_starts[line] - 1 : all.size();
  std::string_view text = all.substr(begin, end - begin);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

}  // namespace witc
