# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# cmake -DINPUT=file -DOUTPUT=file.cpp -DNAMESPACE=a::b -DFUNCTION=f -P WitcEmbedBytes.cmake
# Writes a source that defines `std::span<const std::uint8_t> a::b::f()`, the bytes of a file.
file(READ "${INPUT}" hex HEX)
string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE "${OUTPUT}" "// Made by cmake/WitcEmbedBytes.cmake.
#include <cstdint>
#include <span>

namespace ${NAMESPACE} {

std::span<const std::uint8_t> ${FUNCTION}();

std::span<const std::uint8_t> ${FUNCTION}() {
  static constexpr std::uint8_t kBytes[] = {
${bytes}
  };
  return kBytes;
}

}  // namespace ${NAMESPACE}
")
