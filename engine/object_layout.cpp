// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/object_layout.h"

#include "base/overloaded.h"

namespace witc::engine {
namespace {

constexpr std::uint32_t kAlign = 8;

std::uint32_t round_up(std::uint32_t value, std::uint32_t to) { return (value + to - 1) & ~(to - 1); }

}  // namespace

std::uint32_t storage_bytes(const wasm::StorageType& storage) {
  switch (storage.packing) {
    case wasm::StorageType::kI8:
      return 1;
    case wasm::StorageType::kI16:
      return 2;
    case wasm::StorageType::kNone:
      break;
  }
  switch (storage.type.kind) {
    case wasm::ValType::kI32:
    case wasm::ValType::kF32:
      return 4;
    case wasm::ValType::kI64:
    case wasm::ValType::kF64:
    case wasm::ValType::kRef:
      return 8;
    case wasm::ValType::kV128:
      return 16;
  }
  return 8;
}

bool may_be_object(const TypeSpace& types, const wasm::ValType& type) {
  return type.is_ref() && types.matcher().top(type.ref.heap) != wasm::HeapType::kFunc;
}

ObjectLayout object_layout(const TypeSpace& types, const wasm::CompositeType& type) {
  ObjectLayout out;
  match(
      type, [](const wasm::FuncType&) {},
      [&](const wasm::StructType& record) {
        out.kind = ObjectLayout::kStruct;
        std::uint32_t at = kObjectHeader;
        for (const wasm::FieldType& field : record.fields) {
          const std::uint32_t bytes = storage_bytes(field.storage);
          at = round_up(at, std::min(bytes, kAlign));
          out.offsets.push_back(at);
          if (may_be_object(types, field.storage.type)) out.references.push_back(at);
          at += bytes;
        }
        out.bytes = round_up(at, kAlign);
      },
      [&](const wasm::ArrayType& array) {
        out.kind = ObjectLayout::kArray;
        out.bytes = storage_bytes(array.element.storage);
        out.has_references = may_be_object(types, array.element.storage.type);
      },
      [](const wasm::ContType&) {});
  return out;
}

}  // namespace witc::engine
