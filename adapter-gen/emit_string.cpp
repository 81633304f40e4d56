// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Strings: `load_string_from_range` fused with `store_string_into_range`, one function for each direction of an adapter.
// Memory is asked for by the sequence of reallocs the specification gives, which guests can see; what is done in between
// are calls of kernels (intrinsics.def), one pass over the text each.
#include <fmt/format.h>

#include "adapter-gen/emit.h"
#include "adapter-gen/kernels.h"

namespace witc::abi {

using wasm::Block;
using wasm::FuncIndex;
using wasm::LocalIndex;

/// The body of one `string` function. Its values are i64 locals: source address and code units, target address, counts.
class StringEmitter {
 public:
  StringEmitter(Emitter& emitter, Side target, FuncIndex func)
      : e_(emitter), target_(target), from_(other(target)), f_(emitter.module_.define(func)) {}

  void run() {
    src_ = f_.local(wasm::ValType::i64(), "src");
    units_ = f_.local(wasm::ValType::i64(), "units");
    dst_ = f_.local(wasm::ValType::i64(), "dst");
    count_ = f_.local(wasm::ValType::i64(), "count");
    read_ = f_.local(wasm::ValType::i64(), "read");
    for (std::size_t i : {0, 1}) {
      f_.local_get(f_.param(i));
      e_.extend(f_, from_);
      f_.local_set(i == 0 ? src_ : units_);
    }
    switch (e_.side(from_).string_encoding) {
      case StringEncoding::kUtf8:
        check_source(1, 1);
        from_utf8();
        break;
      case StringEncoding::kUtf16:
        check_source(2, 2);
        from_utf16(false);
        break;
      case StringEncoding::kLatin1Utf16: {
        f_.local_get(units_).i64_const(tag(from_)).i64_and().i64_const(0).i64_ne();
        Block tagged = f_.if_();
        f_.local_get(units_).i64_const(tag(from_)).i64_xor().local_set(units_);
        check_source(2, 2);
        from_utf16(true);
        tagged.else_();
        check_source(1, 2);
        from_latin1();
        break;
      }
    }
    f_.unreachable();  // each way above returns
  }

 private:
  std::int64_t tag(Side side) const {
    return static_cast<std::int64_t>(std::uint64_t{1} << (e_.is_64(side) ? 63 : 31));
  }
  StringEncoding to() const { return e_.side(target_).string_encoding; }

  void check_source(std::uint32_t width, std::uint32_t alignment) {
    f_.local_get(units_).i64_const(static_cast<std::int64_t>(kMaxStringByteLength / width)).i64_gt_u();
    e_.trap_if(f_, TrapKind::kStringTooLong);
    if (alignment > 1) {
      f_.local_get(src_).i64_const(alignment - 1).i64_and().i64_const(0).i64_ne();
      e_.trap_if(f_, TrapKind::kUnalignedPointer);
    }
    f_.local_get(src_);
    push_bytes(units_, width);
    f_.call(e_.bounds(from_, TrapKind::kStringOutOfBounds));
  }

  void from_utf8() {
    switch (to()) {
      case StringEncoding::kUtf8: return copy(Intrinsic::kUtf8Copy, 1, 1);
      case StringEncoding::kUtf16: return utf8_to_utf16();
      case StringEncoding::kLatin1Utf16: return utf8_to_latin1_or_utf16();
    }
  }
  void from_utf16(bool is_tagged) {
    switch (to()) {
      case StringEncoding::kUtf8: return to_utf8(Intrinsic::kUtf16ToUtf8Ascii, Intrinsic::kUtf16ToUtf8, 2, 3);
      case StringEncoding::kUtf16: return copy(Intrinsic::kUtf16Copy, 2, 2);
      case StringEncoding::kLatin1Utf16: return is_tagged ? probably_utf16() : utf16_to_latin1_or_utf16();
    }
  }
  void from_latin1() {
    switch (to()) {
      case StringEncoding::kUtf8: return to_utf8(Intrinsic::kLatin1ToUtf8Ascii, Intrinsic::kLatin1ToUtf8, 1, 2);
      case StringEncoding::kUtf16: return copy(Intrinsic::kLatin1ToUtf16, 2, 2);
      case StringEncoding::kLatin1Utf16: return copy_latin1();
    }
  }

