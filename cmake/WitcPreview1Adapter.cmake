# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The built-in preview 1 adapter: linker/new/preview1/wasm32/ compiled for wasm32 by a stock clang and embedded in the
# linker library as bytes. It imports its memory, which `witc new` makes for it (linker/new/encoder_guest_memory.cpp).
find_program(WITC_WASM_CC NAMES clang-22 clang REQUIRED
  DOC "A clang with the WebAssembly target (with wasm-ld), for the preview 1 adapter")

set(adapter_folder "${PROJECT_SOURCE_DIR}/linker/new/preview1/wasm32")
file(GLOB adapter_sources CONFIGURE_DEPENDS "${adapter_folder}/*.cpp")
file(GLOB adapter_headers CONFIGURE_DEPENDS "${adapter_folder}/*.h")
set(adapter_wasm "${PROJECT_BINARY_DIR}/generated/preview1_adapter.wasm")
set(adapter_cpp "${PROJECT_BINARY_DIR}/generated/preview1_adapter.cpp")
set(adapter_embed "${CMAKE_CURRENT_LIST_DIR}/WitcEmbedBytes.cmake")
file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/generated")

add_custom_command(
  OUTPUT "${adapter_wasm}"
  COMMAND "${WITC_WASM_CC}" --target=wasm32 -xc++ -std=c++23 -Oz -ffreestanding -fno-exceptions -fno-rtti
          -fno-threadsafe-statics -mbulk-memory -nostdlib -Wall -Wextra "-I${PROJECT_SOURCE_DIR}"
          -Wl,--no-entry,--import-memory,--stack-first,-z,stack-size=16384
          -o "${adapter_wasm}" ${adapter_sources}
  DEPENDS ${adapter_sources} ${adapter_headers} VERBATIM COMMENT "Compiling the preview 1 adapter")
add_custom_command(
  OUTPUT "${adapter_cpp}"
  COMMAND "${CMAKE_COMMAND}" "-DINPUT=${adapter_wasm}" "-DOUTPUT=${adapter_cpp}" -DNAMESPACE=witc::linker
          -DFUNCTION=preview1_adapter_bytes -P "${adapter_embed}"
  DEPENDS "${adapter_wasm}" "${adapter_embed}" VERBATIM COMMENT "Embedding the preview 1 adapter")
target_sources(witc_linker PRIVATE "${adapter_cpp}")
