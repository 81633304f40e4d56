// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "adapter-gen/bindgen/functions.h"

#include <fmt/format.h>

#include "adapter-gen/bindgen/names.h"

namespace witc::bindgen {
namespace {

bool returns_result(const wit::Resolve& resolve, const wit::Function& function) {
  if (!function.result) return false;
  const wit::TypeDefKind* kind = definition(resolve, *function.result);
  return kind != nullptr && std::holds_alternative<wit::ResultType>(*kind);
}

}  // namespace

std::vector<CppFunction> functions_of(const World& world, const Unit& unit, std::optional<wit::TypeId> resource) {
  std::vector<CppFunction> functions;
  NameScope names;
  for (const auto& [_, function] : unit.functions) {
    if (function->resource != resource) continue;
    CppFunction cpp{.wit = function};
    bool constructor = function->kind == wit::FunctionKind::kConstructor;
    cpp.fallible_constructor = constructor && returns_result(world.resolve(), *function);
    cpp.name = names.claim(constructor ? "create" : snake(function->item_name()));
    bool method = function->kind == wit::FunctionKind::kMethod;
    NameScope scope;
    for (std::size_t i = method ? 1 : 0; i < function->params.size(); ++i) {
      cpp.params.push_back(scope.claim(snake(function->params[i].name)));
      cpp.types.push_back(function->params[i].type);
    }
    functions.push_back(std::move(cpp));
  }
  return functions;
}

std::vector<CppFunction> host_functions(const World& world, const Unit& unit) {
  std::vector<CppFunction> functions = functions_of(world, unit, std::nullopt);
  NameScope names;
  names.claim("add_to_linker");
  for (CppFunction& function : functions) function.name = names.claim(function.name);
  for (wit::TypeId id : unit.types) {
    const wit::TypeDef& def = world.resolve().types[id];
    if (!std::holds_alternative<wit::Resource>(def.kind)) continue;
    for (CppFunction& function : functions_of(world, unit, id)) {
      if (function.is(wit::FunctionKind::kMethod)) continue;
      function.name = names.claim(fmt::format("{}_{}", snake(*def.name), function.name));
      functions.push_back(std::move(function));
    }
  }
  return functions;
}

std::string parameter_list(const CppFunction& function, const Spelling& spelling,
                           std::string (Spelling::*spell)(const wit::Type&) const) {
  std::string text;
  for (std::size_t i = 0; i < function.params.size(); ++i) {
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", (spelling.*spell)(function.types[i]), function.params[i]);
  }
  return text;
}

std::string argument_list(const CppFunction& function) {
  std::string text;
  for (const std::string& param : function.params) text += (text.empty() ? "" : ", ") + param;
  return text;
}

}  // namespace witc::bindgen
