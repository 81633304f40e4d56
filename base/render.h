// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The one renderer of diagnostics. Text for people:
//
//     error[wit-resolve]: type `foo` is not defined
//          --> a.wit:3:12
//           |
//         3 |   f: func(x: foo);
//           |              ^-- not found in interface `types`
//     note: ...
//     hint: ...
//
// or one JSON object on one line per diagnostic (`--message-format=json`), for tools.

#include <string>

#include "base/diagnostic.h"
#include "base/source.h"

namespace witc {

struct RenderOptions {
  bool color = false;
};

/// Ends with a line end.
std::string render_text(const Diagnostic& diagnostic, const SourceMap& sources, RenderOptions options = {});
/// One line of JSON, ended with a line end: code, severity, message, spans (path, line, column,
/// byte offsets), notes, hints, contexts.
std::string render_json(const Diagnostic& diagnostic, const SourceMap& sources);

}  // namespace witc
