// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Names of imports and exports in either scheme (linker/new/module_names.h).
#include "linker/new/module_names.h"

namespace witc::linker {
namespace {

constexpr std::string_view kStandardPrefix = "cm32p2";

std::optional<std::string> after(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  return std::string(text.substr(prefix.size()));
}
std::optional<std::string> before(std::string_view text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return std::nullopt;
  return std::string(text.substr(0, text.size() - suffix.size()));
}

/// `ns:pkg/iface` and the version of a path.
struct Path {
  std::string_view name;
  std::optional<Version> version;
};
Path split_version(std::string_view path) {
  std::size_t at = path.find('@');
  if (at == std::string_view::npos) return {path, std::nullopt};
  return {path.substr(0, at), Version::parse(path.substr(at + 1))};
}

}  // namespace

const NameScheme& legacy_names() {
  static const NameScheme scheme{false, "$root"};
  return scheme;
}
const NameScheme& standard_names() {
  static const NameScheme scheme{true, ""};
  return scheme;
}
const NameScheme& scheme_of(std::string_view name) {
  return name.starts_with(kStandardPrefix) ? standard_names() : legacy_names();
}

std::string NameScheme::strip(std::string_view name) const {
  return std::string(is_standard ? name.substr(kStandardPrefix.size()) : name);
}
std::string NameScheme::interface(std::string_view module) const {
  return is_standard ? after(module, "|").value_or(std::string(module)) : std::string(module);
}
std::optional<std::string> NameScheme::exported_interface(std::string_view module) const {
  return after(module, is_standard ? "|_ex_" : "[export]");
}
std::optional<std::string> NameScheme::resource_drop(std::string_view name) const {
  return is_standard ? before(name, "_drop") : after(name, "[resource-drop]");
}
std::optional<std::string> NameScheme::resource_new(std::string_view name) const {
  return is_standard ? before(name, "_new") : after(name, "[resource-new]");
}
std::optional<std::string> NameScheme::resource_rep(std::string_view name) const {
  return is_standard ? before(name, "_rep") : after(name, "[resource-rep]");
}

std::string NameScheme::spelling(const wit::Resolve& resolve, const wit::WorldKey& key) const {
  std::string name = resolve.world_key_name(key);
  if (!is_standard) return name;
  Path path = split_version(name);
  if (!path.version) return name;
  return std::string(path.name) + "@" + compatibility_track(*path.version);
}
std::string NameScheme::import_module(const std::optional<std::string>& interface) const {
  if (is_standard) return std::string(kStandardPrefix) + (interface ? "|" + *interface : root);
  return interface.value_or(root);
}
std::string NameScheme::export_module(const std::optional<std::string>& interface) const {
  if (is_standard) return std::string(kStandardPrefix) + "|_ex_" + interface.value_or(root);
  return "[export]" + interface.value_or(root);
}
std::string NameScheme::resource_drop_of(const std::string& resource) const {
  return is_standard ? resource + "_drop" : "[resource-drop]" + resource;
}
std::string NameScheme::resource_new_of(const std::string& resource) const {
  return is_standard ? resource + "_new" : "[resource-new]" + resource;
}
std::string NameScheme::resource_rep_of(const std::string& resource) const {
  return is_standard ? resource + "_rep" : "[resource-rep]" + resource;
}
std::string NameScheme::func(const std::string& interface, const std::string& name, bool at_root) const {
  if (is_standard) return std::string(kStandardPrefix) + "|" + (at_root ? "" : interface) + "|" + name;
  return at_root ? name : interface + "#" + name;
}
std::string NameScheme::post_return(const std::string& func) const {
  return is_standard ? func + "_post" : "cabi_post_" + func;
}
std::string NameScheme::dtor(const std::string& interface, const std::string& resource) const {
  if (is_standard) return std::string(kStandardPrefix) + "|" + interface + "|" + resource + "_dtor";
  return interface + "#[dtor]" + resource;
}

std::optional<WorldInterfaceRef> find_interface(const wit::Resolve& resolve, const wit::WorldItems& items,
                                                const std::string& name, const NameScheme& names) {
  std::optional<WorldInterfaceRef> compatible;
  Path wanted = split_version(name);
  for (const auto& [key, item] : items) {
    const auto* interface = std::get_if<wit::WorldInterface>(&item);
    if (interface == nullptr) continue;
    std::string spelled = names.spelling(resolve, key);
    if (spelled == name) return WorldInterfaceRef{key, interface->id};
    Path path = split_version(spelled);
    if (!compatible && wanted.version && path.version && path.name == wanted.name &&
        compatibility_track(*path.version) == compatibility_track(*wanted.version)) {
      compatible = WorldInterfaceRef{key, interface->id};
    }
  }
  return compatible;
}

}  // namespace witc::linker
