# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The folder engine/, which is not one library: engine/codegen/ needs LLVM, whose library is large and slow to load, and
# the rest is not to have it in its process unless something must be compiled (engine/compiler.h).
#
#   witc_engine        all of it, LLVM included: what embeds the engine, and the tests
#   witc_engine_core   all but codegen/, with a loader for the next: the program `witc`
#   witc-compiler      codegen/ as a shared library
file(GLOB_RECURSE engine_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/engine/*.cpp")
set(engine_tests ${engine_sources})
list(FILTER engine_tests INCLUDE REGEX "_test\\.cpp$")
list(FILTER engine_sources EXCLUDE REGEX "_test\\.cpp$|/engine/compiler/")
set(codegen_sources ${engine_sources})
list(FILTER codegen_sources INCLUDE REGEX "/engine/codegen/")
list(FILTER engine_sources EXCLUDE REGEX "/engine/codegen/")

# What everything that uses the engine needs, whichever of the libraries it is linked with.
add_library(witc_engine_interface INTERFACE)
target_link_libraries(witc_engine_interface INTERFACE witc_options witc_linker Threads::Threads)

add_library(witc_engine_objects OBJECT ${engine_sources})
target_link_libraries(witc_engine_objects PUBLIC witc_engine_interface)
add_library(witc_engine_codegen OBJECT ${codegen_sources})
target_link_libraries(witc_engine_codegen PUBLIC witc_engine_interface witc_llvm)
witc_precompile(witc_engine_codegen "${PROJECT_SOURCE_DIR}/engine/codegen/llvm.h")

add_library(witc_engine STATIC engine/compiler/linked.cpp $<TARGET_OBJECTS:witc_engine_objects>
            $<TARGET_OBJECTS:witc_engine_codegen>)
target_link_libraries(witc_engine PUBLIC witc_engine_interface witc_llvm OpenSSL::Crypto)

add_library(witc_engine_core STATIC engine/compiler/loaded.cpp $<TARGET_OBJECTS:witc_engine_objects>)
# SHA-256 (engine/cache/sha256.cpp) is a few objects of the static library, and they need no other. In a program that has the
# shared one as well, it must be from there: what is linked with this library must not use libcrypto for anything else.
target_link_libraries(witc_engine_core PUBLIC witc_engine_interface ${WITC_CRYPTO_OBJECTS})
set_source_files_properties(engine/compiler/loaded.cpp engine/compiler/library.cpp engine/precompiled.cpp
                            PROPERTIES COMPILE_DEFINITIONS "WITC_VERSION=\"${PROJECT_VERSION}\"")

witc_own_library(witc-compiler engine/compiler/library.map
                 SOURCES engine/compiler/library.cpp $<TARGET_OBJECTS:witc_engine_codegen>
                 LINK witc_engine_core witc_llvm)

witc_unit_tests(engine "${engine_tests}" witc_engine)
