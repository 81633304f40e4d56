// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The declarations of a random module: types, memories, tables, globals, segments, and functions of which at least one
// is exported. Table 0 holds all functions in order, and is now and then one that never changes; everything else whose end state is compared is exported.
#include <fmt/format.h>

#include <array>
#include <cstdlib>

#include "base/check.h"
#include "tests/differential/body_generator.h"
#include "tests/differential/generator.h"
#include "wasm/core/encode.h"
#include "wasm/core/type_binary.h"

namespace witc::differential {
namespace {

using wasm::Feature;
using wasm::HeapType;
using wasm::Op;
using wasm::TypeIndex;
using wasm::ValType;

class ModuleGenerator {
 public:
  ModuleGenerator(std::uint64_t seed, wasm::Features features) : random_(seed), features_(choose(features)) {}

  Generated run() {
    aggregate_types();
    function_types();
    tags();
    memories();
    globals();
    functions();
    tables();
    data();
    const auto context = wasm::validate_declarations(module_, features_);
    if (!context) {
      fmt::print(stderr, "the generator declared what is not valid: {}\n", context.error()->message);
      std::abort();
    }
    for (wasm::FuncIndex func : module_.funcs.ids()) {
      module_.funcs[func].body = own(BodyGenerator(*context, func, random_).run());
    }
    if (!uses([](const wasm::OpInfo& row) { return row.immediates == wasm::ImmediateKind::kData ||
                                                   row.immediates == wasm::ImmediateKind::kMemoryInit ||
                                                   row.immediates == wasm::ImmediateKind::kTypeData; })) {
      module_.data_count.reset();  // as in binaries made of text
    }
    const bool is_relaxed = uses([](const wasm::OpInfo& row) { return row.feature == Feature::kRelaxedSimd; });
    return {wasm::encode_module(module_), is_relaxed};
  }

 private:
  wasm::Features choose(wasm::Features features);
  [[nodiscard]] bool has(Feature feature) const { return features_.has(feature); }
  wasm::Code own(std::vector<std::uint8_t> bytes) {
    module_.owned.push_back(std::move(bytes));
    return {module_.owned.back(), 0};
  }
  template <class Fill>
  wasm::ConstExpr expression(Fill&& fill) {
    wasm::BinaryWriter out;
    fill(out);
    wasm::write_opcode(out, Op::kEnd);
    return {own(out.take())};
  }
  wasm::ConstExpr address(bool is_64, std::uint32_t value);
  wasm::ConstExpr initial_value(const ValType& type);
  ValType number();
  ValType any_type(bool may_be_aggregate);
  wasm::StorageType storage(std::uint32_t types_so_far);
  TypeIndex add_type(wasm::FuncType type);
  void aggregate_types();
  void function_types();
  void tags();
  void memories();
  void globals();
  void functions();
  void tables();
  void data();
  void export_(std::string name, wasm::ExternKind kind, std::uint32_t index) {
    module_.exports.push_back({std::move(name), kind, index, 0});
  }
  template <class Is>
  [[nodiscard]] bool uses(Is&& is) const;

