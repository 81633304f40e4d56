// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Five counted arrays of plain structs, one after the other, and a byte.
#include "engine/lazy/code_blob.h"

#include <cstring>
#include <type_traits>

namespace witc::engine {
namespace {

template <class T>
void write_array(const std::vector<T>& items, std::vector<std::uint8_t>& out) {
  static_assert(std::is_trivially_copyable_v<T>);
  const auto count = static_cast<std::uint32_t>(items.size());
  const std::size_t at = out.size();
  out.resize(at + sizeof count + items.size() * sizeof(T));
  std::memcpy(out.data() + at, &count, sizeof count);
  if (!items.empty()) std::memcpy(out.data() + at + sizeof count, items.data(), items.size() * sizeof(T));
}

template <class T>
bool read_array(std::span<const std::uint8_t>& bytes, std::vector<T>& items) {
  std::uint32_t count = 0;
  if (bytes.size() < sizeof count) return false;
  std::memcpy(&count, bytes.data(), sizeof count);
  bytes = bytes.subspan(sizeof count);
  if (bytes.size() / sizeof(T) < count) return false;
  items.resize(count);
  if (count != 0) std::memcpy(items.data(), bytes.data(), count * sizeof(T));
  bytes = bytes.subspan(count * sizeof(T));
  return true;
}

bool is_sound(const CodeBlob& blob, CodeNumber numbers) {
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

void write_blob(const CodeBlob& blob, std::vector<std::uint8_t>& out) {
  write_array(blob.code, out);
  write_array(blob.entries, out);
  write_array(blob.fixups, out);
  write_array(blob.rows, out);
  write_array(blob.places, out);
  out.push_back(blob.has_hot_loops ? 1 : 0);
}

std::optional<CodeBlob> read_blob(std::span<const std::uint8_t> bytes, CodeNumber numbers) {
  CodeBlob blob;
  const bool is_whole = read_array(bytes, blob.code) && read_array(bytes, blob.entries) &&
                        read_array(bytes, blob.fixups) && read_array(bytes, blob.rows) &&
                        read_array(bytes, blob.places) && bytes.size() == 1;
  if (!is_whole || !is_sound(blob, numbers)) return std::nullopt;
  blob.has_hot_loops = bytes.front() != 0;
  return blob;
}

}  // namespace witc::engine
