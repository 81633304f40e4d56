// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The Plan: what instantiating a component comes down to, worked out before anything is compiled.
//
// Component instantiation is interpreted at compile time (linker/plan_component.cpp, with an explicit frame stack):
// nested components, instances, aliases and re-exports disappear, and what is left is a flat, interned
// dataflow graph of core instances, adapters between them, host functions and resources, and a linear
// list of steps. Every import of every core instance is one resolved CoreDef. All whole-composition
// knowledge (who calls whom, what never changes, who can reach which host function) is read off here.
//
// The Plan has a `Types` of its own, in which every ResourceId is one resource of the running composition
// (PlanResource): both sides of an adapter have the same function type, and own<R> on one side is own<R>
// on the other. It points into the components it was made from, which must outlive it.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "wasm/component/ast.h"
#include "wasm/component/types.h"
#include "wasm/core/module.h"

namespace witc::linker {

using component::FuncTypeId;
using component::ResourceId;

struct ModuleTag {};
struct CoreInstanceTag {};
struct ComponentInstanceTag {};
struct OptionsTag {};
struct AdapterTag {};
struct HostFuncTag {};
struct HostLowerTag {};
struct BuiltinTag {};
using ModuleId = Id<ModuleTag>;
using CoreInstanceId = Id<CoreInstanceTag>;
using ComponentInstanceId = Id<ComponentInstanceTag>;
using OptionsId = Id<OptionsTag>;
using AdapterId = Id<AdapterTag>;
using HostFuncId = Id<HostFuncTag>;
using HostLowerId = Id<HostLowerTag>;
using BuiltinId = Id<BuiltinTag>;

/// An item a core instance defines itself: the index is into its module's index space and never names an
/// import (the planner follows re-exports to the definition).
struct CoreItem {
  CoreInstanceId instance;
  wasm::ExternKind kind = wasm::ExternKind::kFunc;
  std::uint32_t index = 0;
  friend bool operator==(const CoreItem&, const CoreItem&) = default;
};

/// Where a core item comes from. All but CoreItem are functions.
using CoreDef = std::variant<CoreItem, AdapterId, HostLowerId, BuiltinId>;

/// One distinct core module; instantiated once or several times.
struct PlanModule {
  const wasm::Module* module = nullptr;
  std::string name;  // for people: the module's own name, or where it stands (`app:main/core-module[0]`)
  std::uint32_t instance_count = 0;
};

struct CoreInstance {
  ModuleId module;
  ComponentInstanceId owner;
  std::vector<CoreDef> imports;  // one per import of the module, in order
  std::string name;              // for traps and printing: `<component instance>/<module>`
};

struct ComponentInstance {
  std::optional<ComponentInstanceId> parent;  // none for the root
  std::string name;                           // `root`, or by the name sections and packages along the way
};

/// The canonical options of one lift or lower, resolved.
struct CanonOptions {
  ComponentInstanceId instance;  // whose function (lift) or caller (lower) it is
  component::StringEncoding string_encoding = component::StringEncoding::kUtf8;
  std::optional<CoreItem> memory;
  bool is_memory64 = false;
  std::optional<CoreDef> realloc, post_return, callback;
  bool is_async = false;
  friend bool operator==(const CanonOptions&, const CanonOptions&) = default;
};

/// A core function seen as a component function: `canon lift`.
struct LiftedFunc {
  CoreDef callee;
  FuncTypeId type;
  OptionsId options;
};

/// A function the host supplies: an import of the root component.
struct HostFunc {
  std::string interface;  // import name of the instance, `wasi:io/streams@0.2.0`; empty for a root function
  std::string name;
  FuncTypeId type;
};

using FuncDef = std::variant<LiftedFunc, HostFuncId>;

/// `canon lower` of a lifted function: a call between component instances.
struct Adapter {
  LiftedFunc lift;
  OptionsId lower;
  std::string name;  // `caller -> callee: interface.function`, for people
};

/// `canon lower` of a host function: a call out of the composition.
struct HostLower {
  HostFuncId func;
  OptionsId lower;
};

/// A canonical built-in as one component instance has it.
struct Builtin {
  std::uint8_t opcode = 0;  // as in Binary.md (component::ast::kResourceNew, ...)
  ComponentInstanceId instance;
  std::optional<ResourceId> resource;              // resource.new, .drop, .rep
  const component::ast::CanonBuiltin* definition = nullptr;  // the immediates of all others
  /// Streams' and futures' types (the stream<T> itself), task.return's result.
  std::optional<component::ValType> type;
  /// Where the definition has options, or names a memory.
  std::optional<OptionsId> options;
};

/// A resource of the running composition; indexed by the Plan's ResourceIds.
struct PlanResource {
  std::optional<ComponentInstanceId> defined_in;  // none: the host's
  std::optional<CoreDef> dtor;
  std::string host_interface;  // if the host's: the import it came by
  std::string name;            // its name there, or in the component that defines it
  /// Other imports, by interface and name, that must be this very resource of the host's: `(type (eq $r))`.
  std::vector<std::pair<std::string, std::string>> host_aliases;
};

struct Export;
struct ExportedInstance { std::vector<Export> exports; };
/// What the root component exports, by name. Types other than resources need no run-time counterpart.
struct Export {
  std::string name;
  std::variant<FuncDef, ExportedInstance, ResourceId, ModuleId, component::ValType> item;
};

struct InstantiateStep { CoreInstanceId instance; };
struct DefineResourceStep { ResourceId resource; };
using Step = std::variant<InstantiateStep, DefineResourceStep>;

struct Plan {
  component::Types types;
  IdVector<ModuleId, PlanModule> modules;
  IdVector<ComponentInstanceId, ComponentInstance> component_instances;  // [0] is the root
  IdVector<CoreInstanceId, CoreInstance> core_instances;
  IdVector<OptionsId, CanonOptions> options;
  IdVector<AdapterId, Adapter> adapters;
  IdVector<HostFuncId, HostFunc> host_funcs;
  IdVector<HostLowerId, HostLower> host_lowers;
  IdVector<BuiltinId, Builtin> builtins;
  IdVector<ResourceId, PlanResource> resources;
  std::vector<Step> steps;
  std::vector<Export> exports;
};

}  // namespace witc::linker
