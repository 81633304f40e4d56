// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// `witc link`, first stage: a shared library as what it asks for and what it gives. Each import is one of the loader's
// own items (tool-conventions, DynamicLinking.md), a symbol of some library, or something outside of the program, which
// its world or an adapter answers. Types are checked here, so that what is written later is valid.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/source.h"
#include "wasm/core/module.h"

namespace witc::linker {

struct LibraryInput {
  std::string name;  // as other libraries' `needed` lists call it
  wasm::Module module;
  bool is_dl_openable = false;  // can be found by `dlopen`
};

/// Where a library's import comes from. The order is that of the switch that answers it.
enum class LinkImportKind : std::uint8_t {
  kMemory,            // env.memory
  kTable,             // env.__indirect_function_table
  kMemoryBase,        // env.__memory_base: where the library's data starts
  kTableBase,         // env.__table_base
  kStackPointer,      // env.__stack_pointer
  kInitStackPointer,  // env.__init_stack_pointer: its first value
  kAsyncify,          // env.__asyncify_state, env.__asyncify_data: one each for the program
  kGetTlsBase,        // env.__wasm_get_tls_base: of the library's own thread-local data
  kSetTlsBase,        // env.__wasm_set_tls_base
  kFunc,              // env: a function of a library
  kTag,               // env: an exception tag of a library
  kDataAddress,       // GOT.mem: the address of a library's data
  kFuncAddress,       // GOT.func: a function's place in the table
  kOutside,           // anything else: passed on to the program's imports
};

struct LinkImport {
  LinkImportKind kind;
  std::string module, name;
  wasm::FuncType type;   // kFunc, kTag, kOutside
  bool is_weak = false;  // may stay without a definition
  std::uint32_t offset = 0;
};

/// A symbol that a library gives.
struct LinkExport {
  wasm::ExternKind kind;  // kFunc; kGlobal: data, its value is relative to the library's memory; kTag
  wasm::FuncType type;    // kFunc, kTag
};

struct Library {
  std::string name;
  wasm::Module module;
  bool is_dl_openable = false;
  bool has_world_exports = false;  // its bindings export something: the program is for its sake
  std::uint64_t memory_size = 0, memory_alignment = 1, table_size = 0, table_alignment = 1;  // bytes, elements
  std::vector<std::string> needed;
  std::vector<LinkImport> imports;            // in the module's order
  std::map<std::string, std::size_t> called;  // functions of libraries, by name: their places in `imports`
  std::map<std::string, LinkExport> exports;

  [[nodiscard]] const LinkExport* find(const std::string& name, wasm::ExternKind kind) const {
    auto found = exports.find(name);
    return found == exports.end() || found->second.kind != kind ? nullptr : &found->second;
  }
};

// Names that the loader knows.
inline constexpr const char* kStart = "_start";
inline constexpr const char* kInitialize = "_initialize";
inline constexpr const char* kCallCtors = "__wasm_call_ctors";
inline constexpr const char* kApplyDataRelocs = "__wasm_apply_data_relocs";
inline constexpr const char* kLibraryTlsInfo = "__wasm_library_tls_info";
inline constexpr const char* kProgramTlsInfo = "__wasm_program_tls_info";
inline constexpr const char* kDlLibraries = "__wasm_libdl_libraries";

/// Errors: kLinkLibrary for a module that is no shared library or breaks the convention, and the validator's.
Result<Library> read_library(SourceMap& sources, LibraryInput input);

}  // namespace witc::linker
