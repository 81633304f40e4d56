// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/cache/checksum.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace witc::engine {

Checksum checksum(std::span<const std::span<const std::uint8_t>> parts) {
  XXH3_state_t state;
  XXH3_128bits_reset(&state);
  for (std::span<const std::uint8_t> part : parts) XXH3_128bits_update(&state, part.data(), part.size());
  const XXH128_hash_t hash = XXH3_128bits_digest(&state);
  return {hash.low64, hash.high64};
}

}  // namespace witc::engine
