// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The questions everybody asks of a resolved graph: how things are called, and what an alias stands for.
#include "wit-parser/resolve.h"

namespace witc::wit {

std::string PackageName::to_string() const {
  std::string text = ns + ":" + name;
  if (version) text += "@" + version->to_string();
  return text;
}

std::string_view to_string(Primitive primitive) {
  switch (primitive) {
    case Primitive::kBool: return "bool";
    case Primitive::kU8: return "u8";
    case Primitive::kU16: return "u16";
    case Primitive::kU32: return "u32";
    case Primitive::kU64: return "u64";
    case Primitive::kS8: return "s8";
    case Primitive::kS16: return "s16";
    case Primitive::kS32: return "s32";
    case Primitive::kS64: return "s64";
    case Primitive::kF32: return "f32";
    case Primitive::kF64: return "f64";
    case Primitive::kChar: return "char";
    case Primitive::kString: return "string";
    case Primitive::kErrorContext: return "error-context";
  }
  return {};
}

std::string_view Function::item_name() const {
  std::string_view item = name;
  switch (kind) {
    case FunctionKind::kFreestanding: break;
    case FunctionKind::kMethod:
    case FunctionKind::kStatic:
      if (auto dot = item.find('.'); dot != std::string_view::npos) item.remove_prefix(dot + 1);
      break;
    case FunctionKind::kConstructor:
      if (auto bracket = item.find(']'); bracket != std::string_view::npos) item.remove_prefix(bracket + 1);
      break;
  }
  return item;
}

std::optional<std::string> Resolve::interface_path(InterfaceId id) const {
  const Interface& interface = interfaces[id];
  if (!interface.name || !interface.package) return std::nullopt;
  const PackageName& package = packages[*interface.package].name;
  std::string path = package.ns + ":" + package.name + "/" + *interface.name;
  if (package.version) path += "@" + package.version->to_string();
  return path;
}

std::string Resolve::world_key_name(const WorldKey& key) const {
  if (const auto* plain = std::get_if<std::string>(&key)) return *plain;
  return interface_path(std::get<InterfaceId>(key)).value_or("");
}

TypeId Resolve::dealias(TypeId id) const {
  while (const auto* alias = std::get_if<Alias>(&types[id].kind)) {
    const auto* target = std::get_if<TypeId>(&alias->type);
    if (target == nullptr) break;
    id = *target;
  }
  return id;
}

std::optional<PackageId> Resolve::find_package(const PackageName& name) const {
  for (PackageId id : packages.ids()) {
    if (packages[id].name == name) return id;
  }
  return std::nullopt;
}

}  // namespace witc::wit
