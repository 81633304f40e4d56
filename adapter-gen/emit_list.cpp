// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lists: `load_list_from_range` fused with `store_list_into_range`. One check of the whole range, one realloc, and then
// the cheapest copy that the element allows.
#include "adapter-gen/emit.h"
#include "adapter-gen/kernels.h"

namespace witc::abi {

using wasm::Block;
using wasm::TempLocal;

void Emitter::list(Function& f, Side target, const PlanOp& op, Local ptr, Local length) {
  Side from = other(target);
  TempLocal length64 = f.temp(wasm::ValType::i64());
  TempLocal out = f.temp(ptr_type(target));
  f.local_get(length);
  extend(f, from);
  f.local_set(length64);
  list_checks(f, target, op, ptr, length64);
  f.i64_const(0).i64_const(0).u32_const(op.to_alignment);
  f.local_get(length64);
  times(f, op.to_size);
  f.call(realloc(target));
  wrap(f, target);
  f.local_set(out);
  if (op.kind == OpKind::kListLoop) {
    TempLocal from_at = f.temp(ptr_type(from));
    TempLocal to_at = f.temp(ptr_type(target));
    f.local_get(ptr).local_set(from_at).local_get(out).local_set(to_at);
    loop(f, target, op, from_at, to_at, length64);
  } else if (op.kind == OpKind::kListCheckCopy) {
    copy_elements(f, target, op, ptr, length64, out);
  } else {
    f.local_get(out).local_get(ptr).local_get(length64);
    times(f, op.from_size);
    memory_copy(f, target);
  }
  f.local_get(out);
}

/// Length first, so that no product overflows; then alignment; then bounds.
void Emitter::list_checks(Function& f, Side target, const PlanOp& op, Local ptr, Local length64) {
  Side from = other(target);
  std::uint64_t max_length = kMaxListByteLength / (op.from_size == 0 ? 1 : op.from_size);
  f.local_get(length64).i64_const(static_cast<std::int64_t>(max_length)).i64_gt_u();
  trap_if(f, TrapKind::kListTooLong);
  if (op.from_alignment > 1) {
    f.local_get(ptr);
    extend(f, from);
    f.i64_const(op.from_alignment - 1).i64_and().i64_const(0).i64_ne();
    trap_if(f, TrapKind::kUnalignedPointer);
  }
  f.local_get(ptr);
  extend(f, from);
  f.local_get(length64);
  times(f, op.from_size);
  f.call(bounds(from, TrapKind::kListOutOfBounds));
}

/// By a kernel: chars and enums are checked, bools and flags normalised; some bytes of variants and records left alone.
void Emitter::copy_elements(Function& f, Side target, const PlanOp& op, Local ptr, Local length64, Local out) {
  auto source_and_target = [&](std::uint32_t unit) {
    f.local_get(ptr);
    extend(f, other(target));
    f.local_get(length64);
    times(f, unit);
    f.local_get(out);
    extend(f, target);
  };
  if (op.written) {
    source_and_target(op.written->is_variant ? 1 : op.written->size);
    return blend_elements(f, target, *op.written);
  }
  const PlanOp& element = plan_.ops[op.body[0]];
  source_and_target(element.kind == OpKind::kFlags ? element.width : 1);
  auto kernel = [&](Intrinsic which) { f.call(intrinsic(which, target)); };
  switch (element.kind) {
    case OpKind::kBool:
      kernel(Intrinsic::kBoolCopy);
      f.drop();
      return;
    case OpKind::kFlags: {
      std::uint64_t mask = element.mask;
      for (std::uint32_t bits = 8 * element.width; bits < 64; bits *= 2) mask |= mask << bits;
      f.i64_const(static_cast<std::int64_t>(mask));
      kernel(Intrinsic::kMaskCopy);
      f.drop();
      return;
    }
    case OpKind::kChar:
      kernel(Intrinsic::kCharCopy);
      break;
    default:
      f.u32_const(element.count);
      kernel(element.width == 1 ? Intrinsic::kEnum8Copy : element.width == 2 ? Intrinsic::kEnum16Copy : Intrinsic::kEnum32Copy);
      break;
  }
  f.i64_const(static_cast<std::int64_t>(kernels::kIllFormed)).i64_eq();
  trap_if(f, element.kind == OpKind::kChar ? TrapKind::kInvalidChar : TrapKind::kInvalidDiscriminant);
}

/// Source, count and target are on the stack.
void Emitter::blend_elements(Function& f, Side target, const WrittenBytes& written) {
  if (!written.is_variant) {
    f.i64_const(static_cast<std::int64_t>(written.cases[0])).u32_const(written.size);
    f.call(intrinsic(Intrinsic::kPaddedCopy, target)).drop();
    return;
  }
  const WrittenBytes::Lanes lanes = written.lanes();
  f.i64_const(static_cast<std::int64_t>(lanes.low)).i64_const(static_cast<std::int64_t>(lanes.high));
  f.call(intrinsic(Intrinsic::kVariantCopy, target));
  f.i64_const(static_cast<std::int64_t>(kernels::kIllFormed)).i64_eq();
  trap_if(f, TrapKind::kInvalidDiscriminant);
}

/// Element by element; moves `from` and `to` along and counts down a copy of `count64`.
void Emitter::loop(Function& f, Side target, const PlanOp& op, Local from, Local to, Local count64) {
  TempLocal left = f.temp(wasm::ValType::i64());
  f.local_get(count64).local_tee(left).i64_eqz().i32_eqz();
  Block some = f.if_();
  Block next = f.loop();
  store(f, target, op.body[0], {from, to});
  address(f, other(target), from, op.from_size);
  f.local_set(from);
  address(f, target, to, op.to_size);
  f.local_set(to).local_get(left).i64_const(1).i64_sub().local_tee(left).i64_eqz().i32_eqz().br_if(next);
}

void Emitter::memory_copy(Function& f, Side target) {
  // The length has the smaller of the two address types; it is below 2^28 either way.
  if (!is_64(target) || !is_64(other(target))) f.i32_wrap_i64();
  f.memory_copy(memory(target), memory(other(target)));
}

}  // namespace witc::abi
