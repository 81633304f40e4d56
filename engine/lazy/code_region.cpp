// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/lazy/code_region.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

namespace witc::engine {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kMany = 16 * kPage;
constexpr std::uint64_t kLargest = std::uint64_t{1} << 31;  // what a displacement reaches

std::size_t round_up(std::size_t bytes) { return (bytes + kPage - 1) & ~(kPage - 1); }

bool protect(const void* begin, std::size_t bytes, int protection) {
  const auto address = reinterpret_cast<std::uintptr_t>(begin) & ~(kPage - 1);
  const std::uintptr_t end = round_up(reinterpret_cast<std::uintptr_t>(begin) + bytes);
  return mprotect(reinterpret_cast<void*>(address), end - address, protection) == 0;
}

}  // namespace

Result<std::unique_ptr<CodeRegion>> CodeRegion::make(CodeNumber numbers, std::uint64_t code_bytes) {
  const std::size_t entries = round_up(std::size_t{numbers} * arch::kLazyEntryBytes);
  const std::size_t slots = round_up(std::size_t{numbers} * sizeof(void*));
  const std::size_t contexts = round_up(std::size_t{numbers} * sizeof(std::uint32_t));
  const std::size_t head = arch::kLazyStubBytes + entries + slots + 2 * contexts;
  if (head >= kLargest / 2) return error(DiagCode::kEngineResource, "the program has too many functions");
  auto region = std::unique_ptr<CodeRegion>(new CodeRegion);
  region->size_ = head + round_up(std::min(code_bytes, kLargest - head - kPage));
  region->reservation_ = TRY(Reservation::reserve(region->size_, 0, 0));
  std::uint8_t* base = region->reservation_.base();
  region->entries_ = base + arch::kLazyStubBytes;
  region->slots_ = reinterpret_cast<std::atomic<const void*>*>(region->entries_ + entries);
  region->contexts_ = reinterpret_cast<std::uint32_t*>(region->entries_ + entries + slots);
  region->counters_ = reinterpret_cast<std::int32_t*>(region->entries_ + entries + slots + contexts);
  region->next_ = base + head;
  const bool is_writable = protect(base, arch::kLazyStubBytes, PROT_READ | PROT_WRITE);
  if (is_writable) arch::write_lazy_stubs(base, &region->lazy_entry_);
  region->lazy_entry_.contexts = region->contexts_;
  if (!is_writable || !protect(base, arch::kLazyStubBytes, PROT_READ | PROT_EXEC)) {
    return error(DiagCode::kEngineResource, "cannot make memory executable");
  }
  return region;
}

Result<void> CodeRegion::add_entries(CodeNumber first, std::span<const std::uint32_t> contexts) {
  const auto end = first + contexts.size();
  std::uint8_t* entries = entries_ + std::size_t{first} * arch::kLazyEntryBytes;
  const std::size_t bytes = contexts.size() * arch::kLazyEntryBytes;
  if (contexts.empty()) return {};
  if (reinterpret_cast<std::uint8_t*>(slots_) < entries + bytes) {
    return error(DiagCode::kEngineResource, "the program has too many functions");
  }
  if (!protect(entries, bytes, PROT_READ | PROT_WRITE) ||
      !protect(slots_ + first, contexts.size() * sizeof(void*), PROT_READ | PROT_WRITE) ||
      !protect(contexts_ + first, contexts.size_bytes(), PROT_READ | PROT_WRITE) ||
      !protect(counters_ + first, contexts.size_bytes(), PROT_READ | PROT_WRITE)) {
    return error(DiagCode::kEngineResource, "cannot allocate memory for compiled code");
  }
  std::copy(contexts.begin(), contexts.end(), contexts_ + first);
  for (CodeNumber number = first; number < end; ++number) {
    slots_[number] = arch::write_lazy_entry(entries, number, slots_ + number, reservation_.base());
    entries += arch::kLazyEntryBytes;
  }
  if (!protect(entries - bytes, bytes, PROT_READ | PROT_EXEC)) {
    return error(DiagCode::kEngineResource, "cannot make memory executable");
  }
  return {};
}

const void* CodeRegion::code(CodeNumber number) const {
  const void* code = slot(number).load(std::memory_order_acquire);
  const auto* entry = static_cast<const std::uint8_t*>(this->entry(number));
  return code > entry && code < entry + arch::kLazyEntryBytes ? nullptr : code;
}

const std::uint8_t* CodeRegion::address_of(CodeNumber target) const {
  if (target < kMemset) return static_cast<const std::uint8_t*>(entry(target));
  return reservation_.base() + arch::kLibcStubs + (kMemcpy - target) * arch::kLibcStubBytes;
}

std::optional<std::vector<CodeRegion::Code>> CodeRegion::add_code(std::span<const Piece> pieces) {
  auto size_of = [](const Piece& piece) {
    const std::size_t stubs = piece.calls == 0 ? 0 : piece.blob.entries.size() * arch::kCountStubBytes;
    return (piece.blob.code.size() + stubs + CodeBlob::kAlign - 1) / CodeBlob::kAlign * CodeBlob::kAlign;
  };
  std::size_t bytes = 0;
  for (const Piece& piece : pieces) bytes += size_of(piece);
  bytes = round_up(bytes);
  std::uint8_t* at = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (end() - reinterpret_cast<std::uintptr_t>(next_) < bytes) return std::nullopt;
    at = next_;
    next_ += bytes;
  }
  const std::uint8_t* begin = at;
  if (!protect(begin, bytes, PROT_READ | PROT_WRITE)) return std::nullopt;
  if (bytes >= kMany) madvise(at, bytes, MADV_POPULATE_WRITE);  // cheaper than a fault for each page
  std::vector<Code> codes;
  codes.reserve(pieces.size());
  for (const Piece& piece : pieces) {
    codes.push_back(write_code(at, piece));
    at += size_of(piece);
  }
  if (!protect(begin, bytes, PROT_READ | PROT_EXEC)) return std::nullopt;
  return codes;
}

CodeRegion::Code CodeRegion::write_code(std::uint8_t* at, const Piece& piece) {
  const BlobView& blob = piece.blob;
  Code out{at, {}};
  if (!blob.code.empty()) std::memcpy(at, blob.code.data(), blob.code.size());
  for (const CodeBlob::Fixup& fixup : blob.fixups) {
    std::uint8_t* where = at + fixup.offset;
    const auto distance = static_cast<std::int32_t>(address_of(fixup.target) - (where + 4));
    std::memcpy(where, &distance, sizeof distance);
  }
  if (piece.calls == 0) return out;
  std::uint8_t* stub = at + blob.code.size();
  out.counted.reserve(blob.entries.size());
  for (const CodeBlob::Entry& entry : blob.entries) {
    std::atomic_ref(counters_[entry.number]).store(piece.calls, std::memory_order_relaxed);
    arch::write_count_stub(stub, counters_ + entry.number, address_of(entry.number) + arch::kLazyEntryFirst, at + entry.offset);
    out.counted.push_back(stub);
    stub += arch::kCountStubBytes;
  }
  return out;
}

}  // namespace witc::engine
