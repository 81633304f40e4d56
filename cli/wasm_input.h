// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Reading WebAssembly inputs, binary or text, the same way for every subcommand that takes one, and writing it.

#include <cstdint>
#include <span>
#include <string>

#include "cli/command.h"
#include "wasm/component/ast.h"
#include "wasm/component/parse.h"
#include "wasm/core/module.h"

namespace witc::cli {

/// Is it a component (and not a core module)? By the layer field of a binary, the first word of a text.
bool is_component(const Context& context, SourceId source);

/// Is it WebAssembly at all? Text is if its first character, comments aside, opens a parenthesis.
bool is_wasm(const Context& context, SourceId source);

/// WebAssembly from a path or `-`, as a binary source: text is encoded, with its names. Errors: the parser's.
Result<SourceId> read_binary(Context& context, const std::string& path, const component::ParseOptions& options = {});

/// A component from a path or `-`. Errors: kFileKind for anything else, and the decoder's.
Result<component::ast::Component> read_component(Context& context, const std::string& path);
/// One that was read.
Result<component::ast::Component> read_component(const Context& context, SourceId source);

/// A core module from a path or `-`. Errors: kFileKind for a component, and the decoder's.
Result<wasm::Module> read_core_module(Context& context, const std::string& path);

/// Writes a binary, as it is or (`as_text`) printed, to a path, `-` or standard output (empty). Errors: kFileUnwritable.
Result<void> write_wasm(Context& context, const std::string& path, std::span<const std::uint8_t> bytes, bool as_text);

}  // namespace witc::cli
