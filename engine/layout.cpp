// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The layout of a Program's context. Within a block, hot things first: memories, then globals (compilers give the
// stack pointer the first), tables, segments, function references.
#include "engine/layout.h"

#include <algorithm>
#include <map>
#include <string>

#include "base/check.h"
#include "base/overloaded.h"
#include "engine/runtime/const_expr.h"
#include "engine/runtime/context.h"
#include "engine/sharing.h"
#include "engine/slots.h"

namespace witc::engine {
namespace {

// Of programs whose types are not all known: for the deepest subtypes there may be, by the JavaScript API's limits.
constexpr std::uint32_t kOpenStride = 63 + 2;
// And for as many parameters as a function may have, vectors all.
constexpr std::size_t kOpenArguments = 2 * 1000;

/// Equal for function types whose values are passed alike.
std::string signature_key(const wasm::FuncType& type) {
  std::string key;
  for (const wasm::ValType& value : type.params) key += static_cast<char>('a' + value.kind);
  key += '>';
  for (const wasm::ValType& value : type.results) key += static_cast<char>('a' + value.kind);
  return key;
}

wasm::HeapType::Kind kind_of(const wasm::CompositeType& type) {
  return match(
      type, [](const wasm::FuncType&) { return wasm::HeapType::kFunc; },
      [](const wasm::StructType&) { return wasm::HeapType::kStruct; },
      [](const wasm::ArrayType&) { return wasm::HeapType::kArray; },
      [](const wasm::ContType&) { return wasm::HeapType::kCont; });
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

Layout::Layout(const Program& program, bool shares_code) {
  SharingClasses classes;
  if (shares_code) classes = sharing_classes(program);
  add_types(program);
  size_ = (sizeof(StoreHeader) + 15) & ~std::uint64_t{15};
  arguments_ = static_cast<std::uint32_t>(size_);
  std::size_t most = 0;
  for (const wasm::FuncType& type : signatures_) most = std::max(most, slot_count(type.params));
  if (program.is_open) most = std::max(most, kOpenArguments);
  size_ = (size_ + most * sizeof(std::uint64_t) + 63) & ~std::uint64_t{63};
  for (MemorySlot slot : program.memories.ids()) {
    memories_.push_back({{}, slot.value, slot.value, static_cast<std::uint32_t>(size_)});
    size_ += sizeof(MemoryEntry);
  }
  size_ = (size_ + 63) & ~std::uint64_t{63};  // so that blocks of one shape are laid out alike
  for (InstanceId id : program.instances.ids()) {
    instances_.push({});
    code_of_.push(id);
    resolve_imports(program, id);
    const std::uint32_t sharing_class = classes.contains(id) ? classes[id] : 0;
    if (sharing_class != 0) {
      instances_[id].header_cell = static_cast<std::uint32_t>(size_);
      size_ += sizeof(StoreHeader*);
    }
    place(program, id);
    if (sharing_class != 0) share(program, id, sharing_class);
  }
  shared_.clear();
  fixed_tables_.clear();
}

/// With the first instance of its class to which everything but functions has the same distances.
void Layout::share(const Program& program, InstanceId id, std::uint32_t sharing_class) {
  const std::optional<std::string> key = sharing_key(program, id);
  if (!key) return;
  const InstanceId first = shared_.try_emplace(std::to_string(sharing_class) + *key, id).first->second;
  if (first == id) return;
  code_of_[id] = first;
  InstanceLayout& code = instances_[first];
  code.is_shared = true;
  code.by_reference.resize(code.funcs.size());
  const wasm::Module& module = *program.instances[id].module;
  for (std::size_t i = 0; i < code.funcs.size() && module.funcs[wasm::FuncIndex(i)].import; ++i) {
    if (!is_same_place(id, first, i)) code.by_reference[i] = true;
  }
}

/// Where imported memories, tables and globals are, and which functions are none; of an adapter, where functions are too, for
/// it is there to be inlined with them. Nothing if the instance cannot share.
std::optional<std::string> Layout::sharing_key(const Program& program, InstanceId id) const {
  const InstanceLayout& layout = instances_[id];
  const wasm::Module& module = *program.instances[id].module;
  std::string key;
  bool is_good = true;
  auto add = [&](char kind, const Definition& definition) {
    if (!instances_.contains(definition.instance)) return void(is_good = false);
    key += kind;
    key += std::to_string(code_of_[definition.instance].value) + "." + std::to_string(definition.index) + "." +
           std::to_string(std::int64_t{definition.offset} - std::int64_t{layout.context});
  };
  for (wasm::MemoryIndex i : module.memories.ids()) {
    if (!module.memories[i].import) continue;
    const auto* item = std::get_if<InstanceItem>(&program.instances[id].imports[*module.memories[i].import]);
    if (item == nullptr) return std::nullopt;  // the host's
    add('m', layout.memories[i.value]);
  }
  for (wasm::TableIndex i : module.tables.ids()) {
    if (module.tables[i].import) add('t', layout.tables[i.value]);
  }
  for (wasm::GlobalIndex i : module.globals.ids()) {
    if (module.globals[i].import) add('g', layout.globals[i.value]);
  }
  for (std::size_t i = 0; i < layout.funcs.size() && module.funcs[wasm::FuncIndex(i)].import; ++i) {
    if (const auto* func = std::get_if<DefinedFunc>(&layout.funcs[i]); func != nullptr && program.instances[id].inline_always) {
      key += "f" + std::to_string(code_of_[func->instance].value) + "." + std::to_string(func->func.value) + "." +
             std::to_string(std::int64_t{instances_[func->instance].context} - std::int64_t{layout.context});
    }
    if (const auto* intrinsic = std::get_if<Intrinsic>(&layout.funcs[i])) {
      key += "i" + std::to_string(i) + "." + std::to_string(static_cast<int>(*intrinsic));
    }
    if (const auto* native = std::get_if<NativeFunc>(&layout.funcs[i])) {
      key += "n" + std::to_string(i) + "." + std::to_string(static_cast<int>(native->native));
      for (std::uint32_t memory : native->memories) key += "." + std::to_string(memory);
    }
  }
  if (!is_good) return std::nullopt;
  return key;
}

/// Is an imported function the same code, at the same distance from both?
bool Layout::is_same_place(InstanceId id, InstanceId other, std::size_t func) const {
  const FuncTarget& one = instances_[id].funcs[func];
  const FuncTarget& two = instances_[other].funcs[func];
  const auto* left = std::get_if<DefinedFunc>(&one);
  const auto* right = std::get_if<DefinedFunc>(&two);
  if (left == nullptr || right == nullptr) return one == two;
  auto distance = [&](InstanceId from, InstanceId to) {
    return std::int64_t{instances_[to].context} - std::int64_t{instances_[from].context};
  };
  return code_of(*left) == code_of(*right) && distance(id, left->instance) == distance(other, right->instance);
}

std::uint32_t Layout::memory_class(std::uint32_t number) const {
  const Definition& memory = memories_[number];
  if (!instances_.contains(memory.instance) || code_of_[memory.instance] == memory.instance) return number;
  return instances_[code_of_[memory.instance]].memories[memory.index].number;
}

void Layout::add_types(const Program& program) {
  // In an order that adding an instance and its hosts does not change: ids are for good.
  for (const CoreInstance& instance : program.instances) {
    types_.of(*instance.module);
    for (const ImportBinding& binding : instance.imports) {
      if (const auto* slot = std::get_if<HostSlot>(&binding)) types_.of(program.hosts[*slot].type, program.hosts[*slot].module);
    }
  }
  for (const HostDecl& host : program.hosts) host_types_.push(types_.of(host.type, host.module).value + 1);
  add_signatures();
  for (const wasm::SubType& type : types_.types()) objects_.push_back(object_layout(types_, type.type));
  has_subtypes_.resize(types_.types().size());
  for (const wasm::SubType& type : types_.types()) {
    for (wasm::TypeIndex super : type.supertypes) has_subtypes_[super.value] = true;
  }
  if (program.is_open) {
    display_stride_ = kOpenStride;
    for (std::size_t i = 0; i < has_subtypes_.size(); ++i) has_subtypes_[i] = !types_[wasm::CanonTypeId(i)].is_final;
  }
  for (std::size_t i = 0; i < types_.types().size(); ++i) {
    display_stride_ = std::max(display_stride_, types_.depth(wasm::CanonTypeId(i)) + 2);
  }
  if (displays_fit()) add_displays();
}

void Layout::add_signatures() {
  std::map<std::string, std::uint32_t> known;
  for (const wasm::SubType& type : types_.types()) {
    const auto* func = std::get_if<wasm::FuncType>(&type.type);
    if (func == nullptr) {
      type_signatures_.push_back(0);
      continue;
    }
    auto [found, fresh] = known.emplace(signature_key(*func), signatures_.size());
    if (fresh) signatures_.push_back(*func);
    type_signatures_.push_back(found->second);
  }
}

void Layout::add_displays() {
  displays_.resize((types_.types().size() + 1 + kSpecialTypes) * display_stride_);
  for (std::uint32_t id = 1; id <= types_.types().size(); ++id) {
    std::uint32_t* row = displays_.data() + std::size_t{id} * display_stride_;
    // A supertype has a lower id, so its row is done.
    if (const auto& supers = type(id).supertypes; !supers.empty()) {
      std::copy_n(displays_.data() + (std::size_t{supers[0].value} + 1) * display_stride_, display_stride_, row);
    }
    row[0] = kind_of(type(id).type);
    row[1 + types_.depth(canonical(id))] = id;
  }
  displays_[std::size_t{special_type(SpecialType::kHost)} * display_stride_] = wasm::HeapType::kExtern;
  displays_[std::size_t{special_type(SpecialType::kWords)} * display_stride_] = wasm::HeapType::kExn;
}

void Layout::resolve_imports(const Program& program, InstanceId id) {
  const CoreInstance& instance = program.instances[id];
  InstanceLayout& layout = instances_[id];
  layout.types = &types_.of(*instance.module);
  for (std::size_t i = 0; i < instance.imports.size(); ++i) {
    const auto kind = static_cast<wasm::ExternKind>(instance.module->imports[i].type.index());
    const auto* item = std::get_if<InstanceItem>(&instance.imports[i]);
    switch (kind) {
      case wasm::ExternKind::kFunc:
        layout.funcs.push_back(match(
            instance.imports[i],
            [&](const InstanceItem& from) { return instances_[from.instance].funcs[from.index]; },
            [](HostSlot slot) { return FuncTarget(slot); },
            [](Intrinsic intrinsic) { return FuncTarget(intrinsic); },
            [](const NativeFunc& func) { return FuncTarget(func); },
            [](MemorySlot) -> FuncTarget { WITC_CHECK(false && "a memory is no function"); return HostSlot(); }));
        break;
      case wasm::ExternKind::kMemory:
        layout.memories.push_back(item != nullptr ? instances_[item->instance].memories[item->index]
                                                  : memories_[std::get<MemorySlot>(instance.imports[i]).value]);
        break;
      case wasm::ExternKind::kTable:
        layout.tables.push_back(instances_[item->instance].tables[item->index]);
        break;
      case wasm::ExternKind::kGlobal:
        layout.globals.push_back(instances_[item->instance].globals[item->index]);
        break;
      case wasm::ExternKind::kTag:
        layout.tags.push_back(instances_[item->instance].tags[item->index]);
        break;
    }
  }
}

void Layout::place(const Program& program, InstanceId id) {
  const wasm::Module& module = *program.instances[id].module;
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
  auto [fixed, is_new] = fixed_tables_.try_emplace(&module);
  if (is_new) fixed->second = find_fixed_tables(module, program.instances[id].facts.get());
  layout.fixed_tables = fixed->second;
  for (std::size_t i = layout.tags.size(); i < module.tags.size(); ++i) {
    layout.tags.push_back({id, static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(tags_.size()), 0});
    tags_.push_back(layout.tags.back());
  }
  layout.data = take(module.data.size() * sizeof(DataEntry));
  layout.elems = take(module.elements.size() * sizeof(ElemEntry));
  for (std::size_t i = layout.funcs.size(); i < module.funcs.size(); ++i) {
    layout.funcs.emplace_back(DefinedFunc{id, wasm::FuncIndex(i)});
  }
  for (wasm::FuncIndex func : module.funcs.ids()) {
    layout.func_types.push_back(match(
        layout.funcs[func.value],
        [&](const DefinedFunc& target) {
          return type_id(target.instance, program.instances[target.instance].module->funcs[target.func].type);
        },
        [&](HostSlot slot) { return host_types_[slot]; },
        [&](Intrinsic) { return type_id(id, module.funcs[func].type); },
        [&](const NativeFunc&) { return type_id(id, module.funcs[func].type); }));
  }
  const std::vector<bool> can_refer = referable(module);
  for (std::size_t i = 0; i < module.funcs.size(); ++i) {
    const bool is_called_by_it = layout.header_cell != 0 && module.funcs[wasm::FuncIndex(i)].import;
    const bool has_ref = (can_refer[i] || is_called_by_it) && !std::holds_alternative<Intrinsic>(layout.funcs[i]) &&
                         !std::holds_alternative<NativeFunc>(layout.funcs[i]);
    layout.func_refs.push_back(has_ref ? take(sizeof(FuncRef)) : 0);
  }
  size_ = (size_ + 63) & ~std::uint64_t{63};  // blocks start on a cache line
}

bool Layout::extends(const Layout& base) const {
  if (display_stride_ != base.display_stride_ || signatures_.size() < base.signatures_.size()) return false;
  if (!std::equal(base.type_signatures_.begin(), base.type_signatures_.end(), type_signatures_.begin())) return false;
  for (InstanceId id : base.instances_.ids()) {
    if (instances_[id].context != base.instances_[id].context || instances_[id].func_refs != base.instances_[id].func_refs) {
      return false;
    }
  }
  // The special types' rows come last and move up; the heap renumbers them.
  const auto special = static_cast<std::ptrdiff_t>(std::size_t{kSpecialTypes} * display_stride_);
  return std::equal(base.displays_.begin(), base.displays_.end() - special, displays_.begin());
}

}  // namespace witc::engine
