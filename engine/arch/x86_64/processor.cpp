// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// CPUID. AVX counts only where the system saves its registers. AVX-512 is of no account: compiled code never has it.
#include "engine/arch/processor.h"

#include <cpuid.h>
#include <fmt/format.h>

#include <array>

namespace witc::engine::arch {
namespace {

struct Leaf {
  std::uint32_t leaf, subleaf;
};
constexpr Leaf kLeaves[] = {{0, 0}, {1, 0}, {7, 0}, {7, 1}, {0xd, 1}, {0x80000001, 0}, {0x80000008, 0}};
enum LeafIndex : std::uint8_t { kVendor, kBasic, kExtended, kExtended1, kSaving, kAmd, kAmd8 };
enum Register : std::uint8_t { kEax, kEbx, kEcx, kEdx };

/// All that is asked, asked once: under a hypervisor each question takes microseconds.
struct Answers {
  std::array<std::array<std::uint32_t, 4>, std::size(kLeaves)> leaves{};
  std::uint32_t saved_state = 0;  // the registers that the system saves

  Answers() {
    const std::uint32_t last = __get_cpuid_max(0, nullptr);
    const std::uint32_t last_extended = __get_cpuid_max(0x80000000, nullptr);
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      const auto [leaf, subleaf] = kLeaves[i];
      auto& out = leaves[i];
      if (leaf > (leaf < 0x80000000 ? last : last_extended)) continue;
      __cpuid_count(leaf, subleaf, out[kEax], out[kEbx], out[kEcx], out[kEdx]);
    }
    constexpr std::uint32_t kOsxsave = 1u << 27;
    std::uint32_t high = 0;
    if ((leaves[kBasic][kEcx] & kOsxsave) != 0) __asm__("xgetbv" : "=a"(saved_state), "=d"(high) : "c"(0));
    leaves[kBasic][kEbx] = 0;   // which core it is
    leaves[kSaving][kEbx] = 0;  // a size, of what is enabled
  }
};

struct Feature {
  const char* name;
  LeafIndex leaf;
  Register in;
  unsigned bit;
  bool needs_avx_state = false;
};
constexpr Feature kFeatures[] = {
    {"sse3", kBasic, kEcx, 0},
    {"pclmul", kBasic, kEcx, 1},
    {"ssse3", kBasic, kEcx, 9},
    {"fma", kBasic, kEcx, 12, true},
    {"cx16", kBasic, kEcx, 13},
    {"sse4.1", kBasic, kEcx, 19},
    {"sse4.2", kBasic, kEcx, 20},
    {"movbe", kBasic, kEcx, 22},
    {"popcnt", kBasic, kEcx, 23},
    {"aes", kBasic, kEcx, 25},
    {"avx", kBasic, kEcx, 28, true},
    {"f16c", kBasic, kEcx, 29, true},
    {"bmi", kExtended, kEbx, 3},
    {"avx2", kExtended, kEbx, 5, true},
    {"bmi2", kExtended, kEbx, 8},
    {"adx", kExtended, kEbx, 19},
    {"sha", kExtended, kEbx, 29},
    {"gfni", kExtended, kEcx, 8},
    {"vaes", kExtended, kEcx, 9, true},
    {"vpclmulqdq", kExtended, kEcx, 10, true},
    {"avxvnni", kExtended1, kEax, 4, true},
    {"cmpccxadd", kExtended1, kEax, 7},
    {"avxifma", kExtended1, kEax, 23, true},
    {"avxvnniint8", kExtended1, kEdx, 4, true},
    {"avxneconvert", kExtended1, kEdx, 5, true},
    {"avxvnniint16", kExtended1, kEdx, 10, true},
    {"apx", kExtended1, kEdx, 21},
    {"lzcnt", kAmd, kEcx, 5},
    {"sse4a", kAmd, kEcx, 6},
    {"prfchw", kAmd, kEcx, 8},
    {"xop", kAmd, kEcx, 11, true},
    {"fma4", kAmd, kEcx, 16, true},
    {"tbm", kAmd, kEcx, 21},
};
constexpr std::size_t kWordBits = 32;

}  // namespace

std::string processor_id() {
  const Answers answers;
  std::string id = fmt::format("x86-64 {:x}", answers.saved_state);
  for (const auto& leaf : answers.leaves) {
    for (std::uint32_t word : leaf) id += fmt::format(" {:x}", word);
  }
  return id;
}

std::vector<std::uint32_t> processor_features() {
  const Answers answers;
  constexpr std::uint32_t kAvxState = 6;
  const bool has_avx_state = (answers.saved_state & kAvxState) == kAvxState;
  std::vector<std::uint32_t> out((std::size(kFeatures) + kWordBits - 1) / kWordBits);
  for (std::size_t i = 0; i < std::size(kFeatures); ++i) {
    const Feature& feature = kFeatures[i];
    const bool has = (answers.leaves[feature.leaf][feature.in] >> feature.bit & 1) != 0;
    if (has && (has_avx_state || !feature.needs_avx_state)) out[i / kWordBits] |= 1u << i % kWordBits;
  }
  return out;
}

std::string missing_feature(const std::vector<std::uint32_t>& features) {
  const std::vector<std::uint32_t> here = processor_features();
  if (features.size() != here.size()) return "something unknown";
  for (std::size_t i = 0; i < here.size() * kWordBits; ++i) {
    if ((features[i / kWordBits] & ~here[i / kWordBits]) >> i % kWordBits & 1) {
      return i < std::size(kFeatures) ? kFeatures[i].name : "something unknown";
    }
  }
  return {};
}

}  // namespace witc::engine::arch
