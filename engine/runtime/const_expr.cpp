// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A stack machine of two dozen instructions. An expression that cannot be read was not validated: a bug of the caller.
#include "engine/runtime/const_expr.h"

#include <array>

#include "base/check.h"
#include "engine/runtime/reference.h"
#include "engine/slots.h"
#include "wasm/core/operators.h"

namespace witc::engine {
namespace {

using wasm::Op;

template <class T>
T read(Result<T> value) {
  WITC_CHECK(value.has_value());
  return *value;
}

std::uint64_t pop(std::vector<std::uint64_t>& stack) {
  WITC_CHECK(!stack.empty());
  const std::uint64_t value = stack.back();
  stack.pop_back();
  return value;
}

std::vector<std::uint64_t> pop_many(std::vector<std::uint64_t>& stack, std::size_t count) {
  WITC_CHECK(stack.size() >= count);
  const auto first = stack.end() - static_cast<std::ptrdiff_t>(count);
  std::vector<std::uint64_t> values(first, stack.end());
  stack.erase(first, stack.end());
  return values;
}

std::uint64_t arithmetic(Op op, std::uint64_t a, std::uint64_t b) {
  switch (op) {
    case Op::kI32Add:
      return static_cast<std::uint32_t>(a + b);
    case Op::kI32Sub:
      return static_cast<std::uint32_t>(a - b);
    case Op::kI32Mul:
      return static_cast<std::uint32_t>(a * b);
    case Op::kI64Add:
      return a + b;
    case Op::kI64Sub:
      return a - b;
    case Op::kI64Mul:
      return a * b;
    default:
      WITC_CHECK(false && "not a constant instruction");
      return 0;
  }
}

/// Structs, arrays and conversions; false if it is none of them.
bool step_object(const wasm::Operator& op, const ConstScope& scope, std::vector<std::uint64_t>& stack) {
  auto array_slots = [&] {
    return slot_count(std::get<wasm::ArrayType>(scope.type(op.type()).type).element.storage.type);
  };
  switch (op.op) {
    case Op::kStructNew: {
      std::size_t slots = 0;
      for (const wasm::FieldType& field : std::get<wasm::StructType>(scope.type(op.type()).type).fields) {
        slots += slot_count(field.storage.type);
      }
      const std::vector<std::uint64_t> fields = pop_many(stack, slots);
      stack.push_back(scope.new_struct(op.type(), fields));
      return true;
    }
    case Op::kStructNewDefault:
      stack.push_back(scope.new_struct(op.type(), {}));
      return true;
    case Op::kArrayNew: {
      const auto length = static_cast<std::uint32_t>(pop(stack));
      const std::vector<std::uint64_t> element = pop_many(stack, array_slots());
      stack.push_back(scope.new_array(op.type(), length, element));
      return true;
    }
    case Op::kArrayNewDefault:
      stack.push_back(scope.new_array(op.type(), static_cast<std::uint32_t>(pop(stack)), {}));
      return true;
    case Op::kArrayNewFixed: {
      const std::vector<std::uint64_t> elements = pop_many(stack, array_slots() * op.index2);
      stack.push_back(scope.new_array(op.type(), op.index2, elements));
      return true;
    }
    case Op::kRefI31:
      stack.push_back(make_i31(static_cast<std::uint32_t>(pop(stack))));
      return true;
    case Op::kAnyConvertExtern:
      stack.push_back(scope.any_convert_extern(pop(stack)));
      return true;
    case Op::kExternConvertAny:
      stack.push_back(scope.extern_convert_any(pop(stack)));
      return true;
    default:
      return false;
  }
}

std::uint64_t half(const std::array<std::uint8_t, 16>& vector, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value |= std::uint64_t{vector[at + i]} << (8 * i);
  return value;
}

}  // namespace

std::uint64_t evaluate(const wasm::ConstExpr& expr, const ConstScope& scope) {
  if (const auto number = wasm::read_int_const(expr.code.bytes); number && number->size == expr.code.bytes.size()) {
    return number->is_64 ? static_cast<std::uint64_t>(number->value) : static_cast<std::uint32_t>(number->value);
  }
  return evaluate_slots(expr, scope).front();
}

std::vector<std::uint64_t> evaluate_slots(const wasm::ConstExpr& expr, const ConstScope& scope) {
  wasm::OperatorReader reader({}, expr.code);
  std::vector<std::uint64_t> stack;
  while (true) {
    const wasm::Operator& op = *read(reader.next());
    switch (op.op) {
      case Op::kEnd:
        WITC_CHECK(!stack.empty());
        return stack;
      case Op::kGlobalGet:
        for (std::uint64_t slot : scope.global(op.global())) stack.push_back(slot);
        break;
      case Op::kI32Const:
      case Op::kF32Const:
        stack.push_back(static_cast<std::uint32_t>(op.bits));
        break;
      case Op::kI64Const:
      case Op::kF64Const:
        stack.push_back(op.bits);
        break;
      case Op::kV128Const:
        stack.push_back(half(op.vector, 0));
        stack.push_back(half(op.vector, 8));
        break;
      case Op::kRefNull:
        stack.push_back(0);
        break;
      case Op::kRefFunc:
        stack.push_back(scope.func_ref(op.func()));
        break;
      default: {
        if (step_object(op, scope, stack)) break;
        const std::uint64_t b = pop(stack);
        const std::uint64_t a = pop(stack);
        stack.push_back(arithmetic(op.op, a, b));
      }
    }
  }
}

std::vector<wasm::FuncIndex> func_refs_in(const wasm::ConstExpr& expr) {
  std::vector<wasm::FuncIndex> found;
  wasm::OperatorReader reader({}, expr.code);
  while (!reader.at_end()) {
    const wasm::Operator& op = *read(reader.next());
    if (op.op == wasm::Op::kRefFunc) found.push_back(op.func());
  }
  return found;
}

}  // namespace witc::engine
