// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The operand and control stacks of the validation algorithm (core specification, appendix "Validation
// Algorithm > Data Structures"), and the operators whose types the table gives in full.
#include <fmt/format.h>

#include "wasm/core/limits.h"
#include "wasm/core/type_text.h"
#include "wasm/core/validate.h"

namespace witc::wasm {
namespace {

std::string shown(const StackType& type) {
  switch (type.kind) {
    case StackType::kValue:
      return to_string(type.type);
    case StackType::kBottom:
      return "any type";
    case StackType::kBottomRef:
      return "any reference";
  }
  std::unreachable();
}

bool is_defaultable(const ValType& type) { return !type.is_ref() || type.ref.nullable; }

bool uses_floats(const OpInfo& op) {
  return op.text.find("f32") != std::string_view::npos || op.text.find("f64") != std::string_view::npos;
}

}  // namespace

FunctionValidator::FunctionValidator(const ModuleContext& context, FuncIndex func)
    : context_(context), types_(context.types()) {
  const Func& function = module().funcs[func];
  locals_ = module().func_type(func).params;
  std::size_t params = locals_.size();
  for (const LocalGroup& group : function.locals) locals_.insert(locals_.end(), group.count, group.type);
  for (std::size_t i = 0; i < locals_.size(); ++i) local_set_.push_back(i < params || is_defaultable(locals_[i]));
  offset_ = function.body.offset;
  is_shared_ = module().types[function.type].is_shared;
  push_frame(Op::kBlock, {BlockType::kFunc, {}, function.type});
}

FunctionValidator::FunctionValidator(const ModuleContext& context, const ValType& result)
    : context_(context), types_(context.types()), is_const_(true) {
  push_frame(Op::kBlock, {BlockType::kValue, result, {}});
}

Diagnostic FunctionValidator::invalid(std::string message) const {
  return error(DiagCode::kWasmInvalid, module().code_span(offset_), std::move(message));
}

// -- the stacks ---------------------------------------------------------------------------------

void FunctionValidator::push_all(Types types) { operands_.insert(operands_.end(), types.begin(), types.end()); }

Result<StackType> FunctionValidator::pop() {
  const ControlFrame& frame = frames_.back();
  if (operands_.size() == frame.height) {
    if (frame.unreachable) return StackType::bottom();
    return invalid("type mismatch: expected a value but nothing on stack");
  }
  StackType top = operands_.back();
  operands_.pop_back();
  return top;
}

Result<StackType> FunctionValidator::pop(const ValType& expected) {
  const ControlFrame& frame = frames_.back();
  if (operands_.size() == frame.height && !frame.unreachable) {
    return invalid(fmt::format("type mismatch: expected {} but nothing on stack", to_string(expected)));
  }
  StackType actual = TRY(pop());
  switch (actual.kind) {
    case StackType::kBottom:
      return actual;
    case StackType::kBottomRef: {
      if (!expected.is_ref()) break;
      const HeapType below{actual.below, {}, types_.is_shared(expected.ref.heap)};
      if (actual.below == HeapType::kIndex || types_.matches(below, expected.ref.heap)) return actual;
      break;
    }
    case StackType::kValue:
      if (actual.type == expected || types_.matches(actual.type, expected)) return actual;
      break;
  }
  return invalid(fmt::format("type mismatch: expected {}, found {}", to_string(expected), shown(actual)));
}

Result<void> FunctionValidator::pop_all(Types expected) {
  for (std::size_t i = expected.size(); i-- > 0;) TRY(pop(expected[i]));
  return {};
}

Result<StackType> FunctionValidator::pop_ref() {
  StackType actual = TRY(pop());
  if (actual.kind == StackType::kValue && !actual.type.is_ref()) {
    return invalid(fmt::format("type mismatch: expected a reference, found {}", shown(actual)));
  }
  return actual;
}

/// A reference below an abstract type, or below the shared type of that name.
Result<StackType> FunctionValidator::pop_maybe_shared(HeapType::Kind expected) {
  StackType actual = TRY(pop_ref());
  bool fits = true;
  if (actual.kind == StackType::kBottomRef && actual.below != HeapType::kIndex) {
    fits = types_.matches(HeapType{actual.below, {}}, HeapType{expected, {}});
  } else if (actual.kind == StackType::kValue) {
    const HeapType& heap = actual.type.ref.heap;
    fits = types_.matches(heap, HeapType{expected, {}, types_.is_shared(heap)});
  }
  if (fits) return actual;
  return invalid(fmt::format("type mismatch: expected subtype of {}, found {}", keyword(expected), shown(actual)));
}

void FunctionValidator::push_frame(Op op, const BlockType& type) {
  frames_.push_back({op, type, operands_.size(), set_order_.size(), false});
}

Result<ControlFrame> FunctionValidator::pop_frame() {
  ControlFrame frame = frames_.back();
  TRY(pop_all(results(frame.type)));
  if (operands_.size() != frame.height) return invalid("type mismatch: values remaining on stack at end of block");
  // Locals set inside are unset again outside.
  while (set_order_.size() > frame.locals_set) {
    local_set_[set_order_.back().value] = false;
    set_order_.pop_back();
  }
  frames_.pop_back();
  return frame;
}

void FunctionValidator::set_unreachable() {
  operands_.resize(frames_.back().height);
  frames_.back().unreachable = true;
}

Result<const ControlFrame*> FunctionValidator::frame_at(std::uint32_t label) const {
  if (label >= frames_.size()) return invalid(fmt::format("unknown label {}: branch depth too large", label));
  return &frames_[frames_.size() - 1 - label];
}

std::span<const ValType> FunctionValidator::params(const BlockType& type) const {
  if (type.kind != BlockType::kFunc) return {};
  return std::get<FuncType>(module().types[type.type].type).params;
}

std::span<const ValType> FunctionValidator::results(const BlockType& type) const {
  switch (type.kind) {
    case BlockType::kEmpty:
      return {};
    case BlockType::kValue:
      return {&type.value, 1};
    case BlockType::kFunc:
      return std::get<FuncType>(module().types[type.type].type).results;
  }
  std::unreachable();
}

std::span<const ValType> FunctionValidator::label_types(const ControlFrame& frame) const {
  return frame.op == Op::kLoop ? params(frame.type) : results(frame.type);
}

Result<void> FunctionValidator::enter_block(Op op, const BlockType& type) {
  TRY(check_block_type(type));
  if (frames_.size() >= kMaxControlDepth) {
    return error(DiagCode::kWasmLimit, module().code_span(offset_), "blocks are nested too deeply");
  }
  TRY(pop_all(params(type)));
  push_frame(op, type);
  push_all(params(type));
  return {};
}

// -- stepping -----------------------------------------------------------------------------------

Result<void> FunctionValidator::check_feature(Feature feature) const {
  if (context_.features().has(feature)) return {};
  return invalid(fmt::format("`{}` support is not enabled", to_string(feature)));
}

Result<void> FunctionValidator::step(const Operator& op) {
  offset_ = op.offset;
  if (frames_.empty()) {
    return error(DiagCode::kWasmMalformed, module().code_span(offset_), "operators remaining after end of function");
  }
  const OpInfo& row = info(op.op);
  TRY(check_feature(row.feature));
  if (!context_.features().has(Feature::kFloats) && uses_floats(row)) return check_feature(Feature::kFloats);
  if (row.signature == "*") return step_special(op);
  return step_by_signature(op, row.signature);
}

Result<void> FunctionValidator::step_by_signature(const Operator& op, std::string_view signature) {
  ImmediateKind kind = info(op.op).immediates;
  ValType address = TRY(address_type(op, kind));
  if (kind == ImmediateKind::kMemarg || kind == ImmediateKind::kMemargLane || kind == ImmediateKind::kAtomicMemarg) {
    TRY(check_memarg(op));
  }
  if (kind == ImmediateKind::kData || kind == ImmediateKind::kMemoryInit) TRY(data_at(op.index));
  if (kind == ImmediateKind::kElem) (void)TRY(elem_at(op.index));
  if (kind == ImmediateKind::kLane || kind == ImmediateKind::kMemargLane) {
    // i8x16.extract_lane_s has 16 lanes, v128.load8_lane too: both say so in their name or alignment.
    unsigned lanes = kind == ImmediateKind::kMemargLane ? 16U >> info(op.op).align : [&] {
      std::string_view shape = info(op.op).text;
      std::size_t x = shape.find('x');
      return shape[x + 1] == '1' ? 16U : static_cast<unsigned>(shape[x + 1] - '0');
    }();
    if (op.lane >= lanes) return invalid("invalid lane index");
  }
  if (kind == ImmediateKind::kShuffle) {
    for (std::uint8_t lane : op.vector) {
      if (lane >= 32) return invalid("invalid lane index");
    }
  }
  auto type_of = [&](char letter) {
    switch (letter) {
      case 'i':
        return ValType::i32();
      case 'l':
        return ValType::i64();
      case 'f':
        return ValType::f32();
      case 'd':
        return ValType::f64();
      case 'v':
        return ValType::v128();
      default:
        return address;
    }
  };
  std::size_t colon = signature.find(':');
  for (std::size_t i = colon; i-- > 0;) TRY(pop(type_of(signature[i])));
  for (char letter : signature.substr(colon + 1)) push(type_of(letter));
  return {};
}

Result<void> FunctionValidator::finish(std::uint32_t end_offset) {
  offset_ = end_offset;
  if (frames_.empty()) return {};
  return error(DiagCode::kWasmMalformed, module().code_span(offset_),
               "END opcode expected: unexpected end of section or function");
}

namespace {
void add_facts(BodyFacts& facts, const Operator& op) {
  auto writes = [&](std::uint32_t table) { facts.written_tables[table] = true; };
  switch (op.op) {
    case Op::kReturnCall:
    case Op::kReturnCallIndirect:
    case Op::kReturnCallRef:
      facts.has_tail_calls = true;
      return;
    case Op::kTableSet:
    case Op::kTableGrow:
    case Op::kTableFill:
    case Op::kTableCopy:
      return writes(op.index);
    case Op::kTableInit:
      return writes(op.index2);
    default:
      return;
  }
}
}  // namespace

Result<void> validate_function(const ModuleContext& context, FuncIndex func, BodyFacts* facts) {
  const Module& module = context.module();
  const Func& function = module.funcs[func];
  FunctionValidator validator(context, func);
  OperatorReader reader(module.source, function.body);
  while (!reader.at_end()) {
    const Operator& op = *TRY(reader.next());
    TRY(validator.step(op));
    if (facts != nullptr) add_facts(*facts, op);
  }
  return validator.finish(reader.reader().offset());
}

}  // namespace witc::wasm
