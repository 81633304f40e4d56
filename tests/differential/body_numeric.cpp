// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operators whose types operators.def says: they need no more than their row. Then, NaNs.
#include <array>

#include "tests/differential/body_generator.h"

namespace witc::differential {

using wasm::Feature;
using wasm::ImmediateKind;

namespace {

bool is_plain(const wasm::OpInfo& row) {
  switch (row.op) {
    case wasm::Op::kMemoryGrow:
    case wasm::Op::kMemoryFill:
    case wasm::Op::kMemoryInit:
    case wasm::Op::kDataDrop:
    case wasm::Op::kElemDrop:
    case wasm::Op::kMemoryAtomicWait32:  // may wait
    case wasm::Op::kMemoryAtomicWait64:
      return false;
    default:
      return row.signature != "*";
  }
}

bool is_trapping_truncation(std::string_view text) {
  return text.starts_with("i32.trunc_f") || text.starts_with("i64.trunc_f");
}

/// The plain operators of a set of features, by what they give.
struct Operators {
  std::vector<wasm::Op> scalars, vectors, atomics;
  std::array<std::vector<wasm::Op>, 128> giving;  // by the letter of operators.def

  explicit Operators(wasm::Features features) {
    for (std::size_t i = 0; i < wasm::kOpCount; ++i) {
      const wasm::OpInfo& row = wasm::info(static_cast<wasm::Op>(i));
      if (!is_plain(row) || !features.has(row.feature)) continue;
      const bool is_vector = row.feature == Feature::kSimd || row.feature == Feature::kRelaxedSimd;
      (is_vector ? vectors : row.feature == Feature::kThreads ? atomics : scalars).push_back(row.op);
      const auto letter = static_cast<unsigned char>(row.signature.back());
      if (letter != ':' && letter != 'a') giving[letter].push_back(row.op);
    }
  }
};

/// The same set is asked for many times over.
const Operators& operators(wasm::Features features) {
  static thread_local std::vector<std::pair<std::uint32_t, Operators>> known;
  std::uint32_t key = 0;
  for (unsigned i = 0; i < 32; ++i) key |= features.has(static_cast<Feature>(i)) ? 1u << i : 0;
  for (const auto& [bits, operators] : known) {
    if (bits == key) return operators;
  }
  return known.emplace_back(key, Operators(features)).second;
}

wasm::ValType type_of(char letter) {
  switch (letter) {
    case 'i':
      return wasm::ValType::i32();
    case 'l':
      return wasm::ValType::i64();
    case 'f':
      return wasm::ValType::f32();
    case 'd':
      return wasm::ValType::f64();
    default:
      return wasm::ValType::v128();
  }
}

char letter_of(const wasm::ValType& type) { return "ilfdv"[type.kind]; }

}  // namespace

wasm::ValType BodyGenerator::random_number() {
  return type_of("ilfdv"[random_.below(has(Feature::kSimd) ? 5 : 4)]);
}

void BodyGenerator::push_number(const ValType& type) {
  const std::uint32_t choice = random_.below(100);
  if (choice < 40 && push_variable(type)) return;
  const std::vector<Op>& producers = operators(context_.features()).giving[static_cast<unsigned char>(letter_of(type))];
  if (choice >= 60 && depth_ < kMaxValueDepth) {
    const Op op = random_.one_of(producers);
    const bool needs_memory = wasm::info(op).signature.front() == 'a' || op == Op::kMemorySize;
    if (!(needs_memory && module().memories.empty()) && !is_trapping_truncation(wasm::info(op).text)) return plain(op);
  }
  constant(type);
}

/// Any operator whose types operators.def says.
void BodyGenerator::numeric() {
  const Operators& all = operators(context_.features());
  const std::uint32_t choice = random_.below(10);
  const std::vector<Op>* family = &all.scalars;
  if (choice < 4 && !all.vectors.empty()) family = &all.vectors;
  if (choice == 4 && !all.atomics.empty()) family = &all.atomics;
  const Op op = random_.one_of(*family);
  const std::string_view signature = wasm::info(op).signature;
  if (module().memories.empty() && signature.find('a') != std::string_view::npos) return;
  if (is_trapping_truncation(wasm::info(op).text) && !random_.percent(10)) return;
  plain(op);
}

void BodyGenerator::plain(Op op) {
  const wasm::OpInfo& row = wasm::info(op);
  switch (row.immediates) {
    case ImmediateKind::kMemarg:
    case ImmediateKind::kMemargLane:
    case ImmediateKind::kAtomicMemarg:
      return memory_access(op);
    case ImmediateKind::kMemory:
      return emit_index(op, some_memory()->value);
    case ImmediateKind::kI32:
      return constant(ValType::i32());
    case ImmediateKind::kI64:
      return constant(ValType::i64());
    case ImmediateKind::kF32:
      return constant(ValType::f32());
    case ImmediateKind::kF64:
      return constant(ValType::f64());
    case ImmediateKind::kV128:
      return constant(ValType::v128());
    default:
      break;
  }
  plain_operands(op, row.signature.substr(0, row.signature.find(':')));
  if (row.text.find(".div_") != std::string_view::npos || row.text.find(".rem_") != std::string_view::npos) {
    guard_divisor(op);
  }
  switch (row.immediates) {
    case ImmediateKind::kLane:
      return lane_immediate(op);
    case ImmediateKind::kShuffle:
      return emit(op, [&](wasm::BinaryWriter& out) {
        for (int i = 0; i < 16; ++i) out.u8(static_cast<std::uint8_t>(random_.below(32)));
      });
    case ImmediateKind::kZero:
      return emit(op, [](wasm::BinaryWriter& out) { out.u8(0); });
    default:
      emit(op);
  }
  if (row.signature.ends_with(":v")) canonicalise_vector(op);
}

void BodyGenerator::plain_operands(Op op, std::string_view signature) {
  std::vector<ValType> types;
  for (char letter : signature) types.push_back(type_of(letter));
  want(types);
  if (types.empty()) return;
  const std::string_view text = wasm::info(op).text;
  const bool shows_bits = text.find("reinterpret") != std::string_view::npos || text.ends_with(".copysign") ||
                          text.ends_with(".splat") || text.ends_with(".replace_lane");
  if (shows_bits) canonicalise_scalar(types.back());
}

/// Lanes are as many as the name says: `i8x16`.
void BodyGenerator::lane_immediate(Op op) {
  const std::string_view text = wasm::info(op).text;
  const std::size_t lanes = text.starts_with("i8x16") ? 16 : text.starts_with("i16x8") ? 8 : text[3] == '4' || text[4] == '4' ? 4 : 2;
  emit(op, [&](wasm::BinaryWriter& out) { out.u8(static_cast<std::uint8_t>(random_.below(lanes))); });
}

/// The float on top, if its bits may be undetermined, with one NaN for all.
void BodyGenerator::canonicalise_scalar(const ValType& type) {
  switch (last_) {
    case Op::kF32Load:
    case Op::kF64Load:
    case Op::kF32Const:
    case Op::kF64Const:
    case Op::kF32ReinterpretI32:
    case Op::kF64ReinterpretI64:
      return;
    default:
      break;
  }
  if (type.kind != ValType::kF32 && type.kind != ValType::kF64) return;
  const bool is_f32 = type.kind == ValType::kF32;
  const std::uint32_t local = scratch_ + (is_f32 ? 0 : 1);
  emit_index(Op::kLocalTee, local);
  if (is_f32) {
    emit(Op::kF32Const, [](wasm::BinaryWriter& out) { out.u32_le(0x7fc00000); });
  } else {
    emit(Op::kF64Const, [](wasm::BinaryWriter& out) { out.u64_le(0x7ff8000000000000); });
  }
  emit_index(Op::kLocalGet, local);
  emit_index(Op::kLocalGet, local);
  emit(is_f32 ? Op::kF32Eq : Op::kF64Eq);
  emit(Op::kSelect);
}

/// The vector on top, after an operator that may have made NaNs in it.
void BodyGenerator::canonicalise_vector(Op op) {
  const std::string_view text = wasm::info(op).text;
  const bool is_f32 = text.starts_with("f32x4.");
  if (!is_f32 && !text.starts_with("f64x2.")) return;
  for (std::string_view suffix : {".splat", ".replace_lane", ".eq", ".ne", ".lt", ".gt", ".le", ".ge"}) {
    if (text.ends_with(suffix)) return;
  }
  const std::uint32_t local = scratch_ + 2;
  emit_index(Op::kLocalTee, local);
  emit(Op::kV128Const, [&](wasm::BinaryWriter& out) {
    for (int i = 0; i < 2; ++i) out.u64_le(is_f32 ? 0x7fc000007fc00000 : 0x7ff8000000000000);
  });
  emit_index(Op::kLocalGet, local);
  emit_index(Op::kLocalGet, local);
  emit(is_f32 ? Op::kF32x4Eq : Op::kF64x2Eq);
  emit(Op::kV128Bitselect);
}

/// Mostly not zero.
void BodyGenerator::guard_divisor(Op op) {
  if (random_.percent(15)) return;
  const bool is_64 = wasm::info(op).text.starts_with("i64");
  address_const(is_64, 1);
  emit(is_64 ? Op::kI64Or : Op::kI32Or);
}

}  // namespace witc::differential
