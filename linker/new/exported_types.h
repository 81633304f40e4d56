// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// WIT types in the index space of the component that `witc new` writes (linker/new/encoder.h): as its imports
// have them, and as its exports do.

#include <map>

#include "linker/new/component_writer.h"
#include "wit-parser/binary/type_encoder.h"

namespace witc::linker {

/// WIT types in the component's own index space. World types are imported as they are met; types of an
/// interface come from the instance of it that was imported or exported last.
class RootTypes : public wit::TypeEncoder {
 public:
  RootTypes(const wit::Resolve& resolve, ComponentWriter& out) : TypeEncoder(resolve), out_(out) {}

  void set_instance(wit::InterfaceId interface, std::uint32_t instance) { instances_[interface] = instance; }
  std::uint32_t define_here(ast::Type type) { return define(std::move(type)); }
  std::uint32_t import_resource(ast::NameAttributes name) { return name_resource(std::move(name)); }
  /// Alias of a type out of its interface's instance.
  std::uint32_t foreign_type(wit::InterfaceId owner, wit::TypeId id) override;

 private:
  std::uint32_t define(ast::Type type) override { return out_.type(std::move(type)); }
  std::optional<std::uint32_t> name_type(std::uint32_t index, ast::NameAttributes name) override;
  std::uint32_t name_resource(ast::NameAttributes name) override;

  ComponentWriter& out_;
  std::map<wit::InterfaceId, std::uint32_t> instances_;
};

/// The types that exported functions speak of, for built-ins that core modules import before there is an
/// exported instance: written out without names, since only resources are told apart by who defined them.
/// What is not exported is the import of that name.
class ExportedTypes : public wit::TypeEncoder {
 public:
  ExportedTypes(const wit::Resolve& resolve, const wit::World& world, RootTypes& root)
      : TypeEncoder(resolve), world_(world), root_(root) {}

  void set_type(wit::TypeId id, std::uint32_t type) { maps().types[id] = type; }
  ast::ValType encode_of(wit::InterfaceId interface, const wit::Type& type);

 private:
  std::uint32_t define(ast::Type type) override { return root_.define_here(std::move(type)); }
  std::optional<std::uint32_t> name_type(std::uint32_t, ast::NameAttributes) override { return std::nullopt; }
  std::uint32_t name_resource(ast::NameAttributes name) override { return root_.import_resource(std::move(name)); }
  std::uint32_t foreign_type(wit::InterfaceId owner, wit::TypeId id) override;

  const wit::World& world_;
  RootTypes& root_;
};

}  // namespace witc::linker
