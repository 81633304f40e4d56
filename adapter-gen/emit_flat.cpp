// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values that are core values on both sides: `lift_flat` fused with `lower_flat`. Both sides have the same number of
// core values for a type; they differ only where a pointer is i32 on one and i64 on the other.
#include "adapter-gen/emit.h"

namespace witc::abi {

using wasm::Block;
using wasm::TempLocal;

namespace {

/// A joined core value on the stack to the case's own type (CanonicalABI.md `CoerceValueIter`).
void unjoin(wasm::FunctionBuilder& f, CoreType have, CoreType want) {
  if (have == want) return;
  if (have == CoreType::kI64 && want == CoreType::kF64) {
    f.f64_reinterpret_i64();
    return;
  }
  if (have == CoreType::kI64) f.i32_wrap_i64();
  if (want == CoreType::kF32) f.f32_reinterpret_i32();
}

/// And back (`lower_flat_variant`).
void rejoin(wasm::FunctionBuilder& f, CoreType have, CoreType want) {
  if (have == want) return;
  if (have == CoreType::kF64) {
    f.i64_reinterpret_f64();
    return;
  }
  if (have == CoreType::kF32) f.i32_reinterpret_f32();
  if (want == CoreType::kI64) f.i64_extend_i32_u();
}

void zero(wasm::FunctionBuilder& f, CoreType type) {
  switch (type) {
    case CoreType::kI32: f.i32_const(0); return;
    case CoreType::kI64: f.i64_const(0); return;
    case CoreType::kF32: f.f32_const(0); return;
    case CoreType::kF64: f.f64_const(0); return;
  }
}

}  // namespace

void Emitter::lower_flat(Function& f, Side target, PlanOpId id, Locals from, Locals to) {
  const PlanOp& op = plan_.ops[id];
  switch (op.kind) {
    case OpKind::kBool:
    case OpKind::kInt:
    case OpKind::kSigned:
    case OpKind::kFloat:
    case OpKind::kChar:
    case OpKind::kFlags:
    case OpKind::kEnum:
    case OpKind::kCopy:            // in memory only, as the next but one
    case OpKind::kFixedListLoop: return lower_flat_leaf(f, op, from[op.from], to[op.to]);
    case OpKind::kVariant: return lower_flat_variant(f, target, op, from, to);
    case OpKind::kRecord:
      for (PlanOpId part : op.body) lower_flat(f, target, part, from, to);
      return;
    case OpKind::kString:
      f.local_get(from[op.from]).local_get(from[op.from + 1]).call(string(target));
      f.local_set(to[op.to + 1]).local_set(to[op.to]);
      return;
    case OpKind::kListCopy:
    case OpKind::kListCheckCopy:
    case OpKind::kListLoop:
      list(f, target, op, from[op.from], from[op.from + 1]);
      f.local_set(to[op.to]).local_get(from[op.from + 1]);
      convert(f, target);
      f.local_set(to[op.to + 1]);
      return;
    case OpKind::kOwn:
    case OpKind::kBorrow:
      f.local_get(from[op.from]);
      transfer(f, target, op);
      f.local_set(to[op.to]);
      return;
    case OpKind::kCall: return lower_flat_call(f, op, from, to);
  }
}

void Emitter::lower_flat_leaf(Function& f, const PlanOp& op, Local from, Local to) {
  if (op.kind == OpKind::kChar) check_char(f, from);
  if (op.kind == OpKind::kEnum) check_case(f, from, op.count);
  f.local_get(from);
  if (op.kind == OpKind::kBool) f.i32_const(0).i32_ne();
  if (op.kind == OpKind::kFlags && op.mask != ~0u) f.u32_const(op.mask).i32_and();
  if (op.kind == OpKind::kInt && op.width < 4) f.u32_const(op.width == 1 ? 0xff : 0xffff).i32_and();
  if (op.kind == OpKind::kSigned) op.width == 1 ? f.i32_extend8_s() : f.i32_extend16_s();
  f.local_set(to);
}

void Emitter::lower_flat_variant(Function& f, Side target, const PlanOp& op, Locals from, Locals to) {
  const std::vector<CoreType>& to_types = layout(target).flatten_type(op.type).types;
  check_case(f, from[op.from], op.count);
  f.local_get(from[op.from]).local_set(to[op.to]);
  for (std::size_t i = 1; i < to_types.size(); ++i) {
    zero(f, to_types[i]);
    f.local_set(to[op.to + i]);
  }
  Block end = f.block();
  for (std::size_t i = 0; i < op.body.size(); ++i) {
    f.local_get(from[op.from]).u32_const(op.cases[i]).i32_eq();
    Block arm = f.if_();
    lower_flat_case(f, target, op, i, from, to);
    f.br(end);
  }
}

/// One case's payload: its core values out of the joined ones, across, and joined again.
void Emitter::lower_flat_case(Function& f, Side target, const PlanOp& op, std::size_t at, Locals from, Locals to) {
  const ValType& payload = plan_.ops[op.body[at]].type;
  const std::vector<CoreType>& from_joined = layout(other(target)).flatten_type(op.type).types;
  const std::vector<CoreType>& to_joined = layout(target).flatten_type(op.type).types;
  const std::vector<CoreType>& from_own = layout(other(target)).flatten_type(payload).types;
  const std::vector<CoreType>& to_own = layout(target).flatten_type(payload).types;
  std::vector<TempLocal> temps;
  std::vector<Local> own_from, own_to;
  for (std::size_t i = 0; i < from_own.size(); ++i) {
    Local joined = from[op.from + 1 + i];
    own_from.push_back(joined);
    if (from_joined[1 + i] == from_own[i]) continue;
    temps.push_back(f.temp(to_wasm(from_own[i])));
    own_from.back() = temps.back().index();
    f.local_get(joined);
    unjoin(f, from_joined[1 + i], from_own[i]);
    f.local_set(own_from.back());
  }
  for (std::size_t i = 0; i < to_own.size(); ++i) {
    own_to.push_back(to[op.to + 1 + i]);
    if (to_joined[1 + i] == to_own[i]) continue;
    temps.push_back(f.temp(to_wasm(to_own[i])));
    own_to.back() = temps.back().index();
  }
  lower_flat(f, target, op.body[at], own_from, own_to);
  for (std::size_t i = 0; i < to_own.size(); ++i) {
    if (to_joined[1 + i] == to_own[i]) continue;
    f.local_get(own_to[i]);
    rejoin(f, to_own[i], to_joined[1 + i]);
    f.local_set(to[op.to + 1 + i]);
  }
}

void Emitter::lower_flat_call(Function& f, const PlanOp& op, Locals from, Locals to) {
  std::size_t count = lift_.flatten_type(op.type).types.size();
  for (std::size_t i = 0; i < count; ++i) f.local_get(from[op.from + i]);
  f.call(helpers_[op.helper->value]);
  for (std::size_t i = count; i-- > 0;) f.local_set(to[op.to + i]);
}

}  // namespace witc::abi
