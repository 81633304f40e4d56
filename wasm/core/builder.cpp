// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasm/core/builder.h"

#include <algorithm>
#include <bit>

#include "wasm/core/type_binary.h"

namespace witc::wasm {
namespace {

// Functions defined here have provisional indices from this one on until the imports are counted.
constexpr std::uint32_t kDefined = 0x8000'0000;

std::vector<LocalGroup> group(const std::vector<ValType>& locals) {
  std::vector<LocalGroup> groups;
  for (const ValType& type : locals) {
    if (groups.empty() || groups.back().type != type) groups.push_back({0, type});
    ++groups.back().count;
  }
  return groups;
}

}  // namespace

// -- blocks and temporaries ---------------------------------------------------------------------

Block::Block(Block&& other) noexcept : function_(std::exchange(other.function_, nullptr)), depth_(other.depth_) {}

Block::~Block() { end(); }

void Block::end() {
  if (function_ != nullptr) std::exchange(function_, nullptr)->close(depth_);
}

void Block::else_() {
  WITC_CHECK(function_ != nullptr);
  function_->else_arm(depth_);
}

TempLocal::TempLocal(TempLocal&& other) noexcept
    : function_(std::exchange(other.function_, nullptr)), index_(other.index_), type_(other.type_) {}

TempLocal& TempLocal::operator=(TempLocal&& other) noexcept {
  if (this != &other) {
    release();
    function_ = std::exchange(other.function_, nullptr);
    index_ = other.index_;
    type_ = other.type_;
  }
  return *this;
}

TempLocal::~TempLocal() { release(); }

void TempLocal::release() {
  if (function_ != nullptr) std::exchange(function_, nullptr)->free_.emplace_back(type_, index_);
}

// -- the module ---------------------------------------------------------------------------------

struct ModuleBuilder::State {
  struct Body {
    bool defined = false;
    std::vector<ValType> locals;
    std::vector<std::uint8_t> code;
    std::vector<std::pair<std::size_t, FuncIndex>> calls;
  };
  Module module;  // functions hold the imported ones until `build`
  std::vector<Func> defined;
  std::vector<Body> bodies;
  std::vector<std::pair<FuncIndex, std::string>> func_names;
  std::map<std::pair<FuncIndex, LocalIndex>, std::string> local_names;