  // -- stack: a number of code units times a width
  void push_bytes(LocalIndex units, std::uint32_t width) {
    f_.local_get(units);
    Emitter::times(f_, width);
  }
  void allocate(std::uint32_t alignment, std::uint32_t width) {
    f_.i64_const(0).i64_const(0).u32_const(alignment);
    push_bytes(units_, width);
    f_.call(e_.realloc(target_)).local_set(dst_);
  }
  /// From units * old_width bytes to new_units * new_width.
  void reallocate(std::uint32_t old_width, std::uint32_t alignment, LocalIndex new_units, std::uint32_t new_width) {
    f_.local_get(dst_);
    push_bytes(units_, old_width);
    f_.u32_const(alignment);
    push_bytes(new_units, new_width);
    f_.call(e_.realloc(target_)).local_set(dst_);
  }
  void kernel(Intrinsic which) { f_.call(e_.intrinsic(which, target_)); }
  /// What a kernel gave goes into a local, unless the text was ill-formed.
  void check(TrapKind kind, LocalIndex into) {
    f_.local_tee(into).i64_const(static_cast<std::int64_t>(kernels::kIllFormed)).i64_eq();
    e_.trap_if(f_, kind);
  }
  void whole(Intrinsic which) {
    f_.local_get(src_).local_get(units_).local_get(dst_);
    kernel(which);
  }
  /// What is left after `read` units, each `width` bytes, to `count` units of `to_width` bytes into the target.
  void rest(Intrinsic which, LocalIndex read, std::uint32_t width, LocalIndex written, std::uint32_t to_width) {
    f_.local_get(src_);
    push_bytes(read, width);
    f_.i64_add().local_get(units_).local_get(read).i64_sub().local_get(dst_);
    push_bytes(written, to_width);
    f_.i64_add();
    kernel(which);
  }
  void finish(LocalIndex units, bool is_tagged = false) {
    f_.local_get(dst_);
    e_.wrap(f_, target_);
    f_.local_get(units);
    if (is_tagged) f_.i64_const(tag(target_)).i64_or();
    e_.wrap(f_, target_);
    f_.return_();
  }

