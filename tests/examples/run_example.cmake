# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Configures, builds and runs one example, and compares its output.
find_program(cxx NAMES clang++-22 clang++)
file(WRITE "${BINARY}.probe.cpp" "#include <vector>\n")
execute_process(COMMAND "${cxx}" --target=wasm32-wasi -fsyntax-only "${BINARY}.probe.cpp" RESULT_VARIABLE absent
  OUTPUT_QUIET ERROR_QUIET)
if(absent)
  message("skipped: the guests' C++ library is absent")
  return()
endif()
execute_process(COMMAND "${CMAKE_COMMAND}" -G Ninja -S "${EXAMPLE}" -B "${BINARY}" "-Dwitc_DIR=${witc_DIR}"
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${CMAKE_COMMAND}" --build "${BINARY}" COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${WITC}" run "${BINARY}/${PROGRAM}" OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
file(READ "${EXAMPLE}/expected_output.txt" expected)
if(NOT output STREQUAL expected)
  message(FATAL_ERROR "the output is\n${output}\nbut should be\n${expected}")
endif()
