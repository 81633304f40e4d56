# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# witc as a package: one configuration for the build folder, one to install; both say where the program, the headers and
# the libraries are (witcConfig.cmake.in).
include(GNUInstallDirs)

set(witc_package_libraries engine linker adapter-gen wit-parser wasm base)  # each needs those after it
set(WITC_LINK_OPTIONS "")
if(WITC_ASAN)
  set(WITC_LINK_OPTIONS "-fsanitize=address,undefined")
endif()

set(WITC_ROOT "")
set(WITC_EXECUTABLE "${PROJECT_BINARY_DIR}/bin/witc")
set(WITC_CMAKE_DIR "${PROJECT_SOURCE_DIR}/cmake")
set(WITC_INCLUDE_DIR "${PROJECT_SOURCE_DIR}")
set(WITC_LIBRARY_DIR "${PROJECT_BINARY_DIR}")
set(WITC_LIBRARIES "${witc_package_libraries}")
configure_file(cmake/witcConfig.cmake.in witcConfig.cmake @ONLY)

set(witc_package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/witc")
file(RELATIVE_PATH witc_up "/${witc_package_folder}" "/")
set(WITC_ROOT "\${CMAKE_CURRENT_LIST_DIR}/${witc_up}")
set(WITC_EXECUTABLE "${WITC_ROOT}${CMAKE_INSTALL_BINDIR}/witc")
set(WITC_CMAKE_DIR "\${CMAKE_CURRENT_LIST_DIR}")
set(WITC_INCLUDE_DIR "${WITC_ROOT}${CMAKE_INSTALL_INCLUDEDIR}/witc")
set(WITC_LIBRARY_DIR "${WITC_ROOT}${CMAKE_INSTALL_LIBDIR}")
configure_file(cmake/witcConfig.cmake.in install/witcConfig.cmake @ONLY)

install(TARGETS witc RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(TARGETS witc-compiler witc-http LIBRARY DESTINATION "${WITC_LIBRARY_FOLDER}")
foreach(library ${witc_package_libraries})
  install(TARGETS witc_${library} ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
endforeach()
foreach(folder base wasm wit-parser adapter-gen linker engine)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/${folder}" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/witc"
    FILES_MATCHING PATTERN "*.h" PATTERN "*.def"
    PATTERN grammar EXCLUDE PATTERN codegen EXCLUDE PATTERN compiler EXCLUDE PATTERN runtime EXCLUDE PATTERN arch EXCLUDE PATTERN wast EXCLUDE PATTERN api EXCLUDE)
endforeach()
install(FILES "${PROJECT_BINARY_DIR}/install/witcConfig.cmake" cmake/WitcGuest.cmake DESTINATION "${witc_package_folder}")
