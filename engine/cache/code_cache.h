// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Compiled code on disk. One file for each program, named by its key, holds the code of those of its batches that were
// ever called:
//
//     magic | key | count | count x {batch, size, offset, digest} | digest of all before | the batches' code
//
// It is written anew, beside the old one, when the program ends with more than it began with, and now and then before (what
// serves may never end), and takes its place by a rename: readers see one or the other, and writers do not wait for each other (what the last one lacks is compiled once
// more). Reading copies out of the file, so that nothing which happens to it can be a fault; every piece is checked
// against its digest, and what is not as it should be is as if it were not there.
//
// Only a folder and files that belong to the user, and that nobody else may write, are used: whoever could change the
// code could do as they like.

#include <chrono>
#include <map>
#include <mutex>
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

  std::optional<CodeBlob> find(std::uint32_t batch) override;
  void add(std::uint32_t batch, const CodeBlob& blob) override;
  std::optional<std::uint8_t> find_facts() override;
  void add_facts(std::uint8_t facts) override;
  /// Writes what was added, if something was.
  void save();

 private:
  struct Place {
    std::uint64_t size = 0;
    std::uint64_t offset = 0;
    Digest digest{};
  };
  using Index = std::map<std::uint32_t, Place>;  // by batch

  [[nodiscard]] File open_pack(Index& index) const;
  [[nodiscard]] static std::optional<std::vector<std::uint8_t>> read_piece(const File& file, const Place& place);
  std::optional<std::vector<std::uint8_t>> find_piece(std::uint32_t number);
  void add_piece(std::uint32_t number, std::vector<std::uint8_t> bytes);
  void save_added();
  bool write_pack(const File& file, const File& old, const Index& old_index);
  void evict() const;

  File folder_;
  Digest key_;
  std::string name_;
  CodeNumber numbers_;
  std::uint64_t max_bytes_;
  std::mutex mutex_;
  File file_;
  Index index_;
  std::map<std::uint32_t, std::vector<std::uint8_t>> added_;
  std::chrono::seconds interval_{2};  // between the times that it is written; twice as long each time
  std::chrono::steady_clock::time_point next_save_ = std::chrono::steady_clock::now() + interval_;
};

}  // namespace witc::engine
