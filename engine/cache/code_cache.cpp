// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/cache/code_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>

#include <fmt/format.h>

namespace witc::engine {
namespace {

constexpr std::time_t kStale = 3600;  // seconds after which nobody is writing a temporary file any more
constexpr std::uint32_t kMaxPieces = 1u << 22;
constexpr std::uint32_t kFacts = BlobStore::kBetter - 1;  // the number of a piece that is no batch

struct Head {
  char magic[8];
  Digest key;
  std::uint64_t count;
};
struct Row {
  std::uint32_t batch;
  std::uint32_t zero;
  std::uint64_t size;
  std::uint64_t offset;
  Digest digest;
};
constexpr char kMagic[8] = {'w', 'i', 't', 'c', 'c', 'o', 'd', '1'};

template <class T>
std::span<const std::uint8_t> bytes_of(const T* items, std::size_t count) {
  return {reinterpret_cast<const std::uint8_t*>(items), count * sizeof(T)};
}

}  // namespace

CodeCache::CodeCache(const std::string& folder, const Digest& key, CodeNumber numbers, std::uint64_t max_bytes)
    : folder_(open_folder(folder)), key_(key), name_(to_text(key) + std::string(kCodeSuffix)), numbers_(numbers), max_bytes_(max_bytes) {
  if (!folder_) return;
  file_ = open_pack(index_);
  if (file_) futimens(file_.fd(), nullptr);  // used last
}

CodeCache::~CodeCache() { save(); }

File CodeCache::open_pack(Index& index) const {
  struct stat status {};
  File file = open_file(folder_, name_, status);
  if (!file) return file;
  const auto file_size = static_cast<std::uint64_t>(status.st_size);
  Head head;
  if (!read_at(file.fd(), &head, sizeof head, 0)) return File();
  if (!std::equal(std::begin(kMagic), std::end(kMagic), head.magic) || head.key != key_) return File();
  if (head.count > kMaxPieces || head.count * sizeof(Row) > file_size) return File();
  std::vector<Row> rows(head.count);
  if (!read_at(file.fd(), rows.data(), rows.size() * sizeof(Row), sizeof head)) return File();
  Digest digest;
  if (!read_at(file.fd(), digest.data(), digest.size(), sizeof head + rows.size() * sizeof(Row))) return File();
  Sha256 hash;
  hash.add(bytes_of(&head, 1));
  hash.add(bytes_of(rows.data(), rows.size()));
  if (hash.finish() != digest) return File();
  for (const Row& row : rows) {
    if (row.offset > file_size || row.size > file_size - row.offset) continue;
    index[row.batch] = {row.size, row.offset, row.digest};
  }
  return file;
}

std::optional<std::vector<std::uint8_t>> CodeCache::read_piece(const File& file, const Place& place) {
  std::vector<std::uint8_t> bytes(place.size);
  if (!read_at(file.fd(), bytes.data(), bytes.size(), place.offset) || sha256(bytes) != place.digest) return std::nullopt;
  return bytes;
}

std::optional<std::vector<std::uint8_t>> CodeCache::find_piece(std::uint32_t number) {
  Place place;
  {
    const std::lock_guard lock(mutex_);
    auto found = index_.find(number);
    if (found == index_.end()) return std::nullopt;
    place = found->second;
  }
  return read_piece(file_, place);
}

std::optional<CodeBlob> CodeCache::find(std::uint32_t batch) {
  const auto bytes = find_piece(batch);
  if (!bytes) return std::nullopt;
  return read_blob(*bytes, numbers_);
}

std::optional<std::uint8_t> CodeCache::find_facts() {
  const auto bytes = find_piece(kFacts);
  if (!bytes || bytes->size() != 1) return std::nullopt;
  return bytes->front();
}

void CodeCache::add(std::uint32_t batch, const CodeBlob& blob) {
  std::vector<std::uint8_t> bytes;
  write_blob(blob, bytes);
  add_piece(batch, std::move(bytes));
}

void CodeCache::add_facts(std::uint8_t facts) { add_piece(kFacts, {facts}); }

void CodeCache::add_piece(std::uint32_t number, std::vector<std::uint8_t> bytes) {
  if (!folder_) return;
  const std::lock_guard lock(mutex_);
  added_[number] = std::move(bytes);
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
  if (!folder_ || added_.empty()) return;
  Index old_index;  // as another process may have left it
  const File old = open_pack(old_index);
  if (replace_file(folder_, name_, [&](const File& file) { return write_pack(file, old, old_index); })) evict();
  added_.clear();
}

bool CodeCache::write_pack(const File& file, const File& old, const Index& old_index) {
  for (const auto& [batch, place] : old_index) {
    if (added_.contains(batch)) continue;
    if (auto bytes = read_piece(old, place)) added_[batch] = *std::move(bytes);
  }
  Head head{{}, key_, added_.size()};
  std::copy(std::begin(kMagic), std::end(kMagic), head.magic);
  std::vector<Row> rows;
  std::uint64_t offset = sizeof head + added_.size() * sizeof(Row) + sizeof(Digest);
  for (const auto& [batch, bytes] : added_) {
    rows.push_back({batch, 0, bytes.size(), offset, sha256(bytes)});
    offset += bytes.size();
  }
  if (offset > max_bytes_) return false;
  Sha256 hash;
  hash.add(bytes_of(&head, 1));
  hash.add(bytes_of(rows.data(), rows.size()));
  const Digest digest = hash.finish();
  if (!write_all(file.fd(), bytes_of(&head, 1)) || !write_all(file.fd(), bytes_of(rows.data(), rows.size())) ||
      !write_all(file.fd(), digest)) {
    return false;
  }
  return std::ranges::all_of(added_, [&](const auto& piece) { return write_all(file.fd(), piece.second); });
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
