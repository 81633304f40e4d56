// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The heap as part of a store: when it is made, what its roots are, and the objects that constant expressions and the
// host ask for. Roots are exact in globals, tables and segments; on the stack every word counts that is an address in
// the heap: of compiled code's frames, and of C++ ones from the collector's own up to the outermost entry (C++ frames hold what
// compiled code had in callee-saved registers).
#include <algorithm>
#include <cstring>

#include "engine/arch/arch.h"
#include "engine/runtime/reference.h"
#include "engine/runtime/store.h"

namespace witc::engine {
namespace {

/// Writes a value as a field or element holds it. Integers are little-endian, so packing takes the first bytes.
void write_storage(std::uint64_t address, std::uint32_t bytes, const std::uint64_t* slots) {
  std::memcpy(reinterpret_cast<void*>(address), slots, bytes);
}

__attribute__((noinline, no_sanitize("address"))) void mark_stack(Heap& heap) {
  std::uint64_t registers[arch::kCalleeSaved];
  const std::uintptr_t stack = arch::witc_engine_callee_saved(registers);
  heap.mark_range(registers, registers + arch::kCalleeSaved);
  const std::uintptr_t top = outermost_entry();
  constexpr std::uintptr_t kWord = alignof(std::uint64_t);
  if (top <= stack) return;  // nothing of ours, or the entry is on another stack
  heap.mark_range(reinterpret_cast<const void*>(stack & ~(kWord - 1)), reinterpret_cast<const void*>(top & ~(kWord - 1)));
  const StackRange guest = guest_frames();
  heap.mark_range(reinterpret_cast<const void*>(guest.begin), reinterpret_cast<const void*>(guest.end));
}

}  // namespace

ExceptionObject* ExceptionPool::take(std::uint64_t slots) {
  std::vector<ExceptionObject*>& free = free_[slots];
  if (free.empty()) return nullptr;
  ExceptionObject* object = free.back();
  free.pop_back();
  return object;
}

void Instance::Impl::find_reference_items() {
  const TypeSpace& types = code->layout.types();
  for (InstanceId id : program().instances.ids()) {
    const TypeSpace::Ids& ids = *layout(id).types;
    for (wasm::GlobalIndex index : module(id).globals.ids()) {
      const wasm::Global& global = module(id).globals[index];
      if (global.import || !may_be_object(types, TypeSpace::canonical(global.type.type, ids))) continue;
      reference_globals.push_back(layout(id).globals[index.value].offset);
    }
    for (wasm::TableIndex index : module(id).tables.ids()) {
      const wasm::Table& table = module(id).tables[index];
      const auto element = wasm::ValType::of(TypeSpace::canonical(table.type.element, ids));
      if (!table.import && may_be_object(types, element)) {
        reference_tables.push_back(layout(id).tables[index.value].offset);
      }
    }
  }
}

bool Instance::Impl::make_heap() {
  auto made = Heap::make({code->layout.objects()}, std::span<AllocRun, kSizeClasses>(header().runs),
                         code->options.max_gc_heap_bytes);
  if (!made) return false;
  heap = *std::move(made);
  heap->mark_roots = [this](Heap& marking) { mark_roots(marking); };
  find_reference_items();
  return true;
}

/// After instances were added.
void Instance::Impl::update_heap() {
  heap->set_types({code->layout.objects()});
  reference_globals.clear();
  reference_tables.clear();
  find_reference_items();
}

std::uint64_t Instance::Impl::allocate(std::uint64_t object_header, std::uint64_t bytes, bool may_collect) {
  if (!heap && !make_heap()) return 0;
  return heap->allocate(object_header, bytes, may_collect);
}

void Instance::Impl::mark_roots(Heap& marking) {
  exceptions.forget();
  mark_stack(marking);
  marking.mark(header().pending_exn);
  for (std::uint64_t reference : roots) marking.mark(reference);
  for (const auto& exception : thrown) {
    if (const auto held = exception.lock()) {
      for (std::uint64_t word : held->payload) marking.mark(word);
    }
  }
  for (std::uint32_t offset : reference_globals) marking.mark(at<std::uint64_t>(offset));
  for (std::uint32_t offset : reference_tables) {
    const TableEntry& table = at<TableEntry>(offset);
    marking.mark_range(table.base, table.base + table.size);
  }
  for (InstanceId id : program().instances.ids()) {
    for (std::uint32_t i = 0; i < elements[id.value].size(); ++i) {
      const ElemEntry& entry = elem(id, i);
      if (entry.size != 0) marking.mark_range(entry.references, entry.references + entry.size);
    }
  }
}

void Instance::Impl::collect_garbage() {
  if (heap) heap->collect();
}

std::uint64_t Instance::Impl::any_convert_extern(std::uint64_t reference, bool may_collect) {
  if (reference == 0) return 0;
  if (heap) {
    if (heap->contains(reference)) return reference;
    if (heap->is_extern_i31(reference)) return make_i31(heap->i31_of_extern(reference));
  }
  const std::uint64_t box =
      allocate(code->layout.special_type(SpecialType::kHost), kObjectHeader + sizeof reference, may_collect);
  if (box != 0) write_storage(box + kObjectHeader, sizeof reference, &reference);
  return box;
}

std::uint64_t Instance::Impl::extern_convert_any(std::uint64_t reference) {
  if (reference == 0) return 0;
  if (is_i31(reference)) return heap || make_heap() ? heap->extern_of_i31(i31_bits(reference)) : 0;
  const auto* words = reinterpret_cast<const std::uint64_t*>(reference);
  return words[0] == code->layout.special_type(SpecialType::kHost) ? words[1] : reference;
}

ExceptionObject* Instance::Impl::new_exception(std::uint32_t tag, std::uint64_t slots, bool may_collect) {
  ExceptionObject* object = exceptions.take(slots);
  if (object == nullptr) {
    const std::uint64_t words = slots + 1;
    const std::uint64_t header_word = code->layout.special_type(SpecialType::kWords) | words << 32;
    object = reinterpret_cast<ExceptionObject*>(
        allocate(header_word, kObjectHeader + words * sizeof(std::uint64_t), may_collect));
    if (object == nullptr) return nullptr;
  }
  object->tag = tag;
  object->escaped = 0;
  std::fill_n(object->payload(), slots, 0);
  return object;
}

std::uint64_t Instance::Impl::new_struct(std::uint32_t type_id, std::span<const std::uint64_t> fields) {
  const ObjectLayout& object = code->layout.object(type_id);
  const auto& type = std::get<wasm::StructType>(code->layout.type(type_id).type);
  const std::uint64_t made = allocate(type_id, object.bytes, /*may_collect=*/false);
  if (made == 0 || fields.empty()) return made;
  const std::uint64_t* slots = fields.data();
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    const wasm::StorageType& storage = type.fields[i].storage;
    write_storage(made + object.offsets[i], storage_bytes(storage), slots);
    slots += slot_count(storage.type);
  }
  return made;
}

