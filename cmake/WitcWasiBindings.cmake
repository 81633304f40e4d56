# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The host bindings that wasi-preview/ is written on: wasi-preview/wit through the build's own `bindgen cpp --host`.
file(GLOB wasi_wit CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/wasi-preview/wit/*.wit" "${PROJECT_SOURCE_DIR}/wasi-preview/wit/deps/*.wit")
set(wasi_bindings "${PROJECT_BINARY_DIR}/generated/wasi")
set(wasi_generated "${wasi_bindings}/wasi_host.cpp" "${wasi_bindings}/wasi_host.h" "${wasi_bindings}/wit.h"
                   "${wasi_bindings}/wit_host.h" "${wasi_bindings}/wit_host_call.h"
                   "${wasi_bindings}/wit_host_handles.h")
add_custom_command(OUTPUT ${wasi_generated}
  COMMAND witc_bindgen bindgen cpp "${PROJECT_SOURCE_DIR}/wasi-preview/wit" --world wasi --host --out-dir "${wasi_bindings}"
  DEPENDS ${wasi_wit} witc_bindgen VERBATIM COMMENT "Host bindings for WASI 0.2")
add_library(witc_wasi_bindings STATIC ${wasi_generated})
target_link_libraries(witc_wasi_bindings PUBLIC witc_adapter-gen)
target_include_directories(witc_wasi_bindings PUBLIC "${wasi_bindings}")
