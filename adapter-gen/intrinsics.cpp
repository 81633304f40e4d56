// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "adapter-gen/intrinsics.h"

#include <array>
#include <cstring>

#include "adapter-gen/transcode.h"

namespace witc::abi {
namespace {

struct Row {
  Intrinsic intrinsic;
  std::string_view name;
  IntrinsicMemories memories;
  std::string_view params, results;
};
constexpr std::array kRows = {
#define WITC_ABI_INTRINSIC(name, text, memories, params, results) \
  Row{Intrinsic::name, text, IntrinsicMemories::memories, params, results},
#include "adapter-gen/intrinsics.def"
#undef WITC_ABI_INTRINSIC
};
const Row& row(Intrinsic intrinsic) { return kRows[static_cast<std::size_t>(intrinsic)]; }

std::vector<CoreType> core_types(std::string_view letters) {
  std::vector<CoreType> out;
  for (char letter : letters) out.push_back(letter == 'i' ? CoreType::kI32 : CoreType::kI64);
  return out;
}

/// `size` bytes at `ptr`; nothing if they are not all there.
template <class T>
std::optional<std::span<T>> range(std::span<T> memory, std::uint64_t ptr, std::uint64_t size) {
  if (size > memory.size() || ptr > memory.size() - size) return std::nullopt;
  return memory.subspan(ptr, size);
}

/// Bytes a code unit takes in the source, and at most in the target.
struct Widths {
  std::uint32_t from, to;
};
Widths widths(Intrinsic intrinsic) {
  switch (intrinsic) {
    case Intrinsic::kUtf8Copy: return {1, 1};
    case Intrinsic::kUtf16Copy: return {2, 2};
    case Intrinsic::kUtf8ToUtf16: return {1, 2};
    case Intrinsic::kUtf16ToUtf8Ascii: return {2, 1};
    case Intrinsic::kUtf16ToUtf8: return {2, 3};
    case Intrinsic::kLatin1ToUtf8Ascii: return {1, 1};
    case Intrinsic::kLatin1ToUtf8: return {1, 2};
    case Intrinsic::kLatin1ToUtf16: return {1, 2};
    case Intrinsic::kUtf8ToLatin1: return {1, 1};
    case Intrinsic::kUtf16ToLatin1: return {2, 1};
    case Intrinsic::kInflateLatin1:
    case Intrinsic::kDeflateUtf16: return {0, 2};
    case Intrinsic::kTransferOwn:
    case Intrinsic::kTransferBorrow:
    case Intrinsic::kLendBorrow:
    case Intrinsic::kBorrowScopeEnter:
    case Intrinsic::kBorrowScopeExit:
    case Intrinsic::kTrap: break;
  }
  return {0, 0};
}

void copy(Bytes from, MutableBytes to) {
  if (!from.empty()) std::memmove(to.data(), from.data(), from.size());
}

/// The count, or nothing if the source is ill-formed.
std::optional<std::uint64_t> run(Intrinsic intrinsic, Bytes from, MutableBytes to, std::uint64_t count) {
  switch (intrinsic) {
    case Intrinsic::kUtf8Copy:
      copy(from, to);
      if (!is_utf8(to)) return std::nullopt;
      return 0;
    case Intrinsic::kUtf16Copy:
      copy(from, to);
      if (!is_utf16(to)) return std::nullopt;
      return is_latin1(to) ? 0 : 1;
    case Intrinsic::kUtf8ToUtf16: return utf8_to_utf16(from, to);
    case Intrinsic::kUtf16ToUtf8Ascii: return utf16_to_utf8_ascii(from, to);
    case Intrinsic::kUtf16ToUtf8: return utf16_to_utf8(from, to);
    case Intrinsic::kLatin1ToUtf8Ascii: return latin1_to_utf8_ascii(from, to);
    case Intrinsic::kLatin1ToUtf8: return latin1_to_utf8(from, to);
    case Intrinsic::kLatin1ToUtf16: latin1_to_utf16(from, to); return count;
    case Intrinsic::kUtf8ToLatin1: {
      std::optional<Latin1Prefix> prefix = utf8_to_latin1(from, to);
      if (!prefix) return std::nullopt;
      return std::uint64_t{prefix->read} << 32 | prefix->written;
    }
    case Intrinsic::kUtf16ToLatin1: return utf16_to_latin1(from, to);
    case Intrinsic::kInflateLatin1: inflate_latin1(to, count); return 0;
    case Intrinsic::kDeflateUtf16: deflate_utf16(to, count); return 0;
    case Intrinsic::kTransferOwn:
    case Intrinsic::kTransferBorrow:
    case Intrinsic::kLendBorrow:
    case Intrinsic::kBorrowScopeEnter:
    case Intrinsic::kBorrowScopeExit:
    case Intrinsic::kTrap: break;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Side side) { return side == Side::kLift ? "lift" : "lower"; }

IntrinsicMemories memories_of(Intrinsic intrinsic) { return row(intrinsic).memories; }

CoreFuncType type_of(Intrinsic intrinsic) {
  return {core_types(row(intrinsic).params), core_types(row(intrinsic).results)};
}

std::string import_name(Intrinsic intrinsic, Side target) {
  std::string out(row(intrinsic).name);
  if (row(intrinsic).memories == IntrinsicMemories::kNone) return out;
  return out + "." + std::string(to_string(target));
}

std::optional<IntrinsicImport> find_intrinsic(std::string_view name) {
  for (const Row& item : kRows) {
    for (Side side : {Side::kLift, Side::kLower}) {
      if (import_name(item.intrinsic, side) == name) return IntrinsicImport{item.intrinsic, side};
    }
  }
  return std::nullopt;
}

OrTrap<std::uint64_t> run_string_intrinsic(Intrinsic intrinsic, std::span<const std::uint8_t> from,
                                           std::span<std::uint8_t> to, std::span<const std::uint64_t> arguments) {
  bool is_pair = memories_of(intrinsic) == IntrinsicMemories::kPair;
  TRAP_IF(memories_of(intrinsic) == IntrinsicMemories::kNone || arguments.size() < (is_pair ? 3u : 2u), TrapKind::kHost);
  std::uint64_t count = arguments[1];
  TRAP_IF(count > 2 * kMaxStringByteLength, TrapKind::kStringTooLong);
  Widths width = widths(intrinsic);
  auto source = range(from, is_pair ? arguments[0] : 0, count * width.from);
  auto target = range(to, arguments[is_pair ? 2 : 0], count * width.to);
  TRAP_IF(!source || !target, TrapKind::kStringOutOfBounds);
  std::optional<std::uint64_t> out = run(intrinsic, *source, *target, count);
  if (out) return *out;
  return trap(width.from == 2 ? TrapKind::kInvalidUtf16 : TrapKind::kInvalidUtf8);
}

}  // namespace witc::abi
