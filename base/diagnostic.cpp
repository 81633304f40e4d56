// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "base/diagnostic.h"

#include "base/check.h"

namespace witc {

std::string_view to_string(DiagCode code) {
  switch (code) {
#define WITC_DIAGNOSTIC(name, text) \
  case DiagCode::name:              \
    return text;
#include "base/diagnostic.def"
#undef WITC_DIAGNOSTIC
  }
  WITC_CHECK(false);
}

Diagnostic Diagnostic::label(std::string text) && {
  if (data_->primary) data_->primary->text = std::move(text);
  return std::move(*this);
}
Diagnostic Diagnostic::label(Span span, std::string text) && {
  data_->labels.push_back({span, std::move(text)});
  return std::move(*this);
}
Diagnostic Diagnostic::note(std::string text) && {
  data_->notes.push_back({std::nullopt, std::move(text)});
  return std::move(*this);
}
Diagnostic Diagnostic::note(Span span, std::string text) && {
  data_->notes.push_back({span, std::move(text)});
  return std::move(*this);
}
Diagnostic Diagnostic::hint(std::string text) && {
  data_->hints.push_back(std::move(text));
  return std::move(*this);
}
Diagnostic Diagnostic::context(std::string text) && {
  data_->contexts.push_back(std::move(text));
  return std::move(*this);
}
Diagnostic Diagnostic::severity(Severity severity) && {
  data_->severity = severity;
  return std::move(*this);
}

Diagnostic error(DiagCode code, Span span, std::string message) {
  return Diagnostic({.code = code, .message = std::move(message), .primary = Label{span, {}}});
}
Diagnostic error(DiagCode code, std::string message) {
  return Diagnostic({.code = code, .message = std::move(message)});
}

}  // namespace witc
