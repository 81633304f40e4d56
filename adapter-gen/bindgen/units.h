// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The world as bindings see it: a list of units. A unit is one interface imported or exported, or the
// world's own functions on either side; it is one C++ namespace and one module name of the core ABI.
// An interface both imported and exported is two units, because its resources are two kinds of things
// (one implemented elsewhere, one here); a type is found by where it is named and where it stands.

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "wit-parser/resolve.h"

namespace witc::bindgen {

enum class Side { kImport, kExport };

struct Unit {
  Side side = Side::kImport;
  /// Are its functions and resources implemented by the code we generate for? (A guest implements its
  /// exports and uses its imports; for a host it is the other way round.)
  bool implemented_here = false;
  std::optional<wit::InterfaceId> interface;  // none: the world's own functions and types
  std::string wit_name;                       // `ns:pkg/iface@1.0.0`, a plain name, or empty for the world
  std::vector<std::string> path;              // of namespaces, outermost first
  std::string docs;
  std::vector<wit::TypeId> types;                          // in the order of the WIT
  std::vector<std::pair<std::string, const wit::Function*>> functions;

  /// `::a::b::c`.
  [[nodiscard]] std::string qualified() const;
  /// `a::b::c`.
  [[nodiscard]] std::string spelled() const;
};

/// Which of the two a type named in a unit's scope belongs to, and what it is called there.
class World {
 public:
  /// Lays the world out. The Resolve must outlive this. Fails for types that have no bindings.
  static Result<World> make(const wit::Resolve& resolve, wit::WorldId world, bool host);

  [[nodiscard]] const wit::Resolve& resolve() const { return *resolve_; }
  [[nodiscard]] const wit::World& wit() const { return resolve_->worlds[world_]; }
  [[nodiscard]] wit::WorldId id() const { return world_; }
  [[nodiscard]] bool host() const { return host_; }

  /// In an order in which every type is defined before it is used.
  [[nodiscard]] const std::vector<Unit>& units() const { return units_; }

  /// The unit a named type is meant to be of, where it is written in `from`.
  [[nodiscard]] const Unit& unit_of(wit::TypeId type, const Unit& from) const;
  /// The C++ name of a named type, without its namespace.
  [[nodiscard]] const std::string& type_name(wit::TypeId type) const;
  /// Is the resource (or an alias of one), written in `from`, implemented by us?
  [[nodiscard]] bool is_ours(wit::TypeId resource, const Unit& from) const;
  /// The unit that imports the same interface as this exporting one, if there is one.
  [[nodiscard]] const Unit* twin(const Unit& unit) const;

 private:
  World(const wit::Resolve& resolve, wit::WorldId world, bool host) : resolve_(&resolve), world_(world), host_(host) {}
  Result<void> collect();
  Result<void> add_interface(Side side, const wit::WorldKey& key, const wit::WorldInterface& item);
  std::vector<std::string> package_path(wit::PackageId package, Side side) const;
  void order_units();
  void name_types();
  Result<void> check_types() const;

  const wit::Resolve* resolve_;
  wit::WorldId world_;
  bool host_;
  std::vector<Unit> units_;
  std::unordered_map<wit::InterfaceId, std::size_t> imported_, exported_;  // positions in units_
  std::size_t world_imports_ = 0;                                          // position in units_
  std::unordered_map<wit::TypeId, std::string> type_names_;
};

}  // namespace witc::bindgen
