// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reachability from the kept exports, then renumbering (linker/new/trim_adapter.h).
#include "linker/new/trim_adapter.h"

#include <algorithm>

#include "linker/new/module_use.h"
#include "wasm/binary_writer.h"
#include "wasm/core/operators.h"

namespace witc::linker {
namespace {

using wasm::FuncIndex;
using wasm::ImmediateKind;
using wasm::Op;

constexpr std::int32_t kPageShift = 16;
/// What a global of this name holds once its module has a stack (the convention of adapters made with the
/// Bytecode Alliance's tools, which ask it before they use theirs).
constexpr const char* kStackStateName = "allocation_state";
constexpr std::int32_t kStackAllocated = 2;

bool names_func(Op op) { return op == Op::kCall || op == Op::kReturnCall || op == Op::kRefFunc; }

bool touches_memory(Op op) {
  switch (wasm::info(op).immediates) {
    case ImmediateKind::kMemarg:
    case ImmediateKind::kMemargLane:
    case ImmediateKind::kAtomicMemarg:
    case ImmediateKind::kMemory:
    case ImmediateKind::kMemoryInit:
    case ImmediateKind::kMemoryCopy: return true;
    default: return false;
  }
}

class Trimmer {
 public:
  Trimmer(wasm::Module module, const std::set<std::string>& keep, const std::set<std::string>& absent)
      : module_(std::move(module)), keep_(keep), absent_(absent) {}

  Result<wasm::Module> run() {
    TRY(check_shape());
    std::erase_if(module_.exports, [&](const wasm::Export& item) { return !keep_.contains(item.name); });
    TRY(mark());
    plan_start();
    renumber();
    TRY(rewrite_bodies());
    if (needs_stack_) add_start();
    rewrite_references();
    module_.customs.clear();
    module_.bytes = {};
    return std::move(module_);
  }

 private:
  Result<void> check_shape() const {
    auto reject = [&](std::string message) {
      return error(DiagCode::kNewMismatch, {module_.source, 0, 0}, std::move(message))
          .hint("an adapter imports `env` `memory` and keeps its state in what it allocates there, or has a memory of its own, "
                "`__guest_memory__` `own`");
    };
    if (!module_.data.empty() && !has_own_memory()) {
      return reject("the adapter has data segments, which would overwrite the module's memory");
    }
    for (const wasm::Memory& memory : module_.memories) {
      if (!memory.import) return reject("the adapter defines a memory of its own");
    }
    return {};
  }

  /// Whether it works in a memory of its own, whose stack and data are in place.
  bool has_own_memory() const {
    return std::ranges::any_of(module_.memories, [&](const wasm::Memory& memory) {
      return memory.import && module_.imports[*memory.import].module == kGuestMemoryModule;
    });
  }

  bool is_absent(FuncIndex func) const {
    if (absent_.empty() || func.value >= module_.funcs.size()) return false;
    const auto& import = module_.funcs[func].import;
    return import && absent_.contains(module_.imports[*import].module);
  }

  void reach(FuncIndex func) {
    if (func.value >= module_.funcs.size() || live_[func.value]) return;
    live_[func.value] = true;
    work_.push_back(func);
  }

  Result<void> mark() {
    live_.resize(module_.funcs.size());
    for (const wasm::Export& item : module_.exports) {
      if (item.kind == wasm::ExternKind::kFunc) reach(FuncIndex(item.index));
    }
    if (module_.start) reach(*module_.start);
    for (const wasm::ElementSegment& segment : module_.elements) {
      if (const auto* funcs = std::get_if<std::vector<FuncIndex>>(&segment.items)) std::ranges::for_each(*funcs, [&](FuncIndex f) { reach(f); });
    }
    while (!work_.empty()) {
      FuncIndex func = work_.back();
      work_.pop_back();
      if (module_.funcs[func].import) continue;
      wasm::OperatorReader reader(module_.source, module_.funcs[func].body);
      while (!reader.at_end()) {
        const wasm::Operator& op = *TRY(reader.next());
        bool goes_away = op.op == Op::kCall && is_absent(op.func());
        if (names_func(op.op) && !goes_away) reach(op.func());
        if (touches_memory(op.op)) uses_memory_ = true;
        if (op.op == Op::kGlobalGet || op.op == Op::kGlobalSet) live_globals_.insert(op.global());
      }
    }
    return {};
  }

  /// The mutable i32 global of this name, if the code that stays uses it.
  std::optional<wasm::GlobalIndex> live_global(std::string_view name) const {
    for (const auto& [index, text] : module_.names.globals) {
      if (text != name || !live_globals_.contains(index) || !module_.globals.contains(index)) continue;
      const wasm::GlobalType& type = module_.globals[index].type;
      if (type.is_mutable && type.type == wasm::ValType::i32()) return index;
    }
    return std::nullopt;
  }