  // -- short text, mostly ASCII: two loads that overlap, two stores, no call
  void push_address(Side side, LocalIndex base) {
    f_.local_get(base);
    e_.wrap(f_, side);
  }
  /// The address of the last `width` bytes.
  void push_last(Side side, LocalIndex base, std::uint32_t width) {
    f_.local_get(base).local_get(units_).i64_add().i64_const(width).i64_sub();
    e_.wrap(f_, side);
  }
  /// Of `width` bytes at least and twice as many at most: copies and returns if all are below 0x80.
  void short_ascii(std::uint32_t width) {
    const bool is_vector = width == 16;
    const wasm::ValType type = is_vector ? wasm::ValType::v128() : wasm::ValType::i64();
    wasm::TempLocal first = f_.temp(type), last = f_.temp(type);
    push_address(from_, src_);
    load(width);
    f_.local_set(first);
    push_last(from_, src_, width);
    load(width);
    f_.local_set(last).local_get(first).local_get(last);
    if (is_vector) f_.v128_or().i8x16_bitmask().i32_eqz();
    else f_.i64_or().i64_const(static_cast<std::int64_t>(0x8080'8080'8080'8080)).i64_and().i64_eqz();
    Block ascii = f_.if_();
    push_address(target_, dst_);
    f_.local_get(first);
    store(width);
    push_last(target_, dst_, width);
    f_.local_get(last);
    store(width);
    finish(units_);
  }
  void load(std::uint32_t width) {
    const wasm::MemArg at{0, e_.memory(from_), 0};
    switch (width) {
      case 1: f_.i64_load8_u(at); return;
      case 2: f_.i64_load16_u(at); return;
      case 4: f_.i64_load32_u(at); return;
      case 8: f_.i64_load(at); return;
      default: f_.v128_load(at); return;
    }
  }
  void store(std::uint32_t width) {
    const wasm::MemArg at{0, e_.memory(target_), 0};
    switch (width) {
      case 1: f_.i64_store8(at); return;
      case 2: f_.i64_store16(at); return;
      case 4: f_.i64_store32(at); return;
      case 8: f_.i64_store(at); return;
      default: f_.v128_store(at); return;
    }
  }
  void short_utf8() {
    f_.local_get(units_).i64_const(32).i64_le_u();
    Block is_short = f_.if_();
    for (std::uint32_t width : {16, 8, 4, 2, 1}) {
      f_.local_get(units_).i64_const(width).i64_ge_u();
      Block fits = f_.if_();
      short_ascii(width);
      f_.br(is_short);
    }
    finish(units_);  // none
  }

  // -- the rules, as in definitions.py
  void copy(Intrinsic which, std::uint32_t width, std::uint32_t alignment) {  // store_string_copy
    allocate(alignment, width);
    if (which == Intrinsic::kUtf8Copy) short_utf8();
    whole(which);
    switch (which) {
      case Intrinsic::kUtf8Copy: check(TrapKind::kInvalidUtf8, count_); break;
      case Intrinsic::kUtf16Copy: check(TrapKind::kInvalidUtf16, count_); break;
      default: f_.drop(); break;
    }
    finish(units_);
  }
  void copy_latin1() {
    allocate(2, 1);
    f_.local_get(dst_);
    e_.wrap(f_, target_);
    f_.local_get(src_);
    e_.wrap(f_, from_);
    f_.local_get(units_);
    e_.memory_copy(f_, target_);
    finish(units_);
  }
  void to_utf8(Intrinsic ascii, Intrinsic which, std::uint32_t width, std::uint32_t worst) {  // store_string_to_utf8
    allocate(1, 1);
    whole(ascii);
    f_.local_tee(read_).local_get(units_).i64_eq();
    {
      Block all = f_.if_();
      finish(units_);
    }
    reallocate(1, 1, units_, worst);
    rest(which, read_, width, read_, 1);
    if (which == Intrinsic::kUtf16ToUtf8) check(TrapKind::kInvalidUtf16, count_);
    else f_.local_set(count_);
    f_.local_get(count_).local_get(read_).i64_add().local_set(count_);
    f_.local_get(count_);
    push_bytes(units_, worst);
    f_.i64_lt_u();
    {
      Block shrink = f_.if_();
      reallocate(worst, 1, count_, 1);
    }
    finish(count_);
  }
  void utf8_to_utf16() {  // store_utf8_to_utf16
    allocate(2, 2);
    whole(Intrinsic::kUtf8ToUtf16);
    check(TrapKind::kInvalidUtf8, count_);
    shrink_utf16();
    finish(count_);
  }
  void shrink_utf16() {
    f_.local_get(count_).local_get(units_).i64_lt_u();
    Block shrink = f_.if_();
    reallocate(2, 2, count_, 2);
  }
  void utf8_to_latin1_or_utf16() {  // store_string_to_latin1_or_utf16
    allocate(2, 1);
    whole(Intrinsic::kUtf8ToLatin1);
    check(TrapKind::kInvalidUtf8, count_);
    f_.local_get(count_).i64_const(32).i64_shr_u().local_set(read_);
    f_.local_get(count_).i64_const(0xffff'ffff).i64_and().local_set(count_);
    f_.local_get(read_).local_get(units_).i64_eq();
    {
      Block all = f_.if_();
      f_.local_get(count_).local_get(units_).i64_lt_u();
      {
        Block shrink = f_.if_();
        reallocate(1, 2, count_, 1);
      }
      finish(count_);
    }
    inflate(count_);
    rest(Intrinsic::kValidUtf8ToUtf16, read_, 1, count_, 2);
    f_.local_get(count_).i64_add().local_set(count_);
    shrink_utf16();
    finish(count_, true);
  }
  void utf16_to_latin1_or_utf16() {
    allocate(2, 1);
    whole(Intrinsic::kUtf16ToLatin1);
    f_.local_tee(read_).local_get(units_).i64_eq();
    {
      Block all = f_.if_();
      finish(units_);
    }
    inflate(read_);
    rest(Intrinsic::kUtf16Copy, read_, 2, read_, 2);
    check(TrapKind::kInvalidUtf16, count_);
    finish(units_, true);
  }
  void inflate(LocalIndex count) {
    reallocate(1, 2, units_, 2);
    f_.local_get(dst_).local_get(count);
    kernel(Intrinsic::kInflateLatin1);
    f_.drop();
  }
  void probably_utf16() {  // store_probably_utf16_to_latin1_or_utf16
    allocate(2, 2);
    whole(Intrinsic::kUtf16Copy);
    check(TrapKind::kInvalidUtf16, count_);
    f_.local_get(count_).i64_eqz().i32_eqz();
    {
      Block wide = f_.if_();
      finish(units_, true);
    }
    f_.local_get(dst_).local_get(units_);
    kernel(Intrinsic::kDeflateUtf16);
    f_.drop();
    reallocate(2, 1, units_, 1);
    finish(units_);
  }

  Emitter& e_;
  Side target_, from_;
  wasm::FunctionBuilder f_;
  LocalIndex src_, units_, dst_, count_, read_;
};

FuncIndex Emitter::string(Side target) {
  if (auto found = strings_.find(target); found != strings_.end()) return found->second;
  wasm::FuncType type{{ptr_type(other(target)), ptr_type(other(target))}, {ptr_type(target), ptr_type(target)}};
  FuncIndex func = module_.declare_func(type, fmt::format("string.{}", to_string(target)));
  strings_[target] = func;
  StringEmitter(*this, target, func).run();
  return func;
}

}  // namespace witc::abi
