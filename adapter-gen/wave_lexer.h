// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The tokens of WAVE text (adapter-gen/wave.h). Labels, numbers, chars and strings are whole tokens; their contents are
// looked into when the type asks for them.

#include <optional>
#include <string>

#include "base/result.h"
#include "base/source.h"

namespace witc::abi {

struct WaveToken {
  enum Kind : std::uint8_t {
    kEnd, kLabel, kNumber, kChar, kString, kMultilineString, kPunctuation,
  } kind = kEnd;
  Span span;
  std::string_view text;  // as written, `%` and quotes included

  [[nodiscard]] bool is(char punctuation) const { return kind == kPunctuation && text[0] == punctuation; }
};

class WaveLexer {
 public:
  WaveLexer(const SourceMap& sources, Span text) : text_(sources.text(text)), source_(text.source), base_(text.begin) {}

  [[nodiscard]] const WaveToken& peek() const { return token_; }
  /// The current token; reads the next.
  Result<WaveToken> take();
  /// Reads the first token; to be called once before all else.
  Result<void> start();
  [[nodiscard]] Span span(std::size_t begin, std::size_t end) const {
    return {source_, static_cast<std::uint32_t>(base_ + begin), static_cast<std::uint32_t>(base_ + end)};
  }

 private:
  Result<WaveToken> read();
  void skip_space();
  Result<std::size_t> end_of_quoted(std::size_t begin, char quote) const;
  Result<std::size_t> end_of_multiline(std::size_t begin) const;

  std::string_view text_;
  SourceId source_;
  std::size_t base_ = 0;
  std::size_t at_ = 0;
  WaveToken token_;
};

/// What a kChar or kString token stands for, as UTF-8. Errors: kWaveSyntax for bad escapes.
Result<std::string> unescape(const WaveToken& token);
/// Likewise a kMultilineString, with its indentation removed.
Result<std::string> unescape_multiline(const WaveToken& token);

}  // namespace witc::abi
