// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/precompiled.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "engine/arch/processor.h"
#include "engine/cache/build_id.h"
#include "engine/cache/checksum.h"
#include "engine/cache/files.h"

#ifndef WITC_VERSION
#define WITC_VERSION "?"
#endif

namespace witc::engine {
namespace {

constexpr char kMagic[8] = {'\x7f', 'w', 'i', 't', 'c', 'o', 'd', 'e'};
constexpr std::uint32_t kFormat = 2;
constexpr std::size_t kFeatureWords = 8;
constexpr const char* kDamaged = "is damaged: it is not as it was written";

/// What comes before the format is where it is in every version.
struct Head {
  char magic[8];
  char version[24];  // of witc, with zeros behind it
  std::uint32_t format;
  std::uint32_t feature_words;
  Digest build;
  Checksum checksum;  // of the file with zeros for it
  std::uint64_t size;
  std::uint64_t program_size;
  std::uint32_t features[kFeatureWords];
  std::uint8_t opt_level, canonical_nans, has_fuel, is_interruptible;
  std::uint32_t zero;
};
static_assert(sizeof(Head) == 8 + 24 + 8 + 32 + 16 + 16 + 32 + 8);

std::span<const std::uint8_t> bytes_of(const Head& head) {
  return {reinterpret_cast<const std::uint8_t*>(&head), sizeof head};
}

using Bytes = std::span<const std::uint8_t>;

Checksum checksum_of(Head head, Bytes program, Bytes code) {
  head.checksum = {};
  const Bytes parts[] = {bytes_of(head), program, code};
  return checksum(parts);
}

Diagnostic refused(const std::string& name, const std::string& why) {
  return error(DiagCode::kFileKind, fmt::format("`{}` {}", name, why))
      .hint("`witc compile` makes it anew of the module or component that it was made of");
}

}  // namespace

bool is_precompiled(int fd) {
  char magic[sizeof kMagic];
  return read_at(fd, magic, sizeof magic, 0) && std::memcmp(magic, kMagic, sizeof magic) == 0;
}

std::vector<std::uint8_t> write_precompiled(std::span<const std::uint8_t> program, const EngineOptions& options,
                                            const CodeArchive& archive) {
  Head head{};
  std::memcpy(head.magic, kMagic, sizeof kMagic);
  std::memcpy(head.version, WITC_VERSION, std::min(sizeof WITC_VERSION, sizeof head.version - 1));
  head.format = kFormat;
  head.build = build_id();
  const std::vector<std::uint32_t> features = arch::processor_features();
  head.feature_words = static_cast<std::uint32_t>(features.size());
  std::copy_n(features.begin(), std::min(features.size(), kFeatureWords), head.features);
  head.program_size = program.size();
  head.opt_level = static_cast<std::uint8_t>(options.opt_level);
  head.canonical_nans = options.canonical_nans ? 1 : 0;
  head.has_fuel = options.fuel ? 1 : 0;
  head.is_interruptible = options.interruptible || options.timeout ? 1 : 0;
  const std::vector<std::uint8_t> code = archive.to_bytes();
  std::vector<std::uint8_t> out(sizeof head);
  out.reserve(sizeof head + program.size() + code.size());
  out.insert(out.end(), program.begin(), program.end());
  out.insert(out.end(), code.begin(), code.end());
  head.size = out.size();
  head.checksum = checksum_of(head, program, code);
  std::memcpy(out.data(), &head, sizeof head);
  return out;
}

namespace {

/// Can this build use it, and is it whole? As far as its head says.
Result<void> check(const Head& head, std::uint64_t size, const std::string& name) {
  if (head.format != kFormat || head.build != build_id()) {
    const std::string version(head.version, strnlen(head.version, sizeof head.version));
    const bool is_text = std::ranges::all_of(version, [](char c) { return c > ' ' && c <= '~'; });
    return refused(name, version == WITC_VERSION || !is_text
                             ? std::string("was compiled by another build of witc")
                             : fmt::format("was compiled by witc {}, this is " WITC_VERSION, version));
  }
  if (head.size != size) {
    return refused(name, fmt::format("is {}: it has {} bytes of {}", head.size > size ? "cut off" : "too long", size, head.size));
  }
  if (head.program_size > size - sizeof head) return refused(name, kDamaged);
  return {};
}

}  // namespace

Result<Precompiled> read_precompiled(int fd, const std::string& name) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return error(DiagCode::kFileUnreadable, fmt::format("cannot read `{}`", name));
  const auto size = static_cast<std::uint64_t>(status.st_size);
  Head head{};
  if (size < sizeof head || !read_at(fd, &head, sizeof head, 0)) return refused(name, "is cut off: it is no whole compiled file");
  TRY(check(head, size, name));
  Precompiled out;
  bool is_read = true;
  out.program.resize_and_overwrite(head.program_size, [&](char* into, std::size_t count) {
    use_large_pages(into, count);
    is_read = read_at(fd, into, count, sizeof head);
    return count;
  });
  const std::size_t code_size = size - sizeof head - head.program_size;
  const std::shared_ptr<std::uint8_t[]> code(new std::uint8_t[code_size]);
  use_large_pages(code.get(), code_size);
  if (!is_read || !read_at(fd, code.get(), code_size, sizeof head + head.program_size)) {
    return error(DiagCode::kFileUnreadable, fmt::format("cannot read `{}`", name));
  }
  const Bytes program(reinterpret_cast<const std::uint8_t*>(out.program.data()), out.program.size());
  if (checksum_of(head, program, {code.get(), code_size}) != head.checksum) return refused(name, kDamaged);
  const std::span<const std::uint32_t> features(head.features, std::min<std::size_t>(head.feature_words, kFeatureWords));
  if (const std::string missing = arch::missing_feature({features.begin(), features.end()}); !missing.empty()) {
    return refused(name, fmt::format("was compiled for a processor with `{}`, which this one has not", missing));
  }
  out.archive = CodeArchive::read({code.get(), code_size}, code);
  if (out.archive == nullptr) return refused(name, kDamaged);
  out.opt_level = head.opt_level == 0 ? OptLevel::kNone : OptLevel::kFull;
  out.canonical_nans = head.canonical_nans != 0;
  out.has_fuel = head.has_fuel != 0;
  out.is_interruptible = head.is_interruptible != 0;
  return out;
}

Result<EngineOptions> options_for(const Precompiled& file, EngineOptions options, const std::string& name) {
  auto unable = [&](const char* what, const char* how) {
    return error(DiagCode::kFileKind, fmt::format("`{}` was compiled without {}", name, what))
        .hint(fmt::format("give `witc compile` the option `{}` too", how));
  };
  if (options.fuel && !file.has_fuel) return unable("counting fuel", "-W fuel=1");
  if ((options.timeout || options.interruptible) && !file.is_interruptible) return unable("a timeout", "-W timeout=1s");
  if (file.has_fuel && !options.fuel) options.fuel = std::numeric_limits<std::int64_t>::max();
  options.interruptible = file.is_interruptible;
  options.canonical_nans = file.canonical_nans;
  options.opt_level = file.opt_level;
  options.compile_mode = CompileMode::kLazy;
  options.code_cache.clear();
  options.archive = file.archive;
  return options;
}

}  // namespace witc::engine
