# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# How a folder becomes targets, and what every target is compiled with.

find_program(WITC_CCACHE ccache)
if(WITC_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER "${WITC_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${WITC_CCACHE}")
endif()
find_program(WITC_LLD NAMES ld.lld-22 ld.lld)
if(WITC_LLD)
  add_link_options("-fuse-ld=lld$<$<CXX_COMPILER_ID:Clang>:>")
endif()

add_library(witc_options INTERFACE)
target_include_directories(witc_options INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(witc_options INTERFACE
  -Wall -Wextra -Werror=return-type -Wno-missing-field-initializers
  $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wno-gnu-statement-expression>
  $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wno-missing-designated-field-initializers>
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-dangling-reference>)
if(WITC_ASAN)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(WITC_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# witc_precompile(<target> <header>): precompiles a header for a target whose files all include it, in a way that ccache
# can follow.
function(witc_precompile target header)
  target_precompile_headers(${target} PRIVATE "${header}")
  if(WITC_CCACHE)
    set_target_properties(${target} PROPERTIES CXX_COMPILER_LAUNCHER
      "${CMAKE_COMMAND};-E;env;CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime;${WITC_CCACHE}")
    target_compile_options(${target} PRIVATE
      $<$<COMPILE_LANG_AND_ID:CXX,Clang>:SHELL:-Xclang -fno-pch-timestamp>
      $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fpch-preprocess>)
  endif()
endfunction()

# witc_unit_tests(<folder> <sources> <targets>...): the test program `<folder>_test`, if there are sources for it.
function(witc_unit_tests folder sources)
  if(sources)
    add_executable(${folder}_test ${sources} "${PROJECT_SOURCE_DIR}/tests/doctest_main.cpp")
    target_link_libraries(${folder}_test PRIVATE ${ARGN} doctest::doctest)
    add_test(NAME unit/${folder} COMMAND ${folder}_test)
  endif()
endfunction()

# witc_library(<folder> LINK <targets>... TEST_LINK <targets>...): library `witc_<folder>` of the folder's sources (all
# levels) and, where it has `*_test.cpp`, the test program `<folder>_test`, which ctest runs.
# Sources in a folder `wasm32` are no part of it: they are compiled for wasm, and embedded (WitcPreview1Adapter.cmake).
function(witc_library folder)
  cmake_parse_arguments(ARG "" "" "LINK;TEST_LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.cpp")
  list(FILTER sources EXCLUDE REGEX "/wasm32/")
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  if(sources)
    add_library(witc_${folder} STATIC ${sources})
    target_link_libraries(witc_${folder} PUBLIC witc_options ${ARG_LINK})
  else()
    add_library(witc_${folder} INTERFACE)
    target_link_libraries(witc_${folder} INTERFACE witc_options ${ARG_LINK})
  endif()
  witc_unit_tests(${folder} "${tests}" witc_${folder} ${ARG_TEST_LINK})
endfunction()

# What the program opens only when it needs it (base/own_library.h), beside it or in this folder, from where it is.
include(GNUInstallDirs)
set(WITC_LIBRARY_FOLDER "${CMAKE_INSTALL_LIBDIR}/witc")
file(RELATIVE_PATH witc_library_folder_from_program "/${CMAKE_INSTALL_BINDIR}" "/${WITC_LIBRARY_FOLDER}")

# witc_own_library(<name> <map> SOURCES <files>... LINK <targets>...): such a library. It has copies of what it needs of the
# folders, and shows one function, which the map names: what else it defines is nobody's business.
function(witc_own_library name map)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} SHARED ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} "-Wl,--version-script,${PROJECT_SOURCE_DIR}/${map}")
  set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin"
                        LINK_DEPENDS "${PROJECT_SOURCE_DIR}/${map}")
endfunction()

# witc_embed_text(<files>...): text files that the program carries with it. `a/b.h` can then be included,
# as the body of a string, under the name `embedded/a/b.h.inc`; changing it configures again.
function(witc_embed_text)
  foreach(file ${ARGN})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${file}")
    file(READ "${PROJECT_SOURCE_DIR}/${file}" text)
    file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/include/embedded/${file}.inc"
         CONTENT "R\"witc_text(@text@)witc_text\"\n" @ONLY)
  endforeach()
  target_include_directories(witc_options INTERFACE "${PROJECT_BINARY_DIR}/include")
endfunction()

# witc_can_build_guests(<variable>): is there a compiler for wasm32-wasi, with C and C++ libraries? Found out by compiling
# something, once. For tests that make their guests from C++, after WitcGuest.cmake is included; without, they are skipped.
function(witc_can_build_guests variable)
  if(NOT DEFINED CACHE{WITC_CAN_BUILD_GUESTS})
    set(works FALSE)
    if(WITC_GUEST_CXX)
      set(probe "${PROJECT_BINARY_DIR}/CMakeFiles/witc-guest-probe")
      file(WRITE "${probe}.cpp" "#include <vector>\nint main() { return 0; }\n")
      execute_process(COMMAND "${WITC_GUEST_CXX}" ${WITC_GUEST_FLAGS} "${probe}.cpp" -o "${probe}.wasm"
        RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
      if(status EQUAL 0)
        set(works TRUE)
      endif()
    endif()
    set(WITC_CAN_BUILD_GUESTS ${works} CACHE INTERNAL "is there a compiler for wasm32-wasi with its libraries")
  endif()
  set(${variable} ${WITC_CAN_BUILD_GUESTS} PARENT_SCOPE)
endfunction()
