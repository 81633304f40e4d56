// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Validation of a component, and what later stages need of it: the type of every item of every index
// space. The plan interprets instantiation over the syntax tree and the WIT decoder walks it; both look up
// here what an index means, and neither works out a type again.
//
// The rules are Explainer.md's and Binary.md's ("Notes"), the canonical definitions' CanonicalABI.md's;
// where they leave a bound open (type sizes, nesting) the one of other engines is taken.

#include <expected>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/ordered_map.h"
#include "base/result.h"
#include "base/source.h"
#include "wasm/component/ast.h"
#include "wasm/component/features.h"
#include "wasm/component/types.h"

namespace witc::wasm {
class KnownModules;
}

namespace witc::component {

/// What a core instance exports.
using CoreInstanceExports = OrderedMap<std::string, CoreEntity>;
/// An item of the core type index space: a defined type (of the Types) or a module type.
using CoreTypeEntity = std::variant<wasm::CanonTypeId, ModuleTypeId>;

/// One component with its index spaces, each in the order of its indices; every vector is exactly as long
/// as the index space is at the component's end. ResourceIds are those seen from inside the component:
/// imported and defined resources of its type (ComponentType) stand for whatever an instantiation gives.
struct ValidatedComponent {
  ComponentTypeId type;

  std::vector<CoreTypeEntity> core_types;
  std::vector<wasm::FuncType> core_funcs;
  std::vector<wasm::TableType> core_tables;
  std::vector<wasm::MemoryType> core_memories;
  std::vector<wasm::GlobalType> core_globals;
  std::vector<wasm::FuncType> core_tags;
  std::vector<ModuleTypeId> core_modules;
  std::vector<CoreInstanceExports> core_instances;

  std::vector<TypeEntity> types;  // a resource holds its ResourceId
  std::vector<FuncTypeId> funcs;
  std::vector<ValType> values;
  std::vector<InstanceTypeId> instances;
  std::vector<ComponentTypeId> components;

  /// The resources defined here by `(type (resource ...))`: the type index that defined each. (A resource
  /// that an instantiation inside brings into being is not among them.)
  std::map<ResourceId, std::uint32_t> local_resources;
  /// The components defined here (not imported or aliased), in the order of their definitions.
  std::vector<ValidatedComponent> children;
};

/// Checks the whole of `component`, its nested components and core modules; types go to `types`, which may
/// hold others already. `known`: as validate_module has it, of the core modules. Errors: kComponentInvalid, kComponentLimit, and
/// the core validator's.
Result<ValidatedComponent> validate_component(const SourceMap& sources, const ast::Component& component, Types& types,
                                              const Features& features = {}, wasm::KnownModules* known = nullptr);

/// Does a core module, which is valid, fit where a component imports one of type `expected` (of `types`)? If not, why.
std::expected<void, std::string> match_module(const SourceMap& sources, const wasm::Module& module,
                                              ModuleTypeId expected, Types& types);

}  // namespace witc::component
