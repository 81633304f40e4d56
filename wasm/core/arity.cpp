// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/arity.h"

namespace witc::wasm {
namespace {

std::uint32_t count_of(const auto& items) { return static_cast<std::uint32_t>(items.size()); }

std::optional<Arity> of_tag(const Module& module, std::uint32_t tag) {
  if (tag >= module.tags.size()) return std::nullopt;
  return arity_of(module, module.tags[TagIndex(tag)].type.type);
}

/// With so many operands more, and no results if it does not come back.
std::optional<Arity> plus(std::optional<Arity> arity, std::uint32_t more, bool returns = true) {
  if (!arity) return arity;
  return Arity{arity->params + more, returns ? arity->results : 0};
}

/// How many values a branch takes.
std::optional<std::uint32_t> branch(const Module& module, std::uint32_t label, std::span<const ArityLabel> open) {
  if (label >= open.size()) return std::nullopt;
  const ArityLabel& target = open[open.size() - 1 - label];
  const std::optional<Arity> arity = arity_of(module, target.type);
  if (!arity) return std::nullopt;
  return target.is_loop ? arity->params : arity->results;
}

std::optional<Arity> of_branch(const Module& module, const Operator& op, std::span<const ArityLabel> open) {
  const std::optional<std::uint32_t> taken = branch(module, op.index, open);
  if (!taken) return std::nullopt;
  const std::uint32_t n = *taken;
  switch (op.op) {
    case Op::kBr:
      return Arity{n, 0};
    case Op::kBrIf:
      return Arity{n + 1, n};
    case Op::kBrTable:
      return Arity{n + 1, 0};
    case Op::kBrOnNull:
      return Arity{n + 1, n + 1};
    case Op::kBrOnNonNull:
      return n == 0 ? std::nullopt : std::optional(Arity{n, n - 1});
    case Op::kBrOnCastDescEq:
    case Op::kBrOnCastDescEqFail:
      return Arity{n + 1, n};
    default:  // kBrOnCast, kBrOnCastFail
      return Arity{n, n};
  }
}

std::optional<Arity> of_cont(const Module& module, const Operator& op) {
  const std::optional<Arity> cont = arity_of(module, op.type());
  if (!cont) return std::nullopt;
  switch (op.op) {
    case Op::kContBind: {
      const std::optional<Arity> left = arity_of(module, TypeIndex(op.index2));
      if (!left || left->params > cont->params) return std::nullopt;
      return Arity{cont->params - left->params + 1, 1};
    }
    case Op::kResume:
      return plus(cont, 1);
    case Op::kResumeThrow: {
      const std::optional<Arity> tag = of_tag(module, op.index2);
      return tag ? std::optional(Arity{tag->params + 1, cont->results}) : std::nullopt;
    }
    case Op::kResumeThrowRef:
      return Arity{2, cont->results};
    default: {  // kSwitch: its results are what the continuation in its last parameter takes
      const auto* type = std::get_if<ContType>(&module.types[op.type()].type);
      if (type == nullptr || !module.types.contains(type->func)) return std::nullopt;
      const auto* func = std::get_if<FuncType>(&module.types[type->func].type);
      if (func == nullptr || func->params.empty() || !func->params.back().is_ref()) return std::nullopt;
      const std::optional<Arity> back = arity_of(module, func->params.back().ref.heap.index);
      return back ? std::optional(Arity{cont->params, back->params}) : std::nullopt;
    }
  }
}

std::optional<std::uint32_t> field_count(const Module& module, TypeIndex type) {
  if (!module.types.contains(type)) return std::nullopt;
  const auto* record = std::get_if<StructType>(&module.types[type].type);
  if (record == nullptr) return std::nullopt;
  return count_of(record->fields);
}

/// What an atomic access says by its mnemonic: `place` operands say where.
Arity of_atomic(Op op, std::uint32_t place) {
  const std::string_view text = info(op).text;
  if (text.find(".get") != std::string_view::npos) return {place, 1};
  if (text.ends_with(".set")) return {place + 1, 0};
  return {place + (text.ends_with(".cmpxchg") ? 2U : 1U), 1};
}

/// Operators whose numbers are the same whatever their immediates.
std::optional<Arity> of_plain(Op op) {
  switch (op) {
    case Op::kDrop:
    case Op::kLocalSet:
    case Op::kGlobalSet:
    case Op::kThrowRef:
      return Arity{1, 0};
    case Op::kSelect:
      return Arity{3, 1};
    case Op::kLocalGet:
    case Op::kGlobalGet:
    case Op::kTableSize:
    case Op::kRefNull:
    case Op::kRefFunc:
      return Arity{0, 1};
    case Op::kTableSet:
    case Op::kStructSet:
      return Arity{2, 0};
    case Op::kTableGrow:
    case Op::kRefEq:
    case Op::kArrayNew:
    case Op::kArrayNewData:
    case Op::kArrayNewElem:
    case Op::kArrayGet:
    case Op::kArrayGetS:
    case Op::kArrayGetU:
    case Op::kRefCastDescEq:
    case Op::kRefCastDescEqNull:
      return Arity{2, 1};
    case Op::kTableFill:
    case Op::kTableInit:
    case Op::kTableCopy:
    case Op::kMemoryCopy:
    case Op::kArraySet:
      return Arity{3, 0};
    case Op::kArrayFill:
    case Op::kArrayInitData:
    case Op::kArrayInitElem:
      return Arity{4, 0};
    case Op::kArrayCopy:
      return Arity{5, 0};
    case Op::kStructNewDefault:
      return Arity{0, 1};
    case Op::kUnreachable:
    case Op::kRethrow:
      return Arity{0, 0};
    default:  // one operand, one result: local.tee, table.get, casts, accesses to structures, conversions
      return Arity{1, 1};
  }
}

}  // namespace

std::optional<Arity> arity_of(const Module& module, TypeIndex type) {
  if (!module.types.contains(type)) return std::nullopt;
  const CompositeType* composite = &module.types[type].type;
  if (const auto* cont = std::get_if<ContType>(composite)) {
    if (!module.types.contains(cont->func)) return std::nullopt;
    composite = &module.types[cont->func].type;
  }
  const auto* func = std::get_if<FuncType>(composite);
  if (func == nullptr) return std::nullopt;
  return Arity{count_of(func->params), count_of(func->results)};
}

std::optional<Arity> arity_of(const Module& module, const BlockType& type) {
  switch (type.kind) {
    case BlockType::kEmpty:
      return Arity{0, 0};
    case BlockType::kValue:
      return Arity{0, 1};
    case BlockType::kFunc:
      return arity_of(module, type.type);
  }
  return std::nullopt;
}

std::optional<Arity> arity_of(const Module& module, const Operator& op, std::span<const ArityLabel> open) {
  const OpInfo& row = info(op.op);
  if (const std::size_t colon = row.signature.find(':'); colon != std::string_view::npos) {
    return Arity{static_cast<std::uint32_t>(colon), static_cast<std::uint32_t>(row.signature.size() - colon - 1)};
  }
  switch (row.immediates) {
    case ImmediateKind::kLabel:
    case ImmediateKind::kBrTable:
    case ImmediateKind::kBrOnCast:
      return op.op == Op::kRethrow ? of_plain(op.op) : of_branch(module, op, open);
    case ImmediateKind::kFunc:
      if (op.op == Op::kRefFunc) return of_plain(op.op);
      if (op.index >= module.funcs.size()) return std::nullopt;
      return plus(arity_of(module, module.funcs[op.func()].type), 0, op.op == Op::kCall);
    case ImmediateKind::kCallIndirect:
      return plus(arity_of(module, op.type()), 1, op.op == Op::kCallIndirect);
    case ImmediateKind::kTag:
      return plus(of_tag(module, op.index), 0, op.op == Op::kSuspend);
    case ImmediateKind::kSelectTypes:
      return Arity{2 * count_of(op.types) + 1, count_of(op.types)};
    case ImmediateKind::kOrderedGlobal:
      return of_atomic(op.op, 0);
    case ImmediateKind::kOrderedTable:
    case ImmediateKind::kOrderedField:
      return of_atomic(op.op, 1);
    case ImmediateKind::kOrderedType:
      return of_atomic(op.op, 2);
    case ImmediateKind::kResume:
    case ImmediateKind::kResumeThrow:
    case ImmediateKind::kTypeTag:
      return of_cont(module, op);
    default:
      break;
  }
  switch (op.op) {
    case Op::kReturn:
      return open.empty() ? std::nullopt : plus(Arity{branch(module, count_of(open) - 1, open).value_or(0), 0}, 0, false);
    case Op::kCallRef:
    case Op::kReturnCallRef:
      return plus(arity_of(module, op.type()), 1, op.op == Op::kCallRef);
    case Op::kContBind:
      return of_cont(module, op);
    case Op::kArrayNewFixed:
      return Arity{op.index2, 1};
    case Op::kStructNew:
    case Op::kStructNewDesc: {
      const std::optional<std::uint32_t> fields = field_count(module, op.type());
      return fields ? std::optional(Arity{*fields + (op.op == Op::kStructNewDesc ? 1U : 0U), 1}) : std::nullopt;
    }
    default:
      return of_plain(op.op);
  }
}

}  // namespace witc::wasm
