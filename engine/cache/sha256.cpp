// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// By OpenSSL's functions for this one algorithm. They are declared deprecated in favour of EVP, which does the same
// with the same code after it has looked for a provider of it, read a configuration and registered a thousand names:
// milliseconds of every start of a program. These need no initialisation, and nothing else of the library, so that the
// program `witc` has them out of the static one and loads no libcrypto (cmake/WitcEngine.cmake).
#define OPENSSL_SUPPRESS_DEPRECATED
#include "engine/cache/sha256.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

#include "base/check.h"

namespace witc::engine {

struct Sha256::State {
  SHA256_CTX context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) { WITC_CHECK(SHA256_Init(&state_->context) == 1); }
Sha256::~Sha256() = default;

void Sha256::add(std::span<const std::uint8_t> bytes) {
  WITC_CHECK(SHA256_Update(&state_->context, bytes.data(), bytes.size()) == 1);
}

void Sha256::add_text(std::string_view text) {
  add_number(text.size());
  add({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

void Sha256::add_number(std::uint64_t number) {
  std::array<std::uint8_t, 8> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
  add(bytes);
}

Digest Sha256::finish() {
  Digest digest;
  static_assert(sizeof digest == SHA256_DIGEST_LENGTH);
  WITC_CHECK(SHA256_Final(digest.data(), &state_->context) == 1);
  return digest;
}

Digest sha256(std::span<const std::uint8_t> bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.finish();
}

Digest sha256_of_parts(std::span<const std::span<const std::uint8_t>> parts) {
  constexpr std::size_t kStretch = 1u << 20;
  constexpr std::size_t kMostThreads = 4;
  std::vector<std::span<const std::uint8_t>> stretches;
  for (std::span<const std::uint8_t> rest : parts) {
    for (; !rest.empty(); rest = rest.subspan(std::min(kStretch, rest.size()))) {
      stretches.push_back(rest.first(std::min(kStretch, rest.size())));
    }
  }
  std::vector<Digest> digests(stretches.size());
  std::atomic<std::size_t> next = 0;
  auto work = [&] {
    for (std::size_t i = next++; i < digests.size(); i = next++) digests[i] = sha256(stretches[i]);
  };
  std::vector<std::thread> threads;
  const std::size_t cores = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMostThreads);
  try {
    while (threads.size() + 1 < std::min(cores, digests.size() / 2)) threads.emplace_back(work);
  } catch (const std::system_error&) {  // this one does it
  }
  work();
  for (std::thread& thread : threads) thread.join();
  return sha256({reinterpret_cast<const std::uint8_t*>(digests.data()), digests.size() * sizeof(Digest)});
}

std::string to_text(const Digest& digest) {
  std::string text;
  for (std::uint8_t byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace witc::engine
