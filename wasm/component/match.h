// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Whether one type may stand where another is expected (Explainer.md, "Type Checking"). Instances may export
// more and components import less than expected; value and function types must be equal, which is stricter
// than the specification's subtyping and what engines do. Component types are matched by pretending to
// instantiate one with what the other expects.

#include <expected>
#include <functional>
#include <string>

#include "wasm/component/substitute.h"

namespace witc::component {

/// Nothing, or why not: outermost first, `type mismatch for import `a`: expected func, found instance`.
using Matched = std::expected<void, std::string>;

class Matcher {
 public:
  explicit Matcher(TypeContext& context) : context_(context) {}

  /// `what`: the actual thing may stand for the expected one.
  Matched entity(const EntityType& actual, const EntityType& expected);
  Matched value(const ValType& actual, const ValType& expected);
  Matched func(FuncTypeId actual, FuncTypeId expected);

  using Lookup = std::function<const Item*(const std::string&)>;
  /// Matches what `actual` gives by name with a component type's imports or exports, and fills `found` with
  /// the resources that those given stand for (and, for `keep_nominals`, the definitions).
  /// `kind` is `import` or `export`, for messages.
  Matched open(const Lookup& actual, const OrderedMap<std::string, Extern>& expected,
               const std::vector<NominalId>& expected_nominals, const std::vector<ResourceId>& resources,
               std::string_view kind, Substitution& found);

  /// `func`, `instance`, ...
  static std::string_view describe(const EntityType& type);

 private:
  /// Says which two they are, and where each came in.
  [[nodiscard]] Matched other_resource(ResourceId actual, ResourceId expected) const;
  [[nodiscard]] std::string describe(ResourceId resource) const;
  Matched type(const TypeEntity& actual, const TypeEntity& expected);
  Matched instance(InstanceTypeId actual, InstanceTypeId expected);
  Matched component(ComponentTypeId actual, ComponentTypeId expected);
  Matched module(ModuleTypeId actual, ModuleTypeId expected);
  Matched parts(const ValueType& actual, const ValueType& expected);
  Matched fields(const std::vector<FieldType>& actual, const std::vector<FieldType>& expected);
  void bind(const EntityType& actual, const EntityType& expected, const std::unordered_set<ResourceId>& resources,
            Substitution& found);
  void rename(const Item& actual, const Item& expected, Substitution& found);

  TypeContext& context_;
};

/// Whether a core item may stand for another (core specification, "Matching > External Types").
Matched match_core(const CoreEntity& actual, const CoreEntity& expected, const wasm::TypeStore& store);

}  // namespace witc::component
