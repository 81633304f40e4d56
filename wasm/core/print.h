// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Module → text (core specification, "Text Format"): flat instructions, one to a line, identifiers from the
// name section, indices as comments. The form is that of `wasm-tools print`, so that outputs can be
// compared, and parses back to the same module. Modules that are not valid print too.

#include <cstdint>
#include <string>

#include "base/result.h"
#include "wasm/core/module.h"

namespace witc::wasm {

struct PrintOptions {
  /// What stands after the first parenthesis: `module`, or `core module` inside a component.
  std::string keyword = "module";
  /// What follows it: ` $name` or ` $name (;0;)`. Without a value the module's own name, if it has one.
  std::optional<std::string> id;
  /// How many steps of two spaces the whole is indented by; the first line is not.
  unsigned indent = 0;
  /// Bodies, elements and data as `...`: what does not parse again, but shows the shape.
  bool skeleton = false;
  /// Each line begins with where it is in the binary, as a comment.
  bool offsets = false;
  /// What has no name gets one, made of its kind and index: `$func3`.
  bool name_unnamed = false;
  /// Instructions in parentheses, with their operands inside, where they are made of whole instructions.
  bool fold = false;
  /// After each instruction what is on the operand stack, as a comment. The module must be valid.
  bool operand_stack = false;
};

/// The module as text, ended with its last parenthesis and no line end. Errors: code that is malformed.
Result<std::string> print_module(const Module& module, const PrintOptions& options = {});

/// `name` as an identifier: `$name`, or `$"na me"` where it is not made of identifier characters.
std::string to_identifier(std::string_view name);
/// A name or string in quotes; characters outside ASCII as `\u{...}`.
std::string quote_name(std::string_view name);
/// Bytes in quotes, those that are not printable as `\xx`.
std::string quote_bytes(std::span<const std::uint8_t> bytes);

/// A floating point constant in hexadecimal, `nan:0x...` included; `bits` is its IEEE representation.
std::string float_text(std::uint32_t bits);
std::string float_text(std::uint64_t bits);

}  // namespace witc::wasm
