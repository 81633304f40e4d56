// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "adapter-gen/bindgen/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <unordered_set>

#include "adapter-gen/bindgen/names.h"
#include "base/overloaded.h"

namespace witc::bindgen {
namespace {

constexpr unsigned kMaxTypeDepth = 200;

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += separator;
    text += part;
  }
  return text;
}

/// Calls `visit` with the types a definition is directly made of.
void for_each_part(const wit::TypeDefKind& kind, const std::function<void(const wit::Type&)>& visit) {
  auto optional = [&](const std::optional<wit::Type>& type) {
    if (type) visit(*type);
  };
  match(
      kind, [&](const wit::Record& record) { for (const auto& field : record.fields) visit(field.type); },
      [](const wit::Resource&) {}, [&](const wit::Own& own) { visit(own.resource); },
      [&](const wit::Borrow& borrow) { visit(borrow.resource); }, [](const wit::Flags&) {},
      [&](const wit::Tuple& tuple) { for (const auto& type : tuple.types) visit(type); },
      [&](const wit::Variant& variant) { for (const auto& a_case : variant.cases) optional(a_case.type); },
      [](const wit::Enum&) {}, [&](const wit::Option& option) { visit(option.type); },
      [&](const wit::ResultType& result) { optional(result.ok), optional(result.err); },
      [&](const wit::List& list) { visit(list.type); }, [&](const wit::FixedLengthList& list) { visit(list.type); },
      [&](const wit::Map& map) { visit(map.key), visit(map.value); },
      [&](const wit::Future& future) { optional(future.type); },
      [&](const wit::Stream& stream) { optional(stream.type); }, [&](const wit::Alias& alias) { visit(alias.type); });
}

/// Calls `visit` with the types in a unit's signatures and definitions, themselves not looked into.
void for_each_type(const wit::Resolve& resolve, const Unit& unit, const std::function<void(const wit::Type&)>& visit) {
  for (wit::TypeId id : unit.types) for_each_part(resolve.types[id].kind, visit);
  for (const auto& [_, function] : unit.functions) {
    for (const wit::Param& param : function->params) visit(param.type);
    if (function->result) visit(*function->result);
  }
}

}  // namespace

std::string Unit::spelled() const { return join(path, "::"); }
std::string Unit::qualified() const { return "::" + spelled(); }

Result<World> World::make(const wit::Resolve& resolve, wit::WorldId world, bool host) {
  World made(resolve, world, host);
  TRY(made.collect());
  TRY(made.check_types());
  made.name_types();
  made.order_units();
  return made;
}

/// The namespaces of a package; where two versions of it meet in one world, the version is part of them.
std::vector<std::string> World::package_path(wit::PackageId package, Side side) const {
  const wit::PackageName& name = resolve_->packages[package].name;
  bool ambiguous = std::ranges::any_of(resolve_->packages, [&](const wit::Package& other) {
    return other.name.ns == name.ns && other.name.name == name.name && other.name != name;
  });
  std::string last = namespace_name(name.name, false);
  if (ambiguous && name.version) {
    std::string version = name.version->to_string();
    for (char& c : version) {
      if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
    }
    last += "_v" + version;
  }
  std::vector<std::string> path;
  if (side == Side::kExport) path.emplace_back("exports");
  path.push_back(namespace_name(name.ns, side == Side::kImport));
  path.push_back(last);
  return path;
}

Result<void> World::add_interface(Side side, const wit::WorldKey& key, const wit::WorldInterface& item) {
  const wit::Interface& interface = resolve_->interfaces[item.id];
  Unit unit{.side = side, .implemented_here = (side == Side::kExport) != host_, .interface = item.id};
  unit.wit_name = resolve_->world_key_name(key);
  unit.docs = interface.info.docs;
  if (const auto* plain = std::get_if<std::string>(&key)) {
    unit.path = package_path(*wit().package, side);
    unit.path.push_back(namespace_name(wit().name, false));
    unit.path.push_back(namespace_name(*plain, false));
  } else {
    if (!interface.package || !interface.name) {
      return error(DiagCode::kBindgen, "an interface of the world has neither a package nor a name");
    }
    unit.path = package_path(*interface.package, side);
    unit.path.push_back(namespace_name(*interface.name, false));
  }
  for (const auto& [_, type] : interface.types) unit.types.push_back(type);
  for (const auto& [name, function] : interface.functions) unit.functions.emplace_back(name, &function);
  (side == Side::kImport ? imported_ : exported_).try_emplace(item.id, units_.size());
  units_.push_back(std::move(unit));
  return {};
}

Result<void> World::collect() {
  if (!wit().package) return error(DiagCode::kBindgen, fmt::format("world `{}` belongs to no package", wit().name));
  for (Side side : {Side::kImport, Side::kExport}) {
    Unit own{.side = side, .implemented_here = (side == Side::kExport) != host_};
    own.path = package_path(*wit().package, side);
    own.path.push_back(namespace_name(wit().name, false));
    for (const auto& [key, item] : side == Side::kImport ? wit().imports : wit().exports) {
      if (const auto* interface = std::get_if<wit::WorldInterface>(&item)) {
        TRY(add_interface(side, key, *interface));
      } else if (const auto* function = std::get_if<wit::Function>(&item)) {
        own.functions.emplace_back(function->name, function);
      } else {
        own.types.push_back(std::get<wit::WorldType>(item).id);
      }
    }
    if (side == Side::kImport) world_imports_ = units_.size();
    units_.push_back(std::move(own));
  }
  for (Unit& unit : units_) std::ranges::sort(unit.types);  // ids are in dependency order
  return {};
}

