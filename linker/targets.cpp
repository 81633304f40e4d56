// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "linker/targets.h"

#include <fmt/format.h>

#include "linker/graph.h"
#include "linker/subtype.h"
#include "wasm/component/validate.h"
#include "wit-parser/binary/encode.h"

namespace witc::linker {

using namespace component;

Result<void> check_targets(const Types& types, ComponentTypeId given, ComponentTypeId world) {
  using Externs = OrderedMap<std::string, Extern>;
  auto find = [](const Externs& externs, const std::string& name) -> const Extern* {
    if (const Extern* found = externs.find(name)) return found;
    for (const auto& [other, item] : externs) {
      if (names_match(other, name)) return &item;
    }
    return nullptr;
  };
  for (const auto& [name, item] : types[given].imports) {
    const Extern* offered = find(types[world].imports, name);
    if (offered == nullptr) {
      return error(DiagCode::kWacResolve, fmt::format("the world does not import `{}`, which the component needs", name))
          .hint("a component may import less than its world does, never more");
    }
    if (auto fits = check_subtype(types, offered->type, item.type); !fits) {
      return std::move(fits.error()).context(fmt::format("in the import `{}`", name));
    }
  }
  for (const auto& [name, item] : types[world].exports) {
    const Extern* made = find(types[given].exports, name);
    if (made == nullptr) {
      return error(DiagCode::kWacResolve, fmt::format("the component has no export `{}`, which the world asks for", name))
          .hint("a component may export more than its world does, never less");
    }
    if (auto fits = check_subtype(types, made->type, item.type); !fits) {
      return std::move(fits.error()).context(fmt::format("in the export `{}`", name));
    }
  }
  return {};
}

Result<void> check_targets(const SourceMap& sources, const wit::Resolve& resolve, wit::WorldId world, Types& types,
                           ComponentTypeId given) {
  ComponentTypeId wanted = TRY(world_type(sources, resolve, world, types));
  Result<void> fits = check_targets(types, given, wanted);
  if (fits) return {};
  const wit::World& def = resolve.worlds[world];
  std::string package = def.package ? resolve.packages[*def.package].name.to_string() : "";
  return std::move(fits.error()).context(fmt::format("while fitting it to the world `{}` of package `{}`", def.name, package));
}

Result<ComponentTypeId> world_type(const SourceMap& sources, const wit::Resolve& resolve, wit::WorldId world,
                                   Types& types) {
  ast::Component wrapper;
  wrapper.definitions.push_back({ast::Type{wit::encode_world(resolve, world)}});
  ValidatedComponent validated = TRY(validate_component(sources, wrapper, types));
  return std::get<ComponentTypeId>(validated.types.at(0).type);
}

}  // namespace witc::linker