std::uint64_t Instance::Impl::new_array(std::uint32_t type_id, std::uint32_t length,
                                        std::span<const std::uint64_t> elements_of) {
  const ObjectLayout& object = code->layout.object(type_id);
  const auto& storage = std::get<wasm::ArrayType>(code->layout.type(type_id).type).element.storage;
  const std::uint64_t header_word = type_id | std::uint64_t{length} << 32;
  const std::uint64_t made =
      allocate(header_word, kObjectHeader + std::uint64_t{length} * object.bytes, /*may_collect=*/false);
  if (made == 0 || elements_of.empty()) return made;
  const std::size_t each = slot_count(storage.type);
  const std::size_t step = elements_of.size() > each ? each : 0;
  for (std::uint64_t i = 0; i < length; ++i) {
    write_storage(made + kObjectHeader + i * object.bytes, object.bytes, elements_of.data() + i * step);
  }
  return made;
}

Instance::AnyKind Instance::any_kind(std::uint64_t reference) const {
  if (reference == 0) return AnyKind::kNull;
  if (is_i31(reference)) return AnyKind::kI31;
  const auto type = *reinterpret_cast<const std::uint32_t*>(reference);
  const Layout& layout = impl_->code->layout;
  if (type > layout.objects().size()) return AnyKind::kHost;
  return layout.object(type).kind == ObjectLayout::kStruct ? AnyKind::kStruct : AnyKind::kArray;
}

std::optional<std::uint64_t> Instance::any_convert_extern(std::uint64_t reference) {
  const std::uint64_t converted = impl_->any_convert_extern(reference, /*may_collect=*/false);
  if (converted == 0 && reference != 0) return std::nullopt;
  return converted;
}
std::optional<std::uint64_t> Instance::extern_convert_any(std::uint64_t reference) {
  const std::uint64_t converted = impl_->extern_convert_any(reference);
  if (converted == 0 && reference != 0) return std::nullopt;
  return converted;
}

void Instance::add_root(std::uint64_t reference) { impl_->roots.push_back(reference); }
void Instance::remove_root(std::uint64_t reference) {
  auto found = std::ranges::find(impl_->roots, reference);
  if (found != impl_->roots.end()) impl_->roots.erase(found);
}
void Instance::collect_garbage() { impl_->collect_garbage(); }

Instance::HeapUse Instance::heap_use() const {
  if (!impl_->heap) return {};
  return {impl_->heap->committed_bytes(), impl_->heap->live_bytes(), impl_->heap->collections()};
}

}  // namespace witc::engine
