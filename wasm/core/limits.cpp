// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/limits.h"

#include <fmt/format.h>

#include "base/overloaded.h"
#include "wasm/core/module.h"

namespace witc::wasm {
namespace {

class Checker {
 public:
  explicit Checker(const Module& module) : module_(module) {}

  Result<void> run() const {
    TRY(items());
    for (const SubType& type : module_.types) TRY(composite_type(type.type));
    for (const ElementSegment& segment : module_.elements) {
      const std::size_t count = match(segment.items, [](const auto& items) { return items.size(); });
      TRY(at_most(count, kMaxTableElements, "elements", segment.offset));
    }
    for (const Func& func : module_.funcs) TRY(function(func));
    return {};
  }

 private:
  Result<void> at_most(std::uint64_t count, std::uint64_t limit, std::string_view what, std::uint32_t offset = 0) const {
    if (count <= limit) return {};
    return error(DiagCode::kWasmLimit, module_.item_span(offset),
                 fmt::format("{} {} are over the limit of {}", count, what, limit));
  }

  Result<void> items() const {
    const struct {
      std::size_t count;
      std::uint32_t limit;
      std::string_view what;
    } kRows[] = {
        {module_.types.size(), kMaxItems, "types"},
        {module_.funcs.size(), kMaxItems, "functions"},
        {module_.imports.size(), kMaxItems, "imports"},
        {module_.exports.size(), kMaxItems, "exports"},
        {module_.globals.size(), kMaxItems, "globals"},
        {module_.tags.size(), kMaxItems, "tags"},
        {module_.tables.size(), kMaxTables, "tables"},
        {module_.memories.size(), kMaxMemories, "memories"},
        {module_.elements.size(), kMaxElementSegments, "element segments"},
        {module_.data.size(), kMaxDataSegments, "data segments"},
    };
    for (const auto& row : kRows) TRY(at_most(row.count, row.limit, row.what));
    return {};
  }

  Result<void> composite_type(const CompositeType& type) const {
    if (const auto* func = std::get_if<FuncType>(&type)) {
      TRY(at_most(func->params.size(), kMaxParams, "parameters"));
      return at_most(func->results.size(), kMaxResults, "results");
    }
    if (const auto* fields = std::get_if<StructType>(&type)) return at_most(fields->fields.size(), kMaxFields, "fields");
    return {};
  }

  Result<void> function(const Func& func) const {
    if (func.import) return {};
    TRY(at_most(func.body.bytes.size(), kMaxBodySize, "bytes of a function", func.offset));
    std::uint64_t locals = 0;
    for (const LocalGroup& group : func.locals) locals += group.count;
    const bool has_type = module_.types.contains(func.type);
    const auto* type = has_type ? std::get_if<FuncType>(&module_.types[func.type].type) : nullptr;
    if (type != nullptr) locals += type->params.size();
    return at_most(locals, kMaxLocals, "locals", func.offset);
  }

  const Module& module_;
};

}  // namespace

Result<void> check_limits(const Module& module) { return Checker(module).run(); }

}  // namespace witc::wasm
