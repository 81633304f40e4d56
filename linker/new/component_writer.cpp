// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Appending definitions and counting index spaces (linker/new/component_writer.h).
#include "linker/new/component_writer.h"

namespace witc::linker {

using component::CoreSort;
using component::Sort;

ast::NameAttributes plain_name(std::string name) {
  ast::NameAttributes attributes;
  attributes.name = std::move(name);
  return attributes;
}
ast::ExternType extern_func(std::uint32_t type) { return {Sort::kFunc, type, {}, {}}; }
ast::ExternType extern_instance(std::uint32_t type) { return {Sort::kInstance, type, {}, {}}; }
ast::ExternType extern_type_eq(std::uint32_t type) { return {Sort::kType, 0, {type}, {}}; }
ast::ExternType extern_resource() { return {Sort::kType, 0, {}, {}}; }

std::uint32_t& ComponentWriter::space(Sort sort) { return spaces_[static_cast<std::uint8_t>(sort)]; }
std::uint32_t& ComponentWriter::core_space(CoreSort sort) { return core_[static_cast<std::uint8_t>(sort)]; }

std::uint32_t ComponentWriter::core_module(wasm::Module module, std::string name) {
  push(ast::CoreModule{std::make_unique<wasm::Module>(std::move(module))});
  std::uint32_t index = core_space(CoreSort::kModule)++;
  component_.names.entries.push_back({{Sort::kCore, CoreSort::kModule, index}, std::move(name)});
  return index;
}

std::uint32_t ComponentWriter::core_instantiate(std::uint32_t module, std::vector<ast::CoreInstantiateArg> args) {
  push(ast::CoreInstance{ast::CoreInstantiate{module, std::move(args)}});
  return core_space(CoreSort::kInstance)++;
}

std::uint32_t ComponentWriter::core_instance(std::vector<ast::CoreInlineExport> exports) {
  push(ast::CoreInstance{ast::CoreInlineExports{std::move(exports)}});
  return core_space(CoreSort::kInstance)++;
}

std::uint32_t ComponentWriter::alias_core(CoreSort sort, std::uint32_t instance, std::string name) {
  push(ast::Alias{Sort::kCore, sort, ast::AliasCoreExport{instance, std::move(name)}});
  return core_space(sort)++;
}

std::uint32_t ComponentWriter::core_type(wasm::FuncType type) {
  ast::CoreRecGroup group;
  group.types.emplace_back().type = std::move(type);
  push(ast::CoreType{std::move(group)});
  return core_space(CoreSort::kType)++;
}

std::uint32_t ComponentWriter::type(ast::Type type) {
  push(std::move(type));
  return space(Sort::kType)++;
}

std::uint32_t ComponentWriter::alias(Sort sort, std::uint32_t instance, std::string name) {
  push(ast::Alias{sort, {}, ast::AliasExport{instance, std::move(name)}});
  return space(sort)++;
}

std::uint32_t ComponentWriter::import(ast::NameAttributes name, const ast::ExternType& type) {
  push(ast::Import{std::move(name), type});
  return space(type.sort)++;
}

std::uint32_t ComponentWriter::export_(ast::NameAttributes name, ast::SortIndex item, std::optional<ast::ExternType> type) {
  push(ast::Export{std::move(name), item, std::move(type)});
  return space(item.sort)++;
}

std::uint32_t ComponentWriter::nested(ast::Component component) {
  push(std::make_unique<ast::Component>(std::move(component)));
  return space(Sort::kComponent)++;
}

std::uint32_t ComponentWriter::instantiate(std::uint32_t component, std::vector<ast::InstantiateArg> args) {
  push(ast::Instance{ast::Instantiate{component, std::move(args)}});
  return space(Sort::kInstance)++;
}

std::uint32_t ComponentWriter::lower(std::uint32_t func, ast::CanonOpts opts) {
  push(ast::Canon{ast::CanonLower{func, std::move(opts)}});
  return core_space(CoreSort::kFunc)++;
}

std::uint32_t ComponentWriter::builtin(ast::CanonBuiltin builtin) {
  push(ast::Canon{std::move(builtin)});
  return core_space(CoreSort::kFunc)++;
}

std::uint32_t ComponentWriter::resource_builtin(std::uint8_t opcode, std::uint32_t type) {
  ast::CanonBuiltin builtin;
  builtin.opcode = opcode;
  builtin.type = type;
  return this->builtin(std::move(builtin));
}

std::uint32_t ComponentWriter::lift(std::uint32_t core_func, std::uint32_t type, ast::CanonOpts opts) {
  push(ast::Canon{ast::CanonLift{core_func, std::move(opts), type}});
  return space(Sort::kFunc)++;
}

void ComponentWriter::custom(std::string name, std::vector<std::uint8_t> bytes) {
  component_.owned.push_back(std::move(bytes));
  push(ast::CustomSection{std::move(name), component_.owned.back()});
}

}  // namespace witc::linker
