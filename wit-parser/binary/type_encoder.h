// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// WIT types written as component types. Four places need the same walk over a type and differ only in
// where a definition lands: an instance type, a component type (a world), a component's own index space,
// and the little component `witc new` makes for an exported interface. So the walk is here, once, and
// the place is a handful of virtual functions.
//
// Every named type is defined and then exported (or imported) under its name, and from there on the
// exported index is the one used: that is how the component model gives a structural type a name
// (Explainer.md, "Import and Export Definitions"). Anonymous types are defined once each.

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "wasm/component/ast.h"
#include "wit-parser/resolve.h"

namespace witc::wit {

namespace bin = component::ast;

component::PrimValType to_component(Primitive primitive);
/// `name` as a component spells it, with an `external-id` where the item has one.
bin::NameAttributes extern_name(std::string name, const std::optional<std::string>& external_id = {});
/// The name of a world's import or export, with `implements` where a plain name stands for an interface.
bin::NameAttributes world_item_name(const Resolve& resolve, const WorldKey& key, const WorldItem& item);
/// The interfaces whose types `interface` uses directly, in the order of their first use.
std::vector<InterfaceId> interface_direct_deps(const Resolve& resolve, InterfaceId interface);
/// The functions of an interface as they are written: those of a resource in the order of the resources,
/// then the freestanding ones.
std::vector<const Function*> functions_in_order(const Interface& interface);

class TypeEncoder {
 public:
  /// What has been written to one index space so far.
  struct Maps {
    std::unordered_map<TypeId, std::uint32_t> types;
    std::unordered_map<std::string, std::uint32_t> anonymous;  // by what the type is made of
    std::unordered_map<std::string, std::uint32_t> funcs;
  };

  explicit TypeEncoder(const Resolve& resolve) : resolve_(resolve) {}
  virtual ~TypeEncoder() = default;
  TypeEncoder(const TypeEncoder&) = delete;
  TypeEncoder& operator=(const TypeEncoder&) = delete;

  /// Writes the type, and what it is made of, where it is not there yet.
  bin::ValType encode(const Type& type);
  /// The same for a type that is known to have an index (anything but a primitive).
  std::uint32_t encode_id(TypeId id);
  /// Index of the function's type.
  std::uint32_t encode_func(const Function& function);

  [[nodiscard]] Maps& maps() { return maps_; }
  /// The interface being written: its own types are defined, those of others are brought in.
  void set_interface(std::optional<InterfaceId> interface) { interface_ = interface; }
  [[nodiscard]] std::optional<InterfaceId> interface() const { return interface_; }

 protected:
  /// Adds a definition, and gives its type index.
  virtual std::uint32_t define(bin::Type type) = 0;
  /// Exports or imports type `index` as `name`; the new index, or none where names are not given here.
  virtual std::optional<std::uint32_t> name_type(std::uint32_t index, bin::NameAttributes name) = 0;
  /// Exports or imports a fresh resource type.
  virtual std::uint32_t name_resource(bin::NameAttributes name) = 0;
  /// Brings in a type that belongs to another interface.
  virtual std::uint32_t foreign_type(InterfaceId owner, TypeId id) = 0;

  const Resolve& resolve_;

 private:
  bin::ValType encode_definition(TypeId id, const TypeDef& def);
  bin::ValType define_kind(const TypeDef& def);
  bin::ValType define_shared(const TypeDef& def, bin::Type type);
  std::optional<bin::ValType> encode_optional(const std::optional<Type>& type);

  Maps maps_;
  std::optional<InterfaceId> interface_;
};

}  // namespace witc::wit
