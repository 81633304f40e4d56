// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A dump is an ordinary Module, written by the ordinary encoder.
#include "engine/coredump.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>

#include "engine/runtime/store.h"
#include "wasm/binary_writer.h"
#include "wasm/core/encode.h"
#include "wasm/core/operators.h"
#include "wasm/core/type_binary.h"

namespace witc::engine {
namespace {

using wasm::BinaryWriter;

constexpr std::uint8_t kBeforeAll = 0;
constexpr std::uint8_t kAfterData = 11;
constexpr std::size_t kMinChunk = 4096;
constexpr std::size_t kMaxSegments = 50'000;  // half of what implementations take in a module

wasm::HeapType::Kind top_of(const wasm::Module& module, const wasm::HeapType& heap) {
  switch (heap.kind) {
    case wasm::HeapType::kFunc:
    case wasm::HeapType::kNoFunc:
      return wasm::HeapType::kFunc;
    case wasm::HeapType::kExtern:
    case wasm::HeapType::kNoExtern:
      return wasm::HeapType::kExtern;
    case wasm::HeapType::kExn:
    case wasm::HeapType::kNoExn:
      return wasm::HeapType::kExn;
    case wasm::HeapType::kCont:
    case wasm::HeapType::kNoCont:
      return wasm::HeapType::kCont;
    case wasm::HeapType::kAny:
    case wasm::HeapType::kEq:
    case wasm::HeapType::kI31:
    case wasm::HeapType::kStruct:
    case wasm::HeapType::kArray:
    case wasm::HeapType::kNone:
      return wasm::HeapType::kAny;
    case wasm::HeapType::kIndex:
      return std::holds_alternative<wasm::FuncType>(module.types[heap.index].type) ? wasm::HeapType::kFunc
                                                                                   : wasm::HeapType::kAny;
  }
  return wasm::HeapType::kAny;
}

/// Of the locals as they stand before a body's first operator.
std::uint32_t size_of_locals(const wasm::Func& func) {
  BinaryWriter out;
  out.vec(func.locals, [](BinaryWriter& item, const wasm::LocalGroup& group) {
    item.u32(group.count);
    wasm::write_val_type(item, group.type);
  });
  return static_cast<std::uint32_t>(out.size());
}

class Dump {
 public:
  Dump(Instance::Impl& store, const Trap& trap) : store_(store), trap_(trap) {}

  std::vector<std::uint8_t> make(std::string_view name) {
    custom("core", kBeforeAll, [&](BinaryWriter& out) { out.u8(0).name(name); });
    for (const Definition& memory : store_.code->layout.memories()) {
      if (!Layout::is_block(store_.program(), memory.number)) add_memory(memory);
    }
    for (InstanceId id : store_.program().instances.ids()) add_globals(id);
    modules();
    instances();
    stack();
    return wasm::encode_module(dump_);
  }

 private:
  template <class Fill>
  void custom(const char* name, std::uint8_t after, Fill&& fill) {
    BinaryWriter out;
    fill(out);
    wasm::CustomSection section{name, keep(out), after, 0};
    dump_.customs.push_back(std::move(section));
  }
  std::span<const std::uint8_t> keep(BinaryWriter& out) { return dump_.owned.emplace_back(out.take()); }

  wasm::ConstExpr constant(wasm::Op op, std::int64_t value) {
    BinaryWriter code;
    write_opcode(code, op);
    code.s64(value);
    write_opcode(code, wasm::Op::kEnd);
    return {{keep(code), 0}};
  }

  /// In chunks, each without the zeros at its ends: one segment would be mostly zeros, and without any, segments would
  /// be too many.
  void add_memory(const Definition& where) {
    wasm::Memory memory{store_.code->layout.memory_type(store_.program(), where.number), {}, 0};
    const MemoryEntry& entry = store_.at<MemoryEntry>(where.offset);
    memory.type.limits.min = entry.size() >> memory.type.page_size_log2;
    const wasm::MemoryIndex index = dump_.memories.push(memory);
    memories_[where.number] = index.value;
    const std::span<const std::uint8_t> bytes(entry.base, entry.size());
    const std::size_t chunk = std::max(kMinChunk, std::bit_ceil(bytes.size() / kMaxSegments));
    auto is_set = [](std::uint8_t byte) { return byte != 0; };
    for (std::size_t at = 0; at < bytes.size(); at += chunk) {
      const auto part = bytes.subspan(at, std::min(chunk, bytes.size() - at));
      const auto first = std::find_if(part.begin(), part.end(), is_set);
      if (first == part.end()) continue;
      const auto last = std::find_if(part.rbegin(), part.rend(), is_set).base();
      const auto start = static_cast<std::int64_t>(at) + (first - part.begin());
      wasm::DataSegment segment{true, index, {}, {first, last}, 0};
      segment.start = memory.type.limits.is_64
                          ? constant(wasm::Op::kI64Const, start)
                          : constant(wasm::Op::kI32Const, static_cast<std::int32_t>(static_cast<std::uint32_t>(start)));
      dump_.data.push(std::move(segment));
    }
  }

