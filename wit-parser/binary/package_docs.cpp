// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Doc comments and feature gates to JSON and back (wit-parser/binary/package_docs.h).
#include "wit-parser/binary/package_docs.h"

#include <nlohmann/json.hpp>

#include "base/overloaded.h"

namespace witc::wit {
namespace {

constexpr std::uint8_t kVersion = 1;

// -- encoding ---------------------------------------------------------------------------------------

using Json = nlohmann::ordered_json;

/// A JSON object that takes its members in order and leaves out empty ones. (Members are appended without
/// a search: names are unique by construction.)
class Object {
 public:
  void put(std::string name, Json value) {
    if (value.is_null() || (value.is_object() && value.empty())) return;
    members_.emplace_back(std::move(name), std::move(value));
  }
  void put_text(std::string name, const std::string& text) {
    if (!text.empty()) put(std::move(name), text);
  }
  Json take() { return Json(std::move(members_)); }

 private:
  Json::object_t members_;
};

Json to_json(const Stability& stability) {
  Object inner;
  Object outer;
  if (stability.kind == Stability::Kind::kStable) {
    if (stability.since) inner.put("since", stability.since->to_string());
    if (stability.deprecated) inner.put("deprecated", stability.deprecated->to_string());
    outer.put("stable", inner.take());
  } else if (stability.kind == Stability::Kind::kUnstable) {
    inner.put("feature", stability.feature);
    if (stability.deprecated) inner.put("deprecated", stability.deprecated->to_string());
    outer.put("unstable", inner.take());
  }
  return outer.take();
}

Object info_json(const ItemInfo& info) {
  Object out;
  out.put_text("docs", info.docs);
  out.put("stability", to_json(info.stability));
  return out;
}

template <class Items>
Json item_docs(const Items& items) {
  Object out;
  for (const auto& item : items) out.put_text(item.name, item.info.docs);
  return out.take();
}

Json to_json(const TypeDef& type) {
  Object out = info_json(type.info);
  if (const auto* record = std::get_if<Record>(&type.kind)) out.put("items", item_docs(record->fields));
  if (const auto* flags = std::get_if<Flags>(&type.kind)) out.put("items", item_docs(flags->flags));
  if (const auto* variant = std::get_if<Variant>(&type.kind)) out.put("items", item_docs(variant->cases));
  if (const auto* labels = std::get_if<Enum>(&type.kind)) out.put("items", item_docs(labels->cases));
  return out.take();
}

Json interface_json(const Resolve& resolve, InterfaceId id) {
  const Interface& interface = resolve.interfaces[id];
  Object funcs, types;
  for (const auto& [name, function] : interface.functions) funcs.put(name, info_json(function.info).take());
  for (const auto& [name, type] : interface.types) types.put(name, to_json(resolve.types[type]));
  Object out = info_json(interface.info);
  out.put("funcs", funcs.take());
  out.put("types", types.take());
  return out.take();
}

/// The members of a world's object for its imports or its exports.
struct WorldHalf {
  Object interfaces, funcs, stability, docs;
};

void add_world_item(const Resolve& resolve, const WorldKey& key, const WorldItem& item, WorldHalf& half, Object& types) {
  std::string name = resolve.world_key_name(key);
  match(
      item,
      [&](const WorldInterface& it) {
        if (!resolve.interfaces[it.id].name) {
          half.interfaces.put(name, interface_json(resolve, it.id));
          return;
        }
        half.stability.put(name, to_json(it.info.stability));
        half.docs.put_text(name, it.info.docs);
      },
      [&](const Function& it) { half.funcs.put(name, info_json(it.info).take()); },
      [&](const WorldType& it) { types.put(name, to_json(resolve.types[it.id])); });
}

Json world_json(const Resolve& resolve, WorldId id) {
  const World& world = resolve.worlds[id];
  WorldHalf imports, exports;
  Object types;
  for (const auto& [key, item] : world.imports) add_world_item(resolve, key, item, imports, types);
  for (const auto& [key, item] : world.exports) add_world_item(resolve, key, item, exports, types);
  Object out = info_json(world.info);
  out.put("interfaces", imports.interfaces.take());
  out.put("types", types.take());
  out.put("funcs", imports.funcs.take());
  out.put("interface_exports", exports.interfaces.take());
  out.put("func_exports", exports.funcs.take());
  out.put("interface_import_stability", imports.stability.take());
  out.put("interface_export_stability", exports.stability.take());
  out.put("interface_import_docs", imports.docs.take());
  out.put("interface_export_docs", exports.docs.take());
  return out.take();
}

// -- decoding -----------------------------------------------------------------------------------------

using In = nlohmann::json;

const In* member(const In& object, const char* name) {
  if (!object.is_object()) return nullptr;
  auto it = object.find(name);
  return it == object.end() ? nullptr : &*it;
}

std::string text_of(const In* value) { return value != nullptr && value->is_string() ? value->get<std::string>() : ""; }

class Injector {
 public:
  Injector(Resolve& resolve, Span span) : resolve_(resolve), span_(span) {}

