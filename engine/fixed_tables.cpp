// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/fixed_tables.h"

#include <algorithm>

#include "base/overloaded.h"
#include "wasm/core/operators.h"

namespace witc::engine {
namespace {

using wasm::Op;

/// The table an operator writes, if it is one that does.
std::optional<std::uint32_t> written_table(const wasm::Operator& op) {
  switch (op.op) {
    case Op::kTableSet:
    case Op::kTableGrow:
    case Op::kTableFill:
    case Op::kTableCopy:
      return op.index;
    case Op::kTableInit:
      return op.index2;
    default:
      return std::nullopt;
  }
}

/// Malformed code is for others to report.
void find_written(const wasm::Module& module, std::vector<FixedTable>& tables) {
  for (const wasm::Func& func : module.funcs) {
    wasm::OperatorReader reader(module.source, func.body);
    while (!reader.at_end()) {
      const auto op = reader.next();
      if (!op) return;
      if (const auto table = written_table(**op); table && *table < tables.size()) tables[*table].is_fixed = false;
    }
  }
}

/// `ref.null`, or `ref.func` of a function with a body.
bool is_own_function(const wasm::Module& module, const wasm::ConstExpr& expression) {
  wasm::OperatorReader reader(module.source, expression.code);
  const auto op = reader.next();
  if (!op) return false;
  if ((*op)->op == Op::kRefNull) return true;
  return (*op)->op == Op::kRefFunc && !module.funcs[(*op)->func()].import;
}

bool refers_to_own(const wasm::Module& module, const wasm::ElementSegment& segment) {
  return match(
      segment.items,
      [&](const std::vector<wasm::FuncIndex>& items) {
        return std::ranges::all_of(items, [&](wasm::FuncIndex func) { return !module.funcs[func].import; });
      },
      [&](const std::vector<wasm::ConstExpr>& items) {
        return std::ranges::all_of(items, [&](const auto& item) { return is_own_function(module, item); });
      });
}

}  // namespace

std::vector<FixedTable> find_fixed_tables(const wasm::Module& module, const wasm::BodyFacts* facts) {
  std::vector<FixedTable> tables(module.tables.size());
  bool any = false;
  for (wasm::TableIndex index : module.tables.ids()) {
    const wasm::Table& table = module.tables[index];
    const bool is_exported = std::ranges::any_of(module.exports, [&](const wasm::Export& item) {
      return item.kind == wasm::ExternKind::kTable && item.index == index.value;
    });
    const bool is_fixed = !table.import && !is_exported;
    any = any || is_fixed;
    const bool is_own = is_fixed && (!table.init || is_own_function(module, *table.init));
    tables[index.value] = {is_fixed, is_own, table.type.limits.min};
  }
  if (!any) return tables;
  if (facts == nullptr) {
    find_written(module, tables);
  } else {
    for (std::size_t i = 0; i < tables.size(); ++i) tables[i].is_fixed = tables[i].is_fixed && !facts->written_tables[i];
  }
  for (const wasm::ElementSegment& segment : module.elements) {
    if (segment.mode == wasm::ElementSegment::kActive && !refers_to_own(module, segment)) {
      tables[segment.table.value].is_own = false;
    }
  }
  for (FixedTable& table : tables) table.is_own = table.is_own && table.is_fixed;
  return tables;
}

}  // namespace witc::engine
