# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The folder wasi-preview/, which is not one library: HTTP over sockets needs OpenSSL and nghttp2, which are slow to load, and
# the rest is not to have them in its process unless something is served or sent (wasi-preview/http/transport.h).
#
#   witc_wasi-preview        all of it: what embeds it, and the tests
#   witc_wasi-preview_core   all but http/client/ and http/server/, with a loader for the next: the program `witc`
#   witc-http                those two as a shared library
file(GLOB_RECURSE wasi_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/wasi-preview/*.cpp")
list(FILTER wasi_sources EXCLUDE REGEX "/wasm32/")
set(wasi_tests ${wasi_sources})
list(FILTER wasi_tests INCLUDE REGEX "_test\\.cpp$")
list(FILTER wasi_sources EXCLUDE REGEX "_test\\.cpp$|/http/transport/")
set(http_sources ${wasi_sources})
list(FILTER http_sources INCLUDE REGEX "/http/(client|server)/")
list(FILTER wasi_sources EXCLUDE REGEX "/http/(client|server)/")

# What everything that uses it needs, whichever of the libraries it is linked with.
add_library(witc_wasi-preview_interface INTERFACE)
target_link_libraries(witc_wasi-preview_interface INTERFACE witc_engine_interface witc_wasi_bindings Boost::headers)

add_library(witc_wasi-preview_objects OBJECT ${wasi_sources})
target_link_libraries(witc_wasi-preview_objects PUBLIC witc_wasi-preview_interface)
add_library(witc_http_objects OBJECT ${http_sources} wasi-preview/http/transport/asio_transport.cpp)
target_link_libraries(witc_http_objects PUBLIC witc_wasi-preview_interface OpenSSL::SSL OpenSSL::Crypto ${WITC_NGHTTP2})

add_library(witc_wasi-preview STATIC wasi-preview/http/transport/linked.cpp $<TARGET_OBJECTS:witc_wasi-preview_objects>
            $<TARGET_OBJECTS:witc_http_objects>)
target_link_libraries(witc_wasi-preview PUBLIC witc_wasi-preview_interface OpenSSL::SSL OpenSSL::Crypto ${WITC_NGHTTP2})

add_library(witc_wasi-preview_core STATIC wasi-preview/http/transport/loaded.cpp $<TARGET_OBJECTS:witc_wasi-preview_objects>)
target_link_libraries(witc_wasi-preview_core PUBLIC witc_wasi-preview_interface)
set_source_files_properties(wasi-preview/http/transport/loaded.cpp wasi-preview/http/transport/library.cpp
                            PROPERTIES COMPILE_DEFINITIONS "WITC_VERSION=\"${PROJECT_VERSION}\"")

witc_own_library(witc-http wasi-preview/http/transport/library.map
                 SOURCES wasi-preview/http/transport/library.cpp $<TARGET_OBJECTS:witc_http_objects>
                 LINK witc_wasi-preview_core OpenSSL::SSL OpenSSL::Crypto ${WITC_NGHTTP2})

witc_unit_tests(wasi-preview "${wasi_tests}" witc_wasi-preview witc_engine)