  Result<void> package(PackageId id, const In& root) {
    Package& package = resolve_.packages[id];
    package.docs = text_of(member(root, "docs"));
    TRY(each(member(root, "worlds"), "world", [&](const std::string& name, const In& in) -> Result<void> {
      const WorldId* world = package.worlds.find(name);
      if (world == nullptr) return missing("world", name);
      return this->world(*world, in);
    }));
    return each(member(root, "interfaces"), "interface", [&](const std::string& name, const In& in) -> Result<void> {
      const InterfaceId* interface = package.interfaces.find(name);
      if (interface == nullptr) return missing("interface", name);
      return this->interface(*interface, in);
    });
  }

 private:
  Diagnostic missing(std::string_view what, const std::string& name) const {
    return error(DiagCode::kComponentInvalid, span_,
                 "the package's documentation names the " + std::string(what) + " `" + name +
                     "`, which the package does not have");
  }
  Diagnostic wrong(std::string_view what) const {
    return error(DiagCode::kComponentInvalid, span_,
                 "the package's documentation is not of the expected form at a " + std::string(what));
  }

  template <class Visit>
  Result<void> each(const In* object, std::string_view what, Visit&& visit) {
    if (object == nullptr) return {};
    if (!object->is_object()) return wrong(what);
    for (const auto& [name, value] : object->items()) TRY(visit(name, value));
    return {};
  }

  Result<void> stability(const In* in, Stability& out) {
    if (in == nullptr) return {};
    auto version = [&](const In& object, const char* name) { return Version::parse(text_of(member(object, name))); };
    if (const In* stable = member(*in, "stable")) {
      out.kind = Stability::Kind::kStable;
      out.since = version(*stable, "since");
      if (!out.since) return wrong("version");
      out.deprecated = version(*stable, "deprecated");
    } else if (const In* unstable = member(*in, "unstable")) {
      out.kind = Stability::Kind::kUnstable;
      out.feature = text_of(member(*unstable, "feature"));
      out.deprecated = version(*unstable, "deprecated");
    }
    return {};
  }

  Result<void> info(const In& in, ItemInfo& out) {
    if (in.is_string()) {  // format 0: a function's docs alone
      out.docs = in.get<std::string>();
      return {};
    }
    if (std::string docs = text_of(member(in, "docs")); !docs.empty()) out.docs = std::move(docs);
    return stability(member(in, "stability"), out.stability);
  }

  template <class Items>
  Result<void> items(const In* in, Items& items) {
    if (in == nullptr) return {};
    if (!in->is_object()) return wrong("type");
    std::size_t used = 0;
    for (auto& item : items) {
      auto it = in->find(item.name);
      if (it == in->end()) continue;
      item.info.docs = text_of(&*it);
      ++used;
    }
    if (used < in->size()) return wrong("type");
    return {};
  }

  Result<void> type(TypeId id, const In& in) {
    TypeDef& def = resolve_.types[id];
    TRY(info(in, def.info));
    const In* docs = member(in, "items");
    if (auto* record = std::get_if<Record>(&def.kind)) return items(docs, record->fields);
    if (auto* flags = std::get_if<Flags>(&def.kind)) return items(docs, flags->flags);
    if (auto* variant = std::get_if<Variant>(&def.kind)) return items(docs, variant->cases);
    if (auto* labels = std::get_if<Enum>(&def.kind)) return items(docs, labels->cases);
    if (docs != nullptr && !docs->empty()) return wrong("type");
    return {};
  }

  Result<void> interface(InterfaceId id, const In& in) {
    TRY(info(in, resolve_.interfaces[id].info));
    TRY(each(member(in, "types"), "type", [&](const std::string& name, const In& value) -> Result<void> {
      const TypeId* type = resolve_.interfaces[id].types.find(name);
      if (type == nullptr) return missing("type", name);
      return this->type(*type, value);
    }));
    return each(member(in, "funcs"), "function", [&](const std::string& name, const In& value) -> Result<void> {
      Function* function = resolve_.interfaces[id].functions.find(name);
      if (function == nullptr) return missing("function", name);
      return info(value, function->info);
    });
  }

