// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/random.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace witc::wasi {

bool Random::fill(std::span<std::uint8_t> bytes) {
  if (seeded_) {
    while (!bytes.empty()) {
      const std::uint64_t next = (*seeded_)();
      const std::size_t size = std::min(bytes.size(), sizeof next);
      std::memcpy(bytes.data(), &next, size);
      bytes = bytes.subspan(size);
    }
    return true;
  }
  while (!bytes.empty()) {
    const ssize_t got = ::getrandom(bytes.data(), std::min<std::size_t>(bytes.size(), 1 << 20), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

}  // namespace witc::wasi
