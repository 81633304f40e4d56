// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Allocation, marking and sweeping.
#include "engine/runtime/heap.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"

namespace witc::engine {
namespace {

// Up to 64 bytes every multiple of 8, then about four sizes to each doubling; the largest are fractions of a block.
constexpr std::uint32_t kClassBytes[kSizeClasses] = {
    16,  24,  32,  40,  48,   56,   64,   80,   96,   112,  128,  160,  192,  224,  256,   320,   384,   448,   512,  640,
    768, 896, 1024, 1280, 1536, 1792, 2048, 2728, 3272, 4096, 5456, 6552, 8192, 10920, 13104, 16384, 21840, 32768};
constexpr std::uint64_t kLargest = 32768;
constexpr std::uint64_t kCommitStep = 1u << 20;
constexpr std::uint64_t kMinThreshold = 8u << 20;
constexpr std::uint64_t kI31Range = 1ull << 31;

std::uint64_t& word_at(std::uint64_t address) { return *reinterpret_cast<std::uint64_t*>(address); }
std::uint32_t& type_at(std::uint64_t address) { return *reinterpret_cast<std::uint32_t*>(address); }
std::uint32_t length_at(std::uint64_t address) { return *reinterpret_cast<std::uint32_t*>(address + kLengthOffset); }
void zero(std::uint64_t from, std::uint64_t to) { std::memset(reinterpret_cast<void*>(from), 0, to - from); }

}  // namespace

std::uint32_t size_class_of(std::uint64_t bytes) {
  if (bytes > kLargest) return kSizeClasses;
  return static_cast<std::uint32_t>(std::ranges::lower_bound(kClassBytes, bytes) - std::begin(kClassBytes));
}
std::uint32_t size_class_bytes(std::uint32_t size_class) { return kClassBytes[size_class]; }

Result<std::unique_ptr<Heap>> Heap::make(Types types, std::span<AllocRun, kSizeClasses> runs,
                                         std::uint64_t max_bytes) {
  std::unique_ptr<Heap> heap(new Heap(types, runs));
  constexpr std::uint64_t kMost = 1ull << 46;  // the address space has little more
  heap->limit_ = (std::min(max_bytes, kMost) + kBlockBytes - 1) & ~std::uint64_t{kBlockBytes - 1};
  heap->reservation_ = TRY(Reservation::reserve(heap->limit_, 0, kI31Range));
  heap->threshold_ = kMinThreshold;
  return heap;
}

std::uint64_t Heap::allocate(std::uint64_t header, std::uint64_t bytes, bool may_collect) {
  const std::uint32_t size_class = size_class_of(bytes);
  const std::uint64_t object =
      size_class < kSizeClasses ? allocate_cell(size_class, may_collect) : allocate_large(bytes, may_collect);
  if (object != 0) word_at(object) = header;
  return object;
}

/// Collects at most once, and gives up if that did not make noticeable room: else the last bytes of a full heap would be
/// had one at a time, at a collection each.
std::uint64_t Heap::allocate_cell(std::uint32_t size_class, bool may_collect) {
  AllocRun& run = runs_[size_class];
  const std::uint64_t bytes = kClassBytes[size_class];
  while (run.end - run.next < bytes) {
    if (next_run(size_class)) continue;
    const bool collects = may_collect && wants_collection(kBlockBytes);
    if (!collects && add_block(size_class)) continue;
    if (!may_collect) return 0;
    collect();
    may_collect = false;
    if (!collects && live_ > limit_ - limit_ / 32) return 0;
  }
  run.next += bytes;
  return run.next - bytes;
}

std::uint64_t Heap::allocate_large(std::uint64_t bytes, bool may_collect) {
  if (bytes > limit_) return 0;
  const auto count = static_cast<std::uint32_t>((bytes + kBlockBytes - 1) >> kBlockShift);
  if (may_collect && wants_collection(bytes)) {
    collect();
    may_collect = false;
  }
  std::optional<std::uint32_t> first = take_blocks(count);
  if (!first && may_collect) {
    collect();
    first = take_blocks(count);
  }
  if (!first) return 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    Block& block = blocks_[*first + i];
    block.kind = i == 0 ? Block::kLarge : Block::kLargeRest;
    block.blocks = i == 0 ? count : i;
    block.cell_count = 1;
    block.marks[0] = 0;
    if (block.is_dirty) zero(address(*first + i), address(*first + i + 1));
    block.is_dirty = true;
  }
  allocated_ += std::uint64_t{count} << kBlockShift;
  return address(*first);
}

