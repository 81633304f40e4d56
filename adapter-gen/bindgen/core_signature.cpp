// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "adapter-gen/bindgen/core_signature.h"

#include "base/overloaded.h"

namespace witc::bindgen {
namespace {

constexpr std::size_t kMaxFlatParams = 16;
constexpr std::size_t kMaxFlatResults = 1;

using Flat = std::vector<CoreType>;

CoreType join(CoreType a, CoreType b) {
  if (a == b) return a;
  bool narrow = (a == CoreType::kI32 || a == CoreType::kF32) && (b == CoreType::kI32 || b == CoreType::kF32);
  return narrow ? CoreType::kI32 : CoreType::kI64;
}

/// Flat types are only looked at up to one more than fits; what is longer is just too long.
class Flattener {
 public:
  explicit Flattener(const wit::Resolve& resolve) : resolve_(resolve) {}

  void append(const wit::Type& type, Flat& out) {
    if (out.size() > kMaxFlatParams) return;
    if (const auto* primitive = std::get_if<wit::Primitive>(&type)) {
      append(*primitive, out);
      return;
    }
    auto range = [&] { out.insert(out.end(), {CoreType::kI32, CoreType::kI32}); };
    auto word = [&] { out.push_back(CoreType::kI32); };
    match(
        resolve_.types[std::get<wit::TypeId>(type)].kind,
        [&](const wit::Record& record) { for (const auto& field : record.fields) append(field.type, out); },
        [&](const wit::Resource&) { word(); }, [&](const wit::Own&) { word(); }, [&](const wit::Borrow&) { word(); },
        [&](const wit::Flags&) { word(); },
        [&](const wit::Tuple& tuple) { for (const auto& field : tuple.types) append(field, out); },
        [&](const wit::Variant& variant) {
          std::vector<std::optional<wit::Type>> payloads;
          for (const wit::Case& a_case : variant.cases) payloads.push_back(a_case.type);
          append_variant(payloads, out);
        },
        [&](const wit::Enum&) { word(); },
        [&](const wit::Option& option) { append_variant({std::nullopt, option.type}, out); },
        [&](const wit::ResultType& result) { append_variant({result.ok, result.err}, out); },
        [&](const wit::List&) { range(); },
        [&](const wit::FixedLengthList& list) {
          for (std::uint32_t i = 0; i < list.length && out.size() <= kMaxFlatParams; ++i) {
            std::size_t before = out.size();
            append(list.type, out);
            if (out.size() == before) break;  // elements of no size
          }
        },
        [&](const wit::Map&) { range(); }, [&](const wit::Future&) { word(); }, [&](const wit::Stream&) { word(); },
        [&](const wit::Alias& alias) { append(alias.type, out); });
  }

 private:
  static void append(wit::Primitive primitive, Flat& out) {
    switch (primitive) {
      case wit::Primitive::kBool:
      case wit::Primitive::kU8:
      case wit::Primitive::kU16:
      case wit::Primitive::kU32:
      case wit::Primitive::kS8:
      case wit::Primitive::kS16:
      case wit::Primitive::kS32:
      case wit::Primitive::kChar:
      case wit::Primitive::kErrorContext: out.push_back(CoreType::kI32); return;
      case wit::Primitive::kU64:
      case wit::Primitive::kS64: out.push_back(CoreType::kI64); return;
      case wit::Primitive::kF32: out.push_back(CoreType::kF32); return;
      case wit::Primitive::kF64: out.push_back(CoreType::kF64); return;
      case wit::Primitive::kString: out.insert(out.end(), {CoreType::kI32, CoreType::kI32}); return;
    }
  }

  void append_variant(const std::vector<std::optional<wit::Type>>& payloads, Flat& out) {
    Flat joined;
    for (const std::optional<wit::Type>& payload : payloads) {
      if (!payload) continue;
      Flat flat;
      append(*payload, flat);
      for (std::size_t i = 0; i < flat.size(); ++i) {
        if (i < joined.size()) joined[i] = join(joined[i], flat[i]);
        else joined.push_back(flat[i]);
      }
    }
    out.push_back(CoreType::kI32);
    out.insert(out.end(), joined.begin(), joined.end());
  }

  const wit::Resolve& resolve_;
};

}  // namespace

std::string_view spell(CoreType type) {
  switch (type) {
    case CoreType::kI32: return "std::int32_t";
    case CoreType::kI64: return "std::int64_t";
    case CoreType::kF32: return "float";
    case CoreType::kF64: return "double";
  }
  return {};
}

CoreSignature flatten_functype(const wit::Resolve& resolve, const wit::Function& function, Context context) {
  CoreSignature signature;
  Flattener flattener(resolve);
  for (const wit::Param& param : function.params) flattener.append(param.type, signature.params);
  if (signature.params.size() > kMaxFlatParams) signature.params = {CoreType::kI32};
  if (function.result) flattener.append(*function.result, signature.results);
  if (signature.results.size() > kMaxFlatResults) {
    signature.returns_area = true;
    signature.results.clear();
    (context == Context::kLift ? signature.results : signature.params).push_back(CoreType::kI32);
  }
  return signature;
}

}  // namespace witc::bindgen
