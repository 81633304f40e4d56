// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The kinds of trap.def and how a trap is printed.
#include "engine/trap.h"

#include <fmt/format.h>

#include <iterator>

namespace witc::engine {

std::string_view message(TrapKind kind) {
  switch (kind) {
#define WITC_TRAP(number, name, text) \
  case TrapKind::name:                \
    return text;
#include "engine/trap.def"
#undef WITC_TRAP
  }
  return "unknown trap";
}

std::optional<TrapKind> trap_kind(std::uint32_t number) {
  switch (number) {
#define WITC_TRAP(number, name, text) \
  case number:                        \
    return TrapKind::name;
#include "engine/trap.def"
#undef WITC_TRAP
    default:  // any other number
      return std::nullopt;
  }
}

std::string to_string(const Trap& trap) {
  std::string out = trap.message;
  int depth = 0;
  for (const Frame& frame : trap.frames) {
    fmt::format_to(std::back_inserter(out), "\n  {}: {:#x} - {}!", depth++, frame.offset, frame.instance_name);
    if (frame.func_name.empty()) {
      fmt::format_to(std::back_inserter(out), "<func {}>", frame.func.value);
    } else {
      out += frame.func_name;
    }
    for (std::size_t i = 0; i < frame.sources.size(); ++i) {
      const SourceFrame& source = frame.sources[i];
      fmt::format_to(std::back_inserter(out), "\n       at {}:{}", source.file, source.line);
      if (source.column != 0) fmt::format_to(std::back_inserter(out), ":{}", source.column);
      if (i + 1 < frame.sources.size()) fmt::format_to(std::back_inserter(out), " ({}, inlined)", source.function);
    }
  }
  return out;
}

}  // namespace witc::engine
