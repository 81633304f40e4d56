# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What a project that makes components uses; included by find_package(witc).
#
#   witc_bindgen(<target> WIT <path> WORLD <world>)
#       C++ bindings for a world, made at build time.
#   witc_component(<target> [BINDINGS <target>...] SOURCES <file>... [COMMAND] [OUTPUT <file>]
#                  [COMPILE_OPTIONS <option>...] [LINK_OPTIONS <option>...])
#       A component of C++ sources: `<target>.wasm` in the binary folder. COMMAND: a program with `main`.
#   witc_compose(<target> SOCKET <component> PLUGS <component>... [OUTPUT <file>])
#   witc_compose(<target> WAC <file> [DEPS <pkg>=<component>...] [OUTPUT <file>])
#       A composition: exports of the plugs plugged into imports of the socket, or what a WAC program
#       says. A component is a target of witc_component or witc_compose, or a path.
#
# Every target has the property WITC_FILE, the path of what it makes.

find_program(WITC_GUEST_CXX NAMES clang++-22 clang++ DOC "C++ compiler of components")
set(WITC_GUEST_FLAGS "--target=wasm32-wasi;-Wno-deprecated;-std=c++23;-fno-exceptions;-O2" CACHE STRING
    "Compiler options of components")

function(witc_bindgen target)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "WIT;WORLD" "")
  cmake_path(ABSOLUTE_PATH ARG_WIT BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}")
  if(IS_DIRECTORY "${ARG_WIT}")
    file(GLOB_RECURSE inputs CONFIGURE_DEPENDS "${ARG_WIT}/*.wit" "${ARG_WIT}/*.wasm")
  else()
    set(inputs "${ARG_WIT}")
  endif()
  string(REPLACE "-" "_" stem "${ARG_WORLD}")
  set(outputs "${folder}/${stem}.h" "${folder}/${stem}.cpp")
  add_custom_command(OUTPUT ${outputs}
    COMMAND "${WITC_EXECUTABLE}" bindgen cpp "${ARG_WIT}" --world "${ARG_WORLD}" --out-dir "${folder}"
    DEPENDS ${inputs} "${WITC_EXECUTABLE}"
    COMMENT "Bindings for world ${ARG_WORLD}" VERBATIM)
  add_custom_target(${target} DEPENDS ${outputs})
  set_target_properties(${target} PROPERTIES WITC_FOLDER "${folder}" WITC_SOURCES "${folder}/${stem}.cpp"
    WITC_HEADERS "${folder}/${stem}.h")
endfunction()

# The object file of one source, into `object`.
function(witc_compile_guest source includes options needs target object)
  cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
  cmake_path(GET source FILENAME name)
  string(SHA1 hash "${source}")
  string(SUBSTRING "${hash}" 0 8 hash)
  set(path "${CMAKE_CURRENT_BINARY_DIR}/${target}.dir/${hash}-${name}.o")
  file(MAKE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/${target}.dir")
  add_custom_command(OUTPUT "${path}"
    COMMAND "${WITC_GUEST_CXX}" ${WITC_GUEST_FLAGS} ${includes} ${options} -MD -MF "${path}.d" -c "${source}" -o "${path}"
    DEPENDS "${source}" ${needs} DEPFILE "${path}.d"
    COMMENT "Compiling ${name} for ${target}" VERBATIM)
  set(${object} "${path}" PARENT_SCOPE)
endfunction()

function(witc_component target)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "COMMAND" "OUTPUT" "BINDINGS;SOURCES;COMPILE_OPTIONS;LINK_OPTIONS")
  if(NOT WITC_GUEST_CXX)
    message(FATAL_ERROR "witc_component: no clang++ found; set WITC_GUEST_CXX")
  endif()
  if(NOT ARG_OUTPUT)
    set(ARG_OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${target}.wasm")
  endif()
  set(includes "")
  set(headers "")
  foreach(bindings ${ARG_BINDINGS})
    get_target_property(folder ${bindings} WITC_FOLDER)
    get_target_property(sources ${bindings} WITC_SOURCES)
    get_target_property(header ${bindings} WITC_HEADERS)
    list(APPEND includes "-I${folder}")
    list(APPEND headers "${header}")
    list(APPEND ARG_SOURCES ${sources})
  endforeach()
  set(objects "")
  foreach(source ${ARG_SOURCES})
    witc_compile_guest("${source}" "${includes}" "${ARG_COMPILE_OPTIONS}" "${headers}" ${target} object)
    list(APPEND objects "${object}")
  endforeach()
  set(model -mexec-model=reactor)
  if(ARG_COMMAND)
    set(model -mexec-model=command)
  endif()
  set(core "${CMAKE_CURRENT_BINARY_DIR}/${target}.dir/${target}.core.wasm")
  add_custom_command(OUTPUT "${core}"
    COMMAND "${WITC_GUEST_CXX}" ${WITC_GUEST_FLAGS} ${model} ${ARG_LINK_OPTIONS} ${objects} -o "${core}"
    DEPENDS ${objects} COMMENT "Linking ${target}" VERBATIM)
  add_custom_command(OUTPUT "${ARG_OUTPUT}"
    COMMAND "${WITC_EXECUTABLE}" new "${core}" -o "${ARG_OUTPUT}"
    DEPENDS "${core}" "${WITC_EXECUTABLE}" COMMENT "Component ${target}" VERBATIM)
  add_custom_target(${target} ALL DEPENDS "${ARG_OUTPUT}")
  if(ARG_BINDINGS)
    add_dependencies(${target} ${ARG_BINDINGS})
  endif()
  set_target_properties(${target} PROPERTIES WITC_FILE "${ARG_OUTPUT}")
endfunction()

# The file a component argument names, into `file`.
function(witc_component_file component file)
  if(TARGET ${component})
    get_target_property(path ${component} WITC_FILE)
  else()
    cmake_path(ABSOLUTE_PATH component BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" OUTPUT_VARIABLE path)
  endif()
  set(${file} "${path}" PARENT_SCOPE)
endfunction()

function(witc_compose target)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "SOCKET;WAC;OUTPUT" "PLUGS;DEPS")
  if(NOT ARG_OUTPUT)
    set(ARG_OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${target}.wasm")
  endif()
  set(inputs "")
  if(ARG_WAC)
    cmake_path(ABSOLUTE_PATH ARG_WAC BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
    set(command compose "${ARG_WAC}")
    list(APPEND inputs "${ARG_WAC}")
    foreach(dep ${ARG_DEPS})
      string(REGEX MATCH "^([^=]*)=(.*)$" _ "${dep}")
      witc_component_file("${CMAKE_MATCH_2}" file)
      list(APPEND command --dep "${CMAKE_MATCH_1}=${file}")
      list(APPEND inputs "${file}")
    endforeach()
  else()
    witc_component_file("${ARG_SOCKET}" file)
    set(command plug "${file}")
    list(APPEND inputs "${file}")
    foreach(plug ${ARG_PLUGS})
      witc_component_file("${plug}" file)
      list(APPEND command --plug "${file}")
      list(APPEND inputs "${file}")
    endforeach()
  endif()
  add_custom_command(OUTPUT "${ARG_OUTPUT}"
    COMMAND "${WITC_EXECUTABLE}" ${command} -o "${ARG_OUTPUT}"
    DEPENDS ${inputs} "${WITC_EXECUTABLE}" COMMENT "Composing ${target}" VERBATIM)
  add_custom_target(${target} ALL DEPENDS "${ARG_OUTPUT}")
  set_target_properties(${target} PROPERTIES WITC_FILE "${ARG_OUTPUT}")
endfunction()
