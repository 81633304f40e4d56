// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Where things come from. Every input, text or binary, is registered once in the SourceMap and is
// from then on named by a SourceId; a Span is a half-open range of bytes in one source. Text is
// shown to people as line and column, binaries as byte offsets (`@0x1c4`).
//
// The map owns the bytes and never moves them: decoders keep `std::span`s and `string_view`s into
// it, so a SourceMap outlives everything read from it.

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"

namespace witc {

struct SourceTag {};
using SourceId = Id<SourceTag>;

/// Bytes [begin, end) of a source.
struct Span {
  SourceId source;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  friend bool operator==(const Span&, const Span&) = default;
};

enum class SourceKind { kText, kBinary };

/// One-based line and column; the column counts characters (UTF-8 code points), as editors do.
struct LineColumn {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

class SourceMap {
 public:
  /// Takes ownership of `contents`; `name` is what messages call it (a path, or `<stdin>`).
  SourceId add(std::string name, std::string contents, SourceKind kind);

  [[nodiscard]] const std::string& name(SourceId id) const { return get(id).name; }
  [[nodiscard]] SourceKind kind(SourceId id) const { return get(id).kind; }
  [[nodiscard]] std::string_view text(SourceId id) const { return get(id).contents; }
  [[nodiscard]] std::span<const std::uint8_t> bytes(SourceId id) const;
  /// The bytes a span covers, clamped to the source.
  [[nodiscard]] std::string_view text(Span span) const;
  /// The span of the whole source.
  [[nodiscard]] Span whole(SourceId id) const;

  [[nodiscard]] LineColumn line_column(SourceId id, std::uint32_t offset) const;
  /// The text of a one-based line, without its line end.
  [[nodiscard]] std::string_view line(SourceId id, std::uint32_t line) const;

 private:
  struct Source {
    std::string name;
    std::string contents;
    SourceKind kind;
    std::vector<std::uint32_t> line_starts;  // text only; [0] is 0
  };
  [[nodiscard]] const Source& get(SourceId id) const;

  std::deque<Source> sources_;  // a deque: contents never move
};

}  // namespace witc
