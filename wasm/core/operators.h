// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The one reader of instructions: a function body or constant expression, operator by operator, without
// recursion and without allocation per operator. The validator, the printer, the engine and every analysis
// read code through it, so an encoding is understood in one place; the table is wasm/core/operators.def.
//
//     OperatorReader reader(module.source, func.body);
//     while (!reader.at_end()) {
//       const Operator& op = *TRY(reader.next());
//       switch (op.op) { case Op::kI32Add: ... }
//     }

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wasm/binary_reader.h"
#include "wasm/binary_writer.h"
#include "wasm/core/features.h"
#include "wasm/core/module.h"

namespace witc::wasm {

enum class Op : std::uint16_t {
#define WITC_OP(name, method, text, prefix, opcode, imm, align, sig, feature) name,
#include "wasm/core/operators.def"
#undef WITC_OP
};
inline constexpr std::size_t kOpCount = 0
#define WITC_OP(name, method, text, prefix, opcode, imm, align, sig, feature) +1
#include "wasm/core/operators.def"
#undef WITC_OP
    ;

/// What follows an opcode, in order; the fields of Operator that hold it.
enum class ImmediateKind : std::uint8_t {
  kNone,
  kBlock,         // block_type
  kLabel,         // index
  kBrTable,       // labels, then index: the default
  kFunc,          // index
  kCallIndirect,  // index: type, index2: table
  kType,          // index
  kLocal,         // index
  kGlobal,        // index
  kTable,         // index
  kTag,           // index
  kData,          // index
  kElem,          // index
  kMemory,        // index
  kSelectTypes,   // types
  kMemarg,        // memarg
  kMemargLane,    // memarg, lane
  kAtomicMemarg,  // memarg
  kMemoryInit,    // index: data, index2: memory
  kMemoryCopy,    // index: destination, index2: source
  kTableInit,     // index: elem, index2: table
  kTableCopy,     // index: destination, index2: source
  kI32,           // bits, sign extended
  kI64,           // bits
  kF32,           // bits
  kF64,           // bits
  kV128,          // vector
  kShuffle,       // vector: 16 lanes
  kLane,          // lane
  kHeapType,      // ref.heap; ref.nullable is set from the opcode
  kTypeField,     // index: type, index2: field
  kTypeCount,     // index: type, index2: count
  kTypeData,      // index: type, index2: data
  kTypeElem,      // index: type, index2: elem
  kTypeType,      // index: destination, index2: source
  kBrOnCast,      // index: label, ref: source, ref2: target
  kTryTable,      // block_type, catches
  kZero,          // a zero byte
  kTypeTag,       // index: type, index2: tag
  kResume,        // index: type, handlers
  kResumeThrow,   // index: type, index2: tag, handlers
  kOrderedGlobal, // ordering, index
  kOrderedTable,  // ordering, index
  kOrderedType,   // ordering, index
  kOrderedField,  // ordering, index: type, index2: field
};

struct OpInfo {
  Op op;
  std::string_view text;
  std::uint8_t prefix;
  std::uint16_t opcode;
  ImmediateKind immediates;
  std::uint8_t align;
  std::string_view signature;
  Feature feature;
};
/// The operator's line of the table.
const OpInfo& info(Op op);
void write_opcode(BinaryWriter& out, Op op);
/// By mnemonic (the first of the table where two share one: `select`, `ref.test`, `ref.cast`); null if unknown.
const OpInfo* find_operator(std::string_view mnemonic);

struct BlockType {
  enum Kind : std::uint8_t { kEmpty, kValue, kFunc } kind = kEmpty;
  ValType value;   // kValue
  TypeIndex type;  // kFunc
};

struct MemArg {
  std::uint32_t align = 0;  // log2
  MemoryIndex memory;
  std::uint64_t offset = 0;
};

struct Catch {
  enum Kind : std::uint8_t { kCatch, kCatchRef, kCatchAll, kCatchAllRef } kind = kCatch;
  TagIndex tag;  // kCatch, kCatchRef
  std::uint32_t label = 0;
};

/// What a `resume` does with a suspension: `(on $tag $label)`, or `(on $tag switch)`.
struct Handler {
  TagIndex tag;
  bool is_switch = false;
  std::uint32_t label = 0;  // unless is_switch
};

enum class Ordering : std::uint8_t { kSeqCst, kAcqRel };

/// One operator with its immediates; which fields hold them is said by `info(op).immediates`.
struct Operator {
  Op op = Op::kUnreachable;
  std::uint32_t offset = 0;    // of the opcode, in the source
  std::uint32_t position = 0;  // of the opcode, in Code::bytes
  std::uint32_t index = 0;
  std::uint32_t index2 = 0;
  std::uint8_t lane = 0;
  Ordering ordering = Ordering::kSeqCst;
  std::uint64_t bits = 0;
  BlockType block_type;
  MemArg memarg;
  RefType ref;
  RefType ref2;
  std::array<std::uint8_t, 16> vector{};
  // These live in the reader until its next `next()`.
  std::span<const std::uint32_t> labels;
  std::span<const ValType> types;
  std::span<const Catch> catches;
  std::span<const Handler> handlers;