  void plan_start() {
    stack_pointer_ = live_global("__stack_pointer");
    needs_stack_ = stack_pointer_ && uses_memory_ && !module_.memories.empty() && !has_own_memory();
  }

  /// New numbers for what stays. The start function comes last, so it moves nobody.
  void renumber() {
    note_absent();
    renamed_.assign(module_.funcs.size(), std::nullopt);
    IdVector<FuncIndex, wasm::Func> funcs;
    std::vector<bool> keep_import(module_.imports.size(), true);
    for (FuncIndex func : module_.funcs.ids()) {
      const wasm::Func& def = module_.funcs[func];
      if (!live_[func.value]) {
        if (def.import) keep_import[*def.import] = false;
        continue;
      }
      renamed_[func.value] = funcs.next_id();
      funcs.push(module_.funcs[func]);
    }
    module_.funcs = std::move(funcs);
    if (!uses_memory_) drop_memories(keep_import);
    drop_imports(keep_import);
  }

  /// Before functions lose their numbers: what a call of an absent one takes and gives.
  void note_absent() {
    for (FuncIndex func : module_.funcs.ids()) {
      if (is_absent(func)) absent_funcs_.emplace(func, module_.func_type(func));
    }
  }

  void drop_memories(std::vector<bool>& keep_import) {
    std::erase_if(module_.exports, [](const wasm::Export& item) { return item.kind == wasm::ExternKind::kMemory; });
    for (const wasm::Memory& memory : module_.memories) keep_import[*memory.import] = false;
    module_.memories.clear();
    module_.names.memories.clear();
    module_.data.clear();
    module_.data_count.reset();
  }

  void drop_imports(const std::vector<bool>& keep_import) {
    std::vector<std::uint32_t> position(module_.imports.size());
    std::vector<wasm::Import> imports;
    for (std::size_t i = 0; i < module_.imports.size(); ++i) {
      position[i] = static_cast<std::uint32_t>(imports.size());
      if (keep_import[i]) imports.push_back(std::move(module_.imports[i]));
    }
    module_.imports = std::move(imports);
    auto move_all = [&](auto& items) {
      for (auto& item : items) {
        if (item.import) item.import = position[*item.import];
      }
    };
    move_all(module_.funcs);
    move_all(module_.tables);
    move_all(module_.memories);
    move_all(module_.globals);
    move_all(module_.tags);
  }

  /// A number that was out of range stays so: there are fewer functions now.
  FuncIndex renamed(FuncIndex func) const {
    if (func.value >= renamed_.size()) return func;
    return renamed_[func.value].value_or(FuncIndex(0));
  }

  Result<void> rewrite_bodies() {
    for (wasm::Func& func : module_.funcs) {
      if (func.import) continue;
      wasm::BinaryWriter out;
      std::span<const std::uint8_t> bytes = func.body.bytes;
      std::size_t copied = 0;
      wasm::OperatorReader reader(module_.source, func.body);
      while (!reader.at_end()) {
        const wasm::Operator& op = *TRY(reader.next());
        if (!names_func(op.op)) continue;
        if (auto absent = absent_funcs_.find(op.func()); absent != absent_funcs_.end() && op.op == Op::kCall) {
          write_nothing(out.bytes(bytes.subspan(copied, op.position - copied)), absent->second);
          copied = reader.reader().position();
          continue;
        }
        // These opcodes are one byte; the index follows.
        out.bytes(bytes.subspan(copied, op.position + 1 - copied)).u32(renamed(op.func()).value);
        copied = reader.reader().position();
      }
      out.bytes(bytes.subspan(copied));
      own(func, out);
    }
    return {};
  }

  /// In place of a call: its arguments are dropped, its results are zero.
  static void write_nothing(wasm::BinaryWriter& out, const wasm::FuncType& type) {
    constexpr std::uint8_t kDrop = 0x1a, kI32Const = 0x41, kI64Const = 0x42, kUnreachable = 0x00;
    for (std::size_t i = 0; i < type.params.size(); ++i) out.u8(kDrop);
    for (const wasm::ValType& result : type.results) {
      if (result == wasm::ValType::i32()) {
        out.u8(kI32Const).s64(0);
      } else if (result == wasm::ValType::i64()) {
        out.u8(kI64Const).s64(0);
      } else {
        out.u8(kUnreachable);
      }
    }
  }

  void own(wasm::Func& func, wasm::BinaryWriter& out) {
    module_.owned.push_back(out.take());
    func.body = {module_.owned.back(), 0};
  }

  wasm::TypeIndex empty_type() {
    for (wasm::TypeIndex index : module_.types.ids()) {
      const auto* func = std::get_if<wasm::FuncType>(&module_.types[index].type);
      if (func != nullptr && *func == wasm::FuncType{} && module_.types[index].is_final) return index;
    }
    wasm::SubType type;
    type.type = wasm::FuncType{};
    module_.rec_groups.push_back(1);
    return module_.types.push(std::move(type));
  }

