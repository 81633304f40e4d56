// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What generated host bindings (`witc bindgen cpp --host`) need of an engine, and nothing of an engine in
// it: somebody who takes definitions of imports, somebody who calls exports, and a table of the host's
// resources. The engine implements the two interfaces; the bindings know only them.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "adapter-gen/host_direct.h"
#include "adapter-gen/trap.h"
#include "adapter-gen/val.h"

namespace witc::host {

/// Of a function: its result, if it has one, or the trap it ends in.
using CallResult = abi::OrTrap<std::optional<abi::Val>>;
/// A function of the host. Arguments live until it returns; own handles among them now belong to it. `direct` is the same
/// function without Val, if there is one.
struct HostFunction {
  HostFunction() = default;
  template <class Function>
    requires std::is_invocable_r_v<CallResult, Function&, std::span<const abi::Val>>
  HostFunction(Function function, DirectFunction without_val = {})  // NOLINT: any callable is one
      : call(std::move(function)), direct(std::move(without_val)) {}

  CallResult operator()(std::span<const abi::Val> args) const { return call(args); }

  std::function<CallResult(std::span<const abi::Val> args)> call;
  DirectFunction direct;
};

/// The host's resources that guests hold handles of. A guest never sees what a handle stands for, but it
/// chooses the types of its imports: so every look-up checks what kind of object it finds.
/// Used by one thread at a time.
class ResourceTable {
 public:
  ResourceTable() = default;
  ResourceTable(const ResourceTable&) = delete;
  ResourceTable& operator=(const ResourceTable&) = delete;
  ~ResourceTable() {
    for (Entry& entry : entries_) destroy(entry);
  }

  /// How many objects guests may hold at once: above it, calls trap.
  void set_limit(std::size_t limit) { limit_ = limit; }
  [[nodiscard]] bool full() const { return entries_.size() - free_.size() >= limit_; }

  /// Keeps the object; the number it is known by in Val::own and Val::borrow.
  template <class R>
  std::uint64_t add(std::unique_ptr<R> object) {
    std::size_t at = free_.empty() ? entries_.size() : free_.back();
    if (free_.empty()) entries_.emplace_back();
    else free_.pop_back();
    Entry& entry = entries_[at];
    entry.object = object.release();
    entry.kind = &kKind<R>;
    entry.destroy = [](void* what) { delete static_cast<R*>(what); };
    entry.is_lent = false;
    return (entry.generation << 32) | at;
  }
  /// The same for an object that stays its owner's: known until `forget`, and never destroyed here.
  template <class R>
  std::uint64_t lend(R& object) {
    std::uint64_t rep = add(std::unique_ptr<R>(&object));
    entries_[static_cast<std::uint32_t>(rep)].destroy = [](void*) {};
    entries_[static_cast<std::uint32_t>(rep)].is_lent = true;
    return rep;
  }
  void forget(std::uint64_t rep) {
    Entry* entry = find(rep, nullptr);
    if (entry == nullptr || !entry->is_lent) return;
    entry->object = nullptr;
    release(rep);
  }
  /// The object; null if the number stands for none, or for one of another kind.
  template <class R>
  R* get(std::uint64_t rep) {
    Entry* entry = find(rep, &kKind<R>);
    return entry == nullptr ? nullptr : static_cast<R*>(entry->object);
  }
  /// The same, out of the table.
  template <class R>
  std::unique_ptr<R> take(std::uint64_t rep) {
    Entry* entry = find(rep, &kKind<R>);
    if (entry == nullptr || entry->is_lent) return nullptr;
    std::unique_ptr<R> object(static_cast<R*>(entry->object));
    entry->object = nullptr;
    release(rep);
    return object;
  }
  /// Destroys the object, of whatever kind; nothing if there is none.
  void drop(std::uint64_t rep) {
    if (find(rep, nullptr) == nullptr) return;
    destroy(entries_[static_cast<std::uint32_t>(rep)]);
    release(rep);
  }

 private:
  struct Entry {
    void* object = nullptr;
    const void* kind = nullptr;
    void (*destroy)(void*) = nullptr;
    std::uint64_t generation = 1;
    bool is_lent = false;
  };
  template <class R>
  static constexpr char kKind = 0;  // its address tells kinds apart

  Entry* find(std::uint64_t rep, const void* kind) {
    auto at = static_cast<std::uint32_t>(rep);
    if (at >= entries_.size()) return nullptr;
    Entry& entry = entries_[at];
    bool same = entry.object != nullptr && entry.generation == rep >> 32 && (kind == nullptr || kind == entry.kind);
    return same ? &entry : nullptr;
  }
  static void destroy(Entry& entry) {
    void* object = std::exchange(entry.object, nullptr);
    if (object != nullptr) entry.destroy(object);
  }
  void release(std::uint64_t rep) {
    ++entries_[static_cast<std::uint32_t>(rep)].generation;
    free_.push_back(static_cast<std::uint32_t>(rep));
  }

  std::vector<Entry> entries_;
  std::vector<std::size_t> free_;
  std::size_t limit_ = std::size_t{1} << 28;
};

/// Takes what the host supplies to components.
class HostLinker {
 public:
  virtual ~HostLinker() = default;

  /// `interface` is as in WIT (`wasi:cli/stdout@0.2.0`), empty for a function imported by the world
  /// itself; `name` is as in a component (`[method]r.f`). A later definition replaces an earlier one.
  virtual void define_func(std::string_view interface, std::string_view name, HostFunction function) = 0;
  /// `drop` is called when the last handle of a resource is dropped.
  virtual void define_resource(std::string_view interface, std::string_view name,
                               std::function<void(std::uint64_t rep)> drop) = 0;

  /// One table for everything defined here: a resource made by one interface may be used by another.
  [[nodiscard]] const std::shared_ptr<ResourceTable>& resources() const { return resources_; }

 private:
  std::shared_ptr<ResourceTable> resources_ = std::make_shared<ResourceTable>();
};

/// Calls what an instance exports.
class ExportCaller {
 public:
  virtual ~ExportCaller() = default;

  /// Names as in define_func. Own handles in the result belong to the caller.
  virtual CallResult call(std::string_view interface, std::string_view name, std::span<const abi::Val> args) = 0;
  /// Gives back an own handle of a resource the component defines.
  virtual abi::OrTrap<void> drop(std::string_view interface, std::string_view resource, std::uint64_t rep) = 0;
  /// The table of the HostLinker that the instance was linked with, for resources of the host's among arguments and
  /// results; null without one, and then no such value can be passed.
  [[nodiscard]] virtual ResourceTable* resources() { return nullptr; }

  /// The export without Val, or null. `tag` is an address that stands for this name and this type everywhere in the program.
  DirectExport* direct(const void* tag, std::string_view interface, std::string_view name, DirectFits fits) {
    Found& found = found_[(reinterpret_cast<std::uintptr_t>(tag) >> 3) % found_.size()];
    if (found.tag != tag) found = {tag, find_direct(tag, interface, name, fits)};
    return found.target;
  }
  /// After a failure of what `direct` gave: ends the call; the trap it ended in.
  [[gnu::cold]] virtual abi::Trap take_trap(DirectExport&) { return abi::Trap::of(abi::TrapKind::kHost); }

 protected:
  /// Asked again for the same tag now and then.
  virtual DirectExport* find_direct(const void*, std::string_view, std::string_view, DirectFits) { return nullptr; }

 private:
  struct Found {
    const void* tag = nullptr;
    DirectExport* target = nullptr;
  };
  std::array<Found, 32> found_;  // by tag, the last one that fell there
};

}  // namespace witc::host