  void add_globals(InstanceId id) {
    const wasm::Module& module = store_.module(id);
    for (wasm::GlobalIndex index : module.globals.ids()) {
      const Definition& where = store_.layout(id).globals[index.value];
      if (where.instance != id) continue;  // imported
      wasm::Global global{module.globals[index].type, {}, {}, 0};
      global.init = value_of(module, global.type.type, store_.global_slots(id, index.value));
      globals_[where.number] = dump_.globals.push(global).value;
    }
  }

  /// References become null, of the type at the top of theirs.
  wasm::ConstExpr value_of(const wasm::Module& module, wasm::ValType& type, std::span<const std::uint64_t> slots) {
    BinaryWriter code;
    switch (type.kind) {
      case wasm::ValType::kI32:
        return constant(wasm::Op::kI32Const, static_cast<std::int32_t>(static_cast<std::uint32_t>(slots[0])));
      case wasm::ValType::kI64:
        return constant(wasm::Op::kI64Const, static_cast<std::int64_t>(slots[0]));
      case wasm::ValType::kF32:
        write_opcode(code, wasm::Op::kF32Const);
        code.u32_le(static_cast<std::uint32_t>(slots[0]));
        break;
      case wasm::ValType::kF64:
        write_opcode(code, wasm::Op::kF64Const);
        code.u64_le(slots[0]);
        break;
      case wasm::ValType::kV128:
        write_opcode(code, wasm::Op::kV128Const);
        for (std::uint64_t slot : slots) code.u64_le(slot);
        break;
      case wasm::ValType::kRef:
        type = wasm::ValType::of({true, {top_of(module, type.ref.heap), {}}});
        write_opcode(code, wasm::Op::kRefNull);
        wasm::write_heap_type(code, type.ref.heap);
        break;
    }
    write_opcode(code, wasm::Op::kEnd);
    return {{keep(code), 0}};
  }

  void modules() {
    std::vector<std::string> names;
    for (const CoreInstance& instance : store_.program().instances) {
      if (!modules_.emplace(instance.module, static_cast<std::uint32_t>(names.size())).second) continue;
      const auto& name = instance.module->names.module;
      names.push_back(name ? *name : instance.name.empty() ? fmt::format("<module {}>", names.size()) : instance.name);
    }
    custom("coremodules", kAfterData, [&](BinaryWriter& out) {
      out.vec(names, [](BinaryWriter& item, const std::string& name) { item.u8(0).name(name); });
    });
  }

  void instances() {
    custom("coreinstances", kAfterData, [&](BinaryWriter& out) {
      out.u32(static_cast<std::uint32_t>(store_.program().instances.size()));
      for (InstanceId id : store_.program().instances.ids()) {
        out.u8(0).u32(modules_.at(&store_.module(id)));
        std::vector<std::uint32_t> memories;
        for (const Definition& memory : store_.layout(id).memories) {
          if (auto dumped = memories_.find(memory.number); dumped != memories_.end()) memories.push_back(dumped->second);
        }
        out.vec(memories, [](BinaryWriter& item, std::uint32_t memory) { item.u32(memory); });
        out.vec(store_.layout(id).globals,
                [&](BinaryWriter& item, const Definition& global) { item.u32(globals_.at(global.number)); });
      }
    });
  }

  void stack() {
    custom("corestack", kAfterData, [&](BinaryWriter& out) {
      out.u8(0).name("main");
      out.vec(trap_.frames, [&](BinaryWriter& item, const Frame& frame) {
        const wasm::Func& func = store_.module(frame.instance).funcs[frame.func];
        const std::uint32_t offset = size_of_locals(func) + frame.offset - frame.body_offset;
        item.u8(0).u32(frame.instance.value).u32(frame.func.value).u32(offset);
        item.u32(0).u32(0);  // locals, operands
      });
    });
  }

  Instance::Impl& store_;
  const Trap& trap_;
  wasm::Module dump_;
  std::map<const wasm::Module*, std::uint32_t> modules_;
  std::map<std::uint32_t, std::uint32_t> memories_, globals_;  // by number in the program
};

}  // namespace

std::vector<std::uint8_t> make_coredump(Instance& instance, const Trap& trap, std::string_view name) {
  return Dump(instance.impl(), trap).make(name);
}

}  // namespace witc::engine
