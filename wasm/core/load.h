// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// A core module from either form, as every command takes it.

#include "base/result.h"
#include "base/source.h"
#include "wasm/core/module.h"
#include "wasm/text/lexer.h"

namespace witc::wasm {

/// Decodes a binary source, parses a text one. Not validated.
Result<Module> load_module(const SourceMap& sources, SourceId id, const TextOptions& options = {});

}  // namespace witc::wasm