  [[nodiscard]] FuncIndex func() const { return FuncIndex(index); }
  [[nodiscard]] TypeIndex type() const { return TypeIndex(index); }
  [[nodiscard]] LocalIndex local() const { return LocalIndex(index); }
  [[nodiscard]] GlobalIndex global() const { return GlobalIndex(index); }
  [[nodiscard]] TableIndex table() const { return TableIndex(index); }
  [[nodiscard]] MemoryIndex memory() const { return MemoryIndex(index); }
  [[nodiscard]] TagIndex tag() const { return TagIndex(index); }
  [[nodiscard]] std::int32_t i32() const { return static_cast<std::int32_t>(bits); }
  [[nodiscard]] std::int64_t i64() const { return static_cast<std::int64_t>(bits); }
};

class OperatorReader {
 public:
  OperatorReader(SourceId source, const Code& code) : reader_(source, code.bytes, code.offset) {}
  /// Reads from where `reader` stands: for constant expressions, whose length is only known by reading them.
  explicit OperatorReader(BinaryReader reader) : reader_(reader) {}

  [[nodiscard]] bool at_end() const { return reader_.at_end(); }
  [[nodiscard]] const BinaryReader& reader() const { return reader_; }
  /// The next operator; the pointer is good until the next call. Malformed code is an error.
  Result<const Operator*> next();

 private:
  Result<void> read_opcode();
  Result<void> read_immediates(ImmediateKind kind);
  Result<void> read_memarg();
  Result<void> read_br_table();
  Result<void> read_select_types();
  Result<void> read_br_on_cast();
  Result<void> read_try_table();
  Result<void> read_handlers();
  Result<void> read_ordered(bool two);
  Result<void> read_bytes16();

  BinaryReader reader_;
  Operator current_;
  std::vector<std::uint32_t> labels_;
  std::vector<ValType> types_;
  std::vector<Catch> catches_;
  std::vector<Handler> handlers_;
};

/// `i32.const` or `i64.const` and `end`, which is what nearly all constant expressions are: a module of Go has tens of
/// thousands. Sign-extended.
struct IntConst {
  bool is_64 = false;
  std::int64_t value = 0;
  std::size_t size = 0;  // in bytes, with the `end`
};
/// What `bytes` begin with. Nothing if it is something else, malformed, or as long as a number can be: to be read as any
/// expression is.
std::optional<IntConst> read_int_const(std::span<const std::uint8_t> bytes);

/// Skips a constant expression and gives its bytes, `end` included. Blocks do not nest in one.
Result<ConstExpr> read_const_expr(BinaryReader& reader);

}  // namespace witc::wasm
