// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// component -> Plan: interprets the instantiation of a validated component (linker/plan.h says what comes
// out). The interpreter keeps a stack of frames of its own, one per component being instantiated, so that
// no input can exhaust the C++ stack; nested components, inline instances, aliases and re-exports leave
// no trace but the definitions they lead to.
//
// Resources are generative: each instantiation that passes a `(type (resource ...))` makes a new one, and
// every static ResourceId of the component is mapped, frame by frame, to the resource of the running
// composition that it stands for (linker/substitution.h).
//
// Hostile input: nesting can make 2^n instances out of n definitions, so instances and all work done are
// counted against PlanLimits.

#include <functional>

#include "base/result.h"
#include "base/source.h"
#include "linker/plan.h"
#include "wasm/component/validate.h"

namespace witc::linker {

struct PlanLimits {
  std::uint32_t component_instances = 10'000;
  std::uint32_t core_instances = 10'000;
  std::uint64_t work = 5'000'000;  // items made, looked up or passed on
};

/// The core module that the host supplies for an import of the root: `name` of the instance `interface`, or of the root
/// itself where that is empty. The module outlives the Plan. Errors: there is none, or it is not of the type expected.
using HostModules =
    std::function<Result<const wasm::Module*>(const std::string& interface, const std::string& name,
                                              component::ModuleTypeId expected)>;

/// The Plan of instantiating `component`. `validated` and `types` are what validate_component gave for it.
/// The Plan points into `component`, which must outlive it.
///
/// Root imports become host functions and host resources: an imported instance gives a HostFunc for each
/// of its functions (`interface` is the import's name; a function of an instance nested in it is named
/// `nested.function`), an imported function one with an empty `interface`. Root imports that stand for
/// one another (`use`d resources) are the same PlanResource.
///
/// Core modules that the root imports are asked of `modules`.
///
/// Errors: kPlanUnsupported (values, start functions, components imported by the root; core modules without
/// `modules`), kPlanLimit, those of `modules`.
Result<Plan> plan_component(const SourceMap& sources, const component::ast::Component& component,
                            const component::ValidatedComponent& validated, const component::Types& types,
                            const PlanLimits& limits = {}, const HostModules& modules = {});

}  // namespace witc::linker
