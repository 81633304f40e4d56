// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Compiled code on disk. One file for each program, named by its key, holds the code of those of its batches that were
// ever called, the better code where there is some:
//
//     magic | key | checksum of what follows | size of it | facts | count | count x {batch, offset, size} | blobs
//
// It is read whole when the program starts, for all of it was called before, and placed at once (lazy/lazy_code.h). It is
// written anew, beside the old one, when the program ends with more than it began with, and now and then before (what
// serves may never end), and takes its place by a rename: readers see one or the other, and writers do not wait for each
// other (what the last one lacks is compiled once more). Reading copies the file, so that nothing which happens to it can
// be a fault; what is not as it was written is as if it were not there.
//
// Only a folder and files that belong to the user, and that nobody else may write, are used: whoever could change the
// code could do as they like.

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/cache/files.h"
#include "engine/cache/sha256.h"
#include "engine/lazy/lazy_code.h"

namespace witc::engine {

class CodeCache final : public BlobStore {
 public:
  /// `folder` is made if it is not there. If it cannot be used nothing is kept, and nothing found. `numbers`: a bound of
  /// the program's CodeNumbers. No more than `max_bytes` are kept in the folder: the files used last.
  CodeCache(const std::string& folder, const Digest& key, CodeNumber numbers, std::uint64_t max_bytes);
  /// As save().
  ~CodeCache() override;

  std::optional<BlobView> find(std::uint32_t batch) override;
  [[nodiscard]] bool holds_what_was_called() const override { return true; }
  void add(std::uint32_t batch, const CodeBlob& blob) override;
  std::optional<std::uint8_t> find_facts() override;
  void add_facts(std::uint8_t facts) override;
  /// Writes what was added, if something was.
  void save();

 private:
  using Pieces = std::map<std::uint32_t, std::span<const std::uint8_t>>;  // blobs, by batch
  /// What a file holds, in memory.
  struct Pack {
    std::unique_ptr<std::uint8_t[]> bytes;
    Pieces pieces;
    std::optional<std::uint8_t> facts;
  };

  [[nodiscard]] Pack read_pack() const;
  bool write_pack(const File& file, const Pack& old);
  void save_now_and_then();
  void save_added();
  void evict() const;

  File folder_;
  Digest key_;
  std::string name_;
  CodeNumber numbers_;
  std::uint64_t max_bytes_;
  Pack pack_;  // as it was at first
  std::mutex mutex_;  // of all that follows
  std::map<std::uint32_t, std::vector<std::uint8_t>> added_;
  std::optional<std::uint8_t> added_facts_;
  bool is_saved_ = true;
  std::chrono::seconds interval_{2};  // between the times that it is written; twice as long each time
  std::chrono::steady_clock::time_point next_save_ = std::chrono::steady_clock::now() + interval_;
};

}  // namespace witc::engine
