// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/operators.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "wasm/core/limits.h"
#include "wasm/core/type_binary.h"

namespace witc::wasm {
namespace {

constexpr OpInfo kTable[] = {
#define WITC_OP(name, method, text, prefix, opcode, imm, align, sig, feature) \
  {Op::name, text, prefix, opcode, ImmediateKind::k##imm, align, sig, Feature::feature},
#include "wasm/core/operators.def"
#undef WITC_OP
};

constexpr std::size_t kMaxOpcode = 0x120;
constexpr std::uint16_t kNoOp = 0xffff;

/// Opcode to position in the table, for one prefix.
struct OpcodeMap {
  std::array<std::uint16_t, kMaxOpcode> ops;

  explicit constexpr OpcodeMap(std::uint8_t prefix) : ops() {
    ops.fill(kNoOp);
    for (const OpInfo& row : kTable) {
      if (row.prefix == prefix) ops[row.opcode] = static_cast<std::uint16_t>(row.op);
    }
  }
  [[nodiscard]] std::uint16_t find(std::uint32_t opcode) const { return opcode < kMaxOpcode ? ops[opcode] : kNoOp; }
};

constexpr OpcodeMap kOneByte(0x00), kFb(0xfb), kFc(0xfc), kFd(0xfd), kFe(0xfe);

const OpcodeMap* prefix_map(std::uint8_t byte) {
  switch (byte) {
    case 0xfb:
      return &kFb;
    case 0xfc:
      return &kFc;
    case 0xfd:
      return &kFd;
    case 0xfe:
      return &kFe;
    default:
      return nullptr;
  }
}

bool opens_block(Op op) {
  return op == Op::kBlock || op == Op::kLoop || op == Op::kIf || op == Op::kTry || op == Op::kTryTable;
}

}  // namespace

const OpInfo& info(Op op) { return kTable[static_cast<std::size_t>(op)]; }

void write_opcode(BinaryWriter& out, Op op) {
  const OpInfo& row = info(op);
  if (row.prefix == 0) {
    out.u8(static_cast<std::uint8_t>(row.opcode));
  } else {
    out.u8(row.prefix).u32(row.opcode);
  }
}

const OpInfo* find_operator(std::string_view mnemonic) {
  static const auto kByText = [] {
    std::unordered_map<std::string_view, const OpInfo*> map;
    for (const OpInfo& row : kTable) map.try_emplace(row.text, &row);
    return map;
  }();
  auto found = kByText.find(mnemonic);
  return found == kByText.end() ? nullptr : found->second;
}

Result<const Operator*> OperatorReader::next() {
  current_.offset = reader_.offset();
  current_.position = static_cast<std::uint32_t>(reader_.position());
  TRY(read_opcode());
  TRY(read_immediates(info(current_.op).immediates));
  return &current_;
}

Result<void> OperatorReader::read_opcode() {
  std::uint8_t byte = TRY(reader_.u8());
  std::uint16_t found = kNoOp;
  if (const OpcodeMap* map = prefix_map(byte)) {
    std::uint32_t opcode = TRY(reader_.u32());
    found = map->find(opcode);
    if (found == kNoOp)
      return reader_.malformed(current_.offset, fmt::format("illegal opcode {:02x} {:02x}", byte, opcode));
  } else {
    found = kOneByte.find(byte);
    if (found == kNoOp) return reader_.malformed(current_.offset, fmt::format("illegal opcode {:02x}", byte));
  }
  current_.op = static_cast<Op>(found);
  return {};
}

Result<void> OperatorReader::read_immediates(ImmediateKind kind) {
  switch (kind) {
    case ImmediateKind::kNone:
      return {};
    case ImmediateKind::kBlock:
      current_.block_type = TRY(read_block_type(reader_));
      return {};
    case ImmediateKind::kLabel:
    case ImmediateKind::kFunc:
    case ImmediateKind::kType:
    case ImmediateKind::kLocal:
    case ImmediateKind::kGlobal:
    case ImmediateKind::kTable:
    case ImmediateKind::kTag:
    case ImmediateKind::kData:
    case ImmediateKind::kElem:
    case ImmediateKind::kMemory:
      current_.index = TRY(reader_.u32());
      return {};
    case ImmediateKind::kCallIndirect:
    case ImmediateKind::kMemoryInit:
    case ImmediateKind::kMemoryCopy:
    case ImmediateKind::kTableInit:
    case ImmediateKind::kTableCopy:
    case ImmediateKind::kTypeField:
    case ImmediateKind::kTypeCount:
    case ImmediateKind::kTypeData:
    case ImmediateKind::kTypeElem:
    case ImmediateKind::kTypeType:
    case ImmediateKind::kTypeTag:
      current_.index = TRY(reader_.u32());
      current_.index2 = TRY(reader_.u32());
      return {};
    case ImmediateKind::kBrTable:
      return read_br_table();
    case ImmediateKind::kSelectTypes:
      return read_select_types();
    case ImmediateKind::kMemarg:
    case ImmediateKind::kAtomicMemarg:
      return read_memarg();
    case ImmediateKind::kMemargLane:
      TRY(read_memarg());
      current_.lane = TRY(reader_.u8());
      return {};
    case ImmediateKind::kI32:
      current_.bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(TRY(reader_.s32())));
      return {};
    case ImmediateKind::kI64:
      current_.bits = static_cast<std::uint64_t>(TRY(reader_.s64()));
      return {};
    case ImmediateKind::kF32:
      current_.bits = TRY(reader_.u32_le());
      return {};
    case ImmediateKind::kF64:
      current_.bits = TRY(reader_.u64_le());
      return {};
    case ImmediateKind::kV128:
    case ImmediateKind::kShuffle:
      return read_bytes16();
    case ImmediateKind::kLane:
      current_.lane = TRY(reader_.u8());
      return {};
    case ImmediateKind::kHeapType:
      current_.ref.heap = TRY(read_heap_type(reader_));
      current_.ref.nullable =
          current_.op == Op::kRefNull || current_.op == Op::kRefTestNull || current_.op == Op::kRefCastNull ||
          current_.op == Op::kRefCastDescEqNull;
      return {};
    case ImmediateKind::kBrOnCast:
      return read_br_on_cast();
    case ImmediateKind::kTryTable:
      return read_try_table();
    case ImmediateKind::kZero:
      if (TRY(reader_.u8()) != 0) return reader_.malformed(reader_.offset() - 1, "zero byte expected");
      return {};
    case ImmediateKind::kResume:
      current_.index = TRY(reader_.u32());
      return read_handlers();
    case ImmediateKind::kResumeThrow:
      current_.index = TRY(reader_.u32());
      current_.index2 = TRY(reader_.u32());
      return read_handlers();
    case ImmediateKind::kOrderedGlobal:
    case ImmediateKind::kOrderedTable:
    case ImmediateKind::kOrderedType:
      return read_ordered(false);
    case ImmediateKind::kOrderedField:
      return read_ordered(true);
  }
  std::unreachable();
}

Result<void> OperatorReader::read_memarg() {
  constexpr std::uint32_t kHasMemory = 0x40;
  std::uint32_t at = reader_.offset();
  std::uint32_t flags = TRY(reader_.u32());
  if (flags >= 2 * kHasMemory) return reader_.malformed(at, "malformed memop flags");
  current_.memarg.align = flags & (kHasMemory - 1);
  current_.memarg.memory = MemoryIndex((flags & kHasMemory) != 0 ? TRY(reader_.u32()) : 0);
  current_.memarg.offset = TRY(reader_.u64());
  return {};
}

Result<void> OperatorReader::read_br_table() {
  std::uint32_t count = TRY(reader_.count(kMaxBrTableTargets, "branch targets"));
  labels_.clear();
  for (std::uint32_t i = 0; i < count; ++i) labels_.push_back(TRY(reader_.u32()));
  current_.labels = labels_;
  current_.index = TRY(reader_.u32());
  return {};
}

Result<void> OperatorReader::read_select_types() {
  std::uint32_t count = TRY(reader_.count(kMaxSelectTypes, "types of a select"));
  types_.clear();
  for (std::uint32_t i = 0; i < count; ++i) types_.push_back(TRY(read_val_type(reader_)));
  current_.types = types_;
  return {};
}

Result<void> OperatorReader::read_br_on_cast() {
  std::uint8_t flags = TRY(reader_.u8());
  if (flags > 3) return reader_.malformed(reader_.offset() - 1, "malformed br_on_cast flags");
  current_.index = TRY(reader_.u32());
  current_.ref = {(flags & 1) != 0, TRY(read_heap_type(reader_))};
  current_.ref2 = {(flags & 2) != 0, TRY(read_heap_type(reader_))};
  return {};
}

Result<void> OperatorReader::read_try_table() {
  current_.block_type = TRY(read_block_type(reader_));
  std::uint32_t count = TRY(reader_.count(kMaxCatches, "catch clauses"));
  catches_.clear();
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint8_t kind = TRY(reader_.u8());
    if (kind > Catch::kCatchAllRef) return reader_.malformed(reader_.offset() - 1, "malformed catch clause");
    Catch clause{static_cast<Catch::Kind>(kind), {}, 0};
    if (kind <= Catch::kCatchRef) clause.tag = TagIndex(TRY(reader_.u32()));
    clause.label = TRY(reader_.u32());
    catches_.push_back(clause);
  }
  current_.catches = catches_;
  return {};
}

