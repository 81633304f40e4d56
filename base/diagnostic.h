// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Diagnostics: how every stage says what is wrong with an input. A Diagnostic is a value: a code from
// diagnostic.def, a message, a primary label (the place), further labels, notes, and the context it
// arose in ("while linking `app:main`"). Library code makes them and returns them; only cli/ renders
// them (base/render.h), as text for people or as JSON for tools.
//
// Style: lower case, no full stop, backticks round what the user wrote, first what was seen, then
// what was expected; a hint says what to do.
//
//     return error(DiagCode::kWitUnresolvedName, span, "type `foo` is not defined")
//         .label("not found in interface `types`")
//         .note(other_span, "a type `fooo` is defined here")
//         .hint("did you mean `fooo`?");

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"

namespace witc {

enum class DiagCode {
#define WITC_DIAGNOSTIC(name, text) name,
#include "base/diagnostic.def"
#undef WITC_DIAGNOSTIC
};

/// The code as it is printed, e.g. `wit-syntax`.
std::string_view to_string(DiagCode code);

enum class Severity { kError, kWarning };

/// A place with something to say about it; the text may be empty.
struct Label {
  Span span;
  std::string text;
};

/// A note may point somewhere or stand alone.
struct Note {
  std::optional<Span> span;
  std::string text;
};

struct DiagnosticData {
  DiagCode code;
  Severity severity = Severity::kError;
  std::string message;
  std::optional<Label> primary;
  std::vector<Label> labels;
  std::vector<Note> notes;
  std::vector<std::string> hints;
  std::vector<std::string> contexts;  // innermost first
};

/// One pointer wide, so that Result<T> stays small. Move-only; built by chaining on an rvalue.
class [[nodiscard]] Diagnostic {
 public:
  explicit Diagnostic(DiagnosticData data) : data_(std::make_unique<DiagnosticData>(std::move(data))) {}

  [[nodiscard]] const DiagnosticData& operator*() const { return *data_; }
  [[nodiscard]] const DiagnosticData* operator->() const { return data_.get(); }

  Diagnostic label(std::string text) &&;             // text of the primary label
  Diagnostic label(Span span, std::string text) &&;  // a further label
  Diagnostic note(std::string text) &&;
  Diagnostic note(Span span, std::string text) &&;
  Diagnostic hint(std::string text) &&;
  Diagnostic context(std::string text) &&;  // "while linking `app:main`"
  Diagnostic severity(Severity severity) &&;

  [[nodiscard]] Diagnostic clone() const { return Diagnostic(*data_); }

 private:
  std::unique_ptr<DiagnosticData> data_;
};

/// An error at a place.
Diagnostic error(DiagCode code, Span span, std::string message);
/// An error that has no place in any input (a file that cannot be read).
Diagnostic error(DiagCode code, std::string message);

/// For passes that can find many errors: they append here and stop at a barrier.
using Diagnostics = std::vector<Diagnostic>;

}  // namespace witc
