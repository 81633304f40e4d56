// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Constant expressions of valid modules (with extended-const), evaluated when a module is instantiated. Values are
// 64-bit slots, as everywhere in the runtime (engine/slots.h).

#include <cstdint>
#include <span>
#include <vector>

#include "wasm/core/module.h"

namespace witc::engine {

/// What an expression may name.
class ConstScope {
 public:
  virtual ~ConstScope() = default;
  /// Its slots.
  [[nodiscard]] virtual std::span<const std::uint64_t> global(wasm::GlobalIndex global) const = 0;
  [[nodiscard]] virtual std::uint64_t func_ref(wasm::FuncIndex func) const = 0;
};

/// The slots of the value of an expression that was validated.
std::vector<std::uint64_t> evaluate_slots(const wasm::ConstExpr& expr, const ConstScope& scope);
/// Of one that is no v128.
std::uint64_t evaluate(const wasm::ConstExpr& expr, const ConstScope& scope);

/// The functions it refers to.
std::vector<wasm::FuncIndex> func_refs_in(const wasm::ConstExpr& expr);

}  // namespace witc::engine
