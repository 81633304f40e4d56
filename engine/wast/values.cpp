// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Exact bits, but for the two classes of NaN.
#include "engine/wast/values.h"

#include <fmt/format.h>

#include <algorithm>

namespace witc::engine::wast {
namespace {

using wasm::ValType;

constexpr std::uint64_t kQuiet32 = 0x7fc00000;
constexpr std::uint64_t kQuiet64 = 0x7ff8000000000000;

bool is_ref(const ValType& type, wasm::HeapType::Kind heap) { return type.is_ref() && type.ref.heap.kind == heap; }

/// May a reference of this type be a function (that is not null)?
bool may_be_func(const ValType& type) {
  return is_ref(type, wasm::HeapType::kFunc) || is_ref(type, wasm::HeapType::kIndex);
}

bool matches_object(const Value& expected, const ValType& type, std::uint64_t slot, Instance& instance) {
  if (!type.is_ref() || is_ref(type, wasm::HeapType::kFunc) || is_ref(type, wasm::HeapType::kExtern)) return false;
  if (is_ref(type, wasm::HeapType::kExn)) return false;
  const Instance::AnyKind kind = instance.any_kind(slot);
  switch (expected.kind) {
    case Value::kRefHost:
      return kind == Instance::AnyKind::kHost && instance.extern_convert_any(slot) == expected.bits;
    case Value::kRefAny:
      return kind != Instance::AnyKind::kNull;
    case Value::kRefEq:
      return kind != Instance::AnyKind::kNull && kind != Instance::AnyKind::kHost;
    case Value::kRefI31:
      return kind == Instance::AnyKind::kI31;
    case Value::kRefStruct:
      return kind == Instance::AnyKind::kStruct;
    case Value::kRefArray:
      return kind == Instance::AnyKind::kArray;
    default:
      return false;
  }
}

bool matches_vector(const std::vector<Value>& lanes, std::span<const std::uint64_t> slots, Instance& instance) {
  if (lanes.empty() || slots.size() != 2 || 128 % lanes.size() != 0) return false;
  const std::size_t bits = 128 / lanes.size();
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    const std::uint64_t lane = slots[i * bits / 64] >> (i * bits % 64) & (~0ull >> (64 - bits));
    ValType type = ValType::i64();
    if (lanes[i].kind != Value::kI64) type = bits == 32 ? ValType::f32() : ValType::f64();
    if (!matches(lanes[i], type, {&lane, 1}, instance)) return false;
  }
  return true;
}

}  // namespace

bool to_slots(const Value& value, Instance& instance, std::vector<std::uint64_t>& slots) {
  switch (value.kind) {
    case Value::kI32:
    case Value::kI64:
    case Value::kF32:
    case Value::kF64:
    case Value::kRefExtern:
      slots.push_back(value.bits);
      return true;
    case Value::kRefNull:
      slots.push_back(0);
      return true;
    case Value::kRefHost:
      slots.push_back(instance.any_convert_extern(value.bits).value_or(0));
      return true;
    case Value::kV128: {
      std::uint64_t halves[2] = {0, 0};
      const std::size_t bits = 128 / std::max<std::size_t>(value.options.size(), 2);
      for (std::size_t i = 0; i < value.options.size() && i < 16; ++i) {
        halves[i * bits / 64] |= value.options[i].bits << (i * bits % 64);
      }
      slots.insert(slots.end(), std::begin(halves), std::end(halves));
      return true;
    }
    case Value::kNanCanonical32:
    case Value::kNanCanonical64:
    case Value::kNanArithmetic32:
    case Value::kNanArithmetic64:
    case Value::kRefFunc:
    case Value::kRefExternAny:
    case Value::kEither:
    case Value::kRefAny:
    case Value::kRefEq:
    case Value::kRefI31:
    case Value::kRefStruct:
    case Value::kRefArray:
    case Value::kComponent:
    case Value::kUnsupported:
      return false;
  }
  return false;
}

bool matches(const Value& expected, const ValType& type, std::span<const std::uint64_t> slots, Instance& instance) {
  const std::uint64_t slot = slots.front();
  constexpr std::uint64_t kSign32 = 1ull << 31;
  constexpr std::uint64_t kSign64 = 1ull << 63;
  switch (expected.kind) {
    case Value::kI32:
      return type.kind == ValType::kI32 && slot == expected.bits;
    case Value::kI64:
      return type.kind == ValType::kI64 && slot == expected.bits;
    case Value::kF32:
      return type.kind == ValType::kF32 && slot == expected.bits;
    case Value::kF64:
      return type.kind == ValType::kF64 && slot == expected.bits;
    case Value::kNanCanonical32:
      return type.kind == ValType::kF32 && (slot & ~kSign32) == kQuiet32;
    case Value::kNanCanonical64:
      return type.kind == ValType::kF64 && (slot & ~kSign64) == kQuiet64;
    case Value::kNanArithmetic32:
      return type.kind == ValType::kF32 && (slot & kQuiet32) == kQuiet32;
    case Value::kNanArithmetic64:
      return type.kind == ValType::kF64 && (slot & kQuiet64) == kQuiet64;
    case Value::kRefNull:
      return type.is_ref() && slot == 0;
    case Value::kRefFunc:
      return may_be_func(type) && slot != 0;
    case Value::kRefExtern:
      return is_ref(type, wasm::HeapType::kExtern) && slot == expected.bits;
    case Value::kRefExternAny:
      return is_ref(type, wasm::HeapType::kExtern) && slot != 0;
    case Value::kEither:
      return std::any_of(expected.options.begin(), expected.options.end(),
                         [&](const Value& option) { return matches(option, type, slots, instance); });
    case Value::kV128:
      return type.kind == ValType::kV128 && matches_vector(expected.options, slots, instance);
    case Value::kRefHost:
    case Value::kRefAny:
    case Value::kRefEq:
    case Value::kRefI31:
    case Value::kRefStruct:
    case Value::kRefArray:
      return matches_object(expected, type, slot, instance);
    case Value::kComponent:
    case Value::kUnsupported:
      return false;
  }
  return false;
}

std::string to_string(const ValType& type, std::span<const std::uint64_t> slots) {
  constexpr const char* kNames[] = {"i32", "i64", "f32", "f64", "v128", "ref"};
  if (slots.size() == 2) return fmt::format("v128 0x{:016x}{:016x}", slots[1], slots[0]);
  return fmt::format("{} {:#x}", kNames[type.kind], slots.front());
}

std::string to_string(const Value& expected) {
  if (expected.options.empty()) return fmt::format("{:#x}", expected.bits);
  std::string out = expected.kind == Value::kEither ? "either" : "lanes";
  for (const Value& option : expected.options) out += ' ' + to_string(option);
  return out;
}

}  // namespace witc::engine::wast