  Random random_;
  wasm::Features features_;
  wasm::Module module_;
  std::vector<TypeIndex> func_types_;
};

/// Those of the first proposals always, most of the others in every second module, with what they build on.
wasm::Features ModuleGenerator::choose(wasm::Features features) {
  for (Feature feature : {Feature::kSimd, Feature::kRelaxedSimd, Feature::kMultiMemory, Feature::kMemory64,
                          Feature::kExceptions, Feature::kFunctionReferences, Feature::kGc, Feature::kThreads,
                          Feature::kCustomPageSizes}) {
    if (random_.percent(50)) features.set(feature, false);
  }
  if (!features.has(Feature::kSimd) || random_.percent(60)) features.set(Feature::kRelaxedSimd, false);
  if (!features.has(Feature::kFunctionReferences)) {
    features.set(Feature::kGc, false);
    features.set(Feature::kExceptions, false);
  }
  return features;
}

wasm::ConstExpr ModuleGenerator::address(bool is_64, std::uint32_t value) {
  return expression([&](wasm::BinaryWriter& out) {
    wasm::write_opcode(out, is_64 ? Op::kI64Const : Op::kI32Const);
    out.s64(static_cast<std::int32_t>(value));
  });
}

wasm::ConstExpr ModuleGenerator::initial_value(const ValType& type) {
  return expression([&](wasm::BinaryWriter& out) {
    switch (type.kind) {
      case ValType::kI32:
        wasm::write_opcode(out, Op::kI32Const);
        out.s64(static_cast<std::int32_t>(interesting_i32(random_)));
        if (random_.percent(30) && has(Feature::kExtendedConst)) {
          wasm::write_opcode(out, Op::kI32Const);
          out.s64(static_cast<std::int32_t>(interesting_i32(random_)));
          wasm::write_opcode(out, random_.percent(50) ? Op::kI32Mul : Op::kI32Sub);
        }
        return;
      case ValType::kI64:
        wasm::write_opcode(out, Op::kI64Const);
        out.s64(static_cast<std::int64_t>(interesting_i64(random_)));
        return;
      case ValType::kF32:
        wasm::write_opcode(out, Op::kF32Const);
        out.u32_le(interesting_f32(random_));
        return;
      case ValType::kF64:
        wasm::write_opcode(out, Op::kF64Const);
        out.u64_le(interesting_f64(random_));
        return;
      case ValType::kV128:
        wasm::write_opcode(out, Op::kV128Const);
        out.u64_le(interesting_i64(random_)).u64_le(interesting_f64(random_));
        return;
      case ValType::kRef:
        if (type.ref.heap.kind == HeapType::kI31) {
          wasm::write_opcode(out, Op::kI32Const);
          out.s64(static_cast<std::int32_t>(interesting_i32(random_)));
          return wasm::write_opcode(out, Op::kRefI31);
        }
        wasm::write_opcode(out, Op::kRefNull);
        wasm::write_heap_type(out, type.ref.heap);
    }
  });
}

ValType ModuleGenerator::number() {
  const ValType types[] = {ValType::i32(), ValType::i64(), ValType::f32(), ValType::f64(), ValType::v128()};
  return types[random_.below(has(Feature::kSimd) ? 5 : 4)];
}

/// A number mostly, else a nullable reference.
ValType ModuleGenerator::any_type(bool may_be_aggregate) {
  if (!has(Feature::kReferenceTypes) || random_.percent(75)) return number();
  std::vector<HeapType> heaps = {{HeapType::kFunc, {}}, {HeapType::kExtern, {}}};
  if (has(Feature::kExceptions)) heaps.push_back({HeapType::kExn, {}});
  if (has(Feature::kFunctionReferences)) {
    for (TypeIndex type : func_types_) heaps.push_back({HeapType::kIndex, type});
  }
  if (has(Feature::kGc) && may_be_aggregate) {
    for (auto kind : {HeapType::kAny, HeapType::kEq, HeapType::kI31, HeapType::kStruct, HeapType::kArray}) {
      heaps.push_back({kind, {}});
    }
    for (std::uint32_t i = 0; i < module_.types.size(); ++i) heaps.push_back({HeapType::kIndex, TypeIndex(i)});
  }
  return ValType::of({true, random_.one_of(heaps)});
}

wasm::StorageType ModuleGenerator::storage(std::uint32_t types_so_far) {
  const std::uint32_t choice = random_.below(10);
  if (choice == 0) return {wasm::StorageType::kI8, ValType::i32()};
  if (choice == 1) return {wasm::StorageType::kI16, ValType::i32()};
  if (choice < 4) {
    return {wasm::StorageType::kNone, ValType::of({true, {HeapType::kIndex, TypeIndex(random_.below(types_so_far))}})};
  }
  return {wasm::StorageType::kNone, any_type(false)};
}

/// One recursion group of structs and arrays, and then subtypes of its structs.
void ModuleGenerator::aggregate_types() {
  if (!has(Feature::kGc)) return;
  const std::uint32_t count = random_.between(2, 5);
  for (std::uint32_t i = 0; i < count; ++i) {
    wasm::SubType type;
    type.is_final = false;
    if (random_.percent(50)) {
      wasm::StructType fields;
      for (std::uint32_t n = random_.below(6); n > 0; --n) fields.fields.push_back({storage(count), random_.percent(70)});
      type.type = std::move(fields);
    } else {
      type.type = wasm::ArrayType{{storage(count), random_.percent(80)}};
    }
    module_.types.push(std::move(type));
  }
  module_.rec_groups.push_back(count);
  for (std::uint32_t n = random_.below(4); n > 0; --n) {
    const TypeIndex super(random_.below(module_.types.size()));
    wasm::SubType type = module_.types[super];
    type.supertypes = {super};
    type.is_final = false;
    if (auto* fields = std::get_if<wasm::StructType>(&type.type)) fields->fields.push_back({storage(count), true});
    module_.types.push(std::move(type));
    module_.rec_groups.push_back(1);
  }
}

TypeIndex ModuleGenerator::add_type(wasm::FuncType type) {
  const TypeIndex index = module_.types.push({true, {}, std::move(type)});
  module_.rec_groups.push_back(1);
  return index;
}

void ModuleGenerator::function_types() {
  const std::uint32_t count = random_.between(2, 5);
  for (std::uint32_t i = 0; i < count; ++i) {
    wasm::FuncType type;
    const bool is_large = random_.percent(10);
    for (std::uint32_t n = random_.below(is_large ? 14 : 5); n > 0; --n) {
      type.params.push_back(i == 0 ? number() : any_type(true));  // the first can be called from outside
    }
    const std::uint32_t results = random_.below(is_large ? 9 : 3);
    for (std::uint32_t n = has(Feature::kMultiValue) ? results : results % 2; n > 0; --n) {
      type.results.push_back(any_type(true));
    }
    func_types_.push_back(add_type(std::move(type)));
  }
}

/// With the types that the blocks around their handlers have.
void ModuleGenerator::tags() {
  if (!has(Feature::kExceptions)) return;
  for (std::uint32_t n = random_.between(1, 3); n > 0; --n) {
    wasm::FuncType type;
    for (std::uint32_t p = random_.below(4); p > 0; --p) type.params.push_back(any_type(true));
    wasm::FuncType giving{{}, type.params};
    const TypeIndex index = add_type(type);
    add_type(giving);
    giving.results.push_back(ValType::of({false, {HeapType::kExn, {}}}));
    add_type(giving);
    module_.tags.push({{index}, {}, 0});
  }
}

void ModuleGenerator::memories() {
  const std::uint32_t count = has(Feature::kMultiMemory) ? random_.below(4) : random_.percent(90) ? 1 : 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    wasm::MemoryType type;
    if (has(Feature::kCustomPageSizes) && random_.percent(50)) {
      type.page_size_log2 = 0;
      type.limits.min = random_.between(0x100, 0x3000);
    } else {
      type.limits.min = random_.between(1, 2);
    }
    type.limits.max = type.limits.min + random_.below(3);
    type.limits.is_64 = has(Feature::kMemory64) && random_.percent(60);
    type.is_shared = has(Feature::kThreads) && type.page_size_log2 == 16 && random_.percent(50);
    export_(fmt::format("m{}", i), wasm::ExternKind::kMemory, i);
    module_.memories.push({type, {}, 0});
  }
}

void ModuleGenerator::globals() {
  module_.globals.push({{ValType::i32(), true}, {}, address(false, 0), 0});
  export_("fuel", wasm::ExternKind::kGlobal, kFuel.value);
  for (std::uint32_t n = random_.between(1, 8); n > 0; --n) {
    const ValType type = any_type(true);
    const wasm::GlobalIndex index = module_.globals.push({{type, random_.percent(80)}, {}, initial_value(type), 0});
    export_(fmt::format("g{}", index.value), wasm::ExternKind::kGlobal, index.value);
  }
}

/// Equal ones in a row are one group, as in binaries made of text.
void add_local(wasm::Func& func, const ValType& type) {
  if (!func.locals.empty() && func.locals.back().type == type) {
    ++func.locals.back().count;
  } else {
    func.locals.push_back({1, type});
  }
}

void ModuleGenerator::functions() {
  const std::uint32_t count = random_.between(2, 5);
  wasm::ElementSegment all;
  all.mode = wasm::ElementSegment::kDeclarative;
  std::vector<wasm::FuncIndex> indices;
  for (std::uint32_t i = 0; i < count; ++i) {
    wasm::Func func;
    func.type = i == 0 ? func_types_[0] : random_.one_of(func_types_);
    for (std::uint32_t n = random_.below(12); n > 0; --n) add_local(func, any_type(true));
    add_local(func, ValType::f32());  // scratch space
    add_local(func, ValType::f64());
    if (has(Feature::kSimd)) add_local(func, ValType::v128());
    const wasm::FuncIndex index = module_.funcs.push(std::move(func));
    indices.push_back(index);
    const auto& params = module_.func_type(index).params;
    if (std::ranges::none_of(params, &ValType::is_ref)) {
      export_(fmt::format("f{}", i), wasm::ExternKind::kFunc, i);
    }
  }
  all.type = {false, {HeapType::kFunc, {}}};
  all.items = std::move(indices);
  module_.elements.push(std::move(all));
}

/// Table 0 of functions, maybe one more of them and one of external references; passive segments.
void ModuleGenerator::tables() {
  const std::uint32_t count = has(Feature::kReferenceTypes) ? random_.between(1, 3) : 1;
  for (std::uint32_t i = 0; i < count; ++i) {
    wasm::TableType type;
    type.element = {true, {i == 0 || random_.percent(50) ? HeapType::kFunc : HeapType::kExtern, {}}};
    type.limits.min = random_.between(8, 12);
    type.limits.max = type.limits.min + random_.below(6);
    type.limits.is_64 = has(Feature::kMemory64) && random_.percent(50);
    if (i != 0 || random_.percent(60)) export_(fmt::format("t{}", i), wasm::ExternKind::kTable, i);
    module_.tables.push({type, {}, {}, 0});
  }
  wasm::ElementSegment active;
  active.mode = wasm::ElementSegment::kActive;
  active.start = address(module_.tables[wasm::TableIndex(0)].type.limits.is_64, 0);
  active.type = {false, {HeapType::kFunc, {}}};
  active.items = std::get<std::vector<wasm::FuncIndex>>(module_.elements[wasm::ElemIndex(0)].items);
  wasm::ElementSegment passive = active;
  module_.elements.push(std::move(active));
  if (!has(Feature::kBulkMemory)) return;
  passive.mode = wasm::ElementSegment::kPassive;
  passive.start.reset();
  auto& items = std::get<std::vector<wasm::FuncIndex>>(passive.items);
  while (items.size() < 6) items.emplace_back(random_.below(module_.funcs.size()));
  module_.elements.push(std::move(passive));
}

void ModuleGenerator::data() {
  for (std::uint32_t n = random_.below(4); n > 0; --n) {
    std::vector<std::uint8_t> bytes(random_.below(80));
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(interesting_i32(random_));
    wasm::DataSegment segment;
    segment.is_active = !has(Feature::kBulkMemory) || random_.percent(50);
    if (segment.is_active && module_.memories.empty()) continue;
    if (segment.is_active) {
      segment.memory = wasm::MemoryIndex(random_.below(module_.memories.size()));
      const wasm::MemoryType& type = module_.memories[segment.memory].type;
      const auto size = static_cast<std::uint32_t>(type.limits.min << type.page_size_log2);
      const std::uint32_t start = random_.percent(1) ? size - random_.below(40) : random_.below(size - 80);
      segment.start = address(type.limits.is_64, start);
    }
    segment.bytes = own(std::move(bytes)).bytes;
    module_.data.push(std::move(segment));
  }
  if (has(Feature::kBulkMemory)) module_.data_count = static_cast<std::uint32_t>(module_.data.size());
}

/// Has a body such an operator.
template <class Is>
bool ModuleGenerator::uses(Is&& is) const {
  for (const wasm::Func& func : module_.funcs) {
    wasm::OperatorReader reader(module_.source, func.body);
    while (!reader.at_end()) {
      const auto op = reader.next();
      WITC_CHECK(op.has_value());
      if (is(wasm::info((*op)->op))) return true;
    }
  }
  return false;
}

}  // namespace

Generated generate(std::uint64_t seed, wasm::Features features) { return ModuleGenerator(seed, features).run(); }

}  // namespace witc::differential
