// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Has a file of ours been cut off or changed by mistake? XXH3, 128 bits. It is no defence against somebody who means it:
// nor would a stronger digest be that lies in the same file, for who can write the code can write its digest. Names of
// files in the cache, which must not be found by design, are SHA-256 (cache/sha256.h).

#include <array>
#include <cstdint>
#include <span>

namespace witc::engine {

using Checksum = std::array<std::uint64_t, 2>;

/// Of all parts, one after the other.
Checksum checksum(std::span<const std::span<const std::uint8_t>> parts);

}  // namespace witc::engine
