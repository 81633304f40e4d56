// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// WIT to binary and back: packages, worlds in module sections, programs; and binaries that are not that.
#include <doctest/doctest.h>

#include <array>

#include "wasm/component/decode.h"
#include "wasm/component/encode.h"
#include "wasm/component/validate.h"
#include "wit-parser/binary/decode.h"
#include "wit-parser/binary/encode.h"
#include "wit-parser/print.h"
#include "wit-parser/wit.h"

namespace witc::wit {
namespace {

constexpr const char* kText = R"(package test:pkg@1.2.3;

/// Shapes and things.
interface types {
  /// A record.
  record point {
    /// across
    x: u32,
    y: option<list<string>>,
  }

  type alias = point;

  variant shape {
    dot(point),
    nothing,
  }

  flags perms { read, write }

  enum level { low, high }

  resource blob {
    constructor(bytes: list<u8>);
    read: func(n: u32) -> result<list<u8>, level>;
    merge: static func(a: borrow<blob>, b: blob) -> blob;
  }

  @since(version = 1.0.0)
  area: func(s: shape) -> tuple<f32, f64>;
}

interface user {
  use types.{blob, shape as form};

  run: func(b: blob, f: form) -> result<_, string>;
}

world app {
  use types.{perms};

  import user;
  import log: func(p: perms, message: string);
  import host: interface {
    now: func() -> u64;
  }

  export user;
  export main: func(args: list<string>) -> u8;
}
)";

struct Parsed {
  SourceMap sources;
  Resolve resolve;
  PackageId package;
};

void parse(Parsed& out, const char* text) {
  SourceId source = out.sources.add("test.wit", text, SourceKind::kText);
  Result<PackageId> package = push_files(out.resolve, out.sources, std::array{source}, {});
  REQUIRE(package.has_value());
  out.package = *package;
}

SourceId add_bytes(SourceMap& sources, std::span<const std::uint8_t> bytes) {
  return sources.add("bytes", std::string(bytes.begin(), bytes.end()), SourceKind::kBinary);
}

wasm::Module module_with(std::vector<std::vector<std::uint8_t>> sections) {
  wasm::Module module;
  for (auto& section : sections) {
    module.owned.push_back(std::move(section));
    module.customs.push_back({"component-type:" + std::to_string(module.customs.size()), module.owned.back()});
  }
  return module;
}

TEST_CASE("a package survives its binary form, docs and gates included") {
  Parsed in;
  parse(in, kText);
  std::vector<std::uint8_t> bytes = component::encode(encode_package(in.resolve, in.package));
  SourceId source = add_bytes(in.sources, bytes);
  Result<component::ast::Component> component = component::decode_component(in.sources, in.sources.whole(source));
  REQUIRE(component.has_value());
  component::Types types;
  CHECK(component::validate_component(in.sources, *component, types).has_value());
  CHECK(is_wit_package(*component));

  Result<DecodedWit> decoded = decode_wit(*component);
  REQUIRE(decoded.has_value());
  PackageId package = std::get<PackageId>(decoded->main);
  CHECK(component::encode(encode_package(decoded->resolve, package)) == bytes);
  // Resources come first among an interface's functions in binary; otherwise the text is the same.
  CHECK(print_package(decoded->resolve, package) == print_package(in.resolve, in.package));
}

TEST_CASE("a world travels in a module's section with its string encoding") {
  Parsed in;
  parse(in, kText);
  WorldId world = *select_world(in.resolve, in.package, "app");
  wasm::Module module = module_with({encode_world_metadata(in.resolve, world, component::StringEncoding::kUtf16)});
  Result<WorldMetadata> metadata = decode_world_metadata(in.sources, module);
  REQUIRE(metadata.has_value());
  CHECK(metadata->found);
  const World& merged = metadata->resolve.worlds[metadata->world];
  CHECK(merged.imports.size() == in.resolve.worlds[world].imports.size());
  CHECK(merged.exports.size() == in.resolve.worlds[world].exports.size());
  CHECK(metadata->encoding(false, WorldKey("main"), "main") == component::StringEncoding::kUtf16);
}

TEST_CASE("worlds of several sections are merged, one view of an interface adding to another") {
  Parsed in;
  parse(in, R"(package a:b;
interface i { f: func(); g: func(); type t = u32; }
world one { import i; export x: func(); }
world two { import i; import y: func(); }
)");
  auto section = [&](const char* world) {
    return encode_world_metadata(in.resolve, *select_world(in.resolve, in.package, world), component::StringEncoding::kUtf8);
  };
  wasm::Module module = module_with({section("one"), section("two")});
  Result<WorldMetadata> metadata = decode_world_metadata(in.sources, module);
  REQUIRE(metadata.has_value());
  const World& merged = metadata->resolve.worlds[metadata->world];
  CHECK(merged.imports.size() == 2);
  CHECK(merged.exports.size() == 1);
  CHECK(metadata->resolve.interfaces.size() == 1);
  CHECK(metadata->resolve.types.size() == 1);
}

TEST_CASE("a module without a section has no world, and a broken section is an error") {
  SourceMap sources;
  wasm::Module none;
  Result<WorldMetadata> metadata = decode_world_metadata(sources, none);
  REQUIRE(metadata.has_value());
  CHECK_FALSE(metadata->found);

  Parsed in;
  parse(in, kText);
  WorldId world = *select_world(in.resolve, in.package, "app");
  std::vector<std::uint8_t> good = encode_world_metadata(in.resolve, world, component::StringEncoding::kUtf8);
  for (std::size_t length = 0; length < good.size(); ++length) {
    wasm::Module module = module_with({{good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)}});
    CHECK_NOTHROW((void)decode_world_metadata(sources, module));
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::vector<std::uint8_t> bad = good;
    bad[at] ^= 0x55;
    wasm::Module module = module_with({std::move(bad)});
    CHECK_NOTHROW((void)decode_world_metadata(sources, module));
  }
}

TEST_CASE("what a program imports and exports is its world") {
  Parsed in;
  parse(in, kText);
  WorldId world = *select_world(in.resolve, in.package, "app");
  // A world as a component type is not a program; a component of no exports is, of an empty world.
  CHECK(encode_world(in.resolve, world).decls.size() > 5);
  component::ast::Component empty;
  Result<DecodedWit> decoded = decode_wit(empty);
  REQUIRE(decoded.has_value());
  WorldId root = std::get<WorldId>(decoded->main);
  CHECK(decoded->resolve.worlds[root].name == "root");
  CHECK(decoded->resolve.worlds[root].exports.empty());
}

}  // namespace
}  // namespace witc::wit
