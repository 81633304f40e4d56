# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What witc needs from outside, each found by find_package, with one clear line for each that is missing.
# `./dev setup` installs the lot.

set(WITC_MISSING "")
macro(witc_need name package)
  if(NOT ${name}_FOUND)
    list(APPEND WITC_MISSING "${name}: not found (Debian package: ${package})")
  endif()
endmacro()

find_package(fmt QUIET CONFIG)
witc_need(fmt libfmt-dev)
find_package(nlohmann_json QUIET CONFIG)
witc_need(nlohmann_json nlohmann-json3-dev)
find_package(Boost 1.81 QUIET)
witc_need(Boost libboost1.81-dev)
find_package(CLI11 QUIET CONFIG)
witc_need(CLI11 libcli11-dev)
find_package(doctest QUIET CONFIG)
witc_need(doctest doctest-dev)
find_package(LLVM 22.1 QUIET CONFIG HINTS /usr/lib/llvm-22/lib/cmake/llvm)
witc_need(LLVM llvm-22-dev)
find_path(WITC_XXHASH xxhash.h)
set(xxhash_FOUND ${WITC_XXHASH})
witc_need(xxhash libxxhash-dev)
find_package(Threads QUIET REQUIRED)
find_package(OpenSSL QUIET)
witc_need(OpenSSL libssl-dev)
find_library(WITC_CRYPTO_OBJECTS libcrypto.a)
if(NOT WITC_CRYPTO_OBJECTS)
  set(WITC_CRYPTO_OBJECTS OpenSSL::Crypto)
endif()
find_library(WITC_NGHTTP2 nghttp2)
set(nghttp2_FOUND ${WITC_NGHTTP2})
witc_need(nghttp2 libnghttp2-dev)

if(WITC_MISSING)
  list(JOIN WITC_MISSING "\n  " witc_missing_lines)
  message(FATAL_ERROR "witc needs:\n  ${witc_missing_lines}\n`./dev setup` installs them.")
endif()

# LLVM as one shared library, its headers as system headers.
add_library(witc_llvm INTERFACE)
target_include_directories(witc_llvm SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS})
target_compile_definitions(witc_llvm INTERFACE ${LLVM_DEFINITIONS_LIST})
target_link_libraries(witc_llvm INTERFACE LLVM Threads::Threads)

# fmt, whose shared library is 0.2 ms of every start, as a part of ours: base/fmt.cpp is its source, which is little more than
# an include, for the version that it knows.
add_library(witc_fmt INTERFACE)
if(fmt_VERSION VERSION_LESS 9 OR fmt_VERSION VERSION_GREATER_EQUAL 10)
  target_link_libraries(witc_fmt INTERFACE fmt::fmt)
else()
  target_include_directories(witc_fmt SYSTEM INTERFACE $<TARGET_PROPERTY:fmt::fmt,INTERFACE_INCLUDE_DIRECTORIES>)
  target_compile_definitions(witc_fmt INTERFACE $<TARGET_PROPERTY:fmt::fmt,INTERFACE_COMPILE_DEFINITIONS>)
endif()