/// Sweeps the class's blocks up to the next free cells.
bool Heap::next_run(std::uint32_t size_class) {
  std::vector<std::uint32_t>& waiting = unswept_[size_class];
  while (!waiting.empty()) {
    Block& block = blocks_[waiting.back()];
    std::uint32_t first = block.swept;
    while (first < block.cell_count && is_marked(block, first)) ++first;
    std::uint32_t last = first;
    while (last < block.cell_count && !is_marked(block, last)) ++last;
    block.swept = last;
    if (first == last) {
      waiting.pop_back();
      continue;
    }
    const std::uint64_t start = address(waiting.back());
    AllocRun& run = runs_[size_class];
    run = {start + std::uint64_t{first} * block.cell_bytes, start + std::uint64_t{last} * block.cell_bytes};
    zero(run.next, run.end);
    allocated_ += run.end - run.next;
    return true;
  }
  return false;
}

bool Heap::add_block(std::uint32_t size_class) {
  const std::optional<std::uint32_t> index = take_blocks(1);
  if (!index) return false;
  Block& block = blocks_[*index];
  if (block.is_dirty) zero(address(*index), address(*index + 1));
  block.kind = Block::kCells;
  block.size_class = static_cast<std::uint8_t>(size_class);
  block.is_dirty = true;
  block.cell_bytes = kClassBytes[size_class];
  block.cell_count = kBlockBytes / block.cell_bytes;
  block.reciprocal = static_cast<std::uint32_t>(((1ull << 32) + block.cell_bytes - 1) / block.cell_bytes);
  block.swept = block.cell_count;
  block.marks = {};
  const std::uint64_t start = address(*index);
  runs_[size_class] = {start, start + std::uint64_t{block.cell_count} * block.cell_bytes};
  allocated_ += kBlockBytes;
  return true;
}

/// Adjoining free blocks, the first that fit; nothing if the heap is full.
std::optional<std::uint32_t> Heap::take_blocks(std::uint32_t count) {
  std::uint32_t free = 0;
  for (std::uint32_t i = first_free_; i < blocks_.size(); ++i) {
    free = blocks_[i].kind == Block::kFree ? free + 1 : 0;
    if (free < count) continue;
    if (count == 1) first_free_ = i + 1;
    return i + 1 - count;
  }
  const auto first = static_cast<std::uint32_t>(blocks_.size()) - free;
  if (!extend(count - free)) return std::nullopt;
  return first;
}

bool Heap::extend(std::uint32_t blocks) {
  const std::uint64_t end = (std::uint64_t{blocks_.size()} + blocks) << kBlockShift;
  if (end > limit_) return false;
  if (end > committed_) {
    const std::uint64_t wanted = std::min(limit_, (end + kCommitStep - 1) & ~(kCommitStep - 1));
    if (!reservation_.commit(committed_, wanted)) return false;
    committed_ = wanted;
  }
  blocks_.resize(blocks_.size() + blocks);
  return true;
}

void Heap::collect() {
  forget_unswept();
  for (Block& block : blocks_) block.marks = {};
  if (mark_roots) mark_roots(*this);
  drain();
  finish_collection();
  ++collections_;
}

/// What was dead at the last collection and not swept since must not look like an object to the stack's words.
void Heap::forget_unswept() {
  for (const std::vector<std::uint32_t>& waiting : unswept_) {
    for (std::uint32_t index : waiting) {
      const Block& block = blocks_[index];
      for (std::uint32_t cell = block.swept; cell < block.cell_count; ++cell) {
        if (!is_marked(block, cell)) type_at(address(index) + std::uint64_t{cell} * block.cell_bytes) = 0;
      }
    }
  }
  for (std::vector<std::uint32_t>& waiting : unswept_) waiting.clear();
  std::ranges::fill(runs_, AllocRun{});
}

