// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The front doors of decoding: packages, components, sections of modules (wit-parser/binary/decode.h).
#include "wit-parser/binary/decode.h"

#include "base/overloaded.h"
#include "wasm/component/decode.h"
#include "wasm/component/validate.h"
#include "wit-parser/binary/decoder.h"
#include "wit-parser/binary/package_docs.h"

namespace witc::wit {
namespace {

constexpr std::uint8_t kMetadataVersion = 4;

Span place_of(const bin::Component& component) { return {component.source, component.offset, component.offset}; }

const bin::CustomSection* find_custom(const bin::Component& component, std::string_view name) {
  for (const bin::Definition& definition : component.definitions) {
    const auto* custom = std::get_if<bin::CustomSection>(&definition.item);
    if (custom != nullptr && custom->name == name) return custom;
  }
  return nullptr;
}

/// The component types a WIT package exports, in order; empty if something else is exported or imported.
std::vector<ClosureId> package_items(Elaborator& elaborator, const Elaborator::World& world) {
  std::vector<ClosureId> items;
  for (const auto& [name, item] : world.exports) {
    const auto* node = std::get_if<TypeNodeId>(&item.entity);
    std::optional<ClosureId> type = node != nullptr ? elaborator.component_type(*node) : std::nullopt;
    if (!type) return {};
    items.push_back(*type);
  }
  return world.imports.empty() ? items : std::vector<ClosureId>();
}

std::string encoding_key(const Resolve& resolve, bool import, const WorldKey& key, const std::string& function) {
  std::string name = resolve.world_key_name(key);
  if (auto at = name.find('@'); at != std::string::npos) name.resize(at);
  return (import ? "import " : "export ") + name + "#" + function;
}

void set_encodings(const Resolve& resolve, WorldMetadata& metadata, bool import, const WorldItems& items,
                   component::StringEncoding encoding) {
  for (const auto& [key, item] : items) {
    if (const auto* function = std::get_if<Function>(&item)) {
      metadata.encodings.emplace(encoding_key(resolve, import, key, function->name), encoding);
    } else if (const auto* interface = std::get_if<WorldInterface>(&item)) {
      for (const auto& [name, function] : resolve.interfaces[interface->id].functions) {
        metadata.encodings.emplace(encoding_key(resolve, import, key, name), encoding);
      }
    }
  }
}

Result<component::StringEncoding> read_encoding(const bin::Component& component, Span place) {
  const bin::CustomSection* section = find_custom(component, "wit-component-encoding");
  if (section == nullptr) {
    return error(DiagCode::kNewWorldMissing, place, "`component-type` section without a `wit-component-encoding` section in it");
  }
  if (section->bytes.size() != 2 || section->bytes[0] != kMetadataVersion || section->bytes[1] > 2) {
    return error(DiagCode::kNewWorldMissing, place, "`component-type` section of an unknown version")
        .hint("make the bindings again with a newer generator");
  }
  return static_cast<component::StringEncoding>(section->bytes[1]);
}

Result<void> add_section(SourceMap& sources, const wasm::CustomSection& section, WorldMetadata& metadata,
                         std::vector<WorldKey>& new_exports) {
  std::string bytes(section.bytes.begin(), section.bytes.end());
  SourceId source = sources.add("section `" + section.name + "`", std::move(bytes), SourceKind::kBinary);
  Span place = sources.whole(source);
  bin::Component component = TRY(component::decode_component(sources, place));
  component::Types types;
  Result<component::ValidatedComponent> valid = component::validate_component(sources, component, types, component::Features::all());
  if (!valid) return std::move(valid).error().context("while reading the world of a module");
  component::StringEncoding encoding = TRY(read_encoding(component, place));

  Elaborator elaborator(place);
  Elaborator::World outer = TRY(elaborator.run(component));
  std::vector<ClosureId> items = package_items(elaborator, outer);
  if (items.size() != 1) return elaborator.invalid("`component-type` section that does not hold one world");
  Decoder decoder(elaborator, metadata.resolve);
  auto [name, world] = TRY(decoder.wrapped_world(items[0]));
  std::size_t before = metadata.resolve.worlds[metadata.world].exports.size();
  TRY(decoder.world(metadata.world, world, /*is_program=*/false));
  decoder.finish(*metadata.resolve.worlds[metadata.world].package);

  const World& merged = metadata.resolve.worlds[metadata.world];
  for (std::size_t i = before; i < merged.exports.size(); ++i) new_exports.push_back(merged.exports.at(i).first);
  set_encodings(metadata.resolve, metadata, true, merged.imports, encoding);
  set_encodings(metadata.resolve, metadata, false, merged.exports, encoding);
  metadata.found = true;
  return {};
}

}  // namespace

bool is_wit_package(const bin::Component& component) {
  Elaborator elaborator(place_of(component));
  Result<Elaborator::World> world = elaborator.run(component);
  if (!world) return false;
  std::vector<ClosureId> items = package_items(elaborator, *world);
  return !items.empty() && world->exports.at(0).first.find(':') == std::string::npos;
}

Result<DecodedWit> decode_wit(const bin::Component& component) {
  Elaborator elaborator(place_of(component));
  Elaborator::World world = TRY(elaborator.run(component));
  DecodedWit out;
  Decoder decoder(elaborator, out.resolve);
  std::optional<PackageId> package;
  if (std::vector<ClosureId> items = package_items(elaborator, world); !items.empty()) {
    for (ClosureId item : items) {
      PackageId owner = TRY(decoder.package_item(item));
      if (package && *package != owner) return elaborator.invalid("WIT package whose items name more than one package");
      package = owner;
    }
    out.main = decoder.finish(*package);
  } else {
    package = TRY(decoder.package({"root", "component", std::nullopt}));
    WorldId id = decoder.add_world(*package, "root");
    TRY(decoder.world(id, world, /*is_program=*/true));
    decoder.finish(*package);
    out.main = id;
  }
  if (const bin::CustomSection* docs = find_custom(component, kPackageDocsSection)) {
    PackageId id = *package;
    if (const auto* main = std::get_if<PackageId>(&out.main)) id = *main;
    if (const auto* root = std::get_if<WorldId>(&out.main)) id = *out.resolve.worlds[*root].package;
    TRY(decode_package_docs(out.resolve, id, docs->bytes, place_of(component)));
  }
  return out;
}

component::StringEncoding WorldMetadata::encoding(bool import, const WorldKey& key, const std::string& function) const {
  auto it = encodings.find(encoding_key(resolve, import, key, function));
  return it == encodings.end() ? component::StringEncoding::kUtf8 : it->second;
}

Result<WorldMetadata> decode_world_metadata(SourceMap& sources, const wasm::Module& module) {
  WorldMetadata metadata;
  PackageId package = metadata.resolve.packages.push({{"root", "root", std::nullopt}, {}, {}, {}});
  World world;
  world.name = "root";
  world.package = package;
  metadata.world = metadata.resolve.worlds.push(std::move(world));
  metadata.resolve.packages[package].worlds.insert("root", metadata.world);
  TRY(add_world_metadata(sources, module, metadata));
  return metadata;
}

Result<std::vector<WorldKey>> add_world_metadata(SourceMap& sources, const wasm::Module& module, WorldMetadata& metadata) {
  std::vector<WorldKey> new_exports;
  for (const wasm::CustomSection& section : module.customs) {
    if (section.name.starts_with("component-type")) TRY(add_section(sources, section, metadata, new_exports));
  }
  return new_exports;
}

}  // namespace witc::wit
