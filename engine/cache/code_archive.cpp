// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Numbers of the machine's own order: count of modules, of each {size, tail calls?, count, count x written?}, count of
// pieces, of each {key, offset, size}, and the pieces, aligned.
#include "engine/cache/code_archive.h"

#include <algorithm>
#include <cstring>

namespace witc::engine {
namespace {

constexpr std::uint32_t kFacts = BlobStore::kBetter - 1;  // the number of a piece that is no batch
constexpr unsigned kBatchBits = 32;

void put(std::vector<std::uint8_t>& out, std::uint64_t number) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&number);
  out.insert(out.end(), bytes, bytes + sizeof number);
}

void align(std::vector<std::uint8_t>& out) { out.resize((out.size() + kBlobAlign - 1) / kBlobAlign * kBlobAlign); }

class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  bool get(std::uint64_t& number) {
    if (bytes_.size() < sizeof number) return false;
    std::memcpy(&number, bytes_.data(), sizeof number);
    bytes_ = bytes_.subspan(sizeof number);
    return true;
  }
  bool get(std::uint64_t size, std::span<const std::uint8_t>& out) {
    if (bytes_.size() < size) return false;
    out = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return true;
  }
  [[nodiscard]] std::span<const std::uint8_t> rest() const { return bytes_; }
  void align() {  // the whole began aligned
    const std::size_t padding = -reinterpret_cast<std::uintptr_t>(bytes_.data()) % kBlobAlign;
    bytes_ = bytes_.subspan(std::min(padding, bytes_.size()));
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

}  // namespace

class CodeArchive::Store final : public BlobStore {
 public:
  Store(std::shared_ptr<CodeArchive> archive, CodeNumber first, CodeNumber numbers)
      : archive_(std::move(archive)), first_(first), numbers_(numbers) {}

  std::optional<BlobView> find(std::uint32_t batch) override {
    const auto bytes = piece(batch);
    if (bytes.empty()) return std::nullopt;
    return read_blob(bytes, numbers_);
  }
  [[nodiscard]] bool holds_what_was_called() const override { return false; }  // but all there is
  void add(std::uint32_t batch, const CodeBlob& blob) override {
    std::vector<std::uint8_t> bytes;
    write_blob(view_of(blob), bytes);
    keep(batch, std::move(bytes));
  }
  std::optional<std::uint8_t> find_facts() override {
    const auto bytes = piece(kFacts);
    return bytes.size() == 1 ? std::optional(bytes.front()) : std::nullopt;
  }
  void add_facts(std::uint8_t facts) override { keep(kFacts, {facts}); }

 private:
  [[nodiscard]] Key key(std::uint32_t batch) const { return Key{first_} << kBatchBits | batch; }
  [[nodiscard]] std::span<const std::uint8_t> piece(std::uint32_t batch) const {
    auto found = archive_->pieces_.find(key(batch));
    return found == archive_->pieces_.end() ? std::span<const std::uint8_t>() : found->second;
  }
  void keep(std::uint32_t batch, std::vector<std::uint8_t> bytes) {
    if (!archive_->is_being_made_) return;
    const std::lock_guard lock(archive_->mutex_);
    archive_->made_[key(batch)] = std::move(bytes);
  }

  std::shared_ptr<CodeArchive> archive_;
  CodeNumber first_;
  CodeNumber numbers_;
};

std::shared_ptr<CodeArchive> CodeArchive::make() {
  std::shared_ptr<CodeArchive> archive(new CodeArchive);
  archive->is_being_made_ = true;
  return archive;
}

std::shared_ptr<CodeArchive> CodeArchive::read(std::span<const std::uint8_t> bytes, std::shared_ptr<const void> owner) {
  std::shared_ptr<CodeArchive> archive(new CodeArchive);
  archive->owner_ = std::move(owner);
  Reader reader(bytes);
  std::uint64_t modules = 0;
  if (!reader.get(modules) || modules > bytes.size()) return nullptr;
  for (std::uint64_t i = 0; i < modules; ++i) {
    std::uint64_t size = 0, has_tail_calls = 0, tables = 0;
    std::span<const std::uint8_t> written;
    if (!reader.get(size) || !reader.get(has_tail_calls) || !reader.get(tables) || !reader.get(tables, written)) return nullptr;
    reader.align();
    auto facts = std::make_shared<wasm::BodyFacts>();
    facts->has_tail_calls = has_tail_calls != 0;
    for (std::uint8_t is_written : written) facts->written_tables.push_back(is_written != 0);
    archive->modules_.push_back({size, std::move(facts)});
  }
  std::uint64_t pieces = 0;
  std::span<const std::uint8_t> rows;
  constexpr std::size_t kRow = 3 * sizeof(std::uint64_t);
  if (!reader.get(pieces) || pieces > bytes.size() / kRow || !reader.get(pieces * kRow, rows)) return nullptr;
  for (Reader row(rows); !row.rest().empty();) {
    std::uint64_t key = 0, offset = 0, size = 0;
    if (!row.get(key) || !row.get(offset) || !row.get(size)) return nullptr;
    const std::span<const std::uint8_t> contents = reader.rest();
    if (offset > contents.size() || size > contents.size() - offset) return nullptr;
    archive->pieces_[key] = contents.subspan(offset, size);
  }
  return archive;
}

std::vector<std::uint8_t> CodeArchive::to_bytes() const {
  std::vector<std::uint8_t> out;
  put(out, modules_.size());
  for (const ModuleFacts& module : modules_) {
    put(out, module.size);
    put(out, module.facts->has_tail_calls ? 1 : 0);
    put(out, module.facts->written_tables.size());
    for (bool is_written : module.facts->written_tables) out.push_back(is_written ? 1 : 0);
    align(out);
  }
  put(out, made_.size());
  std::uint64_t offset = 0;
  for (const auto& [key, bytes] : made_) {
    put(out, key);
    put(out, offset);
    put(out, bytes.size());
    offset += (bytes.size() + kBlobAlign - 1) / kBlobAlign * kBlobAlign;
  }
  for (const auto& [key, bytes] : made_) {
    out.insert(out.end(), bytes.begin(), bytes.end());
    align(out);
  }
  return out;
}

std::shared_ptr<BlobStore> CodeArchive::store(CodeNumber first, CodeNumber numbers) {
  return std::make_shared<Store>(shared_from_this(), first, numbers);
}

std::shared_ptr<const wasm::BodyFacts> CodeArchive::facts_of(const wasm::Module& module) const {
  auto found = by_place_.find(module.bytes.data());
  return module.bytes.empty() || found == by_place_.end() ? nullptr : found->second;
}

std::shared_ptr<const wasm::BodyFacts> CodeArchive::Known::find(const wasm::Module& module, wasm::Features) {
  if (archive_.is_being_made_ || archive_.next_module_ == archive_.modules_.size()) return nullptr;
  const ModuleFacts& next = archive_.modules_[archive_.next_module_];
  if (next.size != module.bytes.size() || next.facts->written_tables.size() != module.tables.size()) return nullptr;
  ++archive_.next_module_;
  return archive_.by_place_[module.bytes.data()] = next.facts;
}

void CodeArchive::Known::add(const wasm::Module& module, wasm::Features, wasm::BodyFacts facts) {
  if (!archive_.is_being_made_) return;
  auto kept = std::make_shared<const wasm::BodyFacts>(std::move(facts));
  archive_.modules_.push_back({module.bytes.size(), kept});
  archive_.by_place_[module.bytes.data()] = std::move(kept);
}

}  // namespace witc::engine