  /// The item by its plain name, in `exports` alone or (as format 0 has it) in imports, then exports.
  WorldItem* find_plain(World& world, const std::string& name, bool exports) {
    if (!exports) {
      if (WorldItem* item = world.imports.find(WorldKey(name))) return item;
    }
    return world.exports.find(WorldKey(name));
  }

  Result<void> named_interfaces(World& world, const In* in, bool exports) {
    return each(in, "interface", [&](const std::string& name, const In& value) -> Result<void> {
      WorldItem* item = find_plain(world, name, exports);
      auto* interface = item != nullptr ? std::get_if<WorldInterface>(item) : nullptr;
      if (interface == nullptr) return missing("interface", name);
      TRY(stability(member(value, "stability"), interface->info.stability));
      return this->interface(interface->id, value);
    });
  }
  Result<void> named_funcs(World& world, const In* in, bool exports) {
    return each(in, "function", [&](const std::string& name, const In& value) -> Result<void> {
      WorldItem* item = find_plain(world, name, exports);
      auto* function = item != nullptr ? std::get_if<Function>(item) : nullptr;
      if (function == nullptr) return missing("function", name);
      return info(value, function->info);
    });
  }

  /// Gates and docs of `import iface;` and `export iface;`, by the interface's path.
  template <class Apply>
  Result<void> by_path(WorldItems& items, const In* in, Apply&& apply) {
    if (in == nullptr) return {};
    std::unordered_map<std::string, WorldInterface*> paths;
    for (auto& [key, item] : items) {
      if (auto* interface = std::get_if<WorldInterface>(&item)) paths.emplace(resolve_.world_key_name(key), interface);
    }
    return each(in, "interface", [&](const std::string& name, const In& value) -> Result<void> {
      auto it = paths.find(name);
      if (it == paths.end()) return missing("interface", name);
      return apply(it->second->info, value);
    });
  }

  Result<void> world(WorldId id, const In& in) {
    World& world = resolve_.worlds[id];
    TRY(info(in, world.info));
    TRY(named_interfaces(world, member(in, "interfaces"), false));
    TRY(named_interfaces(world, member(in, "interface_exports"), true));
    TRY(each(member(in, "types"), "type", [&](const std::string& name, const In& value) -> Result<void> {
      const WorldItem* item = world.imports.find(WorldKey(name));
      const auto* type = item != nullptr ? std::get_if<WorldType>(item) : nullptr;
      if (type == nullptr) return missing("type", name);
      return this->type(type->id, value);
    }));
    TRY(named_funcs(world, member(in, "funcs"), false));
    TRY(named_funcs(world, member(in, "func_exports"), true));
    auto gate = [&](ItemInfo& out, const In& value) { return stability(&value, out.stability); };
    auto docs = [&](ItemInfo& out, const In& value) -> Result<void> {
      out.docs = text_of(&value);
      return {};
    };
    TRY(by_path(world.imports, member(in, "interface_import_stability"), gate));
    TRY(by_path(world.exports, member(in, "interface_export_stability"), gate));
    TRY(by_path(world.imports, member(in, "interface_import_docs"), docs));
    return by_path(world.exports, member(in, "interface_export_docs"), docs);
  }

  Resolve& resolve_;
  Span span_;
};

}  // namespace

std::vector<std::uint8_t> encode_package_docs(const Resolve& resolve, PackageId id) {
  const Package& package = resolve.packages[id];
  Object out, worlds, interfaces;
  for (const auto& [name, world] : package.worlds) worlds.put(name, world_json(resolve, world));
  for (const auto& [name, interface] : package.interfaces) interfaces.put(name, interface_json(resolve, interface));
  out.put_text("docs", package.docs);
  out.put("worlds", worlds.take());
  out.put("interfaces", interfaces.take());
  std::string text = out.take().dump(-1, ' ', false, Json::error_handler_t::replace);
  std::vector<std::uint8_t> bytes{kVersion};
  bytes.insert(bytes.end(), text.begin(), text.end());
  return bytes;
}

Result<void> decode_package_docs(Resolve& resolve, PackageId package, std::span<const std::uint8_t> section, Span span) {
  if (section.empty() || section[0] > kVersion) {
    return error(DiagCode::kComponentInvalid, span, "`package-docs` section of an unknown version");
  }
  In root = In::parse(section.begin() + 1, section.end(), nullptr, /*allow_exceptions=*/false);
  if (!root.is_object()) return error(DiagCode::kComponentInvalid, span, "`package-docs` section that is not JSON");
  return Injector(resolve, span).package(package, root);
}

}  // namespace witc::wit
