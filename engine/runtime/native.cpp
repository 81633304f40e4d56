// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/runtime/native.h"

#include <type_traits>

#include "adapter-gen/kernels.h"
#include "engine/runtime/context.h"

namespace witc::engine {
namespace {

/// A function that wants no StoreHeader, as one that is given it.
template <auto kFunction, class Type = std::remove_pointer_t<decltype(kFunction)>>
struct WithoutHeader;
template <auto kFunction, class Result, class... Params>
struct WithoutHeader<kFunction, Result(Params...)> {
  static Result call(StoreHeader*, Params... params) { return kFunction(params...); }
};

template <auto kFunction>
const void* kernel() {
  return reinterpret_cast<const void*>(&WithoutHeader<kFunction>::call);
}

}  // namespace

const void* native_code(Native native) {
  switch (native) {
    case Native::kUtf8Copy: return kernel<&abi::kernels::utf8_copy>();
    case Native::kUtf16Copy: return kernel<&abi::kernels::utf16_copy>();
    case Native::kUtf8ToUtf16: return kernel<&abi::kernels::utf8_to_utf16>();
    case Native::kValidUtf8ToUtf16: return kernel<&abi::kernels::valid_utf8_to_utf16>();
    case Native::kUtf16ToUtf8Ascii: return kernel<&abi::kernels::utf16_to_utf8_ascii>();
    case Native::kUtf16ToUtf8: return kernel<&abi::kernels::utf16_to_utf8>();
    case Native::kLatin1ToUtf8Ascii: return kernel<&abi::kernels::latin1_to_utf8_ascii>();
    case Native::kLatin1ToUtf8: return kernel<&abi::kernels::latin1_to_utf8>();
    case Native::kLatin1ToUtf16: return kernel<&abi::kernels::latin1_to_utf16>();
    case Native::kUtf8ToLatin1: return kernel<&abi::kernels::utf8_to_latin1>();
    case Native::kUtf16ToLatin1: return kernel<&abi::kernels::utf16_to_latin1>();
    case Native::kInflateLatin1: return kernel<&abi::kernels::inflate_latin1>();
    case Native::kDeflateUtf16: return kernel<&abi::kernels::deflate_utf16>();
    case Native::kBoolCopy: return kernel<&abi::kernels::bool_copy>();
    case Native::kCharCopy: return kernel<&abi::kernels::char_copy>();
    case Native::kEnum8Copy: return kernel<&abi::kernels::enum8_copy>();
    case Native::kEnum16Copy: return kernel<&abi::kernels::enum16_copy>();
    case Native::kEnum32Copy: return kernel<&abi::kernels::enum32_copy>();
    case Native::kMaskCopy: return kernel<&abi::kernels::mask_copy>();
    case Native::kVariantCopy: return kernel<&abi::kernels::variant_copy>();
    case Native::kPaddedCopy: return kernel<&abi::kernels::padded_copy>();
  }
  return nullptr;
}

}  // namespace witc::engine
