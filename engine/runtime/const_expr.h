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
  /// The definition of a type of the module.
  [[nodiscard]] virtual const wasm::SubType& type(wasm::TypeIndex type) const = 0;
  /// Of the slots of all fields, or of none: default values. 0 if the heap is full.
  [[nodiscard]] virtual std::uint64_t new_struct(wasm::TypeIndex type, std::span<const std::uint64_t> fields) const = 0;
  /// Of the slots of one element or of all, or of none: default values. 0 if the heap is full.
  [[nodiscard]] virtual std::uint64_t new_array(wasm::TypeIndex type, std::uint32_t length,
                                                std::span<const std::uint64_t> elements) const = 0;
  /// 0 for a null, or if the heap is full.
  [[nodiscard]] virtual std::uint64_t any_convert_extern(std::uint64_t reference) const = 0;
  [[nodiscard]] virtual std::uint64_t extern_convert_any(std::uint64_t reference) const = 0;
};

/// The slots of the value of an expression that was validated.
std::vector<std::uint64_t> evaluate_slots(const wasm::ConstExpr& expr, const ConstScope& scope);
/// Of one that is no v128.
std::uint64_t evaluate(const wasm::ConstExpr& expr, const ConstScope& scope);

/// The functions it refers to.
std::vector<wasm::FuncIndex> func_refs_in(const wasm::ConstExpr& expr);

}  // namespace witc::engine
