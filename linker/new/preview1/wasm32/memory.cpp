// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The adapter's allocator and its way into the guest's memory (memory.h).
#include "linker/new/preview1/wasm32/memory.h"

extern "C" unsigned char __heap_base;

namespace preview1 {
namespace {

constexpr u32 kPageBits = 16, kPage = 1u << kPageBits;

u32 scratch_base, scratch_free;  // 0: not set yet

u32 aligned(u32 address, u32 align) { return (address + align - 1) & -align; }

void find_heap() {
  if (scratch_base == 0) scratch_base = scratch_free = aligned(reinterpret_cast<u32>(&__heap_base), 8);
}

/// `size` bytes of scratch space, or 0. Nobody else makes this memory grow, so it stays in one piece.
u32 take(u32 align, u32 size) {
  find_heap();
  u32 at = aligned(scratch_free, align), end = at + size;
  if (end < at) return 0;
  u32 have = __builtin_wasm_memory_size(0);
  u32 need = (end >> kPageBits) + ((end & (kPage - 1)) != 0);
  if (need > have && __builtin_wasm_memory_grow(0, need - have) == ~0ul) return 0;
  scratch_free = end;
  return at;
}

}  // namespace

Scratch::Scratch() {
  find_heap();
  mark_ = scratch_free;
}
// What was kept meanwhile stays.
Scratch::~Scratch() { scratch_free = mark_ > scratch_base ? mark_ : scratch_base; }

u8* allocate(u32 size) { return reinterpret_cast<u8*>(take(8, size)); }

void* allocate_forever(u32 size) {
  u32 at = take(8, size);
  if (at == 0) return nullptr;
  __builtin_memset(reinterpret_cast<void*>(at), 0, size);
  scratch_base = scratch_free;
  return reinterpret_cast<void*>(at);
}

void keep_scratch() { scratch_base = scratch_free; }

/// Where the host puts strings and lists. It is called while the host lowers a result, when nothing may be imported.
EXPORT("cabi_import_realloc") u32 cabi_import_realloc(u32 old, u32 old_size, u32 align, u32 size) {
  if (old != 0 && size <= old_size) return old;  // a host with another encoding allocates too much and then shrinks
  u32 at = take(align, size);
  if (at == 0) __builtin_trap();
  if (old_size != 0) __builtin_memcpy(reinterpret_cast<void*>(at), reinterpret_cast<void*>(old), old_size);
  return at;
}

u32 Vectors::size(u32 limit) const {
  u32 total = 0, used = used_;
  for (u32 i = 0; i < count_ && total < limit; ++i, used = 0) {
    u32 length = load<Iovec>(address_, i).length - used;
    total = length < limit - total ? total + length : limit;
  }
  return total;
}

Iovec Vectors::next(u32 limit) {
  for (;;) {
    Iovec vector = load<Iovec>(address_);
    u32 rest = vector.length - used_;
    if (rest > limit) {
      used_ += limit;
      return {vector.data + used_ - limit, limit};
    }
    vector.data += used_;
    used_ = 0;
    address_ += sizeof(Iovec);
    --count_;
    if (rest != 0) return {vector.data, rest};
  }
}

void Vectors::gather(u8* to, u32 size) {
  while (size != 0) {
    Iovec piece = next(size);
    guest_read(to, piece.data, piece.length);
    to += piece.length;
    size -= piece.length;
  }
}

void Vectors::scatter(const u8* from, u32 size) {
  while (size != 0) {
    Iovec piece = next(size);
    guest_write(piece.data, from, piece.length);
    from += piece.length;
    size -= piece.length;
  }
}

}  // namespace preview1
