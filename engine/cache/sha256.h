// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// SHA-256, by OpenSSL. Guests choose what is hashed, so nothing less will do for a key of code.

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace witc::engine {

using Digest = std::array<std::uint8_t, 32>;

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::span<const std::uint8_t> bytes);
  /// With its length first, so that what follows is never taken for a part of it.
  void add_text(std::string_view text);
  void add_number(std::uint64_t number);
  /// Once.
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest sha256(std::span<const std::uint8_t> bytes);
/// Of all parts, where they are long: of the digests of stretches of 1 MiB, taken by a few threads.
Digest sha256_of_parts(std::span<const std::span<const std::uint8_t>> parts);
/// In hexadecimal.
std::string to_text(const Digest& digest);

}  // namespace witc::engine
