// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/component/keywords.h"

#include <fmt/format.h>

namespace witc::component {

std::string_view keyword(CoreSort sort) {
  switch (sort) {
    case CoreSort::kFunc:
      return "func";
    case CoreSort::kTable:
      return "table";
    case CoreSort::kMemory:
      return "memory";
    case CoreSort::kGlobal:
      return "global";
    case CoreSort::kTag:
      return "tag";
    case CoreSort::kType:
      return "type";
    case CoreSort::kModule:
      return "module";
    case CoreSort::kInstance:
      return "instance";
  }
  return "?";
}

std::string_view keyword(Sort sort) {
  switch (sort) {
    case Sort::kCore:
      return "core";
    case Sort::kFunc:
      return "func";
    case Sort::kValue:
      return "value";
    case Sort::kType:
      return "type";
    case Sort::kComponent:
      return "component";
    case Sort::kInstance:
      return "instance";
  }
  return "?";
}

std::string keyword(Sort sort, CoreSort core) {
  if (sort == Sort::kCore) return fmt::format("core {}", keyword(core));
  return std::string(keyword(sort));
}

std::string_view keyword(PrimValType prim) {
  switch (prim) {
    case PrimValType::kBool:
      return "bool";
    case PrimValType::kS8:
      return "s8";
    case PrimValType::kU8:
      return "u8";
    case PrimValType::kS16:
      return "s16";
    case PrimValType::kU16:
      return "u16";
    case PrimValType::kS32:
      return "s32";
    case PrimValType::kU32:
      return "u32";
    case PrimValType::kS64:
      return "s64";
    case PrimValType::kU64:
      return "u64";
    case PrimValType::kF32:
      return "f32";
    case PrimValType::kF64:
      return "f64";
    case PrimValType::kChar:
      return "char";
    case PrimValType::kString:
      return "string";
    case PrimValType::kErrorContext:
      return "error-context";
  }
  return "?";
}

std::string_view keyword(StringEncoding encoding) {
  switch (encoding) {
    case StringEncoding::kUtf8:
      return "utf8";
    case StringEncoding::kUtf16:
      return "utf16";
    case StringEncoding::kLatin1Utf16:
      return "latin1+utf16";
  }
  return {};
}

}  // namespace witc::component
