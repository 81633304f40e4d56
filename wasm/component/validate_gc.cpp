// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The canonical option `gc` (wasm/component/validator.h): values pass as garbage-collected core types, which the
// function's own core type says (`core-type` for a lowering, the callee's type for a lift), instead of as flat values
// and pointers. The option is not in the specification yet: the rules are those of component-model pull request 459
// as wasm-tools has them. Records and tuples are structs, lists and strings arrays, variants, options and results
// structs without fields (their cases are subtypes), handles externrefs.
#include <fmt/format.h>

#include "base/overloaded.h"
#include "wasm/component/keywords.h"
#include "wasm/component/validator.h"
#include "wasm/core/type_text.h"

namespace witc::component {
namespace {

/// Where a value stands: a parameter or result (never packed), or a field or an element.
struct CorePlace {
  wasm::StorageType type;
  bool is_storage = false;  // a field or an element
};

std::string text(const wasm::StorageType& type) {
  switch (type.packing) {
    case wasm::StorageType::kI8:
      return "i8";
    case wasm::StorageType::kI16:
      return "i16";
    case wasm::StorageType::kNone:
      break;
  }
  return wasm::to_string(type.type);
}

class GcLowering {
 public:
  using Checked = std::expected<void, std::string>;

  GcLowering(const Types& types, const ast::CanonOpts& opts) : types_(types), opts_(opts) {}

  /// Recursion ends with the type's depth, which the validator limits.
  Checked check(const ValType& type, const CorePlace& core) const {
    return match(
        type, [&](PrimValType prim) { return check(prim, core); },
        [&](ValueTypeId id) {
          return match(types_[id], [&](const auto& definition) { return check(definition, core); });
        });
  }

 private:
  static std::unexpected<std::string> expected(std::string_view what, std::string_view core, const CorePlace& found) {
    return std::unexpected(
        fmt::format("expected to lower component `{}` type to core `{}` type, found `{}`", what, core, text(found.type)));
  }
  static std::unexpected<std::string> expected_into(std::string_view what, std::string_view core,
                                                    const CorePlace& found) {
    return std::unexpected(fmt::format("expected to lower component `{}` type into core `{}` type, but found `{}`",
                                       what, core, text(found.type)));
  }

  /// What a reference to a defined type refers to; null for anything else.
  const wasm::CompositeType* composite(const CorePlace& core) const {
    const wasm::ValType& type = core.type.type;
    if (core.type.packing != wasm::StorageType::kNone || !type.is_ref()) return nullptr;
    if (type.ref.heap.kind != wasm::HeapType::kIndex) return nullptr;
    return &types_[wasm::CanonTypeId(type.ref.heap.index.value)].type;
  }
  template <class T>
  const T* composite_as(const CorePlace& core) const {
    const wasm::CompositeType* type = composite(core);
    return type == nullptr ? nullptr : std::get_if<T>(type);
  }

  Checked number(std::string_view what, const CorePlace& core, wasm::ValType type,
                 wasm::StorageType::Packing packed = wasm::StorageType::kNone) const {
    const wasm::StorageType wanted{core.is_storage ? packed : wasm::StorageType::kNone, type};
    if (core.type == wanted) return {};
    return expected(what, text(wanted), core);
  }

  Checked check(PrimValType prim, const CorePlace& core) const {
    const std::string_view what = keyword(prim);
    switch (prim) {
      case PrimValType::kBool:
      case PrimValType::kS8:
      case PrimValType::kU8:
        return number(what, core, wasm::ValType::i32(), wasm::StorageType::kI8);
      case PrimValType::kS16:
      case PrimValType::kU16:
        return number(what, core, wasm::ValType::i32(), wasm::StorageType::kI16);
      case PrimValType::kS32:
      case PrimValType::kU32:
      case PrimValType::kChar:
        return number(what, core, wasm::ValType::i32());
      case PrimValType::kS64:
      case PrimValType::kU64:
        return number(what, core, wasm::ValType::i64());
      case PrimValType::kF32:
        return number(what, core, wasm::ValType::f32());
      case PrimValType::kF64:
        return number(what, core, wasm::ValType::f64());
      case PrimValType::kString:
        return string(core);
      case PrimValType::kErrorContext:
        return handle(what, core);
    }
    return {};
  }

  Checked string(const CorePlace& core) const {
    const bool is_utf16 = opts_.string_encoding == StringEncoding::kUtf16;
    const auto* array = composite_as<wasm::ArrayType>(core);
    const auto packed = is_utf16 ? wasm::StorageType::kI16 : wasm::StorageType::kI8;
    if (array != nullptr && array->element.storage.packing == packed) return {};
    return expected("string", is_utf16 ? "(ref null? (array (mut? i16)))" : "(ref null? (array (mut? i8)))", core);
  }

