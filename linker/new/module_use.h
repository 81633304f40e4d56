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
#include "linker/new/world_abi.h"
#include "wasm/core/module.h"
#include "wit-parser/resolve.h"

namespace witc::linker {

struct CoreImport {
  enum class Kind {
    kFunc,                 // function `function` of the world's import `key`
    kImportResourceDrop,   // of `resource`
    kExportResourceDrop, kExportResourceNew, kExportResourceRep,
    kAdapterFunc,          // export `name` of the adapter `module`
    kMainFunc,             // export `main_export` of the main module (adapters only)
    kMainMemory,           // the main module's memory (adapters only)
    kAllocator,            // `cabi_realloc` of a main module that has none: made for the adapter
  };
  Kind kind;
  std::string module, name;
  wasm::FuncType type;  // all but kMainMemory
  wit::WorldKey key;
  const wit::Function* function = nullptr;
  std::optional<wit::InterfaceId> interface;  // of `function`; none at the root of the world
  wit::TypeId resource;
  std::string main_export;
};

/// A module's exports by what they are; values are export names.
struct ModuleExports {
  std::optional<std::string> memory, realloc, import_realloc, export_realloc, adapter_realloc, initialize;
  std::map<std::pair<std::string, std::string>, std::string> funcs;         // (world key, function)
  std::map<std::pair<std::string, std::string>, std::string> post_returns;  // likewise
  std::map<wit::TypeId, std::string> dtors;

  [[nodiscard]] const std::optional<std::string>& realloc_for_imports() const {
    return import_realloc ? import_realloc : realloc;
  }
  [[nodiscard]] const std::optional<std::string>& realloc_for_exports() const {
    return export_realloc ? export_realloc : realloc;
  }
};

struct ModuleUse {
  std::vector<CoreImport> imports;  // each (module, name) once
  ModuleExports exports;
};

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
