// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is known of a module is what was found out about it, of this very module, or nothing.
#include "engine/cache/known_modules.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "wasm/core/decode.h"
#include "wasm/core/encode.h"
#include "wasm/core/load.h"

using namespace witc;
using namespace witc::engine;
namespace fs = std::filesystem;

namespace {

/// As large as to be worth keeping, for its data.
std::vector<std::uint8_t> module_bytes(std::uint8_t fill) {
  std::string text(40'000, static_cast<char>('a' + fill));
  const std::string source = "(module (memory 1) (table 1 funcref) (table 1 funcref)"
                             " (func (table.set 1 (i32.const 0) (ref.null func))) (func return_call 0)"
                             " (data (i32.const 0) \"" + text + "\"))";
  SourceMap sources;
  auto module = wasm::load_module(sources, sources.add("<test>", source, SourceKind::kText));
  REQUIRE(module.has_value());
  return wasm::encode_module(*module);
}

}  // namespace

TEST_CASE("known modules") {
  std::string folder = fs::temp_directory_path() / "witc-known-XXXXXX";
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  const std::vector<std::uint8_t> bytes = module_bytes(0);
  const std::vector<std::uint8_t> other_bytes = module_bytes(1);
  const SourceMap sources;
  const auto module = wasm::decode_module(SourceId{}, bytes, 0);
  const auto other = wasm::decode_module(SourceId{}, other_bytes, 0);
  REQUIRE((module.has_value() && other.has_value()));
  const auto features = wasm::Features::wasm3();
  auto validate = [&](KnownModulesOnDisk& known) { return wasm::validate_module(sources, *module, features, &known).has_value(); };

  {
    KnownModulesOnDisk known(folder);
    CHECK(known.find(*module, features) == nullptr);
    CHECK(validate(known));
    const auto facts = known.facts_of(*module);
    REQUIRE(facts != nullptr);
    CHECK(facts->has_tail_calls);
    CHECK(facts->written_tables == std::vector<bool>{false, true});
  }
  auto file = fs::directory_iterator(folder)->path();
  {
    KnownModulesOnDisk known(folder);
    CHECK(known.find(*other, features) == nullptr);
    CHECK(known.find(*module, wasm::Features::defaults() & wasm::Features::wasm2()) == nullptr);
    const auto facts = known.find(*module, features);
    REQUIRE(facts != nullptr);
    CHECK(facts->has_tail_calls);
    CHECK(facts->written_tables == std::vector<bool>{false, true});
    CHECK(facts->digest.has_value());
  }
  const auto size = fs::file_size(file);
  for (std::size_t at = 0; at < size; ++at) {  // whichever byte is changed
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(at));
    const int byte = stream.get();
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put(static_cast<char>(byte ^ 1));
    stream.close();
    CHECK(KnownModulesOnDisk(folder).find(*module, features) == nullptr);
    std::fstream back(file, std::ios::in | std::ios::out | std::ios::binary);
    back.seekp(static_cast<std::streamoff>(at));
    back.put(static_cast<char>(byte));
  }
  CHECK(KnownModulesOnDisk(folder).find(*module, features) != nullptr);
  fs::resize_file(file, size - 1);
  CHECK(KnownModulesOnDisk(folder).find(*module, features) == nullptr);
  KnownModulesOnDisk again(folder);  // is put right
  CHECK(validate(again));
  CHECK(KnownModulesOnDisk(folder).find(*module, features) != nullptr);
  CHECK(KnownModulesOnDisk("").find(*module, features) == nullptr);
  fs::remove_all(folder);
}
