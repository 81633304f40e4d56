// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// `witc new`: a component made of a core module and the world it was written for.
//
// The module's `component-type` sections say the world. Its imports become lowered imports of the
// component, its exports lifted exports; whatever needs the module's own memory before there is an instance
// goes through a table that is filled in afterwards. Modules written for WASI preview 1 are adapted to
// WASI 0.2 by an adapter: a core module that exports the old functions and imports the new ones.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/source.h"
#include "wasm/component/ast.h"
#include "wasm/core/module.h"

namespace witc::linker {

struct AdapterInput {
  std::string name;  // the import module it answers, e.g. `wasi_snapshot_preview1`
  wasm::Module module;
  /// Interfaces (`wasi:cli/stdin@0.2.3`) whose functions it may name but never calls with this main module. They are
  /// not imported; such a call does nothing and gives zeros.
  std::set<std::string> absent = {};
};

/// A core module that is instantiated after the main one and the adapters (linker/link/).
struct LinkedModule {
  struct Arg {
    std::string module, name;                // the import
    component::CoreSort sort = component::CoreSort::kFunc;
    std::optional<std::size_t> from;         // an earlier linked module; none: the main module
    std::string item;                        // the export that answers it
  };
  std::string name;
  wasm::Module module;
  std::vector<Arg> args;  // one for each import
};

struct NewOptions {
  std::vector<AdapterInput> adapters;
  /// Adapt WASI preview 1 with the adapter that comes with witc, where none is given for it.
  bool builtin_preview1 = true;
  /// Let that adapter exit with the program's status (`exit-with-code`), where the host has the feature.
  bool exit_with_code = false;
  /// Where compatible versions of an interface are imported, import only the newest.
  bool newest_imports = true;
  /// Functions that are there only later are called by `return_call_ref`, not through a table: the host must know
  /// typed function references and tail calls.
  bool return_call_ref = false;
  /// Modules linked with the main one, in the order in which they are instantiated, and exports of the main module that
  /// only call one of these: the component lifts that one's instead.
  std::vector<LinkedModule> linked;
  std::map<std::string, std::size_t> linked_exports;
};

/// The component. `module` must be valid (wasm/core/validate.h); it goes into the component without its
/// `component-type` sections. Errors: kNewWorldMissing, kNewMismatch (what the world asks, what the module
/// has), kWitResolve (versions of an interface that are not compatible), those of validation for the module
/// and for what is used of an adapter.
Result<component::ast::Component> new_component(SourceMap& sources, wasm::Module module, NewOptions options);

}  // namespace witc::linker
