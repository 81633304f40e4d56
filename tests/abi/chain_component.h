// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The composition that the chain test runs: three components one behind the other, as text. Each exports `f0`, `f1`,
// ... and implements them by calling its imports of the same names and types, so that host -> a -> b -> c -> host
// carries every argument over four boundaries, and every result back over four. A component only passes core values on;
// what they point to was lowered into its memory at one boundary and is lifted from there at the next.
//
// The host supplies beside `f<i>` and the resources `r<id>`:
//
//     seen         (who, trace, heap) -> u64   before a component calls on (who = 2n) and before it returns (2n + 1);
//                                              the answer's low half is 1 + the heap offset of a byte to change (0:
//                                              none), its high half what to xor it with
//     next-borrow  (n) -> u32                  the next borrowed handle component n has to drop; bit 31: of resource 1
//
// `trace` is what the component has met since its last call: 16 bytes for each realloc (old, old size, alignment, size)
// and 8 for each core value passed in or out. Its realloc moves every block it is asked to grow or to shrink,
// overwrites what it moved from, and grows the memory page by page: all of that is legal.

#include <array>
#include <string>
#include <vector>

#include "adapter-gen/layout.h"

namespace witc::abi::testing {

inline constexpr std::uint32_t kChainTraceAt = 16;
inline constexpr std::uint32_t kChainHeapAt = 1 << 18;
inline constexpr std::uint32_t kChainPages = 5;  // at first: one page of heap
inline constexpr std::uint8_t kFreshByte = 0xa5;
inline constexpr std::uint8_t kFreedByte = 0x5a;

struct ChainShape {
  const Layout* layout = nullptr;
  std::vector<FuncTypeId> funcs;
  std::vector<ResourceId> resources;
  std::array<StringEncoding, 3> encodings = {};  // of a, b and c
};

std::string chain_component(const ChainShape& shape);

}  // namespace witc::abi::testing