Result<void> OperatorReader::read_handlers() {
  std::uint32_t count = TRY(reader_.count(kMaxHandlers, "handler clauses"));
  handlers_.clear();
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint8_t kind = TRY(reader_.u8());
    if (kind > 1) return reader_.malformed(reader_.offset() - 1, "malformed handler clause");
    Handler handler{TagIndex(TRY(reader_.u32())), kind == 1, 0};
    if (!handler.is_switch) handler.label = TRY(reader_.u32());
    handlers_.push_back(handler);
  }
  current_.handlers = handlers_;
  return {};
}

Result<void> OperatorReader::read_ordered(bool two) {
  std::uint32_t at = reader_.offset();
  std::uint32_t ordering = TRY(reader_.u32());
  if (ordering > 1) return reader_.malformed(at, "malformed ordering of an atomic access");
  current_.ordering = static_cast<Ordering>(ordering);
  current_.index = TRY(reader_.u32());
  if (two) current_.index2 = TRY(reader_.u32());
  return {};
}

Result<void> OperatorReader::read_bytes16() {
  std::ranges::copy(TRY(reader_.take(16)), current_.vector.begin());
  return {};
}

std::optional<IntConst> read_int_const(std::span<const std::uint8_t> bytes) {
  constexpr std::uint8_t kI32Const = 0x41, kI64Const = 0x42, kEnd = 0x0b;
  if (bytes.empty() || (bytes[0] != kI32Const && bytes[0] != kI64Const)) return std::nullopt;
  IntConst out{bytes[0] == kI64Const};
  const std::size_t most = out.is_64 ? 9 : 4;  // bytes of LEB128 all of whose bits are the number's
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < most && i + 2 < bytes.size(); ++i) {
    const std::uint8_t byte = bytes[1 + i];
    const unsigned width = 7 * static_cast<unsigned>(i + 1);
    bits |= std::uint64_t{byte & 0x7fu} << (width - 7);
    if (byte >= 0x80) continue;
    if (bytes[2 + i] != kEnd) return std::nullopt;
    out.value = static_cast<std::int64_t>(bits << (64 - width)) >> (64 - width);
    out.size = i + 3;
    return out;
  }
  return std::nullopt;
}

Result<ConstExpr> read_const_expr(BinaryReader& reader) {
  std::uint32_t offset = reader.offset();
  if (const auto number = read_int_const(reader.rest())) return ConstExpr{Code{TRY(reader.take(number->size)), offset}};
  OperatorReader operators(BinaryReader(reader.source(), reader.rest(), offset));
  std::uint32_t depth = 1;
  while (depth > 0) {
    const Operator& op = *TRY(operators.next());
    if (opens_block(op.op)) ++depth;
    if (op.op == Op::kEnd) --depth;
  }
  return ConstExpr{Code{TRY(reader.take(operators.reader().position())), offset}};
}

}  // namespace witc::wasm
