// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks of a Program before it is compiled: every import bound, to something that is there and of a matching type,
// and nothing used that the engine cannot compile yet.
#include "engine/program.h"

#include <fmt/format.h>


#include "base/check.h"
#include "base/overloaded.h"
#include "wasm/core/operators.h"

namespace witc::engine {
namespace {

using wasm::ExternKind;
using wasm::Module;

bool limits_match(const wasm::Limits& provided, const wasm::Limits& required) {
  if (provided.is_64 != required.is_64) return false;
  return !required.max || (provided.max && *provided.max <= *required.max);
}

std::string_view unsupported_value(const wasm::ValType& type) {
  switch (type.kind) {
    case wasm::ValType::kI32:
    case wasm::ValType::kI64:
    case wasm::ValType::kF32:
    case wasm::ValType::kF64:
    case wasm::ValType::kV128:
      return {};
    case wasm::ValType::kRef:
      return {};
  }
  return {};
}

std::string_view unsupported_types(const Module& module) {
  for (const wasm::SubType& type : module.types) {
    const auto* func = std::get_if<wasm::FuncType>(&type.type);
    if (func == nullptr) continue;
    for (const auto* list : {&func->params, &func->results}) {
      for (const wasm::ValType& value : *list) {
        if (auto why = unsupported_value(value); !why.empty()) return why;
      }
    }
  }
  return {};
}

std::string_view unsupported_items(const Module& module) {
  for (const wasm::Table& table : module.tables) {
    if (auto why = unsupported_value(wasm::ValType::of(table.type.element)); !why.empty()) return why;
  }
  for (const wasm::Global& global : module.globals) {
    if (auto why = unsupported_value(global.type.type); !why.empty()) return why;
  }
  return {};
}

bool is_supported(wasm::Feature feature) {
  switch (feature) {
    case wasm::Feature::kCore1:
    case wasm::Feature::kMutableGlobal:
    case wasm::Feature::kSaturatingFloatToInt:
    case wasm::Feature::kSignExtension:
    case wasm::Feature::kMultiValue:
    case wasm::Feature::kBulkMemory:
    case wasm::Feature::kReferenceTypes:
    case wasm::Feature::kExtendedConst:
    case wasm::Feature::kMultiMemory:
    case wasm::Feature::kTailCall:
    case wasm::Feature::kMemory64:
    case wasm::Feature::kCustomPageSizes:
    case wasm::Feature::kFunctionReferences:
    case wasm::Feature::kGc:
    case wasm::Feature::kThreads:
    case wasm::Feature::kSimd:
    case wasm::Feature::kRelaxedSimd:
    case wasm::Feature::kWideArithmetic:
    case wasm::Feature::kExceptions:
    case wasm::Feature::kLegacyExceptions:
      return true;
  }
  return false;
}

/// Locals and operators of all bodies.
Result<void> check_bodies(const Module& module, std::string_view name) {
  for (const wasm::Func& func : module.funcs) {
    std::uint32_t at = func.body.offset;
    auto unsupported = [&](std::string_view what) {
      return error(DiagCode::kEngineUnsupported, module.code_span(at),
                   fmt::format("`{}` uses {}, which the engine cannot compile", name, what));
    };
    for (const wasm::LocalGroup& group : func.locals) {
      if (auto why = unsupported_value(group.type); !why.empty()) return unsupported(why);
    }
    wasm::OperatorReader reader(module.source, func.body);
    while (!reader.at_end()) {
      const wasm::Operator& op = *TRY(reader.next());
      at = op.offset;
      const wasm::OpInfo& row = wasm::info(op.op);
      if (!is_supported(row.feature)) return unsupported(fmt::format("`{}`", row.text));
      if (row.immediates == wasm::ImmediateKind::kBlock && op.block_type.kind == wasm::BlockType::kValue) {
        if (auto why = unsupported_value(op.block_type.value); !why.empty()) return unsupported(why);
      }
    }
  }
  return {};
}

Result<void> check_const_exprs(const Module& module, std::string_view name) {
  auto check_expr = [&](const std::optional<wasm::ConstExpr>& expr) -> Result<void> {
    if (!expr) return {};
    wasm::OperatorReader reader(module.source, expr->code);
    while (!reader.at_end()) {
      const wasm::Operator& op = *TRY(reader.next());
      const wasm::OpInfo& row = wasm::info(op.op);
      if (is_supported(row.feature) || op.op == wasm::Op::kV128Const) continue;
      return error(DiagCode::kEngineUnsupported, module.code_span(op.offset),
                   fmt::format("`{}` uses `{}`, which the engine cannot compile", name, row.text));
    }
    return {};
  };
  for (const wasm::Global& item : module.globals) TRY(check_expr(item.init));
  for (const wasm::Table& item : module.tables) TRY(check_expr(item.init));
  for (const wasm::ElementSegment& segment : module.elements) {
    const auto* items = std::get_if<std::vector<wasm::ConstExpr>>(&segment.items);
    if (items == nullptr) continue;
    for (const wasm::ConstExpr& item : *items) TRY(check_expr(item));
  }
  return {};
}

wasm::FuncType intrinsic_type(Intrinsic intrinsic) {
  switch (intrinsic) {
    case Intrinsic::kTrap:
      return {{wasm::ValType::i32()}, {}};
  }
  return {};
}

/// That an item is there is whoever made the program's business (a component's validated instantiations, the wast
/// runner's), so one that is not is a bug; that types match was perhaps seen to by weaker rules than these.
Result<void> check_import(const Program& program, TypeSpace& types, InstanceId id, std::size_t position) {
  const CoreInstance& instance = program.instances[id];
  const wasm::Import& import = instance.module->imports[position];
  const auto* wanted_func = std::get_if<wasm::TypeIndex>(&import.type);
  // What the host gives has a type of its own, in no recursion group: it is the structure that must fit.
  auto func_fits = [&](const wasm::FuncType& type, const wasm::Module* module) {
    if (wanted_func == nullptr) return false;
    const wasm::CompositeType wanted = types[types.of(*instance.module)[wanted_func->value]].type;
    const wasm::CompositeType given = types[types.of(type, module)].type;
    return types.matcher().matches(given, wanted);
  };
  const bool fits = match(
      instance.imports[position],
      [&](const InstanceItem& item) {
        WITC_CHECK(item.instance.value < id.value);
        const Module& provider = *program.instances[item.instance].module;
        const auto kind = static_cast<ExternKind>(import.type.index());
        const std::size_t counts[] = {provider.funcs.size(), provider.tables.size(), provider.memories.size(),
                                      provider.globals.size(), provider.tags.size()};
        WITC_CHECK(item.index < counts[import.type.index()]);
        return matches(types, item_type(provider, kind, item.index), provider, import.type, *instance.module);
      },
      [&](HostSlot slot) {
        WITC_CHECK(program.hosts.contains(slot));
        return func_fits(program.hosts[slot].type, program.hosts[slot].module);
      },
      [&](Intrinsic intrinsic) { return func_fits(intrinsic_type(intrinsic), nullptr); },
      [&](MemorySlot slot) {
        WITC_CHECK(program.memories.contains(slot) && program.memories[slot].is_shared);
        return matches(types, program.memories[slot], *instance.module, import.type, *instance.module);
      });
  if (fits) return {};
  return error(DiagCode::kEngineUnsupported, fmt::format("what `{}` gets for its import `{}` `{}` is of another type",
                                                         instance.name, import.module, import.name));
}

}  // namespace

bool matches(TypeSpace& types, const wasm::ExternType& provided, const wasm::Module& provider,
             const wasm::ExternType& required, const wasm::Module& requirer) {
  if (provided.index() != required.index()) return false;
  const TypeSpace::Ids& from = types.of(provider);
  const TypeSpace::Ids& to = types.of(requirer);
  return match(
      provided,
      [&](wasm::TypeIndex type) {
        return types.matches(from[type.value], to[std::get<wasm::TypeIndex>(required).value]);
      },
      [&](const wasm::TableType& table) {
        const auto& wanted = std::get<wasm::TableType>(required);
        return TypeSpace::canonical(table.element, from) == TypeSpace::canonical(wanted.element, to) &&
               limits_match(table.limits, wanted.limits);
      },
      [&](const wasm::MemoryType& memory) {
        const auto& wanted = std::get<wasm::MemoryType>(required);
        return memory.is_shared == wanted.is_shared && memory.page_size_log2 == wanted.page_size_log2 &&
               limits_match(memory.limits, wanted.limits);
      },
      [&](const wasm::GlobalType& global) {
        const auto& wanted = std::get<wasm::GlobalType>(required);
        const wasm::ValType given = TypeSpace::canonical(global.type, from);
        const wasm::ValType asked = TypeSpace::canonical(wanted.type, to);
        if (global.is_mutable != wanted.is_mutable) return false;
        return global.is_mutable ? given == asked : types.matcher().matches(given, asked);
      },
      [&](const wasm::TagType& tag) {
        return from[tag.type.value] == to[std::get<wasm::TagType>(required).type.value];
      });
}

wasm::ExternType item_type(const wasm::Module& module, ExternKind kind, std::uint32_t index) {
  switch (kind) {
    case ExternKind::kFunc:
      return module.funcs[wasm::FuncIndex(index)].type;
    case ExternKind::kTable:
      return module.tables[wasm::TableIndex(index)].type;
    case ExternKind::kMemory:
      return module.memories[wasm::MemoryIndex(index)].type;
    case ExternKind::kGlobal:
      return module.globals[wasm::GlobalIndex(index)].type;
    case ExternKind::kTag:
      return module.tags[wasm::TagIndex(index)].type;
  }
  return wasm::TypeIndex{};
}

Result<void> check_module(const Module& module, std::string_view name) {
  for (auto find : {unsupported_types, unsupported_items}) {
    if (auto why = find(module); !why.empty()) {
      return error(DiagCode::kEngineUnsupported, fmt::format("`{}` uses {}, which the engine cannot compile", name, why));
    }
  }
  TRY(check_const_exprs(module, name));
  return check_bodies(module, name);
}

namespace {
Result<void> check_instance(const Program& program, TypeSpace& types, InstanceId id) {
  const CoreInstance& instance = program.instances[id];
  TRY(check_module(*instance.module, instance.name));
  WITC_CHECK(instance.imports.size() == instance.module->imports.size());
  for (std::size_t i = 0; i < instance.imports.size(); ++i) TRY(check_import(program, types, id, i));
  return {};
}
}  // namespace

Result<void> check(const Program& program) {
  TypeSpace types;
  for (InstanceId id : program.instances.ids()) TRY(check_instance(program, types, id));
  return {};
}

Result<void> check_last(const Program& program) {
  TypeSpace types;
  return check_instance(program, types, InstanceId(program.instances.size() - 1));
}

}  // namespace witc::engine
