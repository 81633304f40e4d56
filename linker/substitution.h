// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Types carried from one Types into another (or the same), resources replaced on the way. Instantiation
// substitutes the resources of a component's type by those it is given (Explainer.md, "Type Checking");
// the planner does this per frame, composition when it merges the imports of several components.

#include <unordered_map>

#include "base/result.h"
#include "wasm/component/types.h"

namespace witc::linker {

class Substitution {
 public:
  /// Both must outlive this; they may be one and the same.
  Substitution(const component::Types& from, component::Types& to) : from_(&from), to_(&to) {}

  /// `from` stands for `to` from now on; the first binding of a resource stays.
  void bind(component::ResourceId from, component::ResourceId to) { resources_.try_emplace(from, to); }
  /// What a resource stands for, if it is bound.
  [[nodiscard]] std::optional<component::ResourceId> find(component::ResourceId from) const;

  /// The same type in the target. Errors: kPlanLimit where types nest too deep, kPlanUnsupported where a
  /// resource is not bound.
  Result<component::ValType> value(const component::ValType& type) { return value(type, 0); }
  Result<component::FuncTypeId> func(component::FuncTypeId type);

 private:
  using OptionalType = std::optional<component::ValType>;
  Result<component::ValType> value(const component::ValType& type, int depth);
  Result<OptionalType> optional(const OptionalType& type, int depth);
  Result<component::ResourceId> resource(component::ResourceId id) const;
  Result<component::ValueType> structure(component::ValueType type, int depth);

  const component::Types* from_;
  component::Types* to_;
  std::unordered_map<component::ResourceId, component::ResourceId> resources_;
  std::unordered_map<component::ValueTypeId, component::ValType> values_;
  std::unordered_map<component::FuncTypeId, component::FuncTypeId> funcs_;
};

}  // namespace witc::linker
