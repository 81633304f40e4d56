// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The layout of a Program's context. Within a block, hot things first: memories, then globals (compilers give the
// stack pointer the first), tables, segments, function references.
#include "engine/layout.h"

#include "base/overloaded.h"
#include "engine/runtime/const_expr.h"
#include "engine/runtime/context.h"
#include "engine/slots.h"

namespace witc::engine {
namespace {

std::string type_key(const wasm::FuncType& type) {
  std::string key;
  auto add = [&](const std::vector<wasm::ValType>& values) {
    for (const wasm::ValType& value : values) {
      key += static_cast<char>('a' + value.kind);
      if (value.is_ref()) {
        key += static_cast<char>('A' + value.ref.heap.kind);
        key += value.ref.nullable ? '?' : '!';
        key += std::to_string(value.ref.heap.index.value);
      }
    }
  };
  add(type.params);
  key += '>';
  add(type.results);
  return key;
}

/// Exported, in an element segment, or in the initial value of a global: only these can become references
/// (core specification, "Validation > Modules", C.refs).
std::vector<bool> referable(const wasm::Module& module) {
  std::vector<bool> out(module.funcs.size());
  for (const wasm::Export& item : module.exports) {
    if (item.kind == wasm::ExternKind::kFunc) out[item.index] = true;
  }
  auto add_expr = [&](const wasm::ConstExpr& expr) {
    for (wasm::FuncIndex func : func_refs_in(expr)) out[func.value] = true;
  };
  for (const wasm::Global& global : module.globals) {
    if (global.init) add_expr(*global.init);
  }
  for (const wasm::Table& table : module.tables) {
    if (table.init) add_expr(*table.init);
  }
  for (const wasm::ElementSegment& segment : module.elements) {
    match(
        segment.items,
        [&](const std::vector<wasm::FuncIndex>& funcs) {
          for (wasm::FuncIndex func : funcs) out[func.value] = true;
        },
        [&](const std::vector<wasm::ConstExpr>& exprs) {
          for (const wasm::ConstExpr& expr : exprs) add_expr(expr);
        });
  }
  return out;
}

}  // namespace

Layout::Layout(const Program& program) {
  add_types(program);
  size_ = sizeof(StoreHeader);
  for (InstanceId id : program.instances.ids()) {
    instances_.push({});
    resolve_imports(program, id);
    place(*program.instances[id].module, id);
  }
}

std::uint32_t Layout::type_id(const wasm::FuncType& type) const {
  auto found = type_ids_.find(type_key(type));
  WITC_CHECK(found != type_ids_.end());
  return found->second;
}

void Layout::add_types(const Program& program) {
  auto add = [&](const wasm::FuncType& type) {
    if (type_ids_.emplace(type_key(type), types_.size() + 1).second) types_.push_back(type);
  };
  for (const CoreInstance& instance : program.instances) {
    for (const wasm::SubType& type : instance.module->types) add(std::get<wasm::FuncType>(type.type));
  }
  for (const HostDecl& host : program.hosts) add(host.type);
}

void Layout::resolve_imports(const Program& program, InstanceId id) {
  const CoreInstance& instance = program.instances[id];
  InstanceLayout& layout = instances_[id];
  for (std::size_t i = 0; i < instance.imports.size(); ++i) {
    const auto kind = static_cast<wasm::ExternKind>(instance.module->imports[i].type.index());
    const auto* item = std::get_if<InstanceItem>(&instance.imports[i]);
    switch (kind) {
      case wasm::ExternKind::kFunc:
        layout.funcs.push_back(match(
            instance.imports[i],
            [&](const InstanceItem& from) { return instances_[from.instance].funcs[from.index]; },
            [](HostSlot slot) { return FuncTarget(slot); },
            [](Intrinsic intrinsic) { return FuncTarget(intrinsic); }));
        break;
      case wasm::ExternKind::kMemory:
        layout.memories.push_back(instances_[item->instance].memories[item->index]);
        break;
      case wasm::ExternKind::kTable:
        layout.tables.push_back(instances_[item->instance].tables[item->index]);
        break;
      case wasm::ExternKind::kGlobal:
        layout.globals.push_back(instances_[item->instance].globals[item->index]);
        break;
      case wasm::ExternKind::kTag:  // refused by check()
        break;
    }
  }
}

void Layout::place(const wasm::Module& module, InstanceId id) {
  InstanceLayout& layout = instances_[id];
  auto take = [this](std::size_t bytes) {
    const auto offset = static_cast<std::uint32_t>(size_);
    size_ += bytes;
    return offset;
  };
  layout.context = static_cast<std::uint32_t>(size_) + kContextBias;
  for (std::size_t i = layout.memories.size(); i < module.memories.size(); ++i) {
    const auto number = static_cast<std::uint32_t>(memories_.size());
    layout.memories.push_back({id, static_cast<std::uint32_t>(i), number, take(sizeof(MemoryEntry))});
    memories_.push_back(layout.memories.back());
  }
  for (std::size_t i = layout.globals.size(); i < module.globals.size(); ++i) {
    const std::size_t bytes = slot_count(module.globals[wasm::GlobalIndex(i)].type.type) * sizeof(std::uint64_t);
    size_ = (size_ + bytes - 1) & ~std::uint64_t{bytes - 1};  // a v128 is aligned
    layout.globals.push_back({id, static_cast<std::uint32_t>(i), globals_++, take(bytes)});
  }
  for (std::size_t i = layout.tables.size(); i < module.tables.size(); ++i) {
    const auto number = static_cast<std::uint32_t>(tables_.size());
    layout.tables.push_back({id, static_cast<std::uint32_t>(i), number, take(sizeof(TableEntry))});
    tables_.push_back(layout.tables.back());
  }
  layout.data = take(module.data.size() * sizeof(DataEntry));
  layout.elems = take(module.elements.size() * sizeof(ElemEntry));
  for (std::size_t i = layout.funcs.size(); i < module.funcs.size(); ++i) {
    layout.funcs.emplace_back(DefinedFunc{id, wasm::FuncIndex(i)});
  }
  for (wasm::FuncIndex func : module.funcs.ids()) layout.func_types.push_back(type_id(module.func_type(func)));
  const std::vector<bool> can_refer = referable(module);
  for (std::size_t i = 0; i < module.funcs.size(); ++i) {
    const bool has_ref = can_refer[i] && !std::holds_alternative<Intrinsic>(layout.funcs[i]);
    layout.func_refs.push_back(has_ref ? take(sizeof(FuncRef)) : 0);
  }
  size_ = (size_ + 63) & ~std::uint64_t{63};  // blocks start on a cache line
}

}  // namespace witc::engine