  /// `__stack_pointer` = end of a fresh page; then the adapter's own start function, if it has one.
  void add_start() {
    constexpr std::uint8_t kEnd = 0x0b, kIf = 0x04, kEmptyBlock = 0x40, kUnreachable = 0x00, kI32Const = 0x41,
                           kMemoryGrow = 0x40, kLocalTee = 0x22, kLocalGet = 0x20, kGlobalSet = 0x24, kI32Eq = 0x46,
                           kI32Add = 0x6a, kI32Shl = 0x74, kCall = 0x10;
    wasm::BinaryWriter out;
    out.u8(kI32Const).s64(1).u8(kMemoryGrow).u8(0).u8(kLocalTee).u32(0);
    out.u8(kI32Const).s64(-1).u8(kI32Eq).u8(kIf).u8(kEmptyBlock).u8(kUnreachable).u8(kEnd);
    out.u8(kLocalGet).u32(0).u8(kI32Const).s64(1).u8(kI32Add).u8(kI32Const).s64(kPageShift).u8(kI32Shl);
    out.u8(kGlobalSet).u32(stack_pointer_->value);
    if (std::optional<wasm::GlobalIndex> state = live_global(kStackStateName)) {
      out.u8(kI32Const).s64(kStackAllocated).u8(kGlobalSet).u32(state->value);
    }
    if (module_.start) out.u8(kCall).u32(renamed(*module_.start).value);
    out.u8(kEnd);
    wasm::Func func;
    func.type = empty_type();
    func.locals = {{1, wasm::ValType::i32()}};
    own(func, out);
    new_start_ = module_.funcs.push(std::move(func));
  }

  void rewrite_references() {
    for (wasm::Export& item : module_.exports) {
      if (item.kind == wasm::ExternKind::kFunc) item.index = renamed(FuncIndex(item.index)).value;
    }
    for (wasm::ElementSegment& segment : module_.elements) {
      auto* funcs = std::get_if<std::vector<FuncIndex>>(&segment.items);
      if (funcs == nullptr) continue;
      for (FuncIndex& func : *funcs) func = renamed(func);
    }
    if (module_.start) module_.start = renamed(*module_.start);
    if (new_start_) module_.start = new_start_;
    std::map<FuncIndex, std::string> names;
    for (auto& [func, name] : module_.names.funcs) {
      if (func.value < renamed_.size() && renamed_[func.value]) names.emplace(*renamed_[func.value], std::move(name));
    }
    if (new_start_) names.emplace(*new_start_, "allocate_stack");
    module_.names.funcs = std::move(names);
    module_.names.locals.clear();
  }

  wasm::Module module_;
  const std::set<std::string>& keep_;
  const std::set<std::string>& absent_;
  std::map<FuncIndex, wasm::FuncType> absent_funcs_;
  std::vector<bool> live_;
  std::vector<FuncIndex> work_;
  std::set<wasm::GlobalIndex> live_globals_;
  bool uses_memory_ = false;
  bool needs_stack_ = false;
  std::optional<wasm::GlobalIndex> stack_pointer_;
  std::vector<std::optional<FuncIndex>> renamed_;
  std::optional<FuncIndex> new_start_;
};

}  // namespace

Result<void> check_adapter_indices(const wasm::Module& module) {
  auto reject = [&](std::uint32_t offset, std::string message) {
    return error(DiagCode::kNewMismatch, {module.source, offset, offset + 1}, std::move(message))
        .hint("`witc validate` says more of what is wrong with the adapter");
  };
  auto is_func_type = [&](wasm::TypeIndex type) {
    return type.value < module.types.size() && std::holds_alternative<wasm::FuncType>(module.types[type].type);
  };
  for (const wasm::Import& import : module.imports) {
    const auto* type = std::get_if<wasm::TypeIndex>(&import.type);
    if (type != nullptr && !is_func_type(*type)) {
      return reject(import.offset, "import `" + import.module + "` `" + import.name + "` is of no function type");
    }
  }
  for (FuncIndex func : module.funcs.ids()) {
    if (!is_func_type(module.funcs[func].type)) {
      return reject(0, "function " + std::to_string(func.value) + " of the adapter is of no function type");
    }
  }
  for (const wasm::Export& item : module.exports) {
    if (item.kind == wasm::ExternKind::kFunc && item.index >= module.funcs.size()) {
      return reject(item.offset, "export `" + item.name + "` is function " + std::to_string(item.index) + ", but there are " +
                                     std::to_string(module.funcs.size()));
    }
  }
  return {};
}

Result<wasm::Module> trim_adapter(wasm::Module module, const std::set<std::string>& keep, const std::set<std::string>& absent) {
  return Trimmer(std::move(module), keep, absent).run();
}

}  // namespace witc::linker
