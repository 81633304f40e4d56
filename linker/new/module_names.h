// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The two ways a core module may spell the items of its world (linker/new/module_use.h).

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "linker/new/module_use.h"

namespace witc::linker {

/// A naming scheme as prefixes and suffixes; the functions take a name apart.
struct NameScheme {
  bool is_standard = false;  // `cm32p2`
  std::string root;          // the import module of functions at the world's root

  /// The scheme's own prefix taken off an import module or an export.
  [[nodiscard]] std::string strip(std::string_view name) const;
  /// The interface an import module names, and the exported one whose built-ins it names.
  [[nodiscard]] std::string interface(std::string_view module) const;
  [[nodiscard]] std::optional<std::string> exported_interface(std::string_view module) const;
  [[nodiscard]] std::optional<std::string> resource_drop(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> resource_new(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> resource_rep(std::string_view name) const;
  /// How an interface of a world is spelled.
  [[nodiscard]] std::string spelling(const wit::Resolve& resolve, const wit::WorldKey& key) const;
  /// The same the other way: what a module imports from, and under which names. No interface: the world's root.
  [[nodiscard]] std::string import_module(const std::optional<std::string>& interface) const;
  [[nodiscard]] std::string export_module(const std::optional<std::string>& interface) const;
  [[nodiscard]] std::string resource_drop_of(const std::string& resource) const;
  [[nodiscard]] std::string resource_new_of(const std::string& resource) const;
  [[nodiscard]] std::string resource_rep_of(const std::string& resource) const;
  /// Export names.
  [[nodiscard]] std::string func(const std::string& interface, const std::string& name, bool at_root) const;
  [[nodiscard]] std::string post_return(const std::string& func) const;
  [[nodiscard]] std::string dtor(const std::string& interface, const std::string& resource) const;
};

const NameScheme& legacy_names();
const NameScheme& standard_names();
const NameScheme& scheme_of(std::string_view name);

struct WorldInterfaceRef {
  wit::WorldKey key;
  wit::InterfaceId id;
};
/// The interface a module calls `name`: exactly, or else by a compatible version.
std::optional<WorldInterfaceRef> find_interface(const wit::Resolve& resolve, const wit::WorldItems& items,
                                                const std::string& name, const NameScheme& names);

Result<ModuleExports> classify_exports(const UseContext& context, const wasm::Module& module,
                                       const std::vector<wit::WorldKey>& exports);

}  // namespace witc::linker