const Unit& World::unit_of(wit::TypeId type, const Unit& from) const {
  const wit::TypeOwner& owner = resolve_->types[type].owner;
  const auto* interface = std::get_if<wit::InterfaceId>(&owner);
  if (interface == nullptr) return units_[world_imports_];
  if (from.interface == *interface) return from;
  if (from.side == Side::kExport && from.interface) {
    if (auto found = exported_.find(*interface); found != exported_.end()) return units_[found->second];
  }
  if (auto found = imported_.find(*interface); found != imported_.end()) return units_[found->second];
  auto found = exported_.find(*interface);
  WITC_CHECK(found != exported_.end());  // check_types
  return units_[found->second];
}

const std::string& World::type_name(wit::TypeId type) const {
  auto found = type_names_.find(type);
  WITC_CHECK(found != type_names_.end());
  return found->second;
}

bool World::is_ours(wit::TypeId resource, const Unit& from) const {
  return unit_of(resolve_->dealias(resource), from).implemented_here;
}

const Unit* World::twin(const Unit& unit) const {
  if (unit.side != Side::kExport || !unit.interface) return nullptr;
  auto found = imported_.find(*unit.interface);
  return found == imported_.end() ? nullptr : &units_[found->second];
}

/// Everything reachable must be of this world, and of a kind there is C++ for.
Result<void> World::check_types() const {
  std::optional<Diagnostic> wrong;
  std::unordered_set<wit::TypeId> seen;
  std::function<void(const wit::Type&, unsigned)> visit = [&](const wit::Type& type, unsigned depth) {
    if (wrong) return;
    if (const auto* primitive = std::get_if<wit::Primitive>(&type)) {
      if (*primitive == wit::Primitive::kErrorContext) {
        wrong = error(DiagCode::kBindgen, "`error-context` has no C++ binding");
      }
      return;
    }
    wit::TypeId id = std::get<wit::TypeId>(type);
    if (!seen.insert(id).second) return;
    if (depth > kMaxTypeDepth) {
      wrong = error(DiagCode::kBindgen, fmt::format("a type is nested more than {} deep", kMaxTypeDepth));
      return;
    }
    const wit::TypeDef& def = resolve_->types[id];
    if (std::holds_alternative<wit::Future>(def.kind) || std::holds_alternative<wit::Stream>(def.kind)) {
      wrong = error(DiagCode::kBindgen, "futures and streams have no C++ binding");
    } else if (const auto* interface = std::get_if<wit::InterfaceId>(&def.owner)) {
      if (!imported_.contains(*interface) && !exported_.contains(*interface)) {
        wrong = error(DiagCode::kBindgen, fmt::format("type `{}` belongs to an interface that world `{}` has not",
                                                      def.name.value_or("?"), wit().name));
      }
    } else if (const auto* flags = std::get_if<wit::Flags>(&def.kind); flags != nullptr && flags->flags.size() > 32) {
      wrong = error(DiagCode::kBindgen, fmt::format("flags `{}` are more than 32", def.name.value_or("?")));
    }
    for_each_part(def.kind, [&](const wit::Type& part) { visit(part, depth + 1); });
  };
  for (const Unit& unit : units_) {
    for (wit::TypeId id : unit.types) visit(id, 0);
    for_each_type(*resolve_, unit, [&](const wit::Type& type) { visit(type, 0); });
  }
  if (wrong) return std::move(*wrong).context(fmt::format("while making bindings for world `{}`", wit().name));
  return {};
}

void World::name_types() {
  std::unordered_map<std::string, NameScope> scopes;  // by namespace, either side alike
  for (const Unit& unit : units_) {
    NameScope& scope = scopes[unit.interface ? fmt::format("i{}", unit.interface->value) : "world"];
    for (wit::TypeId id : unit.types) {
      if (type_names_.contains(id)) continue;
      type_names_[id] = scope.claim(camel(resolve_->types[id].name.value_or("type")));
    }
  }
}

/// A unit after those whose types it uses; else as the world has them, imports first.
void World::order_units() {
  std::vector<std::vector<std::size_t>> uses(units_.size());
  for (std::size_t i = 0; i < units_.size(); ++i) {
    std::unordered_set<wit::TypeId> seen;
    std::function<void(const wit::Type&)> visit = [&](const wit::Type& type) {
      const auto* id = std::get_if<wit::TypeId>(&type);
      if (id == nullptr || !seen.insert(*id).second) return;
      const wit::TypeDef& def = resolve_->types[*id];
      if (def.name) {
        auto at = static_cast<std::size_t>(&unit_of(*id, units_[i]) - units_.data());
        if (at != i) uses[i].push_back(at);
      } else {
        for_each_part(def.kind, visit);
      }
    };
    for_each_type(*resolve_, units_[i], visit);
    if (const Unit* same = twin(units_[i])) uses[i].push_back(static_cast<std::size_t>(same - units_.data()));
  }
  std::vector<std::size_t> order;
  std::vector<bool> visited(units_.size(), false);
  std::function<void(std::size_t)> place = [&](std::size_t at) {
    if (visited[at]) return;
    visited[at] = true;
    for (std::size_t used : uses[at]) place(used);
    order.push_back(at);
  };
  for (std::size_t i = 0; i < units_.size(); ++i) place(i);

  std::vector<Unit> ordered;
  std::vector<std::size_t> moved(units_.size());
  for (std::size_t at : order) {
    moved[at] = ordered.size();
    ordered.push_back(std::move(units_[at]));
  }
  units_ = std::move(ordered);
  for (auto& [_, at] : imported_) at = moved[at];
  for (auto& [_, at] : exported_) at = moved[at];
  world_imports_ = moved[world_imports_];
}

}  // namespace witc::bindgen
