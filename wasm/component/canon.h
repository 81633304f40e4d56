// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The table of canonical built-ins (canon.def) as data. Decoder, encoder, printer, parser and validator all
// go by it, so that a new built-in is one line there and its rule in the validator.

#include <cstdint>
#include <string_view>

namespace witc::component {

enum class CanonOp : std::uint8_t {
#define WITC_CANON(opcode, name, text, immediates, feature) name = opcode,
#include "wasm/component/canon.def"
#undef WITC_CANON
};

enum class CanonImmediates : std::uint8_t {
  kNone, kOpts, kResource, kType, kTypeOpts, kTypeAsync, kResultOpts, kAsync, kCancel, kCancelMemory, kSlot,
  kCoreTypeTable, kShared, kSharedType, kSharedTypeTable,
};
enum class CanonFeature : std::uint8_t { kBase, kAsync, kErrorContext, kThreading, kSharedThreads };

struct CanonInfo {
  CanonOp op;
  std::string_view name;  // `resource.new`
  CanonImmediates immediates;
  CanonFeature feature;
};

/// The built-in of an opcode or of a name in the text format; null if there is none.
const CanonInfo* find_canon(std::uint8_t opcode);
const CanonInfo* find_canon(std::string_view name);

/// The opcodes of canonical options (Binary.md, `canonopt`).
enum class CanonOption : std::uint8_t {
  kUtf8 = 0x00, kUtf16 = 0x01, kLatin1Utf16 = 0x02, kMemory = 0x03, kRealloc = 0x04, kPostReturn = 0x05,
  kAsync = 0x06, kCallback = 0x07, kCoreType = 0x08, kGc = 0x09,
};

}  // namespace witc::component
