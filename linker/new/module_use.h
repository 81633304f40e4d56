// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What a core module's imports and exports are to its world: each import is matched with a function of the
// world, a resource built-in, or an item of an adapter or of the main module; each export with a function,
// a post-return, a destructor, the memory or an allocator. Signatures are checked here, so that writing the
// component (linker/new/new_component.cpp) cannot fail any more.
//
// Two naming schemes are read: the one bindings generators use today (`ns:pkg/iface#f`, `$root`,
// `[resource-drop]r`, `cabi_post_f`), and BuildTargets.md's `cm32p2` names.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "linker/new/builtins.h"
#include "linker/new/world_abi.h"
#include "wasm/core/module.h"
#include "wit-parser/resolve.h"

namespace witc::linker {

struct CoreImport {
  enum class Kind {
    kFunc,                 // function `function` of the world's import `key`
    kImportResourceDrop,   // of `resource`
    kExportResourceDrop, kExportResourceNew, kExportResourceRep,
    kBuiltin,              // another canonical built-in, `builtin`
    kTlsBaseGet, kTlsBaseSet,  // where thread-local storage starts (wasm-ld's `__wasm_get_tls_base`)
    kAdapterFunc,          // an export of the adapter `module`
    kMainFunc,             // an export of the main module (adapters only)
    kMainMemory,           // the main module's memory (adapters only)
    kAdapterMemory,        // an adapter's memory of its own (encoder_guest_memory.cpp)
    kGuestCopy,            // a function that copies between that and the main module's
    kOwnMemory,            // the memory a main module imports instead of defining it (main module only)
    kAllocator,            // `cabi_realloc` of a main module that has none: made for the adapter
  };
  Kind kind;
  std::string module, name;  // as the module will be instantiated; `name` is made up where a module has it twice
  wasm::FuncType type;       // of functions
  wit::WorldKey key;
  const wit::Function* function = nullptr;    // kFunc; kBuiltin: whose streams and futures, or that returns
  std::optional<wit::InterfaceId> interface;  // of `function`; none at the root of the world
  bool is_async = false;                      // kFunc: `async` lowered
  BuiltinName builtin;                        // kBuiltin
  std::optional<wit::TypeId> channel;         // kBuiltin: the stream or future; none for one of nothing
  bool is_exported = false;                   // kBuiltin: of the world's exports, so types are theirs
  wit::TypeId resource;
  std::string export_name;                    // kAdapterFunc, kMainFunc: of the module that provides it
  std::optional<wasm::MemoryType> memory;     // kOwnMemory, kAdapterMemory

  [[nodiscard]] bool is_memory() const {
    return kind == Kind::kMainMemory || kind == Kind::kOwnMemory || kind == Kind::kAdapterMemory;
  }
};

/// A function of the world that a module exports, and what goes with it.
struct CoreFuncExport {
  std::string name;
  LiftAbi abi = LiftAbi::kSync;
  std::optional<std::string> post_return, callback;
};

/// A module's exports by what they are; strings are export names.
struct ModuleExports {
  std::optional<std::string> memory, realloc, import_realloc, export_realloc, adapter_realloc, initialize;
  std::optional<std::string> task_hook;    // `__wasm_task_hook`, called around every entry (docs/new.md)
  std::optional<std::string> func_table;   // `__indirect_function_table`: what `thread.new-indirect` indexes
  std::map<std::pair<std::string, std::string>, CoreFuncExport> funcs;  // (world key, function)
  std::map<wit::TypeId, std::string> dtors;

  [[nodiscard]] const std::optional<std::string>& realloc_for_imports() const {
    return import_realloc ? import_realloc : realloc;
  }
  [[nodiscard]] const std::optional<std::string>& realloc_for_exports() const {
    return export_realloc ? export_realloc : realloc;
  }
};

struct ModuleUse {
  std::vector<CoreImport> imports;  // as the module has them, each (module, name) once
  ModuleExports exports;

  /// The memory the module imports instead of defining it.
  [[nodiscard]] const wasm::MemoryType* own_memory() const {
    for (const CoreImport& import : imports) {
      if (import.kind == CoreImport::Kind::kOwnMemory) return &*import.memory;
    }
    return nullptr;
  }
  /// The memory of its own that an adapter has.
  [[nodiscard]] const wasm::MemoryType* adapter_memory() const {
    for (const CoreImport& import : imports) {
      if (import.kind == CoreImport::Kind::kAdapterMemory) return &*import.memory;
    }
    return nullptr;
  }
};

/// The module an adapter with a memory of its own imports it from, as `own`, with `read` (to own, from the main
/// module's, size) and `write` (to the main module's, from own, size).
inline constexpr const char* kGuestMemoryModule = "__guest_memory__";
inline constexpr const char* kAdapterMemoryName = "own";

/// What an import needs of the memory and allocator of the module that imports it.
Needs needs_of(WorldAbi& abi, const CoreImport& import);

/// What classification knows beside the module.
struct UseContext {
  const wit::Resolve& resolve;
  wit::WorldId world;
  WorldAbi& abi;
  std::set<std::string> adapters;       // names of import modules that adapters answer
  const wasm::Module* main = nullptr;   // set while an adapter is read
  const ModuleExports* main_exports = nullptr;
};

/// Classifies every import, and every export that belongs to one of `exports` (keys of the world's exports
/// this module has to provide). Errors (kNewMismatch): an import the world does not have, a wrong
/// signature, an export that is missing.
Result<ModuleUse> classify(const UseContext& context, const wasm::Module& module, const std::vector<wit::WorldKey>& exports);

/// `(i32, i64) -> (i32)`, for messages.
std::string to_string(const wasm::FuncType& type);

}  // namespace witc::linker
