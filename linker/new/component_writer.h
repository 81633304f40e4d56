// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// A component under construction: definitions are appended, and each append gives the index it got. The
// only state beside the definitions is the length of every index space, so that no caller counts.

#include <cstdint>
#include <string>
#include <vector>

#include "wasm/component/ast.h"

namespace witc::linker {

namespace ast = component::ast;

ast::NameAttributes plain_name(std::string name);
ast::ExternType extern_func(std::uint32_t type);
ast::ExternType extern_instance(std::uint32_t type);
ast::ExternType extern_type_eq(std::uint32_t type);
ast::ExternType extern_resource();

class ComponentWriter {
 public:
  std::uint32_t core_module(wasm::Module module, std::string name);
  std::uint32_t core_instantiate(std::uint32_t module, std::vector<ast::CoreInstantiateArg> args);
  std::uint32_t core_instance(std::vector<ast::CoreInlineExport> exports);
  /// An export of a core instance as an item of its own.
  std::uint32_t alias_core(component::CoreSort sort, std::uint32_t instance, std::string name);

  std::uint32_t core_type(wasm::FuncType type);
  std::uint32_t type(ast::Type type);
  /// An export of an instance as an item of its own.
  std::uint32_t alias(component::Sort sort, std::uint32_t instance, std::string name);
  std::uint32_t import(ast::NameAttributes name, const ast::ExternType& type);
  std::uint32_t export_(ast::NameAttributes name, ast::SortIndex item, std::optional<ast::ExternType> type = {});
  std::uint32_t nested(ast::Component component);
  std::uint32_t instantiate(std::uint32_t component, std::vector<ast::InstantiateArg> args);

  /// Core functions.
  std::uint32_t lower(std::uint32_t func, ast::CanonOpts opts);
  std::uint32_t builtin(ast::CanonBuiltin builtin);
  std::uint32_t resource_builtin(std::uint8_t opcode, std::uint32_t type);
  /// A component function.
  std::uint32_t lift(std::uint32_t core_func, std::uint32_t type, ast::CanonOpts opts);

  void custom(std::string name, std::vector<std::uint8_t> bytes);

  [[nodiscard]] ast::Component take() && { return std::move(component_); }

 private:
  template <class Item>
  void push(Item item) {
    component_.definitions.push_back({std::move(item)});
  }
  std::uint32_t& space(component::Sort sort);
  std::uint32_t& core_space(component::CoreSort sort);

  ast::Component component_;
  std::uint32_t core_[0x20] = {};
  std::uint32_t spaces_[8] = {};
};

}  // namespace witc::linker
