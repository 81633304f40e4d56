// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writing operators, finding operands for them, and the statements that are no more than that.
#include "tests/differential/body_generator.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>

#include "base/check.h"
#include "wasm/core/type_binary.h"

namespace witc::differential {

using wasm::Feature;
using wasm::StackType;

BodyGenerator::BodyGenerator(const wasm::ModuleContext& context, wasm::FuncIndex func, Random& random)
    : context_(context), types_(context.types()), func_(func), random_(random), validator_(context, func) {
  scratch_ = static_cast<std::uint32_t>(validator_.local_count()) - (has(Feature::kSimd) ? 3 : 2);
}

std::vector<std::uint8_t> BodyGenerator::run() {
  budget_ = static_cast<std::int32_t>(random_.between(5, 40));
  fuel_check();
  statements(40);
  close(module().func_type(func_).results);
  emit(Op::kEnd);
  return code_.take();
}

// -- writing

void BodyGenerator::emit(Op op, const std::function<void(wasm::BinaryWriter&)>& immediates) {
  const std::size_t start = code_.size();
  wasm::write_opcode(code_, op);
  immediates(code_);
  step_from(start);
  last_ = op;
}

void BodyGenerator::step_from(std::size_t start) {
  wasm::OperatorReader reader(SourceId{}, wasm::Code{code_.view().subspan(start), 0});
  auto op = reader.next();
  WITC_CHECK(op.has_value());
  if (auto done = validator_.step(**op); !done) {
    fmt::print(stderr, "the generator wrote `{}`, which is not valid here: {}\n", wasm::info((*op)->op).text,
               done.error()->message);
    std::abort();
  }
}

void BodyGenerator::emit_index(Op op, std::uint32_t index) {
  emit(op, [&](wasm::BinaryWriter& out) { out.u32(index); });
}

void BodyGenerator::emit_indices(Op op, std::uint32_t first, std::uint32_t second) {
  emit(op, [&](wasm::BinaryWriter& out) { out.u32(first).u32(second); });
}

void BodyGenerator::i32_const(std::uint32_t value) {
  emit(Op::kI32Const, [&](wasm::BinaryWriter& out) { out.s64(static_cast<std::int32_t>(value)); });
}

void BodyGenerator::address_const(bool is_64, std::uint64_t value) {
  if (!is_64) return i32_const(static_cast<std::uint32_t>(value));
  emit(Op::kI64Const, [&](wasm::BinaryWriter& out) { out.s64(static_cast<std::int64_t>(value)); });
}

void BodyGenerator::constant(const ValType& type) {
  switch (type.kind) {
    case ValType::kI32:
      return i32_const(interesting_i32(random_));
    case ValType::kI64:
      return address_const(true, interesting_i64(random_));
    case ValType::kF32:
      return emit(Op::kF32Const, [&](wasm::BinaryWriter& out) { out.u32_le(interesting_f32(random_)); });
    case ValType::kF64:
      return emit(Op::kF64Const, [&](wasm::BinaryWriter& out) { out.u64_le(interesting_f64(random_)); });
    case ValType::kV128:
      return emit(Op::kV128Const, [&](wasm::BinaryWriter& out) {
        switch (random_.below(4)) {
          case 0:
            for (int i = 0; i < 4; ++i) out.u32_le(interesting_f32(random_));
            return;
          case 1:
            for (int i = 0; i < 2; ++i) out.u64_le(interesting_f64(random_));
            return;
          case 2:
            for (int i = 0; i < 4; ++i) out.u32_le(interesting_i32(random_));
            return;
          default:
            for (int i = 0; i < 16; ++i) out.u8(static_cast<std::uint8_t>(interesting_i32(random_)));
        }
      });
    case ValType::kRef:
      return push_reference(type.ref);
  }
}

// -- the stack

std::size_t BodyGenerator::available() const {
  const std::size_t floor = std::max(validator_.frames().back().height, floor_);
  return validator_.operands().size() - std::min(floor, validator_.operands().size());
}

bool BodyGenerator::fits(const StackType& have, const ValType& want) const {
  return have.kind == StackType::kValue && types_.matches(have.type, want);
}

/// Puts values of these types on the stack, of which the first may be there.
void BodyGenerator::want(Types types) {
  const auto operands = validator_.operands();
  std::size_t have = std::min(types.size(), available());
  for (; have > 0; --have) {
    bool all = true;
    for (std::size_t i = 0; i < have; ++i) all = all && fits(operands[operands.size() - have + i], types[i]);
    if (all && !random_.percent(10)) break;
  }
  for (std::size_t i = have; i < types.size(); ++i) push_value(types[i]);
}

void BodyGenerator::push_value(const ValType& type) {
  const std::size_t floor = std::exchange(floor_, validator_.operands().size());
  ++depth_;
  if (type.is_ref()) {
    push_reference(type.ref);
  } else {
    push_number(type);
  }
  --depth_;
  floor_ = floor;
}

std::optional<wasm::LocalIndex> BodyGenerator::local_of(const ValType& type, bool to_set) {
  std::vector<wasm::LocalIndex> found;
  for (std::uint32_t i = 0; i < scratch_; ++i) {
    const ValType& local = validator_.local_type(wasm::LocalIndex(i));
    if (to_set ? types_.matches(type, local) : types_.matches(local, type)) found.emplace_back(i);
  }
  if (found.empty()) return std::nullopt;
  return random_.one_of(found);
}

std::optional<wasm::GlobalIndex> BodyGenerator::global_of(const ValType& type, bool to_set) {
  std::vector<wasm::GlobalIndex> found;
  for (wasm::GlobalIndex i : module().globals.ids()) {
    const wasm::GlobalType& global = module().globals[i].type;
    if (i == kFuel || (to_set && !global.is_mutable)) continue;
    if (to_set ? types_.matches(type, global.type) : types_.matches(global.type, type)) found.push_back(i);
  }
  if (found.empty()) return std::nullopt;
  return random_.one_of(found);
}

bool BodyGenerator::push_variable(const ValType& type) {
  if (random_.percent(75)) {
    if (auto local = local_of(type, false)) return emit_index(Op::kLocalGet, local->value), true;
  }
  if (auto global = global_of(type, false)) return emit_index(Op::kGlobalGet, global->value), true;
  return false;
}

void BodyGenerator::push_default(const ValType& type) {
  const std::uint32_t depth = std::exchange(depth_, kMaxValueDepth);
  push_value(type);
  depth_ = depth;
}

/// Uses the top of the stack up.
void BodyGenerator::sink() {
  if (available() == 0) return;
  const StackType top = validator_.operands().back();
  if (top.kind != StackType::kValue) return emit(Op::kDrop);
  const std::uint32_t choice = random_.below(10);
  if (choice < 6) {
    if (auto local = local_of(top.type, true)) return emit_index(Op::kLocalSet, local->value);
  }
  if (choice < 9) {
    if (auto global = global_of(top.type, true)) return emit_index(Op::kGlobalSet, global->value);
  }
  emit(Op::kDrop);
}

wasm::ValType BodyGenerator::random_type() {
  if (random_.percent(80)) return random_number();
  std::vector<ValType> types;
  for (std::uint32_t i = 0; i < scratch_; ++i) types.push_back(validator_.local_type(wasm::LocalIndex(i)));
  if (types.empty()) return random_number();
  ValType type = random_.one_of(types);
  if (type.is_ref()) type.ref.nullable = true;
  return type;
}

// -- statements

namespace {

struct Statement {
  Feature feature;
  std::uint32_t weight;
  void (BodyGenerator::*write)();
};

}  // namespace

void BodyGenerator::statement() {
  using B = BodyGenerator;
  static constexpr Statement kStatements[] = {
      {Feature::kCore1, 60, &B::numeric},
      {Feature::kCore1, 14, &B::set_local},
      {Feature::kCore1, 6, &B::set_global},
      {Feature::kCore1, 4, &B::select},
      {Feature::kCore1, 2, &B::drop_one},
      {Feature::kCore1, 12, &B::block},
      {Feature::kCore1, 5, &B::branch_if},
      {Feature::kCore1, 1, &B::branch},
      {Feature::kCore1, 2, &B::branch_table},
      {Feature::kCore1, 1, &B::return_},
      {Feature::kCore1, 6, &B::call},
      {Feature::kCore1, 3, &B::call_indirect},
      {Feature::kCore1, 1, &B::memory_grow},
      {Feature::kBulkMemory, 1, &B::memory_fill},
      {Feature::kBulkMemory, 1, &B::memory_copy},
      {Feature::kBulkMemory, 1, &B::memory_init},
      {Feature::kBulkMemory, 1, &B::data_drop},
      {Feature::kBulkMemory, 1, &B::table_copy},
      {Feature::kBulkMemory, 1, &B::table_init},
      {Feature::kBulkMemory, 1, &B::elem_drop},
      {Feature::kReferenceTypes, 1, &B::table_get},
      {Feature::kReferenceTypes, 2, &B::table_set},
      {Feature::kReferenceTypes, 1, &B::table_size},
      {Feature::kReferenceTypes, 1, &B::table_grow},
      {Feature::kReferenceTypes, 1, &B::table_fill},
      {Feature::kReferenceTypes, 2, &B::reference_test},
      {Feature::kTailCall, 1, &B::tail_call},
      {Feature::kFunctionReferences, 2, &B::call_ref},
      {Feature::kFunctionReferences, 2, &B::branch_on_null},
      {Feature::kExceptions, 4, &B::try_table},
      {Feature::kExceptions, 1, &B::throw_},
      {Feature::kGc, 6, &B::struct_statement},
      {Feature::kGc, 6, &B::array_statement},
      {Feature::kGc, 2, &B::array_segment},
      {Feature::kGc, 4, &B::cast},
      {Feature::kGc, 2, &B::branch_on_cast},
      {Feature::kGc, 2, &B::i31},
      {Feature::kGc, 1, &B::convert_extern},
      {Feature::kGc, 2, &B::ref_eq},
  };
  std::uint32_t total = 0;
  for (const Statement& row : kStatements) total += has(row.feature) ? row.weight : 0;
  std::uint32_t choice = random_.below(total);
  for (const Statement& row : kStatements) {
    if (!has(row.feature)) continue;
    if (choice < row.weight) return (this->*row.write)();
    choice -= row.weight;
  }
}

void BodyGenerator::statements(std::uint32_t count) {
  while (count-- > 0 && budget_-- > 0) {
    if (!validator_.reachable() && !random_.percent(20)) return;
    statement();
  }
}

void BodyGenerator::set_local() {
  if (scratch_ == 0) return;
  const wasm::LocalIndex local(random_.below(scratch_));
  const ValType type = validator_.local_type(local);
  want(std::array{type});
  emit_index(random_.percent(70) ? Op::kLocalSet : Op::kLocalTee, local.value);
}

void BodyGenerator::set_global() {
  const ValType type = random_type();
  if (auto global = global_of(type, true)) {
    const ValType wanted = module().globals[*global].type.type;
    want(std::array{wanted});
    emit_index(Op::kGlobalSet, global->value);
  }
}

void BodyGenerator::select() {
  const ValType type = random_type();
  want(std::array{type, type, ValType::i32()});
  if (!type.is_ref() && random_.percent(50)) return emit(Op::kSelect);
  if (!has(Feature::kReferenceTypes)) return type.is_ref() ? drop_one() : emit(Op::kSelect);
  emit(Op::kSelectTyped, [&](wasm::BinaryWriter& out) {
    out.u32(1);
    wasm::write_val_type(out, type);
  });
}

}  // namespace witc::differential
