// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// `witc link`, third stage: where everything is in the one memory and the one table that all libraries share.
//
//     memory   stack (grows down to 0) · symbols for dlopen · thread-local bookkeeping · data of each library · heap
//     table    null · each library's own · functions that are called, or have an address, across libraries
//
// The stack is first, so that an overflow traps instead of overwriting data.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/result.h"
#include "linker/link/symbols.h"

namespace witc::linker {

/// A function in the shared part of the table.
struct TableSlot {
  std::string name;
  wasm::FuncType type;
  std::optional<std::size_t> library;  // that defines it; none: a stub that traps
};

/// What the main module exports for the component, and which library has it.
struct FrontExport {
  std::string name;
  std::size_t library;
};

/// The symbols of the libraries that `dlopen` can find, as libdl reads them:
///
///     struct Libraries { u32 count; Library* first; };                                  // sorted by name
///     struct Library   { u32 name_length; char* name; u32 count; Symbol* first; };      // sorted by name
///     struct Symbol    { u32 name_length; char* name; u32 address; };                   // data, or a place in the
///     table
struct DlSymbols {
  std::uint32_t begin = 0;  // address of `bytes`
  std::vector<std::uint8_t> bytes;
  std::uint32_t libraries = 0;  // address of struct Libraries
  struct Data {
    std::size_t library;
    std::string symbol;
    std::uint32_t field;  // where its address goes, once it is known
  };
  std::vector<Data> data;
};

/// Thread-local data: each library that has some keeps its base in its place of an array, of which the main thread has
/// one in memory, and the program tells libc where all this is:
///
///     struct { u32 library_count; void** library_infos; void** main_thread_bases; } __wasm_program_tls_info;
struct TlsLayout {
  std::vector<std::optional<std::uint32_t>> places;  // by library
  std::uint32_t main_bases = 0, infos = 0, program_info = 0;
  bool has_program_info = false;
  bool has_threads = false;  // libraries start threads: the array of the current one is in its context
};

struct Layout {
  std::uint32_t stack_size = 0;
  std::vector<std::uint32_t> memory_bases, table_bases;  // by library
  std::uint32_t heap_base = 0, heap_end = 0, pages = 0;
  std::uint32_t first_slot = 0, table_size = 0;
  std::vector<TableSlot> slots;  // from `first_slot` on
  DlSymbols dl;
  TlsLayout tls;
  std::vector<FrontExport> front;

  /// The place in the table of a function; it has one.
  [[nodiscard]] std::uint32_t slot(const std::string& name, const wasm::FuncType& type,
                                   std::optional<std::size_t> library) const;

 private:
  friend class LayoutBuilder;
  std::multimap<std::pair<std::string, std::int64_t>, std::size_t> index_;
};

/// The function's address, as `GOT.func` of library `library` has it: 0 for a weak symbol that nobody defines.
std::uint32_t func_address(const Symbols& symbols, const Layout& layout, std::size_t library, std::size_t import);

/// `front`: what the component is made from. Errors: kLinkLibrary if it does not fit into 4 GiB.
Result<Layout> lay_out(const Symbols& symbols, std::vector<FrontExport> front, std::uint64_t stack_size);

}  // namespace witc::linker
