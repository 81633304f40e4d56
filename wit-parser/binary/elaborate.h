// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What a component imports and exports, with the identity of every type kept. WIT gives types names, the
// component model gives them indices, and the validator's types are structural: two records of equal
// fields are one type there. So the WIT decoder reads components through this elaboration instead, in
// which each definition, import and export of a type is a node of its own, and `t = (eq u)` is an edge.
//
// It is a small interpreter of definitions: an instance or component type is run afresh at each use, a
// component at each instantiation with its arguments bound. Input is hostile, so steps and depth have
// limits; the component is expected to have been validated, but nothing here relies on that.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/ordered_map.h"
#include "base/result.h"
#include "wasm/component/ast.h"

namespace witc::wit {

namespace bin = component::ast;

struct TypeNodeTag {};
struct InstanceNodeTag {};
struct ClosureTag {};
using TypeNodeId = Id<TypeNodeTag>;
using InstanceNodeId = Id<InstanceNodeTag>;
using ClosureId = Id<ClosureTag>;

struct ElaborationScope;

/// A type: a definition, a fresh resource, or another name for a node.
struct TypeNode {
  const bin::Type* definition = nullptr;  // null for a resource and for another name
  ElaborationScope* scope = nullptr;                 // what the definition's indices mean
  std::optional<TypeNodeId> alias_of;
};

struct FuncEntity { TypeNodeId type; };
/// What WIT does not see: modules and values.
struct OtherEntity {};
using WitEntity = std::variant<TypeNodeId, FuncEntity, InstanceNodeId, ClosureId, OtherEntity>;

struct WitExtern {
  bin::NameAttributes name;
  WitEntity entity;
};
using WitExterns = OrderedMap<std::string, WitExtern>;

/// A component (type) not yet run: its text and the scope it closes over.
struct Closure {
  std::variant<const bin::Component*, const bin::ComponentType*> body;
  ElaborationScope* scope = nullptr;
};

/// One index space of each sort that matters here.
struct ElaborationScope {
  ElaborationScope* parent = nullptr;
  std::vector<TypeNodeId> types;
  std::vector<TypeNodeId> funcs;  // the type of each
  std::vector<InstanceNodeId> instances;
  std::vector<ClosureId> components;
};

class Elaborator {
 public:
  /// `place` is where errors point: the source that holds the component.
  explicit Elaborator(Span place) : place_(place) {}

  struct World {
    WitExterns imports, exports;
  };
  /// Runs a component, or a component type, with nothing bound: imports are as declared.
  Result<World> run(const bin::Component& component);
  Result<World> run(ClosureId closure);

  [[nodiscard]] const WitExterns& exports(InstanceNodeId id) const { return instances_[id]; }
  [[nodiscard]] const TypeNode& node(TypeNodeId id) const { return nodes_[id]; }
  /// The node at the end of a chain of names.
  [[nodiscard]] TypeNodeId definition(TypeNodeId id) const;
  /// The node a definition's type index stands for.
  Result<TypeNodeId> at(const ElaborationScope& scope, std::uint32_t index) const;
  /// The component type a type node defines, if it does.
  std::optional<ClosureId> component_type(TypeNodeId id);

  Diagnostic invalid(std::string message) const { return error(DiagCode::kComponentInvalid, place_, std::move(message)); }

 private:
  using Args = OrderedMap<std::string, WitEntity>;

  Result<World> run_closure(ClosureId id, const Args* args, unsigned depth);
  Result<void> definition(const bin::Definition& item, ElaborationScope& scope, World& world, const Args* args,
                          unsigned depth);
  Result<void> decls(const std::vector<bin::Decl>& decls, ElaborationScope& scope, World& world,
                     const Args* args, unsigned depth);
  Result<InstanceNodeId> instance_type(TypeNodeId type, unsigned depth);
  Result<WitEntity> declared(const bin::ExternType& type, ElaborationScope& scope, unsigned depth);
  Result<WitEntity> item(const bin::SortIndex& item, const ElaborationScope& scope) const;
  Result<void> alias(const bin::Alias& alias, ElaborationScope& scope);
  Result<void> instance(const bin::Instance& instance, ElaborationScope& scope, unsigned depth);
  Result<void> import(const bin::NameAttributes& name, const bin::ExternType& type,
                      ElaborationScope& scope, World& world, const Args* args, unsigned depth);
  Result<void> export_item(const bin::Export& item, ElaborationScope& scope, World& world, unsigned depth);
  void bind(ElaborationScope& scope, const WitEntity& entity);
  void define(const bin::Type& type, ElaborationScope& scope);
  TypeNodeId add(TypeNode node) { return nodes_.push(std::move(node)); }
  ElaborationScope& scope_in(ElaborationScope* parent) { return scopes_.emplace_back(ElaborationScope{parent, {}, {}, {}, {}}); }
  Result<void> step(unsigned depth);

  Span place_;
  std::uint32_t steps_ = 0;
  IdVector<TypeNodeId, TypeNode> nodes_;
  IdVector<InstanceNodeId, WitExterns> instances_;
  IdVector<ClosureId, Closure> closures_;
  std::deque<ElaborationScope> scopes_;
};

}  // namespace witc::wit
