// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Blocks, branches, calls and exceptions.
#include <array>

#include "tests/differential/body_generator.h"
#include "wasm/core/type_binary.h"

namespace witc::differential {

using wasm::Feature;
using wasm::ValType;

namespace {

std::vector<ValType> copy(std::span<const ValType> types) { return {types.begin(), types.end()}; }

bool is_func(const wasm::SubType& type) { return std::holds_alternative<wasm::FuncType>(type.type); }

}  // namespace

BodyGenerator::Signature BodyGenerator::block_type() {
  wasm::BlockType type;
  const std::uint32_t choice = random_.below(10);
  if (choice < 3) {
    type = {wasm::BlockType::kValue, random_type(), {}};
  } else if (choice < 6 && has(Feature::kMultiValue)) {
    const wasm::TypeIndex index(random_.below(module().types.size()));
    if (is_func(module().types[index])) type = {wasm::BlockType::kFunc, {}, index};
  }
  return {type, copy(validator_.params(type)), copy(validator_.results(type))};
}

/// The type of a block without parameters and with these results, if there is one.
std::optional<wasm::BlockType> BodyGenerator::block_giving(Types results) const {
  if (results.empty()) return wasm::BlockType{};
  if (results.size() == 1) return wasm::BlockType{wasm::BlockType::kValue, results[0], {}};
  for (wasm::TypeIndex type : module().types.ids()) {
    if (!is_func(module().types[type]) || !func_type(type).params.empty()) continue;
    if (std::ranges::equal(func_type(type).results, results)) return wasm::BlockType{wasm::BlockType::kFunc, {}, type};
  }
  return std::nullopt;
}

/// One unit less; below zero the function returns.
void BodyGenerator::fuel_check() {
  emit_index(Op::kGlobalGet, kFuel.value);
  i32_const(1);
  emit(Op::kI32Sub);
  emit_index(Op::kGlobalSet, kFuel.value);
  emit_index(Op::kGlobalGet, kFuel.value);
  i32_const(0);
  emit(Op::kI32LtS);
  emit(Op::kIf, [](wasm::BinaryWriter& out) { wasm::write_block_type(out, {}); });
  return_default();
  emit(Op::kEnd);
}

void BodyGenerator::return_default() {
  for (const ValType& type : module().func_type(func_).results) push_default(type);
  emit(Op::kReturn);
}

void BodyGenerator::block() {
  const Signature signature = block_type();
  const Op kinds[] = {Op::kBlock, Op::kLoop, Op::kIf};
  const Op op = random_.one_of(kinds);
  want(signature.params);
  if (op == Op::kIf) push_value(ValType::i32());
  emit(op, [&](wasm::BinaryWriter& out) { wasm::write_block_type(out, signature.type); });
  if (op == Op::kLoop) fuel_check();
  statements(random_.between(1, 6));
  if (op == Op::kLoop && validator_.reachable()) {  // mostly it goes round
    want(signature.params);
    push_value(ValType::i32());
    emit_index(Op::kBrIf, 0);
  }
  close(signature.results);
  if (op == Op::kIf && (random_.percent(60) || signature.params != signature.results)) {
    emit(Op::kElse);
    statements(random_.between(1, 6));
    close(signature.results);
  }
  emit(Op::kEnd);
}

/// Makes the frame's stack exactly these values.
void BodyGenerator::close(Types results) {
  const std::vector<ValType> wanted = copy(results);
  std::size_t keep = 0;
  const std::size_t height = validator_.frames().back().height;
  while (keep < std::min(wanted.size(), available()) && fits(validator_.operands()[height + keep], wanted[keep])) ++keep;
  while (available() > keep) sink();
  for (std::size_t i = keep; i < wanted.size(); ++i) push_value(wanted[i]);
}

void BodyGenerator::branch() {
  const std::uint32_t label = random_.below(validator_.frames().size());
  const auto& frame = validator_.frames()[validator_.frames().size() - 1 - label];
  want(copy(validator_.label_types(frame)));
  emit_index(Op::kBr, label);
}

void BodyGenerator::branch_if() {
  const std::uint32_t label = random_.below(validator_.frames().size());
  const auto& frame = validator_.frames()[validator_.frames().size() - 1 - label];
  want(copy(validator_.label_types(frame)));
  push_value(ValType::i32());
  emit_index(Op::kBrIf, label);
}

/// To labels that take the same types as the first.
void BodyGenerator::branch_table() {
  const auto frames = validator_.frames();
  const auto count = static_cast<std::uint32_t>(frames.size());
  const std::uint32_t first = random_.below(count);
  const std::vector<ValType> types = copy(validator_.label_types(frames[count - 1 - first]));
  std::vector<std::uint32_t> same;
  for (std::uint32_t label = 0; label < count; ++label) {
    if (copy(validator_.label_types(frames[count - 1 - label])) == types) same.push_back(label);
  }
  std::vector<std::uint32_t> labels;
  for (std::uint32_t i = random_.between(0, 6); i > 0; --i) labels.push_back(random_.one_of(same));
  want(types);
  push_value(ValType::i32());
  mask(false, 7);
  emit(Op::kBrTable, [&](wasm::BinaryWriter& out) {
    out.u32(static_cast<std::uint32_t>(labels.size()));
    for (std::uint32_t label : labels) out.u32(label);
    out.u32(first);
  });
}

void BodyGenerator::return_() {
  if (random_.percent(5)) return trap();
  want(copy(module().func_type(func_).results));
  emit(Op::kReturn);
}

void BodyGenerator::trap() { emit(Op::kUnreachable); }

void BodyGenerator::call() {
  const wasm::FuncIndex callee(random_.below(module().funcs.size()));
  want(copy(module().func_type(callee).params));
  emit_index(Op::kCall, callee.value);
}

void BodyGenerator::tail_call() {
  const std::vector<ValType>& results = module().func_type(func_).results;
  std::vector<wasm::FuncIndex> callees;
  for (wasm::FuncIndex func : module().funcs.ids()) {
    if (module().func_type(func).results == results) callees.push_back(func);
  }
  const wasm::FuncIndex callee = random_.one_of(callees);  // this one, at least
  const wasm::TypeIndex type = module().funcs[callee].type;
  want(copy(func_type(type).params));
  const std::uint32_t choice = random_.below(4);
  if (choice == 0 && !module().tables.empty()) {
    const wasm::Table& table = module().tables[wasm::TableIndex(0)];
    const std::uint32_t wish = random_.percent(80) ? callee.value : random_.below(16);
    address_const(table.type.limits.is_64, wish);
    return emit_indices(Op::kReturnCallIndirect, type.value, 0);
  }
  if (choice == 1 && has(Feature::kFunctionReferences)) {
    emit_index(Op::kRefFunc, callee.value);
    return emit_index(Op::kReturnCallRef, type.value);
  }
  emit_index(Op::kReturnCall, callee.value);
}

/// Table 0 starts with all functions in order.
void BodyGenerator::call_indirect() {
  if (module().tables.empty()) return;
  const wasm::FuncIndex callee(random_.below(module().funcs.size()));
  const wasm::TypeIndex type = module().funcs[callee].type;
  want(copy(func_type(type).params));
  const bool is_64 = module().tables[wasm::TableIndex(0)].type.limits.is_64;
  if (random_.percent(80)) {
    address_const(is_64, callee.value);
  } else {
    push_value(is_64 ? ValType::i64() : ValType::i32());
    mask(is_64, 15);
  }
  emit_indices(Op::kCallIndirect, type.value, 0);
}

void BodyGenerator::call_ref() {
  const wasm::FuncIndex callee(random_.below(module().funcs.size()));
  const wasm::TypeIndex type = module().funcs[callee].type;
  want(copy(func_type(type).params));
  push_value(ValType::of({random_.percent(20), {wasm::HeapType::kIndex, type}}));
  emit_index(Op::kCallRef, type.value);
}

/// A branch out of a block that has been opened for it.
void BodyGenerator::branch_on_null() {
  const wasm::FuncIndex callee(random_.below(module().funcs.size()));
  const wasm::RefType ref{true, {wasm::HeapType::kIndex, module().funcs[callee].type}};
  const wasm::RefType not_null{false, ref.heap};
  if (random_.percent(50)) {  // the value goes on, not null
    const wasm::BlockType type{};
    emit(Op::kBlock, [&](wasm::BinaryWriter& out) { wasm::write_block_type(out, type); });
    push_value(ValType::of(ref));
    emit_index(Op::kBrOnNull, 0);
    sink();
    statements(2);
    close({});
    return emit(Op::kEnd);
  }
  const wasm::BlockType type{wasm::BlockType::kValue, ValType::of(not_null), {}};
  emit(Op::kBlock, [&](wasm::BinaryWriter& out) { wasm::write_block_type(out, type); });
  push_value(ValType::of(ref));
  emit_index(Op::kBrOnNonNull, 0);
  statements(2);
  close(std::array{ValType::of(not_null)});
  emit(Op::kEnd);
  sink();
}

/// block (tag's types) (exnref) ; try_table (catch 0) ; ... ; end ; ... ; end
void BodyGenerator::try_table() {
  if (module().tags.empty()) return;
  const wasm::TagIndex tag(random_.below(module().tags.size()));
  const auto kind = static_cast<wasm::Catch::Kind>(random_.below(4));
  std::vector<ValType> caught;
  if (kind == wasm::Catch::kCatch || kind == wasm::Catch::kCatchRef) caught = func_type(module().tags[tag].type.type).params;
  const ValType exn = ValType::of({false, {wasm::HeapType::kExn, {}}});
  if (kind == wasm::Catch::kCatchRef || kind == wasm::Catch::kCatchAllRef) caught.push_back(exn);
  const auto outer = block_giving(caught);
  if (!outer) return;
  const Signature inner = block_type();
  emit(Op::kBlock, [&](wasm::BinaryWriter& out) { wasm::write_block_type(out, *outer); });
  want(inner.params);
  emit(Op::kTryTable, [&](wasm::BinaryWriter& out) {
    wasm::write_block_type(out, inner.type);
    out.u32(1).u8(kind);
    if (kind == wasm::Catch::kCatch || kind == wasm::Catch::kCatchRef) out.u32(tag.value);
    out.u32(0);
  });
  statements(random_.between(1, 6));
  if (random_.percent(40)) throw_();
  close(inner.results);
  emit(Op::kEnd);
  close({});
  if (!caught.empty() && caught.back() == exn) {  // nothing gives one but a catch
    return_default();
  } else {
    close(caught);
  }
  emit(Op::kEnd);
  if (!caught.empty() && caught.back() == exn && random_.percent(30)) emit(Op::kThrowRef);
}

void BodyGenerator::throw_() {
  if (module().tags.empty()) return;
  const wasm::TagIndex tag(random_.below(module().tags.size()));
  const bool is_guarded = random_.percent(70);
  if (is_guarded) {
    push_value(ValType::i32());
    emit(Op::kIf, [](wasm::BinaryWriter& out) { wasm::write_block_type(out, {}); });
  }
  want(copy(func_type(module().tags[tag].type.type).params));
  emit_index(Op::kThrow, tag.value);
  if (is_guarded) emit(Op::kEnd);
}

}  // namespace witc::differential