void Heap::mark(std::uint64_t word) {
  const std::uint64_t offset = word - base();
  if (offset >> kBlockShift >= blocks_.size()) return;
  auto index = static_cast<std::uint32_t>(offset >> kBlockShift);
  std::uint64_t cell = 0;
  switch (blocks_[index].kind) {
    case Block::kFree:
      return;
    case Block::kCells:
      cell = ((offset & (kBlockBytes - 1)) * blocks_[index].reciprocal) >> 32;
      if (cell >= blocks_[index].cell_count) return;
      break;
    case Block::kLargeRest:
      index -= blocks_[index].blocks;
      break;
    case Block::kLarge:
      break;
  }
  Block& block = blocks_[index];
  const std::uint64_t object = address(index) + cell * block.cell_bytes;
  std::uint64_t& marks = block.marks[cell / 64];
  const std::uint64_t bit = 1ull << (cell % 64);
  if ((marks & bit) != 0 || type_at(object) == 0) return;
  marks |= bit;
  marked_.push_back(object);
}

__attribute__((no_sanitize("address"))) void Heap::mark_range(const void* from, const void* to) {
  for (const auto* word = static_cast<const std::uint64_t*>(from); word != to; ++word) mark(*word);
}

void Heap::drain() {
  while (!marked_.empty()) {
    const std::uint64_t object = marked_.back();
    marked_.pop_back();
    trace(object);
  }
}

/// Objects of special types get their new ids.
void Heap::set_types(Types types) {
  const std::uint32_t before = types_.special(SpecialType{});
  const std::uint32_t after = types.special(SpecialType{});
  types_ = types;
  if (before == after) return;
  for (std::uint32_t i = 0; i < blocks_.size(); ++i) {
    const Block& block = blocks_[i];
    if (block.kind != Block::kCells && block.kind != Block::kLarge) continue;
    for (std::uint32_t cell = 0; cell < block.cell_count; ++cell) {
      auto* type = reinterpret_cast<std::uint32_t*>(address(i) + std::uint64_t{cell} * block.cell_bytes);
      if (*type >= before && *type < before + kSpecialTypes) *type += after - before;
    }
  }
}

void Heap::trace(std::uint64_t object) {
  const std::uint32_t type = type_at(object);
  const auto* fields = reinterpret_cast<const std::uint64_t*>(object + kObjectHeader);
  if (type > types_.layouts.size()) {
    if (type == types_.special(SpecialType::kWords)) mark_range(fields, fields + length_at(object));
    return;
  }
  const ObjectLayout& layout = types_.layouts[type - 1];
  for (std::uint32_t offset : layout.references) mark(word_at(object + offset));
  if (layout.has_references) mark_range(fields, fields + length_at(object));
}

void Heap::finish_collection() {
  live_ = 0;
  for (std::uint32_t i = static_cast<std::uint32_t>(blocks_.size()); i-- > 0;) {
    Block& block = blocks_[i];
    if (block.kind == Block::kCells) {
      std::uint64_t count = 0;
      for (std::uint64_t word : block.marks) count += static_cast<std::uint64_t>(std::popcount(word));
      live_ += count * block.cell_bytes;
      block.swept = 0;
      if (count == 0) block.kind = Block::kFree;
      else if (count < block.cell_count) unswept_[block.size_class].push_back(i);
    } else if (block.kind == Block::kLarge) {
      const std::uint32_t count = block.blocks;
      if ((block.marks[0] & 1) != 0) live_ += std::uint64_t{count} << kBlockShift;
      else for (std::uint32_t j = 0; j < count; ++j) blocks_[i + j].kind = Block::kFree;
    }
  }
  first_free_ = 0;
  allocated_ = 0;
  threshold_ = std::max(kMinThreshold, live_);
}

}  // namespace witc::engine
