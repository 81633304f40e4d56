// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// wasi:random/random, wasi:random/insecure and wasi:random/insecure-seed, all from the kernel's generator.
#include <sys/random.h>

#include <cerrno>

#include "wasi-preview/state.h"

namespace witc::wasi {
namespace {

constexpr std::uint64_t kMaxBytes = 1 << 24;  // of one call

bool fill(void* bytes, std::size_t size) {
  auto* at = static_cast<std::uint8_t*>(bytes);
  while (size > 0) {
    ssize_t got = ::getrandom(at, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

std::unexpected<Trap> no_randomness() { return std::unexpected(Trap::host("the system gives no random bytes")); }

HostResult random_u64(HostContext&, std::span<const Val>) {
  std::uint64_t value = 0;
  if (!fill(&value, sizeof value)) return no_randomness();
  return Val::unsigned_(value);
}

HostResult random_bytes(HostContext&, std::span<const Val> args) {
  std::uint64_t len = as_u64(args[0]);
  if (len > kMaxBytes) return std::unexpected(Trap::host("too many random bytes asked for at once"));
  std::vector<std::uint8_t> bytes(len);
  if (!fill(bytes.data(), bytes.size())) return no_randomness();
  return bytes_to_list(bytes);
}

HostResult insecure_seed(HostContext&, std::span<const Val>) {
  std::uint64_t seed[2];
  if (!fill(seed, sizeof seed)) return no_randomness();
  return Val::tuple({Val::unsigned_(seed[0]), Val::unsigned_(seed[1])});
}

}  // namespace

void add_random(Linker& linker, const StatePtr&) {
  linker.func("wasi:random/random@0.2.0", "get-random-bytes", random_bytes);
  linker.func("wasi:random/random@0.2.0", "get-random-u64", random_u64);
  linker.func("wasi:random/insecure@0.2.0", "get-insecure-random-bytes", random_bytes);
  linker.func("wasi:random/insecure@0.2.0", "get-insecure-random-u64", random_u64);
  linker.func("wasi:random/insecure-seed@0.2.0", "insecure-seed", insecure_seed);
}

}  // namespace witc::wasi
