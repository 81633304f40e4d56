// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks of a Program before it is compiled: every import bound, to something that is there and of a matching type.
#include "engine/program.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/overloaded.h"
#include "wasm/core/validate.h"

namespace witc::engine {
namespace {

using wasm::ExternKind;
using wasm::Module;

bool limits_match(const wasm::Limits& provided, const wasm::Limits& required) {
  if (provided.is_64 != required.is_64) return false;
  return !required.max || (provided.max && *provided.max <= *required.max);
}

wasm::FuncType intrinsic_type(Intrinsic intrinsic) {
  switch (intrinsic) {
    case Intrinsic::kTrap:
      return {{wasm::ValType::i32()}, {}};
  }
  return {};
}

/// The columns of native.def.
struct NativeRow {
  std::string_view params, results;
};
constexpr NativeRow kNativeRows[] = {
#define WITC_NATIVE(name, params, results) {params, results},
#include "engine/native.def"
#undef WITC_NATIVE
};
const NativeRow& row(Native native) { return kNativeRows[static_cast<std::size_t>(native)]; }

std::vector<wasm::ValType> native_types(std::string_view letters) {
  std::vector<wasm::ValType> out;
  for (char letter : letters) out.push_back(letter == 'i' ? wasm::ValType::i32() : wasm::ValType::i64());
  return out;
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
      [&](const NativeFunc& func) { return func_fits(type_of(func.native), nullptr); },
      [&](MemorySlot slot) {
        WITC_CHECK(program.memories.contains(slot) && (program.memories[slot].is_shared || instance.is_internal));
        return matches(types, program.memories[slot], *instance.module, import.type, *instance.module);
      });
  if (fits) return {};
  return error(DiagCode::kEngineUnsupported, fmt::format("what `{}` gets for its import `{}` `{}` is of another type",
                                                         instance.name, import.module, import.name));
}

}  // namespace

wasm::FuncType type_of(Native native) { return {native_types(row(native).params), native_types(row(native).results)}; }
bool is_address(Native native, std::size_t param) { return row(native).params[param] == 'p'; }

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

namespace {
Result<void> check_instance(const Program& program, TypeSpace& types, InstanceId id) {
  const CoreInstance& instance = program.instances[id];
  WITC_CHECK(instance.imports.size() == instance.module->imports.size());
  for (std::size_t i = 0; i < instance.imports.size(); ++i) TRY(check_import(program, types, id, i));
  return {};
}
}  // namespace

bool is_plain(const wasm::Module& module, const wasm::BodyFacts* facts) {
  return facts != nullptr && !facts->has_tail_calls && module.tags.empty();
}

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
