// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/type_text.h"

#include <fmt/format.h>

#include <utility>

namespace witc::wasm {
namespace {

/// The shorthand of `(ref null x)`; empty for kIndex.
std::string_view shorthand(HeapType::Kind kind) {
  switch (kind) {
    case HeapType::kFunc:
      return "funcref";
    case HeapType::kExtern:
      return "externref";
    case HeapType::kAny:
      return "anyref";
    case HeapType::kEq:
      return "eqref";
    case HeapType::kI31:
      return "i31ref";
    case HeapType::kStruct:
      return "structref";
    case HeapType::kArray:
      return "arrayref";
    case HeapType::kExn:
      return "exnref";
    case HeapType::kNoFunc:
      return "nullfuncref";
    case HeapType::kNoExtern:
      return "nullexternref";
    case HeapType::kNone:
      return "nullref";
    case HeapType::kNoExn:
      return "nullexnref";
    case HeapType::kCont:
      return "contref";
    case HeapType::kNoCont:
      return "nullcontref";
    case HeapType::kIndex:
      return {};
  }
  std::unreachable();
}

std::string join(const std::vector<ValType>& types) {
  std::string text = "[";
  for (const ValType& type : types) {
    if (text.size() > 1) text += ' ';
    text += to_string(type);
  }
  return text + "]";
}

}  // namespace

std::string_view keyword(HeapType::Kind kind) {
  switch (kind) {
    case HeapType::kFunc:
      return "func";
    case HeapType::kExtern:
      return "extern";
    case HeapType::kAny:
      return "any";
    case HeapType::kEq:
      return "eq";
    case HeapType::kI31:
      return "i31";
    case HeapType::kStruct:
      return "struct";
    case HeapType::kArray:
      return "array";
    case HeapType::kExn:
      return "exn";
    case HeapType::kNoFunc:
      return "nofunc";
    case HeapType::kNoExtern:
      return "noextern";
    case HeapType::kNone:
      return "none";
    case HeapType::kNoExn:
      return "noexn";
    case HeapType::kCont:
      return "cont";
    case HeapType::kNoCont:
      return "nocont";
    case HeapType::kIndex:
      return {};
  }
  std::unreachable();
}

std::optional<HeapType::Kind> heap_type_named(std::string_view text) {
  for (unsigned kind = 0; kind < HeapType::kIndex; ++kind) {
    if (keyword(static_cast<HeapType::Kind>(kind)) == text) return static_cast<HeapType::Kind>(kind);
  }
  return std::nullopt;
}

std::string to_string(const HeapType& type) {
  if (type.kind == HeapType::kIndex) return with_attributes(type, std::to_string(type.index.value));
  return with_attributes(type, keyword(type.kind));
}

std::string with_attributes(const HeapType& type, std::string_view text) {
  if (type.is_exact) return fmt::format("(exact {})", text);
  return type.is_shared ? fmt::format("(shared {})", text) : std::string(text);
}

std::string to_string(const RefType& type) {
  // Shared ones in full: `(shared funcref)` could be a shared global.
  const bool is_short = type.nullable && type.heap.kind != HeapType::kIndex && !type.heap.is_shared;
  if (is_short) return std::string(shorthand(type.heap.kind));
  return fmt::format("(ref {}{})", type.nullable ? "null " : "", to_string(type.heap));
}

std::string to_string(const ValType& type) {
  switch (type.kind) {
    case ValType::kI32:
      return "i32";
    case ValType::kI64:
      return "i64";
    case ValType::kF32:
      return "f32";
    case ValType::kF64:
      return "f64";
    case ValType::kV128:
      return "v128";
    case ValType::kRef:
      return to_string(type.ref);
  }
  std::unreachable();
}

std::string to_string(const FuncType& type) { return fmt::format("{} -> {}", join(type.params), join(type.results)); }

}  // namespace witc::wasm
