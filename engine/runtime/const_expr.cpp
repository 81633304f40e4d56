// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A stack machine of a dozen instructions. An expression that cannot be read was not validated: a bug of the caller.
#include "engine/runtime/const_expr.h"

#include "base/check.h"
#include "wasm/core/operators.h"

namespace witc::engine {
namespace {

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

std::uint64_t arithmetic(std::uint8_t opcode, std::uint64_t a, std::uint64_t b) {
  switch (opcode) {
    case 0x6a:
      return static_cast<std::uint32_t>(a + b);
    case 0x6b:
      return static_cast<std::uint32_t>(a - b);
    case 0x6c:
      return static_cast<std::uint32_t>(a * b);
    case 0x7c:
      return a + b;
    case 0x7d:
      return a - b;
    case 0x7e:
      return a * b;
    default:
      WITC_CHECK(false && "not a constant instruction");
      return 0;
  }
}

}  // namespace

std::uint64_t evaluate(const wasm::ConstExpr& expr, const ConstScope& scope) {
  return evaluate_slots(expr, scope).front();
}

std::vector<std::uint64_t> evaluate_slots(const wasm::ConstExpr& expr, const ConstScope& scope) {
  wasm::BinaryReader reader({}, expr.code.bytes, expr.code.offset);
  std::vector<std::uint64_t> stack;
  while (true) {
    const std::uint8_t opcode = read(reader.u8());
    switch (opcode) {
      case 0x0b:  // end
        WITC_CHECK(!stack.empty());
        return stack;
      case 0x23:  // global.get
        for (std::uint64_t slot : scope.global(wasm::GlobalIndex(read(reader.u32())))) stack.push_back(slot);
        break;
      case 0x41:  // i32.const
        stack.push_back(static_cast<std::uint32_t>(read(reader.s32())));
        break;
      case 0x42:  // i64.const
        stack.push_back(static_cast<std::uint64_t>(read(reader.s64())));
        break;
      case 0x43:  // f32.const
        stack.push_back(read(reader.u32_le()));
        break;
      case 0x44:  // f64.const
        stack.push_back(read(reader.u64_le()));
        break;
      case 0xfd:  // the only one with this prefix: v128.const
        WITC_CHECK(read(reader.u32()) == 0x0c);
        stack.push_back(read(reader.u64_le()));
        stack.push_back(read(reader.u64_le()));
        break;
      case 0xd0:  // ref.null
        (void)read(reader.s33());
        stack.push_back(0);
        break;
      case 0xd2:  // ref.func
        stack.push_back(scope.func_ref(wasm::FuncIndex(read(reader.u32()))));
        break;
      default: {
        const std::uint64_t b = pop(stack);
        const std::uint64_t a = pop(stack);
        stack.push_back(arithmetic(opcode, a, b));
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
