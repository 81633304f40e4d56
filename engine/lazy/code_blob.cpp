// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A head with the counts, then the arrays, of plain structs that are aligned to 4 bytes; the code comes last.
#include "engine/lazy/code_blob.h"

#include <cstring>
#include <type_traits>

namespace witc::engine {
namespace {

struct Head {
  std::uint32_t entries, fixups, rows, places, has_hot_loops, zero;
  std::uint64_t code;
};

template <class T>
void write_array(std::span<const T> items, std::vector<std::uint8_t>& out) {
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 4 && sizeof(T) % 4 == 0);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(items.data());
  out.insert(out.end(), bytes, bytes + items.size_bytes());
}

template <class T>
bool read_array(std::span<const std::uint8_t>& bytes, std::uint32_t count, std::span<const T>& items) {
  if (bytes.size() / sizeof(T) < count) return false;
  items = {reinterpret_cast<const T*>(bytes.data()), count};
  bytes = bytes.subspan(count * sizeof(T));
  return true;
}

bool is_sound(const BlobView& blob, CodeNumber numbers) {
  for (const CodeBlob::Entry& entry : blob.entries) {
    if (entry.number >= numbers) return false;
    if (entry.offset > blob.code.size() || entry.size > blob.code.size() - entry.offset) return false;
    if (entry.first_row > blob.rows.size() || entry.row_count > blob.rows.size() - entry.first_row) return false;
  }
  for (const CodeBlob::Fixup& fixup : blob.fixups) {
    if (fixup.target >= numbers && (fixup.target < kMemset || fixup.target > kMemcpy)) return false;
    if (blob.code.size() < 4 || fixup.offset > blob.code.size() - 4) return false;
  }
  for (const CodeRow& row : blob.rows) {
    if (row.place >= blob.places.size()) return false;
  }
  for (std::size_t i = 0; i < blob.places.size(); ++i) {
    if (blob.places[i].inlined_at > i) return false;  // callers stand before what is inlined into them
  }
  return true;
}

}  // namespace

BlobView view_of(const CodeBlob& blob) {
  return {blob.code, blob.entries, blob.fixups, blob.rows, blob.places, blob.has_hot_loops};
}

void write_blob(const BlobView& blob, std::vector<std::uint8_t>& out) {
  out.resize((out.size() + kBlobAlign - 1) / kBlobAlign * kBlobAlign);
  auto count = [](const auto& items) { return static_cast<std::uint32_t>(items.size()); };
  const Head head{count(blob.entries), count(blob.fixups),         count(blob.rows), count(blob.places),
                  blob.has_hot_loops ? 1u : 0u, 0, blob.code.size()};
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&head);
  out.insert(out.end(), bytes, bytes + sizeof head);
  write_array(blob.entries, out);
  write_array(blob.fixups, out);
  write_array(blob.rows, out);
  write_array(blob.places, out);
  out.insert(out.end(), blob.code.begin(), blob.code.end());
}

std::optional<BlobView> read_blob(std::span<const std::uint8_t> bytes, CodeNumber numbers) {
  Head head;
  if (bytes.size() < sizeof head || reinterpret_cast<std::uintptr_t>(bytes.data()) % kBlobAlign != 0) return std::nullopt;
  std::memcpy(&head, bytes.data(), sizeof head);
  bytes = bytes.subspan(sizeof head);
  BlobView blob;
  const bool is_whole = read_array(bytes, head.entries, blob.entries) && read_array(bytes, head.fixups, blob.fixups) &&
                        read_array(bytes, head.rows, blob.rows) && read_array(bytes, head.places, blob.places) &&
                        bytes.size() == head.code;
  blob.code = bytes;
  blob.has_hot_loops = head.has_hot_loops != 0;
  if (!is_whole || !is_sound(blob, numbers)) return std::nullopt;
  return blob;
}

}  // namespace witc::engine
