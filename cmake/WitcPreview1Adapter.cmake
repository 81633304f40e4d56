# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The built-in preview 1 adapter: linker/new/preview1/adapter.c compiled for wasm32 by a stock clang and
# embedded in the linker library as bytes. It imports its memory and has no data, so that it can live in the
# main module's memory (see the file).
find_program(WITC_WASM_CC NAMES clang-22 clang REQUIRED
  DOC "A clang with the WebAssembly target (with wasm-ld), for the preview 1 adapter")

set(adapter_source "${PROJECT_SOURCE_DIR}/linker/new/preview1/adapter.c")
set(adapter_wasm "${PROJECT_BINARY_DIR}/generated/preview1_adapter.wasm")
set(adapter_cpp "${PROJECT_BINARY_DIR}/generated/preview1_adapter.cpp")
set(adapter_embed "${CMAKE_CURRENT_LIST_DIR}/WitcEmbedBytes.cmake")
file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/generated")

add_custom_command(
  OUTPUT "${adapter_wasm}"
  COMMAND "${WITC_WASM_CC}" --target=wasm32 -Oz -ffreestanding -mbulk-memory -nostdlib -Wall -Wextra
          -Wl,--no-entry,--import-memory -o "${adapter_wasm}" "${adapter_source}"
  DEPENDS "${adapter_source}" VERBATIM COMMENT "Compiling the preview 1 adapter")
add_custom_command(
  OUTPUT "${adapter_cpp}"
  COMMAND "${CMAKE_COMMAND}" "-DINPUT=${adapter_wasm}" "-DOUTPUT=${adapter_cpp}" -DNAMESPACE=witc::linker
          -DFUNCTION=preview1_adapter_bytes -P "${adapter_embed}"
  DEPENDS "${adapter_wasm}" "${adapter_embed}" VERBATIM COMMENT "Embedding the preview 1 adapter")
target_sources(witc_linker PRIVATE "${adapter_cpp}")
