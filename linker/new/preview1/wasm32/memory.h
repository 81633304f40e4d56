// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The two memories. Allocators of guests do not share: one takes all memory there was when it first looked, another
// thinks that nobody else makes memory grow. So the adapter has a memory of its own, in which it is an ordinary
// program, and reaches the guest's only by copying (linker/new/encoder_guest_memory.cpp makes the two functions).
//
// The adapter's state is global variables: the module is instantiated once for each component instance.
//
// Own memory is: stack, data, what is kept for ever, and then scratch space up to the end, where what one call
// needs is allocated and lists from the host arrive.

#include "linker/new/preview1/wasm32/witx.h"

namespace preview1 {

// -- the guest's memory -----------------------------------------------------------------------------------------

/// Copies between the memories; what is out of bounds traps.
__attribute__((import_module("__guest_memory__"), import_name("read")))
void guest_read(void* to, u32 from, u32 size);
__attribute__((import_module("__guest_memory__"), import_name("write")))
void guest_write(u32 to, const void* from, u32 size);

template <typename T>
T load(u32 address, u32 index = 0) {
  T value;
  guest_read(&value, address + index * sizeof(T), sizeof(T));
  return value;
}
template <typename T>
void store(u32 address, const T& value) {
  guest_write(address, &value, sizeof(T));
}

/// A list of the guest's buffers, consumed from its beginning.
class Vectors {
 public:
  Vectors(u32 address, u32 count) : address_(address), count_(count) {}

  /// Bytes in the buffers that are left, but no more than `limit`.
  u32 size(u32 limit) const;
  void gather(u8* to, u32 size);
  void scatter(const u8* from, u32 size);

 private:
  /// The next piece of a buffer, at most `limit` bytes; `limit` is not 0 and within what is left.
  Iovec next(u32 limit);

  u32 address_, count_, used_ = 0;  // of the first buffer
};

// -- own memory ---------------------------------------------------------------------------------------------------

/// Scratch space allocated while this lives is free again afterwards.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

 private:
  u32 mark_;
};

/// Null where memory does not grow.
u8* allocate(u32 size);
/// Memory for ever, zeroed, or null. Scratch space that is in use stays for ever too.
void* allocate_forever(u32 size);
/// Keeps for ever what is in scratch space now.
void keep_scratch();

template <typename T>
T* make_forever() {
  return static_cast<T*>(allocate_forever(sizeof(T)));
}

}  // namespace preview1
