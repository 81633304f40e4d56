// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A file: magic | key | tail calls? | count | count x written? | digest of all before; numbers in the machine's order.
#include "engine/cache/known_modules.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "engine/cache/program_key.h"

namespace witc::engine {
namespace {

constexpr std::string_view kFormat = "witc valid 1";
constexpr char kMagic[8] = {'w', 'i', 't', 'c', 'v', 'a', 'l', '1'};
constexpr std::size_t kHead = sizeof kMagic + sizeof(Digest) + 1 + sizeof(std::uint32_t);
constexpr std::size_t kMostBytes = 1u << 20;
constexpr std::size_t kWorthIt = 32 * 1024;  // bytes of a module; to validate a smaller one is as quick as to look for it

Digest key_of(const Digest& module, wasm::Features features) {
  Sha256 hash;
  hash.add_text(kFormat);
  add_build(hash);
  constexpr unsigned kFeatures = 64;
  std::uint64_t bits = 0;
  for (unsigned i = 0; i < kFeatures; ++i) {
    if (features.has(static_cast<wasm::Feature>(i))) bits |= std::uint64_t{1} << i;
  }
  hash.add_number(bits);
  hash.add(module);
  return hash.finish();
}

std::vector<std::uint8_t> to_bytes(const Digest& key, const wasm::BodyFacts& facts) {
  std::vector<std::uint8_t> out(std::begin(kMagic), std::end(kMagic));
  out.insert(out.end(), key.begin(), key.end());
  out.push_back(facts.has_tail_calls ? 1 : 0);
  const auto count = static_cast<std::uint32_t>(facts.written_tables.size());
  out.resize(kHead);
  std::memcpy(out.data() + kHead - sizeof count, &count, sizeof count);
  for (bool is_written : facts.written_tables) out.push_back(is_written ? 1 : 0);
  const Digest digest = sha256(out);
  out.insert(out.end(), digest.begin(), digest.end());
  return out;
}

std::optional<wasm::BodyFacts> from_bytes(const Digest& key, std::span<const std::uint8_t> bytes, std::size_t tables) {
  if (bytes.size() != kHead + tables + sizeof(Digest)) return std::nullopt;
  const std::span<const std::uint8_t> contents = bytes.first(kHead + tables);
  wasm::BodyFacts facts;
  facts.has_tail_calls = contents[sizeof kMagic + sizeof(Digest)] != 0;
  for (std::uint8_t is_written : contents.subspan(kHead)) facts.written_tables.push_back(is_written != 0);
  const std::vector<std::uint8_t> expected = to_bytes(key, facts);  // digest and all
  if (!std::ranges::equal(expected, bytes)) return std::nullopt;
  return facts;
}

}  // namespace

KnownModulesOnDisk::KnownModulesOnDisk(const std::string& folder) : folder_(folder.empty() ? File() : open_folder(folder)) {}

std::shared_ptr<const wasm::BodyFacts> KnownModulesOnDisk::facts_of(const wasm::Module& module) const {
  auto found = facts_.find(module.bytes.data());
  return module.bytes.empty() || found == facts_.end() ? nullptr : found->second;
}

std::shared_ptr<const wasm::BodyFacts> KnownModulesOnDisk::find(const wasm::Module& module, wasm::Features features) {
  if (!folder_ || module.bytes.size() < kWorthIt) return nullptr;
  const Digest digest = sha256_of_parts({&module.bytes, 1});
  digests_[module.bytes.data()] = digest;
  const Digest key = key_of(digest, features);
  struct stat status {};
  const File file = open_file(folder_, to_text(key) + std::string(kValidSuffix), status);
  if (!file || static_cast<std::uint64_t>(status.st_size) > kMostBytes) return nullptr;
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(status.st_size));
  if (!read_at(file.fd(), bytes.data(), bytes.size(), 0)) return nullptr;
  auto facts = from_bytes(key, bytes, module.tables.size());
  if (!facts) return nullptr;
  facts->digest = digest;
  futimens(file.fd(), nullptr);  // used last
  return facts_[module.bytes.data()] = std::make_shared<const wasm::BodyFacts>(*std::move(facts));
}

void KnownModulesOnDisk::add(const wasm::Module& module, wasm::Features features, wasm::BodyFacts facts) {
  if (module.bytes.empty()) return;
  if (auto digest = digests_.find(module.bytes.data()); digest != digests_.end()) facts.digest = digest->second;
  if (folder_ && facts.digest) {
    const Digest key = key_of(*facts.digest, features);
    replace_file(folder_, to_text(key) + std::string(kValidSuffix),
                 [&](const File& file) { return write_all(file.fd(), to_bytes(key, facts)); });
  }
  facts_[module.bytes.data()] = std::make_shared<const wasm::BodyFacts>(std::move(facts));
}

}  // namespace witc::engine
