// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What follows a mnemonic in text, by the kind of immediates that operators.def gives it.
#include <fmt/format.h>

#include <bit>

#include "wasm/core/parse_module.h"
#include "wasm/core/type_binary.h"
#include "wasm/text/numbers.h"

namespace witc::wasm {

Result<void> ModuleParser::immediates(const OpInfo& op, BinaryWriter& out) {
  ImmediateKind kind = op.immediates;
  // Those whose opcode depends on what follows write it themselves.
  bool writes_opcode = op.op == Op::kSelect || op.op == Op::kRefTest || op.op == Op::kRefCast ||
                       op.op == Op::kRefCastDescEq;
  if (!writes_opcode) write_opcode(out, op.op);
  if (op.op == Op::kSelect) return select(out);
  switch (kind) {
    case ImmediateKind::kNone:
      return {};
    case ImmediateKind::kBlock:
    case ImmediateKind::kTryTable:
    case ImmediateKind::kSelectTypes:
      return in_.unexpected("an instruction");  // not reached: blocks and select are handled before
    case ImmediateKind::kLabel:
      out.u32(TRY(label()));
      return {};
    case ImmediateKind::kBrTable:
      return br_table(out);
    case ImmediateKind::kFunc:
      out.u32(TRY(index(funcs_)));
      return {};
    case ImmediateKind::kCallIndirect:
      return call_indirect(out);
    case ImmediateKind::kType:
      out.u32(TRY(index(types_)));
      return {};
    case ImmediateKind::kLocal:
      out.u32(TRY(index(locals_)));
      return {};
    case ImmediateKind::kGlobal:
      out.u32(TRY(index(globals_)));
      return {};
    case ImmediateKind::kTable:
      out.u32(TRY(optional_index(tables_)));
      return {};
    case ImmediateKind::kTag:
      out.u32(TRY(index(tags_)));
      return {};
    case ImmediateKind::kData:
      needs_data_count_ = true;
      out.u32(TRY(index(datas_)));
      return {};
    case ImmediateKind::kElem:
      out.u32(TRY(index(elems_)));
      return {};
    case ImmediateKind::kMemory:
      out.u32(TRY(optional_index(memories_)));
      return {};
    case ImmediateKind::kMemarg:
    case ImmediateKind::kAtomicMemarg:
      return memarg(op, out, false);
    case ImmediateKind::kMemargLane:
      TRY(memarg(op, out, true));
      out.u8(TRY(lane()));
      return {};
    case ImmediateKind::kMemoryInit:
      needs_data_count_ = true;
      return segment_first(datas_, memories_, out);
    case ImmediateKind::kMemoryCopy:
      return two_or_none(memories_, out);
    case ImmediateKind::kTableInit:
      return segment_first(elems_, tables_, out);
    case ImmediateKind::kTableCopy:
      return two_or_none(tables_, out);
    case ImmediateKind::kI32:
      out.s64(static_cast<std::int32_t>(TRY(integer(32))));
      return {};
    case ImmediateKind::kI64:
      out.s64(static_cast<std::int64_t>(TRY(integer(64))));
      return {};
    case ImmediateKind::kF32:
      out.u32_le(static_cast<std::uint32_t>(TRY(floating(32))));
      return {};
    case ImmediateKind::kF64:
      out.u64_le(TRY(floating(64)));
      return {};
    case ImmediateKind::kV128:
      return vector_const(out);
    case ImmediateKind::kShuffle:
      for (int i = 0; i < 16; ++i) out.u8(TRY(lane()));
      return {};
    case ImmediateKind::kLane:
      out.u8(TRY(lane()));
      return {};
    case ImmediateKind::kHeapType:
      if (op.op != Op::kRefNull) return ref_cast(op, out);
      write_heap_type(out, TRY(heap_type()));
      return {};
    case ImmediateKind::kTypeField: {
      std::uint32_t type = TRY(index(types_));
      out.u32(type).u32(TRY(field_of(type)));
      return {};
    }
    case ImmediateKind::kTypeCount:
      out.u32(TRY(index(types_)));
      out.u32(TRY(in_.u32("a number of elements")));
      return {};
    case ImmediateKind::kTypeData:
      needs_data_count_ = true;
      out.u32(TRY(index(types_)));
      out.u32(TRY(index(datas_)));
      return {};
    case ImmediateKind::kTypeElem:
      out.u32(TRY(index(types_)));
      out.u32(TRY(index(elems_)));
      return {};
    case ImmediateKind::kTypeType:
      out.u32(TRY(index(types_)));
      out.u32(TRY(index(types_)));
      return {};
    case ImmediateKind::kBrOnCast:
      return br_on_cast(out);
    case ImmediateKind::kZero:
      out.u8(0);
      return {};
    case ImmediateKind::kTypeTag:
      out.u32(TRY(index(types_)));
      out.u32(TRY(index(tags_)));
      return {};
    case ImmediateKind::kResume:
      out.u32(TRY(index(types_)));
      return handlers(out);
    case ImmediateKind::kResumeThrow:
      out.u32(TRY(index(types_)));
      out.u32(TRY(index(tags_)));
      return handlers(out);
    case ImmediateKind::kOrderedGlobal:
      TRY(ordering(out));
      out.u32(TRY(index(globals_)));
      return {};
    case ImmediateKind::kOrderedTable:
      TRY(ordering(out));
      out.u32(TRY(optional_index(tables_)));
      return {};
    case ImmediateKind::kOrderedType:
      TRY(ordering(out));
      out.u32(TRY(index(types_)));
      return {};
    case ImmediateKind::kOrderedField: {
      TRY(ordering(out));
      std::uint32_t type = TRY(index(types_));
      out.u32(type).u32(TRY(field_of(type)));
      return {};
    }
  }
  std::unreachable();
}

// -- indices ------------------------------------------------------------------------------------

Result<std::uint32_t> ModuleParser::label() {
  if (!in_.at(Token::kId)) return in_.u32("a label");
  std::string name = identifier_value(in_.text());
  auto found = label_ids_.find(name);
  if (found == label_ids_.end()) return in_.malformed(fmt::format("unknown label `${}`", name));
  in_.skip();
  return static_cast<std::uint32_t>(labels_.size() - 1 - found->second.back());
}

Result<std::uint32_t> ModuleParser::field_of(std::uint32_t type) {
  if (!in_.at(Token::kId)) return in_.u32("a field index");
  IdSpace fields("field");
  if (auto ids = field_ids_.find(type); ids != field_ids_.end()) fields.ids = ids->second;
  return index(fields);
}

Result<std::uint32_t> ModuleParser::optional_index(const IdSpace& space) {
  return at_index() ? index(space) : Result<std::uint32_t>(0U);
}

Result<void> ModuleParser::two_or_none(const IdSpace& space, BinaryWriter& out) {
  if (!at_index()) {
    out.u32(0).u32(0);
    return {};
  }
  out.u32(TRY(index(space)));
  out.u32(TRY(index(space)));
  return {};
}

/// `memory.init $memory? $data`: in binary the segment comes first.
Result<void> ModuleParser::segment_first(const IdSpace& segments, const IdSpace& holders, BinaryWriter& out) {
  bool both = at_index() && (in_.peek(1).kind == Token::kNumber || in_.peek(1).kind == Token::kId);
  std::uint32_t holder = both ? TRY(index(holders)) : 0;
  out.u32(TRY(index(segments))).u32(holder);
  return {};
}

Result<void> ModuleParser::call_indirect(BinaryWriter& out) {
  std::uint32_t table = TRY(optional_index(tables_));
  out.u32(TRY(type_use(false)).type.value).u32(table);
  return {};
}

Result<void> ModuleParser::br_table(BinaryWriter& out) {
  std::vector<std::uint32_t> labels;
  do {
    labels.push_back(TRY(label()));
  } while (at_index());
  std::uint32_t otherwise = labels.back();
  labels.pop_back();
  out.vec(labels, [](BinaryWriter& to, std::uint32_t target) { to.u32(target); }).u32(otherwise);
  return {};
}

/// `(on $tag $label)` and `(on $tag switch)`, as many as there are.
Result<void> ModuleParser::handlers(BinaryWriter& out) {
  BinaryWriter clauses;
  std::uint32_t count = 0;
  for (; in_.take_form("on"); ++count) {
    const std::uint32_t tag = TRY(index(tags_));
    if (in_.take_keyword("switch")) {
      clauses.u8(1).u32(tag);
    } else {
      clauses.u8(0).u32(tag).u32(TRY(label()));
    }
    TRY(in_.close());
  }
  out.u32(count).bytes(clauses.view());
  return {};
}

Result<void> ModuleParser::ordering(BinaryWriter& out) {
  const bool is_relaxed = in_.take_keyword("acq_rel");
  if (!is_relaxed && !in_.take_keyword("seq_cst")) return in_.unexpected("`seq_cst` or `acq_rel`");
  out.u32(static_cast<std::uint32_t>(is_relaxed ? Ordering::kAcqRel : Ordering::kSeqCst));
  return {};
}

Result<void> ModuleParser::memarg(const OpInfo& op, BinaryWriter& out, bool with_lane) {
  auto starts = [this](const Token& token, std::string_view prefix) {
    return token.kind == Token::kKeyword && in_.text(token).starts_with(prefix);
  };
  // A number may be the memory or, of a lane access, already the lane.
  const Token& next = in_.peek(1);
  bool more = next.kind == Token::kNumber || starts(next, "offset=") || starts(next, "align=");
  bool has_memory = in_.at(Token::kId) || (in_.at(Token::kNumber) && (!with_lane || more));
  std::uint32_t memory = has_memory ? TRY(index(memories_)) : 0;
  auto value = [&](std::string_view prefix, std::uint64_t otherwise) -> Result<std::uint64_t> {
    if (!starts(in_.peek(), prefix)) return otherwise;
    Number<std::uint64_t> number = parse_unsigned(in_.text().substr(prefix.size()), 64);
    if (number.error == NumberError::kForm)
      return in_.malformed("unknown operator or unexpected token: malformed number");
    if (!number.ok()) return in_.malformed("constant out of range: i64 constant");
    in_.skip();
    return number.value;
  };
  std::uint64_t offset = TRY(value("offset=", 0));
  const Token where = in_.peek();
  std::uint64_t align = TRY(value("align=", std::uint64_t{1} << op.align));
  if (!std::has_single_bit(align)) return in_.malformed(where, "malformed alignment: alignment must be a power of two");
  auto log2 = static_cast<std::uint32_t>(std::countr_zero(align));
  out.u32(log2 | (memory != 0 ? 0x40 : 0));
  if (memory != 0) out.u32(memory);
  out.u64(offset);
  return {};
}

// -- types --------------------------------------------------------------------------------------

Result<void> ModuleParser::select(BinaryWriter& out) {
  bool typed = in_.at_form("result");
  write_opcode(out, typed ? Op::kSelectTyped : Op::kSelect);
  if (!typed) return {};
  std::vector<ValType> types;
  while (in_.take_form("result")) {
    while (!in_.at(Token::kRight)) types.push_back(TRY(val_type()));
    TRY(in_.close());
  }
  out.vec(types, write_val_type);
  return {};
}

Result<void> ModuleParser::ref_cast(const OpInfo& op, BinaryWriter& out) {
  RefType type = TRY(ref_type());
  const Op null = op.op == Op::kRefTest   ? Op::kRefTestNull
                  : op.op == Op::kRefCast ? Op::kRefCastNull
                                          : Op::kRefCastDescEqNull;
  write_opcode(out, type.nullable ? null : op.op);
  write_heap_type(out, type.heap);
  return {};
}

Result<void> ModuleParser::br_on_cast(BinaryWriter& out) {
  std::uint32_t target = TRY(label());
  RefType from = TRY(ref_type());
  RefType to = TRY(ref_type());
  out.u8(static_cast<std::uint8_t>((from.nullable ? 1 : 0) | (to.nullable ? 2 : 0))).u32(target);
  write_heap_type(out, from.heap);
  write_heap_type(out, to.heap);
  return {};
}

// -- numbers ------------------------------------------------------------------------------------

Diagnostic ModuleParser::bad_number(std::string_view what, bool range) const {
  if (range) return in_.malformed(fmt::format("constant out of range: {} `{}`", what, in_.text().substr(0, 60)));
  return in_.unexpected(fmt::format("{}: unknown operator", what));
}

Result<std::uint64_t> ModuleParser::integer(unsigned bits) {
  if (!in_.at(Token::kNumber)) return bad_number("an integer constant", false);
  Number<std::uint64_t> number = parse_integer(in_.text(), bits);
  if (!number.ok()) return bad_number(fmt::format("i{} constant", bits), number.error == NumberError::kRange);
  in_.skip();
  return number.value;
}

Result<std::uint64_t> ModuleParser::floating(unsigned bits) {
  if (!in_.at(Token::kNumber) && !in_.at(Token::kKeyword)) return bad_number("a floating point constant", false);
  Number<std::uint64_t> number;
  if (bits == 32) {
    Number<std::uint32_t> narrow = parse_f32(in_.text());
    number = {narrow.value, narrow.error};
  } else {
    number = parse_f64(in_.text());
  }
  if (!number.ok()) return bad_number(fmt::format("f{} constant", bits), number.error == NumberError::kRange);
  in_.skip();
  return number.value;
}

Result<std::uint8_t> ModuleParser::lane() {
  if (!in_.at(Token::kNumber)) return in_.unexpected("a lane index");
  Number<std::uint64_t> number = parse_unsigned(in_.text(), 8);
  if (number.error == NumberError::kForm) return in_.unexpected("a lane index");
  if (!number.ok()) return in_.malformed("malformed lane index: i8 constant out of range");
  in_.skip();
  return static_cast<std::uint8_t>(number.value);
}

Result<void> ModuleParser::vector_const(BinaryWriter& out) {
  struct Shape {
    std::string_view name;
    unsigned lanes;
    unsigned bits;
    bool is_float;
  };
  constexpr Shape kShapes[] = {{"i8x16", 16, 8, false}, {"i16x8", 8, 16, false}, {"i32x4", 4, 32, false},
                               {"i64x2", 2, 64, false}, {"f32x4", 4, 32, true},  {"f64x2", 2, 64, true}};
  for (const Shape& shape : kShapes) {
    if (!in_.take_keyword(shape.name)) continue;
    for (unsigned i = 0; i < shape.lanes; ++i) {
      bool number = in_.at(Token::kNumber) || (shape.is_float && in_.at(Token::kKeyword));
      if (!number) return in_.malformed(fmt::format("wrong number of lane literals: {} are needed", shape.lanes));
      std::uint64_t value = shape.is_float ? TRY(floating(shape.bits)) : TRY(integer(shape.bits));
      for (unsigned bit = 0; bit < shape.bits; bit += 8) out.u8(static_cast<std::uint8_t>(value >> bit));
    }
    return {};
  }
  return in_.unexpected("a vector shape: unknown operator");
}

}  // namespace witc::wasm
