// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// See json.h. Keys come in the order in which those tools write them.
#include "wit-parser/json.h"

#include <nlohmann/json.hpp>

#include "base/overloaded.h"

namespace witc::wit {
namespace {

using Json = nlohmann::ordered_json;

/// Adds a key that is not there yet, without looking.
void put(Json& object, std::string key, Json value) {
  object.get_ref<Json::object_t&>().emplace_back(std::move(key), std::move(value));
}

Json to_json(const Type& type) {
  return match(
      type, [](Primitive primitive) { return Json(to_string(primitive)); }, [](TypeId id) { return Json(id.value); });
}
Json to_json(const std::optional<Type>& type) { return type ? to_json(*type) : Json(nullptr); }

Json to_json(const Stability& stability) {
  Json body = Json::object();
  if (stability.kind == Stability::Kind::kUnstable) {
    body["feature"] = stability.feature;
  } else {
    body["since"] = stability.since->to_string();
  }
  if (stability.deprecated) body["deprecated"] = stability.deprecated->to_string();
  return Json{{stability.kind == Stability::Kind::kUnstable ? "unstable" : "stable", std::move(body)}};
}

void add_docs(Json& json, const std::string& docs) {
  if (!docs.empty()) json["docs"] = Json{{"contents", docs}};
}
void add_stability(Json& json, const Stability& stability) {
  if (stability.kind != Stability::Kind::kUnknown) json["stability"] = to_json(stability);
}
void add_info(Json& json, const ItemInfo& info) {
  add_docs(json, info.docs);
  add_stability(json, info.stability);
  if (info.external_id) json["external_id"] = *info.external_id;
}

template <class Labels>
Json labels(const Labels& list) {
  Json array = Json::array();
  for (const Label& label : list) {
    Json json{{"name", label.name}};
    add_docs(json, label.info.docs);
    array.push_back(std::move(json));
  }
  return array;
}

template <class Parts>
Json parts(const Parts& list) {
  Json array = Json::array();
  for (const auto& part : list) {
    Json json{{"name", part.name}, {"type", to_json(part.type)}};
    add_docs(json, part.info.docs);
    array.push_back(std::move(json));
  }
  return array;
}

Json to_json(const TypeDefKind& kind) {
  return match(
      kind, [](const Record& r) { return Json{{"record", {{"fields", parts(r.fields)}}}}; },
      [](const Resource&) { return Json("resource"); },
      [](const Own& own) { return Json{{"handle", {{"own", own.resource.value}}}}; },
      [](const Borrow& borrow) { return Json{{"handle", {{"borrow", borrow.resource.value}}}}; },
      [](const Flags& flags) { return Json{{"flags", {{"flags", labels(flags.flags)}}}}; },
      [](const Tuple& tuple) {
        Json types = Json::array();
        for (const Type& type : tuple.types) types.push_back(to_json(type));
        return Json{{"tuple", {{"types", std::move(types)}}}};
      },
      [](const Variant& variant) { return Json{{"variant", {{"cases", parts(variant.cases)}}}}; },
      [](const Enum& e) { return Json{{"enum", {{"cases", labels(e.cases)}}}}; },
      [](const Option& o) { return Json{{"option", to_json(o.type)}}; },
      [](const ResultType& r) { return Json{{"result", {{"ok", to_json(r.ok)}, {"err", to_json(r.err)}}}}; },
      [](const List& l) { return Json{{"list", to_json(l.type)}}; },
      [](const FixedLengthList& l) { return Json{{"fixed-length-list", Json::array({to_json(l.type), l.length})}}; },
      [](const Map& m) { return Json{{"map", Json::array({to_json(m.key), to_json(m.value)})}}; },
      [](const Future& f) { return Json{{"future", to_json(f.type)}}; },
      [](const Stream& s) { return Json{{"stream", to_json(s.type)}}; },
      [](const Alias& alias) { return Json{{"type", to_json(alias.type)}}; });
}

Json to_json(const TypeOwner& owner) {
  return match(
      owner, [](std::monostate) { return Json(nullptr); }, [](WorldId id) { return Json{{"world", id.value}}; },
      [](InterfaceId id) { return Json{{"interface", id.value}}; });
}

Json to_json(const TypeDef& def) {
  Json json{
      {"name", def.name ? Json(*def.name) : Json(nullptr)}, {"kind", to_json(def.kind)}, {"owner", to_json(def.owner)}};
  add_info(json, def.info);
  return json;
}

Json kind_of(const Function& function) {
  std::string prefix = function.is_async ? "async-" : "";
  switch (function.kind) {
    case FunctionKind::kFreestanding:
      return prefix + "freestanding";
    case FunctionKind::kMethod:
      return Json{{prefix + "method", function.resource->value}};
    case FunctionKind::kStatic:
      return Json{{prefix + "static", function.resource->value}};
    case FunctionKind::kConstructor:
      return Json{{"constructor", function.resource->value}};
  }
  return nullptr;
}

Json to_json(const Function& function) {
  Json params = Json::array();
  for (const Param& param : function.params) {
    Json json = Json::object();
    if (!param.name.empty()) json["name"] = param.name;
    json["type"] = to_json(param.type);
    params.push_back(std::move(json));
  }
  Json json{{"name", function.name}, {"kind", kind_of(function)}, {"params", std::move(params)}};
  if (function.result) json["result"] = to_json(*function.result);
  add_info(json, function.info);
  return json;
}

Json to_json(const WorldItem& item) {
  return match(
      item,
      [](const WorldInterface& interface) {
        Json json{{"id", interface.id.value}};
        add_stability(json, interface.info.stability);
        if (interface.info.external_id) json["external_id"] = *interface.info.external_id;
        add_docs(json, interface.info.docs);
        return Json{{"interface", std::move(json)}};
      },
      [](const Function& function) { return Json{{"function", to_json(function)}}; },
      [](const WorldType& type) { return Json{{"type", type.id.value}}; });
}

Json to_json(const WorldItems& items) {
  Json json = Json::object();
  for (const auto& [key, item] : items) {
    std::string name = match(
        key, [](const std::string& plain) { return plain; },
        [](InterfaceId id) { return "interface-" + std::to_string(id.value); });
    put(json, std::move(name), to_json(item));
  }
  return json;
}

template <class Map>
Json id_map(const Map& map) {
  Json json = Json::object();
  for (const auto& [name, id] : map) put(json, name, id.value);
  return json;
}

Json package_id(const std::optional<PackageId>& id) { return id ? Json(id->value) : Json(nullptr); }

Json to_json(const World& world) {
  Json json{{"name", world.name},
            {"imports", to_json(world.imports)},
            {"exports", to_json(world.exports)},
            {"package", package_id(world.package)}};
  add_info(json, world.info);
  return json;
}

Json to_json(const Interface& interface) {
  Json functions = Json::object();
  for (const auto& [name, function] : interface.functions) put(functions, name, to_json(function));
  Json json{{"name", interface.name ? Json(*interface.name) : Json(nullptr)},
            {"types", id_map(interface.types)},
            {"functions", std::move(functions)}};
  add_docs(json, interface.info.docs);
  add_stability(json, interface.info.stability);
  json["package"] = package_id(interface.package);
  if (interface.clone_of) json["clone_of"] = interface.clone_of->value;
  return json;
}

Json to_json(const Package& package) {
  Json json{{"name", package.name.to_string()}};
  add_docs(json, package.docs);
  json["interfaces"] = id_map(package.interfaces);
  json["worlds"] = id_map(package.worlds);
  return json;
}

template <class Items>
Json array_of(const Items& items) {
  Json array = Json::array();
  for (const auto& item : items) array.push_back(to_json(item));
  return array;
}

}  // namespace

std::string to_json(const Resolve& resolve) {
  Json json{{"worlds", array_of(resolve.worlds)},
            {"interfaces", array_of(resolve.interfaces)},
            {"types", array_of(resolve.types)},
            {"packages", array_of(resolve.packages)}};
  return json.dump(2);
}

}  // namespace witc::wit