  std::span<const std::uint8_t> keep(std::vector<std::uint8_t> bytes) {
    return module.owned.emplace_back(std::move(bytes));
  }
  ConstExpr expr(Const value) {
    BinaryWriter out;
    out.u8(static_cast<std::uint8_t>(info(value.op).opcode)).s64(value.value).u8(0x0b);
    return {{keep(out.take()), 0}};
  }
  std::uint32_t import(std::string from, std::string field, ExternType type) {
    module.imports.push_back({std::move(from), std::move(field), type, 0});
    return static_cast<std::uint32_t>(module.imports.size() - 1);
  }
  Func& func(FuncIndex index) {
    return index.value >= kDefined ? defined.at(index.value - kDefined) : module.funcs[index];
  }
  [[nodiscard]] FuncIndex resolve(FuncIndex index) const {
    return index.value >= kDefined ? FuncIndex(index.value - kDefined + module.funcs.size()) : index;
  }
  std::vector<std::uint8_t> link(const Body& body) const;
};

/// The code with the final function indices put in.
std::vector<std::uint8_t> ModuleBuilder::State::link(const Body& body) const {
  BinaryWriter out;
  std::span<const std::uint8_t> code = body.code;
  std::size_t done = 0;
  for (auto [at, callee] : body.calls) {
    out.bytes(code.subspan(done, at - done)).u32(resolve(callee).value);
    done = at;
  }
  out.bytes(code.subspan(done));
  return out.take();
}

namespace {

/// An imported or defined item must not come after a definition when it is imported.
template <class Items>
void check_imports_first(const Items& items) {
  WITC_CHECK(items.empty() || items.back().import.has_value());
}

template <class Index>
void put_name(std::map<Index, std::string>& names, Index index, std::string name) {
  if (!name.empty()) names.emplace(index, std::move(name));
}

}  // namespace

ModuleBuilder::ModuleBuilder() : state_(std::make_unique<State>()) {}
ModuleBuilder::ModuleBuilder(ModuleBuilder&&) noexcept = default;
ModuleBuilder& ModuleBuilder::operator=(ModuleBuilder&&) noexcept = default;
ModuleBuilder::~ModuleBuilder() = default;

void ModuleBuilder::name(std::string name) { state_->module.names.module = std::move(name); }

TypeIndex ModuleBuilder::type(const FuncType& type) {
  Module& module = state_->module;
  for (TypeIndex index : module.types.ids()) {
    if (std::get<FuncType>(module.types[index].type) == type) return index;
  }
  module.rec_groups.push_back(1);
  return module.types.push({true, {}, type});
}

FuncIndex ModuleBuilder::import_func(std::string module, std::string field, const FuncType& type, std::string name) {
  TypeIndex index = this->type(type);
  std::uint32_t position = state_->import(std::move(module), std::move(field), index);
  FuncIndex func = state_->module.funcs.push({.type = index, .import = position});
  if (!name.empty()) state_->func_names.emplace_back(func, std::move(name));
  return func;
}

MemoryIndex ModuleBuilder::import_memory(std::string module, std::string field, MemoryType type, std::string name) {
  check_imports_first(state_->module.memories);
  std::uint32_t position = state_->import(std::move(module), std::move(field), type);
  MemoryIndex index = state_->module.memories.push({.type = type, .import = position});
  put_name(state_->module.names.memories, index, std::move(name));
  return index;
}

TableIndex ModuleBuilder::import_table(std::string module, std::string field, TableType type, std::string name) {
  check_imports_first(state_->module.tables);
  std::uint32_t position = state_->import(std::move(module), std::move(field), type);
  TableIndex index = state_->module.tables.push({.type = type, .import = position});
  put_name(state_->module.names.tables, index, std::move(name));
  return index;
}

GlobalIndex ModuleBuilder::import_global(std::string module, std::string field, GlobalType type, std::string name) {
  check_imports_first(state_->module.globals);
  std::uint32_t position = state_->import(std::move(module), std::move(field), type);
  GlobalIndex index = state_->module.globals.push({.type = type, .import = position});
  put_name(state_->module.names.globals, index, std::move(name));
  return index;
}

FuncIndex ModuleBuilder::declare_func(const FuncType& type, std::string name) {
  FuncIndex func(kDefined + state_->defined.size());
  state_->defined.push_back({.type = this->type(type)});
  state_->bodies.emplace_back();
  if (!name.empty()) state_->func_names.emplace_back(func, std::move(name));
  return func;
}

FunctionBuilder ModuleBuilder::define(FuncIndex func) { return FunctionBuilder(*this, func); }

MemoryIndex ModuleBuilder::memory(MemoryType type, std::string name) {
  MemoryIndex index = state_->module.memories.push({.type = type});
  put_name(state_->module.names.memories, index, std::move(name));
  return index;
}

TableIndex ModuleBuilder::table(TableType type, std::string name) {
  TableIndex index = state_->module.tables.push({.type = type});
  put_name(state_->module.names.tables, index, std::move(name));
  return index;
}

GlobalIndex ModuleBuilder::global(GlobalType type, Const init, std::string name) {
  GlobalIndex index = state_->module.globals.push({.type = type, .init = state_->expr(init)});
  put_name(state_->module.names.globals, index, std::move(name));
  return index;
}

ElemIndex ModuleBuilder::active_elements(TableIndex table, Const start, std::vector<FuncIndex> funcs) {
  return state_->module.elements.push({.mode = ElementSegment::kActive,
                                       .table = table,
                                       .start = state_->expr(start),
                                       .type = {false, {HeapType::kFunc, {}}},
                                       .items = std::move(funcs)});
}

ElemIndex ModuleBuilder::declare_elements(std::vector<FuncIndex> funcs) {
  return state_->module.elements.push(
      {.mode = ElementSegment::kDeclarative, .type = {false, {HeapType::kFunc, {}}}, .items = std::move(funcs)});
}

DataIndex ModuleBuilder::active_data(MemoryIndex memory, Const start, std::vector<std::uint8_t> bytes) {
  return state_->module.data.push(
      {.is_active = true, .memory = memory, .start = state_->expr(start), .bytes = state_->keep(std::move(bytes))});
}

DataIndex ModuleBuilder::passive_data(std::vector<std::uint8_t> bytes) {
  return state_->module.data.push({.bytes = state_->keep(std::move(bytes))});
}

void ModuleBuilder::custom_section(std::string name, std::vector<std::uint8_t> bytes) {
  constexpr std::uint8_t kDataSectionId = 11;
  state_->module.customs.push_back({std::move(name), state_->keep(std::move(bytes)), kDataSectionId, 0});
}

void ModuleBuilder::export_(std::string name, FuncIndex func) {
  state_->module.exports.push_back({std::move(name), ExternKind::kFunc, func.value});
}
void ModuleBuilder::export_(std::string name, MemoryIndex memory) {
  state_->module.exports.push_back({std::move(name), ExternKind::kMemory, memory.value});
}
void ModuleBuilder::export_(std::string name, TableIndex table) {
  state_->module.exports.push_back({std::move(name), ExternKind::kTable, table.value});
}
void ModuleBuilder::export_(std::string name, GlobalIndex global) {
  state_->module.exports.push_back({std::move(name), ExternKind::kGlobal, global.value});
}
void ModuleBuilder::start(FuncIndex func) { state_->module.start = func; }

const FuncType& ModuleBuilder::func_type(FuncIndex func) const {
  return std::get<FuncType>(state_->module.types[state_->func(func).type].type);
}

FuncIndex ModuleBuilder::final_index(FuncIndex func) const { return state_->resolve(func); }

Module ModuleBuilder::build() && {
  State& state = *state_;
  Module& module = state.module;
  // Everything that names a function, before the definitions join the index space.
  for (std::size_t i = 0; i < state.bodies.size(); ++i) {
    WITC_CHECK(state.bodies[i].defined);
    state.defined[i].locals = group(state.bodies[i].locals);
    state.defined[i].body = {state.keep(state.link(state.bodies[i])), 0};
  }
  for (Export& item : module.exports) {
    if (item.kind == ExternKind::kFunc) item.index = state.resolve(FuncIndex(item.index)).value;
  }
  if (module.start) module.start = state.resolve(*module.start);
  for (ElementSegment& segment : module.elements) {
    for (FuncIndex& item : std::get<std::vector<FuncIndex>>(segment.items)) item = state.resolve(item);
  }
  for (auto& [func, name] : state.func_names) module.names.funcs.emplace(state.resolve(func), std::move(name));
  for (auto& [key, name] : state.local_names) {
    module.names.locals.emplace(std::pair(state.resolve(key.first), key.second), std::move(name));
  }
  for (Func& func : state.defined) module.funcs.push(std::move(func));
  if (!module.data.empty()) module.data_count = static_cast<std::uint32_t>(module.data.size());
  Module built = std::move(module);
  state_.reset();
  return built;
}

// -- the function -------------------------------------------------------------------------------

FunctionBuilder::FunctionBuilder(ModuleBuilder& module, FuncIndex func) : module_(module), func_(func) {
  WITC_CHECK(func.value >= kDefined);
  ModuleBuilder::State::Body& body = module.state_->bodies.at(func.value - kDefined);
  WITC_CHECK(!body.defined);
  body.defined = true;
}

FunctionBuilder::~FunctionBuilder() {
  WITC_CHECK(open_ifs_.empty());
  opcode(Op::kEnd);
  ModuleBuilder::State::Body& body = module_.state_->bodies[func_.value - kDefined];
  body.locals = std::move(locals_);
  body.code = code_.take();
  body.calls = std::move(calls_);
}

const FuncType& FunctionBuilder::type() const { return module_.func_type(func_); }

LocalIndex FunctionBuilder::param(std::size_t position) const {
  WITC_CHECK(position < type().params.size());
  return LocalIndex(position);
}

LocalIndex FunctionBuilder::local(ValType type, std::string name) {
  LocalIndex index(this->type().params.size() + locals_.size());
  locals_.push_back(type);
  if (!name.empty()) module_.state_->local_names.emplace(std::pair(func_, index), std::move(name));
  return index;
}

TempLocal FunctionBuilder::temp(ValType type) {
  auto found = std::ranges::find(free_, type, &std::pair<ValType, LocalIndex>::first);
  if (found == free_.end()) return TempLocal(this, local(type), type);
  LocalIndex index = found->second;
  free_.erase(found);
  return TempLocal(this, index, type);
}

void FunctionBuilder::opcode(Op op) { write_opcode(code_, op); }

Block FunctionBuilder::open(Op op, const FuncType& type) {
  opcode(op);
  BlockType block;
  if (!type.params.empty() || type.results.size() > 1) {
    block = {BlockType::kFunc, {}, module_.type(type)};
  } else if (type.results.size() == 1) {
    block = {BlockType::kValue, type.results[0], {}};
  }
  write_block_type(code_, block);
  open_ifs_.push_back(op == Op::kIf);
  return Block(*this, static_cast<std::uint32_t>(open_ifs_.size()));
}

void FunctionBuilder::close(std::uint32_t depth) {
  WITC_CHECK(depth == open_ifs_.size());
  open_ifs_.pop_back();
  opcode(Op::kEnd);
}

void FunctionBuilder::else_arm(std::uint32_t depth) {
  WITC_CHECK(depth == open_ifs_.size() && open_ifs_.back());
  open_ifs_.back() = false;
  opcode(Op::kElse);
}

std::uint32_t FunctionBuilder::label(const Block& target) const {
  WITC_CHECK(target.function_ == this && target.depth_ <= open_ifs_.size());
  return static_cast<std::uint32_t>(open_ifs_.size()) - target.depth_;
}

Block FunctionBuilder::block(const FuncType& type) { return open(Op::kBlock, type); }
Block FunctionBuilder::loop(const FuncType& type) { return open(Op::kLoop, type); }
Block FunctionBuilder::if_(const FuncType& type) { return open(Op::kIf, type); }

FunctionBuilder& FunctionBuilder::br(const Block& target) { return op(Op::kBr, label(target)); }
FunctionBuilder& FunctionBuilder::br_if(const Block& target) { return op(Op::kBrIf, label(target)); }

FunctionBuilder& FunctionBuilder::br_table(const std::vector<const Block*>& targets, const Block& otherwise) {
  opcode(Op::kBrTable);
  code_.vec(targets, [this](BinaryWriter& to, const Block* target) { to.u32(label(*target)); });
  code_.u32(label(otherwise));
  return *this;
}

FunctionBuilder& FunctionBuilder::op(Op op) {
  WITC_CHECK(op != Op::kElse && op != Op::kEnd);  // those belong to Block
  opcode(op);
  return *this;
}

FunctionBuilder& FunctionBuilder::op(Op op, std::uint32_t index) {
  opcode(op);
  code_.u32(index);
  return *this;
}

FunctionBuilder& FunctionBuilder::op(Op op, const MemArg& memarg) {
  opcode(op);
  bool other_memory = memarg.memory.value != 0;
  code_.u32(memarg.align | (other_memory ? 0x40 : 0));
  if (other_memory) code_.u32(memarg.memory.value);
  code_.u64(memarg.offset);
  return *this;
}

FunctionBuilder& FunctionBuilder::with_func(Op op, FuncIndex func) {
  opcode(op);
  calls_.emplace_back(code_.size(), func);
  return *this;
}

FunctionBuilder& FunctionBuilder::i32_const(std::int32_t value) {
  opcode(Op::kI32Const);
  code_.s64(value);
  return *this;
}

FunctionBuilder& FunctionBuilder::i64_const(std::int64_t value) {
  opcode(Op::kI64Const);
  code_.s64(value);
  return *this;
}

FunctionBuilder& FunctionBuilder::f32_const(float value) {
  opcode(Op::kF32Const);
  code_.u32_le(std::bit_cast<std::uint32_t>(value));
  return *this;
}

FunctionBuilder& FunctionBuilder::f64_const(double value) {
  opcode(Op::kF64Const);
  code_.u64_le(std::bit_cast<std::uint64_t>(value));
  return *this;
}

FunctionBuilder& FunctionBuilder::call(FuncIndex func) { return with_func(Op::kCall, func); }
FunctionBuilder& FunctionBuilder::return_call(FuncIndex func) { return with_func(Op::kReturnCall, func); }
FunctionBuilder& FunctionBuilder::ref_func(FuncIndex func) { return with_func(Op::kRefFunc, func); }

FunctionBuilder& FunctionBuilder::ref_null(HeapType type) {
  opcode(Op::kRefNull);
  write_heap_type(code_, type);
  return *this;
}

FunctionBuilder& FunctionBuilder::call_indirect(const FuncType& type, TableIndex table) {
  opcode(Op::kCallIndirect);
  code_.u32(module_.type(type).value).u32(table.value);
  return *this;
}

FunctionBuilder& FunctionBuilder::memory_copy(MemoryIndex to, MemoryIndex from) {
  opcode(Op::kMemoryCopy);
  code_.u32(to.value).u32(from.value);
  return *this;
}

FunctionBuilder& FunctionBuilder::memory_init(DataIndex data, MemoryIndex memory) {
  opcode(Op::kMemoryInit);
  code_.u32(data.value).u32(memory.value);
  return *this;
}

}  // namespace witc::wasm
