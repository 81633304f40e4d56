// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// `witc link`, fourth stage: the two modules that hold a linked program together.
//
// The main module comes first. It has what all libraries share: the memory, the table, the stack pointer, and a global
// for every address that is imported. To the component it looks like a module that was linked statically: it imports
// all that the libraries import from outside, and exports all that their worlds export; the functions it exports call
// through the table. Functions that cycles of libraries need before they exist call through the table too.
//
// The init module comes last. It puts the functions into the table, computes the addresses of data, and runs the
// relocations and then the constructors of the libraries, in their order.

#include <string>

#include "base/result.h"
#include "linker/link/layout.h"
#include "linker/new/new_component.h"

namespace witc::linker {

/// What the main module calls the things it has for the libraries.
namespace shared {
inline constexpr const char* kMemory = "memory";
inline constexpr const char* kTable = "__indirect_function_table";
inline constexpr wasm::GlobalType kConstant{wasm::ValType::i32(), false};  // an address that is known
inline constexpr wasm::GlobalType kVariable{wasm::ValType::i32(), true};   // one that is set before the libraries start
inline std::string of_library(const Library& library, const std::string& name) { return library.name + " " + name; }
inline std::string outside(const LinkImport& import) { return import.module + " " + import.name; }
inline std::string data(const std::string& name) { return "GOT.mem " + name; }
inline std::string func_address(std::uint32_t address) { return "GOT.func " + std::to_string(address); }
inline std::string trampoline(std::uint32_t slot) { return "call " + std::to_string(slot); }
std::string stub(const LinkImport& import);
}  // namespace shared

/// Errors: kLinkSymbol for something from outside that two libraries import with two types.
Result<wasm::Module> main_module(const Symbols& symbols, const Layout& layout);

/// The init module, with where its imports come from.
LinkedModule init_module(const Symbols& symbols, const Layout& layout);

}  // namespace witc::linker
