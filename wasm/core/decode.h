// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Binary → Module (core specification, "Binary Format > Modules"). Strict: section order and sizes, counts
// that agree, bounded integers, UTF-8 names, limits of its own (limits.h) so that hostile input costs memory
// in proportion to its size only. Function bodies are delimited and their locals read; their operators are
// read by whoever needs them, the validator first. The `name` section is lenient, as the specification asks.

#include "base/result.h"
#include "base/source.h"
#include "wasm/core/module.h"

namespace witc::wasm {

/// Decodes the module in bytes [span.begin, span.end) of its source: the whole of a file, or a module
/// embedded in a component. The module refers to the source's bytes, so the SourceMap must outlive it.
/// Errors: kWasmMalformed, kWasmLimit.
Result<Module> decode_module(const SourceMap& sources, Span span);
/// The same for bytes that are not in the SourceMap; `offset` is where errors count from.
Result<Module> decode_module(SourceId source, std::span<const std::uint8_t> bytes, std::uint32_t offset);

/// Does the source start like a core module (the magic number and version 1), and like a component.
bool is_core_module(std::span<const std::uint8_t> bytes);
bool is_component(std::span<const std::uint8_t> bytes);

}  // namespace witc::wasm
