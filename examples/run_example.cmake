# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Runs EXAMPLE/demo.sh with the witc built in WITC and compares what it prints with expected_output.txt. A demo whose
# toolchain is not installed ends with 77 and says so: ctest reports it as skipped.
file(REMOVE_RECURSE "${FOLDER}")
execute_process(COMMAND "${EXAMPLE}/demo.sh" "${WITC}" "${FOLDER}" OUTPUT_VARIABLE printed RESULT_VARIABLE status)
file(READ "${EXAMPLE}/expected_output.txt" expected)
if(status EQUAL 77)
  message("${printed}")
  return()
endif()
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the example ended with status ${status}; it printed:\n${printed}")
endif()
if(NOT printed STREQUAL expected)
  message(FATAL_ERROR "the example printed:\n${printed}\nexpected:\n${expected}")
endif()
