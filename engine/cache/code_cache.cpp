// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/cache/code_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <memory>
#include <new>
#include <optional>

#include <fmt/format.h>

#include "engine/cache/checksum.h"

namespace witc::engine {
namespace {

constexpr std::time_t kStale = 3600;  // seconds after which nobody is writing a temporary file any more
constexpr std::uint32_t kNoFacts = ~0u;

struct Head {
  char magic[8];
  Digest key;
  Checksum checksum;   // of all that follows
  std::uint64_t size;  // of the file
  std::uint32_t facts;
  std::uint32_t count;
};
struct Row {
  std::uint32_t batch;
  std::uint32_t zero;
  std::uint64_t offset;  // in the file, a multiple of kBlobAlign
  std::uint64_t size;
};
static_assert(sizeof(Head) % kBlobAlign == 0 && sizeof(Row) % kBlobAlign == 0);
constexpr char kMagic[8] = {'w', 'i', 't', 'c', 'c', 'o', 'd', '2'};
constexpr std::size_t kChecked = offsetof(Head, size);  // from here on

template <class T>
std::span<const std::uint8_t> bytes_of(const T* items, std::size_t count) {
  return {reinterpret_cast<const std::uint8_t*>(items), count * sizeof(T)};
}

}  // namespace

CodeCache::CodeCache(const std::string& folder, const Digest& key, CodeNumber numbers, std::uint64_t max_bytes)
    : folder_(open_folder(folder)), key_(key), name_(to_text(key) + std::string(kCodeSuffix)), numbers_(numbers), max_bytes_(max_bytes) {
  if (folder_) pack_ = read_pack();
}

CodeCache::~CodeCache() { save(); }

CodeCache::Pack CodeCache::read_pack() const {
  struct stat status {};
  const File file = open_file(folder_, name_, status);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (!file || size < sizeof(Head) || size > max_bytes_) return {};
  Pack pack;
  pack.bytes.reset(new (std::nothrow) std::uint8_t[size]);  // not filled with zeros first
  if (pack.bytes == nullptr) return {};
  const std::span<const std::uint8_t> bytes(pack.bytes.get(), size);
  use_large_pages(pack.bytes.get(), size);
  if (!read_at(file.fd(), pack.bytes.get(), size, 0)) return {};
  Head head;
  std::memcpy(&head, pack.bytes.get(), sizeof head);
  if (!std::equal(std::begin(kMagic), std::end(kMagic), head.magic) || head.key != key_ || head.size != size) return {};
  const std::span<const std::uint8_t> checked = bytes.subspan(kChecked);
  if (checksum({&checked, 1}) != head.checksum || (size - sizeof head) / sizeof(Row) < head.count) return {};
  for (std::uint32_t i = 0; i < head.count; ++i) {
    Row row;
    std::memcpy(&row, pack.bytes.get() + sizeof head + i * sizeof row, sizeof row);
    if (row.offset > size || row.size > size - row.offset) return {};
    pack.pieces.emplace_hint(pack.pieces.end(), row.batch, bytes.subspan(row.offset, row.size));
  }
  if (head.facts != kNoFacts) pack.facts = static_cast<std::uint8_t>(head.facts);
  futimens(file.fd(), nullptr);  // used last
  return pack;
}

std::optional<BlobView> CodeCache::find(std::uint32_t batch) {
  auto found = pack_.pieces.find(batch);
  if (found == pack_.pieces.end()) return std::nullopt;
  return read_blob(found->second, numbers_);
}

std::optional<std::uint8_t> CodeCache::find_facts() { return pack_.facts; }

void CodeCache::add(std::uint32_t batch, const CodeBlob& blob) {
  if (!folder_) return;
  std::vector<std::uint8_t> bytes;
  write_blob(view_of(blob), bytes);
  const std::lock_guard lock(mutex_);
  added_[batch] = std::move(bytes);
  save_now_and_then();
}

void CodeCache::add_facts(std::uint8_t facts) {
  const std::lock_guard lock(mutex_);
  added_facts_ = facts;
  save_now_and_then();
}

void CodeCache::save_now_and_then() {
  is_saved_ = false;
  if (std::chrono::steady_clock::now() < next_save_) return;
  save_added();
  interval_ *= 2;
  next_save_ = std::chrono::steady_clock::now() + interval_;
}

void CodeCache::save() {
  const std::lock_guard lock(mutex_);
  save_added();
}

void CodeCache::save_added() {
  if (!folder_ || is_saved_) return;
  const Pack old = read_pack();  // as another process may have left it
  if (replace_file(folder_, name_, [&](const File& file) { return write_pack(file, old); })) evict();
  added_.clear();
  added_facts_.reset();
  is_saved_ = true;
}

bool CodeCache::write_pack(const File& file, const Pack& old) {
  Pieces pieces;
  for (const auto& [batch, bytes] : added_) pieces[batch] = bytes;
  pieces.insert(old.pieces.begin(), old.pieces.end());
  std::erase_if(pieces, [&](const auto& piece) {
    return (piece.first & kBetter) == 0 && pieces.contains(piece.first | kBetter);
  });
  Head head{};
  std::copy(std::begin(kMagic), std::end(kMagic), head.magic);
  head.key = key_;
  const std::optional<std::uint8_t> facts = added_facts_ ? added_facts_ : old.facts;
  head.facts = facts.value_or(kNoFacts);
  head.count = static_cast<std::uint32_t>(pieces.size());
  std::vector<Row> rows;
  std::vector<std::span<const std::uint8_t>> parts = {bytes_of(&head, 1).subspan(kChecked), {}};
  std::uint64_t offset = sizeof head + pieces.size() * sizeof(Row);
  static constexpr std::uint8_t kZeros[kBlobAlign] = {};
  for (const auto& [batch, bytes] : pieces) {
    rows.push_back({batch, 0, offset, bytes.size()});
    const std::size_t padding = (kBlobAlign - bytes.size() % kBlobAlign) % kBlobAlign;
    parts.push_back(bytes);
    parts.emplace_back(kZeros, padding);
    offset += bytes.size() + padding;
  }
  if (offset > max_bytes_) return false;
  parts[1] = bytes_of(rows.data(), rows.size());
  head.size = offset;
  head.checksum = checksum(parts);
  parts[0] = bytes_of(&head, 1);
  return std::ranges::all_of(parts, [&](std::span<const std::uint8_t> part) { return write_all(file.fd(), part); });
}

/// Removes what was used longest ago until the rest is within bounds, and what writers that died have left.
void CodeCache::evict() const {
  struct Kept {
    timespec used;
    std::uint64_t size;
    std::string name;
  };
  const int fd = openat(folder_.fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(fdopendir(fd), closedir);
  if (folder == nullptr) {
    close(fd);
    return;
  }
  std::vector<Kept> files;
  std::uint64_t total = 0;
  const std::time_t now = std::time(nullptr);
  while (const dirent* item = readdir(folder.get())) {
    const std::string_view name = item->d_name;
    struct stat status {};
    if (fstatat(folder_.fd(), item->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode)) continue;
    if (name.starts_with(kTemporary) && status.st_mtim.tv_sec < now - kStale) unlinkat(folder_.fd(), item->d_name, 0);
    if (!name.ends_with(kCodeSuffix) && !name.ends_with(kValidSuffix)) continue;
    files.push_back({status.st_mtim, static_cast<std::uint64_t>(status.st_size), std::string(name)});
    total += files.back().size;
  }
  std::ranges::sort(files, [](const Kept& a, const Kept& b) {
    return std::pair(a.used.tv_sec, a.used.tv_nsec) < std::pair(b.used.tv_sec, b.used.tv_nsec);
  });
  for (const Kept& file : files) {
    if (total <= max_bytes_) return;
    if (file.name != name_ && unlinkat(folder_.fd(), file.name.c_str(), 0) == 0) total -= file.size;
  }
}

}  // namespace witc::engine
