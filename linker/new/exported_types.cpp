// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where a type lands in the component's index space (linker/new/exported_types.h).
#include "linker/new/exported_types.h"

namespace witc::linker {

std::uint32_t RootTypes::foreign_type(wit::InterfaceId owner, wit::TypeId id) {
  return out_.alias(component::Sort::kType, instances_[owner], resolve_.types[id].name.value_or(""));
}
std::optional<std::uint32_t> RootTypes::name_type(std::uint32_t index, ast::NameAttributes name) {
  // Types of an exported interface get their names in the component that wraps it, not here.
  if (interface()) return std::nullopt;
  return out_.import(std::move(name), extern_type_eq(index));
}
std::uint32_t RootTypes::name_resource(ast::NameAttributes name) { return out_.import(std::move(name), extern_resource()); }

ast::ValType ExportedTypes::encode_of(wit::InterfaceId interface, const wit::Type& type) {
  set_interface(interface);
  return encode(type);
}

std::uint32_t ExportedTypes::foreign_type(wit::InterfaceId owner, wit::TypeId id) {
  if (!world_.exports.contains(wit::WorldKey(owner))) {
    root_.set_interface(std::nullopt);
    return root_.encode_id(id);
  }
  std::optional<wit::InterfaceId> self = interface();
  set_interface(owner);
  std::uint32_t index = encode_id(id);
  set_interface(self);
  return index;
}

}  // namespace witc::linker
