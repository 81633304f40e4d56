// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values that lie in memory on both sides: `load` on one fused with `store` on the other.
#include <bit>

#include "adapter-gen/emit.h"

namespace witc::abi {

using wasm::Block;
using wasm::MemArg;
using wasm::TempLocal;

void Emitter::store(Function& f, Side target, PlanOpId id, Bases at) {
  const PlanOp& op = plan_.ops[id];
  switch (op.kind) {
    case OpKind::kBool:
    case OpKind::kInt:
    case OpKind::kFlags:
    case OpKind::kSigned:  // flat only, as kFloat
    case OpKind::kFloat: return store_int(f, target, op, at);
    case OpKind::kChar:
    case OpKind::kEnum: return store_checked(f, target, op, at);
    case OpKind::kVariant: return store_variant(f, target, op, at);
    case OpKind::kRecord:
      for (PlanOpId part : op.body) store(f, target, part, at);
      return;
    case OpKind::kCopy: return store_copy(f, target, op, at);
    case OpKind::kString:
    case OpKind::kListCopy:
    case OpKind::kListCheckCopy:
    case OpKind::kListLoop: return store_pointer(f, target, op, at);
    case OpKind::kFixedListLoop: {
      TempLocal from = f.temp(ptr_type(other(target)));
      TempLocal to = f.temp(ptr_type(target));
      TempLocal count = f.temp(wasm::ValType::i64());
      address(f, other(target), at.from, op.from);
      f.local_set(from);
      address(f, target, at.to, op.to);
      f.local_set(to).i64_const(op.count).local_set(count);
      return loop(f, target, op, from, to, count);
    }
    case OpKind::kOwn:
    case OpKind::kBorrow: return store_handle(f, target, op, at);
    case OpKind::kCall:
      address(f, other(target), at.from, op.from);
      address(f, target, at.to, op.to);
      f.call(helpers_[op.helper->value]);
      return;
  }
}

void Emitter::address(Function& f, Side which, Local base, std::uint64_t offset) {
  f.local_get(base);
  if (offset == 0) return;
  ptr_const(f, which, offset);
  add(f, which);
}

void Emitter::load_int(Function& f, Side which, Local base, std::uint64_t offset, std::uint32_t width) {
  f.local_get(base);
  MemArg memarg{static_cast<std::uint32_t>(std::countr_zero(width)), memory(which), offset};
  switch (width) {
    case 1: f.i32_load8_u(memarg); return;
    case 2: f.i32_load16_u(memarg); return;
    case 4: f.i32_load(memarg); return;
    default: f.i64_load(memarg); return;
  }
}

void Emitter::store_value(Function& f, Side which, std::uint64_t offset, std::uint32_t width) {
  MemArg memarg{static_cast<std::uint32_t>(std::countr_zero(width)), memory(which), offset};
  switch (width) {
    case 1: f.i32_store8(memarg); return;
    case 2: f.i32_store16(memarg); return;
    case 4: f.i32_store(memarg); return;
    default: f.i64_store(memarg); return;
  }
}

void Emitter::store_int(Function& f, Side target, const PlanOp& op, Bases at) {
  f.local_get(at.to);
  load_int(f, other(target), at.from, op.from, op.width);
  if (op.kind == OpKind::kBool) f.i32_const(0).i32_ne();
  if (op.kind == OpKind::kFlags && op.mask != ~0u) f.u32_const(op.mask).i32_and();
  store_value(f, target, op.to, op.width);
}

void Emitter::store_copy(Function& f, Side target, const PlanOp& op, Bases at) {
  if (op.width == 1 || op.width == 2 || op.width == 4 || op.width == 8) {
    f.local_get(at.to);
    load_int(f, other(target), at.from, op.from, op.width);
    store_value(f, target, op.to, op.width);
    return;
  }
  address(f, target, at.to, op.to);
  address(f, other(target), at.from, op.from);
  f.i64_const(op.width);
  memory_copy(f, target);
}

void Emitter::store_checked(Function& f, Side target, const PlanOp& op, Bases at) {
  TempLocal value = f.temp(wasm::ValType::i32());
  load_int(f, other(target), at.from, op.from, op.width);
  f.local_set(value);
  op.kind == OpKind::kChar ? check_char(f, value) : check_case(f, value, op.count);
  f.local_get(at.to).local_get(value);
  store_value(f, target, op.to, op.width);
}

void Emitter::store_variant(Function& f, Side target, const PlanOp& op, Bases at) {
  store_checked(f, target, op, at);
  TempLocal case_index = f.temp(wasm::ValType::i32());
  load_int(f, other(target), at.from, op.from, op.width);
  f.local_set(case_index);
  Block end = f.block();
  for (std::size_t i = 0; i < op.body.size(); ++i) {
    f.local_get(case_index).u32_const(op.cases[i]).i32_eq();
    Block arm = f.if_();
    store(f, target, op.body[i], at);
    f.br(end);
  }
}

/// Strings and lists: two words, pointer and length.
void Emitter::store_pointer(Function& f, Side target, const PlanOp& op, Bases at) {
  Side from = other(target);
  std::uint32_t from_word = ptr_size(side(from).ptr_type);
  std::uint32_t to_word = ptr_size(side(target).ptr_type);
  TempLocal ptr = f.temp(ptr_type(target));
  TempLocal length = f.temp(ptr_type(target));
  if (op.kind == OpKind::kString) {
    load_int(f, from, at.from, op.from, from_word);
    load_int(f, from, at.from, op.from + from_word, from_word);
    f.call(string(target)).local_set(length).local_set(ptr);
  } else {
    TempLocal from_ptr = f.temp(ptr_type(from));
    TempLocal from_length = f.temp(ptr_type(from));
    load_int(f, from, at.from, op.from, from_word);
    f.local_set(from_ptr);
    load_int(f, from, at.from, op.from + from_word, from_word);
    f.local_set(from_length);
    list(f, target, op, from_ptr, from_length);
    f.local_set(ptr).local_get(from_length);
    convert(f, target);
    f.local_set(length);
  }
  f.local_get(at.to).local_get(ptr);
  store_value(f, target, op.to, to_word);
  f.local_get(at.to).local_get(length);
  store_value(f, target, op.to + to_word, to_word);
}

void Emitter::store_handle(Function& f, Side target, const PlanOp& op, Bases at) {
  f.local_get(at.to);
  load_int(f, other(target), at.from, op.from, 4);
  transfer(f, target, op);
  store_value(f, target, op.to, 4);
}

void Emitter::check_char(Function& f, Local value) {
  f.local_get(value).i32_const(0x110000).i32_ge_u();
  f.local_get(value).i32_const(0xd800).i32_sub().i32_const(0x800).i32_lt_u().i32_or();
  trap_if(f, TrapKind::kInvalidChar);
}

void Emitter::check_case(Function& f, Local value, std::uint32_t count) {
  f.local_get(value).u32_const(count).i32_ge_u();
  trap_if(f, TrapKind::kInvalidDiscriminant);
}

void Emitter::transfer(Function& f, Side target, const PlanOp& op) {
  std::uint32_t from_instance = side(other(target)).instance;
  std::uint32_t to_instance = side(target).instance;
  Intrinsic which = Intrinsic::kTransferOwn;
  if (op.kind == OpKind::kBorrow) {
    const auto& defined_in = plan_.request.resource_instances;
    bool is_defined_here = op.resource < defined_in.size() && defined_in[op.resource] == to_instance;
    which = is_defined_here ? Intrinsic::kLendBorrow : Intrinsic::kTransferBorrow;
  }
  f.u32_const(op.resource).u32_const(from_instance).u32_const(to_instance).call(intrinsic(which));
}

}  // namespace witc::abi
