// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Worlds made complete (WIT.md, "Transitive imports and worlds").
//
// Imports are easy: what an imported interface uses is imported before it. Exports are not: what an
// exported interface uses is an export if it is exported too, and else an import; but an interface must
// not see one and the same interface both ways. `requires_import` is what tells: once an interface had
// to be imported for an export's sake, exporting something that reaches it is an error.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "base/overloaded.h"
#include "wit-parser/settle.h"

namespace witc::wit {
namespace {

/// `use` chains this long are refused: following them is the C++ stack.
constexpr int kMaxUseDepth = 1000;

Diagnostic too_deep(const World& world) {
  return error(DiagCode::kWitLimit, world.info.span.value_or(Span{}), "interfaces `use` each other too deeply");
}

/// Interfaces, then types (used ones first), then functions, then those of resources.
int rank(const Resolve& resolve, const WorldItem& item) {
  return match(
      item, [](const WorldInterface&) { return 0; },
      [&](const WorldType& type) {
        const TypeDef& def = resolve.types[type.id];
        const auto* alias = std::get_if<Alias>(&def.kind);
        const auto* target = alias == nullptr ? nullptr : std::get_if<TypeId>(&alias->type);
        return target != nullptr && resolve.types[*target].owner != def.owner ? 1 : 2;
      },
      [](const Function& function) { return function.resource ? 4 : 3; });
}

/// Stable, by rank.
WorldItems by_rank(const Resolve& resolve, const WorldItems& items) {
  WorldItems result;
  for (int wanted = 0; wanted <= 4; ++wanted) {
    for (const auto& [key, item] : items) {
      if (rank(resolve, item) == wanted) result.insert(key, item);
    }
  }
  return result;
}

/// An interface brought in by another carries that one's gates and nothing else.
WorldInterface implied(InterfaceId id, const Stability& stability) {
  WorldInterface interface{id, {}};
  interface.info.stability = stability;
  return interface;
}

class Elaborator {
 public:
  Elaborator(const Resolve& resolve, const World& world) : resolve_(resolve), world_(world) {}

  Result<void> imports();
  Result<void> exports();

  WorldItems new_imports, new_exports;

 private:
  bool add_import(const WorldKey& key, const WorldInterface& item, int depth);
  /// False if `item` cannot be had in one way only; too_deep_ tells the other reason.
  bool add_export(const WorldKey& key, const WorldInterface& item, bool as_export, int depth);
  bool add_export_dependencies(const WorldInterface& item, bool as_export, int depth);

  const Resolve& resolve_;
  const World& world_;
  std::unordered_set<InterfaceId> exported_;         // by their own names
  std::unordered_set<InterfaceId> requires_import_;  // for the sake of an export
  bool too_deep_ = false;
};

bool Elaborator::add_import(const WorldKey& key, const WorldInterface& item, int depth) {
  if (new_imports.contains(key)) return true;
  if (depth > kMaxUseDepth) return false;
  for (InterfaceId needed : direct_dependencies(resolve_, item.id)) {
    if (!add_import(needed, implied(needed, item.info.stability), depth + 1)) return false;
  }
  new_imports.insert(key, item);
  return true;
}

Result<void> Elaborator::imports() {
  for (const auto& [key, item] : by_rank(resolve_, world_.imports)) {
    bool fits = true;
    if (const auto* interface = std::get_if<WorldInterface>(&item)) {
      fits = add_import(key, *interface, 0);
    } else if (const auto* type = std::get_if<WorldType>(&item)) {
      if (auto from = used_from(resolve_, type->id)) {
        fits = add_import(*from, implied(*from, resolve_.types[type->id].info.stability), 0);
      }
      new_imports.insert(key, item);
    } else {
      new_imports.insert(key, item);
    }
    if (!fits) return too_deep(world_);
  }
  return {};
}

bool Elaborator::add_export_dependencies(const WorldInterface& item, bool as_export, int depth) {
  for (InterfaceId needed : direct_dependencies(resolve_, item.id)) {
    bool exported = as_export && exported_.contains(needed);
    if (!add_export(needed, implied(needed, item.info.stability), exported, depth + 1)) return false;
  }
  return true;
}

bool Elaborator::add_export(const WorldKey& key, const WorldInterface& item, bool as_export, int depth) {
  if (new_exports.contains(key)) return as_export;
  if (!as_export && requires_import_.contains(item.id)) return true;
  if (depth > kMaxUseDepth) {
    too_deep_ = true;
    return false;
  }
  if (!add_export_dependencies(item, as_export, depth)) return false;
  if (!as_export) {
    requires_import_.insert(item.id);
    new_imports.insert(key, item);
    return true;
  }
  if (requires_import_.contains(item.id)) return false;
  new_exports.insert(key, item);
  return true;
}

Result<void> Elaborator::exports() {
  for (const auto& [key, item] : world_.exports) {
    if (!std::holds_alternative<WorldInterface>(item)) new_exports.insert(key, item);
    if (const auto* id = std::get_if<InterfaceId>(&key)) exported_.insert(*id);
  }
  for (const auto& [key, item] : world_.exports) {
    const auto* interface = std::get_if<WorldInterface>(&item);
    if (interface == nullptr || add_export(key, *interface, true, 0)) continue;
    if (too_deep_) return too_deep(world_);
    return error(DiagCode::kWitResolve, world_.info.span.value_or(Span{}),
                 fmt::format("interface `{}` transitively depends on an interface in incompatible ways",
                             resolve_.world_key_name(key)))
        .note("it would see one interface twice: exported by this world, and imported for another interface it uses")
        .hint("export the interfaces in between too");
  }
  return {};
}

}  // namespace

std::optional<InterfaceId> used_from(const Resolve& resolve, TypeId id) {
  const TypeDef& def = resolve.types[id];
  const auto* alias = std::get_if<Alias>(&def.kind);
  const auto* target = alias == nullptr ? nullptr : std::get_if<TypeId>(&alias->type);
  if (target == nullptr || resolve.types[*target].owner == def.owner) return std::nullopt;
  const auto* owner = std::get_if<InterfaceId>(&resolve.types[*target].owner);
  return owner == nullptr ? std::nullopt : std::optional(*owner);
}

std::vector<InterfaceId> direct_dependencies(const Resolve& resolve, InterfaceId id) {
  std::vector<InterfaceId> needed;
  for (const auto& [_, type] : resolve.interfaces[id].types) {
    std::optional<InterfaceId> from = used_from(resolve, type);
    if (from && (needed.empty() || needed.back() != *from)) needed.push_back(*from);
  }
  return needed;
}

Result<void> elaborate_world(Resolve& resolve, WorldId id) {
  Elaborator elaborator(resolve, resolve.worlds[id]);
  TRY(elaborator.imports());
  TRY(elaborator.exports());
  WorldItems imports = by_rank(resolve, elaborator.new_imports);
  WorldItems exports = std::move(elaborator.new_exports);
  resolve.worlds[id].imports = std::move(imports);
  resolve.worlds[id].exports = std::move(exports);
  return {};
}

}  // namespace witc::wit