  Checked handle(std::string_view what, const CorePlace& core) const {
    const wasm::ValType& type = core.type.type;
    if (type.is_ref() && type.ref.heap.kind == wasm::HeapType::kExtern) return {};
    return expected_into(what, "(ref null? extern)", core);
  }

  Checked product(std::string_view what, std::size_t count, const CorePlace& core, auto&& part) const {
    const auto* fields = composite_as<wasm::StructType>(core);
    if (fields == nullptr) {
      return std::unexpected(fmt::format("expected to lower component `{}` type to core `(ref null? (struct ...))`, "
                                         "but found `{}`", what, text(core.type)));
    }
    if (fields->fields.size() != count) {
      return std::unexpected(fmt::format("core `struct` has {} fields, but component `{}` has {} fields",
                                         fields->fields.size(), what, count));
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (Checked field = check(part(i), {fields->fields[i].storage, true}); !field) return field;
    }
    return {};
  }

  Checked sum(std::string_view what, const CorePlace& core) const {
    const auto* fields = composite_as<wasm::StructType>(core);
    if (fields != nullptr && fields->fields.empty()) return {};
    return std::unexpected(fmt::format("expected to lower component `{}` type to core `(ref null? (struct))`, "
                                       "but found `{}`", what, text(core.type)));
  }

  Checked labels(std::string_view what, const CorePlace& core) const {
    if (core.type == wasm::StorageType{wasm::StorageType::kNone, wasm::ValType::i32()}) return {};
    return expected_into(what, "i32", core);
  }

  Checked check(const RecordType& record, const CorePlace& core) const {
    return product("record", record.fields.size(), core, [&](std::size_t i) { return record.fields[i].type; });
  }
  Checked check(const TupleType& tuple, const CorePlace& core) const {
    return product("tuple", tuple.types.size(), core, [&](std::size_t i) { return tuple.types[i]; });
  }
  Checked check(const ListType& list, const CorePlace& core) const {
    const auto* array = composite_as<wasm::ArrayType>(core);
    if (array != nullptr) return check(list.element, {array->element.storage, true});
    return std::unexpected(fmt::format("expected to lower component `list` type into `(ref null? (array ...))`, but "
                                       "found `{}`", text(core.type)));
  }
  Checked check(const MapType&, const CorePlace&) const {
    return std::unexpected("a `map` has no core type under the canonical option `gc`; pass a list of tuples");
  }
  Checked check(const VariantType&, const CorePlace& core) const { return sum("variant", core); }
  Checked check(const OptionType&, const CorePlace& core) const { return sum("option", core); }
  Checked check(const ResultValType&, const CorePlace& core) const { return sum("result", core); }
  Checked check(const FlagsType&, const CorePlace& core) const { return labels("flags", core); }
  Checked check(const EnumType&, const CorePlace& core) const { return labels("enum", core); }
  Checked check(const OwnType&, const CorePlace& core) const { return handle("own", core); }
  Checked check(const BorrowType&, const CorePlace& core) const { return handle("borrow", core); }
  Checked check(const StreamType&, const CorePlace& core) const { return handle("stream", core); }
  Checked check(const FutureType&, const CorePlace& core) const { return handle("future", core); }

  const Types& types_;
  const ast::CanonOpts& opts_;
};

}  // namespace

/// Does a function of type `func` pass its values as the core type says?
Result<void> Validator::check_gc(const FuncType& func, const wasm::FuncType& core, const ast::CanonOpts& opts) const {
  const std::size_t results = func.result ? 1 : 0;
  if (core.params.size() != func.params.size()) {
    return invalid(fmt::format("declared `core-type` has {} parameters, but component function has {} parameters",
                               core.params.size(), func.params.size()));
  }
  if (core.results.size() != results) {
    return invalid(fmt::format("declared `core-type` has {} results, but component function has {} results",
                               core.results.size(), results));
  }
  const GcLowering lowering(context_.types, opts);
  auto check = [&](const ValType& type, const wasm::ValType& place) -> Result<void> {
    auto checked = lowering.check(type, {{wasm::StorageType::kNone, place}, false});
    if (!checked) return invalid(checked.error());
    return {};
  };
  for (std::size_t i = 0; i < core.params.size(); ++i) TRY(check(func.params[i].type, core.params[i]));
  if (func.result) TRY(check(*func.result, core.results[0]));
  return {};
}

}  // namespace witc::component
