// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// WAVE: component values as text, as `witc run --invoke 'f(1, "x")'` and other runtimes' `--invoke` have it:
//
//     true  -9  nan  'x'  "abc"  """multi-line"""  (1, 2)  [1, 2]  {a: 1}  {read, write}  case(1)  some(1)  ok  err(1)
//
// Fields with the value `none` may be left out of records and of the end of an argument list, and so are they written.
// `some` and `ok` may be left out around a payload that is not itself an option or result. `map<k, v>` is written as a
// list of pairs. Handles have no text form that reads back; they print as `own(7)`.

#include <string>
#include <string_view>
#include <vector>

#include "adapter-gen/val.h"
#include "base/result.h"
#include "base/source.h"

namespace witc::abi {

/// One value, with nothing but white space and comments after it. Errors: kWaveSyntax, kWaveType, at spans of `text`'s
/// source; nesting is bounded.
Result<Val> parse_wave(const SourceMap& sources, Span text, const component::Types& types,
                       const component::ValType& type);

/// `name(arguments)`; `name` may have an interface before the last dot: `ns:pkg/iface@1.0.0.f(1)`, `iface.f(1)`. The
/// upstream spelling with the version at the end (`ns:pkg/iface.f@1.0.0(1)`) is understood as well.
struct WaveCall {
  std::string interface;  // with its version, `ns:pkg/iface@1.0.0`; empty if there is none
  std::string function;
  Span name;
  Span arguments;  // from `(` to the end
};
Result<WaveCall> parse_wave_call(const SourceMap& sources, Span text);

/// The arguments of a call, with their parentheses and nothing after them; one value for each parameter.
Result<std::vector<Val>> parse_wave_arguments(const SourceMap& sources, Span text, const component::Types& types,
                                              const component::FuncType& type);

/// The value as WAVE. `val` must match the type.
std::string to_wave(const Val& val, const component::Types& types, const component::ValType& type);

}  // namespace witc::abi
