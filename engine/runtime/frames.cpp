// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Backtraces. Where an instruction comes from is in the place tables (CodeImage::places_of); but code that several instances
// share (engine/sharing.h) does not say which of them ran. That is found from outside in: who was entered is known, and
// whoever calls says by the operator it calls with whom it calls. A call through a table or a reference reached one of those
// whose references to the function its table holds. Where that leaves several, the frame's name says so.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/runtime/store.h"
#include "wasm/core/operators.h"

namespace witc::engine {
namespace {

const std::string* export_name(const wasm::Module& module, wasm::FuncIndex func) {
  for (const wasm::Export& item : module.exports) {
    if (item.kind == wasm::ExternKind::kFunc && item.index == func.value) return &item.name;
  }
  return nullptr;
}

class Backtrace {
 public:
  explicit Backtrace(const Instance::Impl& store) : store_(store), layout_(store.code->layout) {}

  std::vector<Frame> run(const Entry& entry, const void* callee_context) {
    std::vector<CodePlace> places;  // innermost first
    for (std::uint32_t i = 0; i < entry.frame_count; ++i) {
      for (const CodePlace& place : store_.code->image.places_of(entry.frames[i])) {
        if (places.size() < Entry::kMaxFrames) places.push_back(place);  // entries nest
      }
    }
    std::vector<Frame> frames(places.size());
    for (std::size_t i = places.size(); i-- > 0;) {
      const bool is_outermost = i + 1 == places.size();
      const std::optional<InstanceId> instance = is_outermost ? entered(places[i], callee_context) : called(places[i], places[i + 1]);
      frames[i] = make_frame(places[i], instance);
      caller_ = instance;
    }
    std::vector<Frame> seen;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (!store_.program().instances[places[i].func.instance].is_internal) seen.push_back(std::move(frames[i]));
    }
    return seen;
  }

 private:
  [[nodiscard]] bool is_alone(InstanceId code) const { return !layout_[code].is_shared; }
  [[nodiscard]] bool is_of(const CodePlace& place, InstanceId instance) const {
    return layout_.code_of(instance) == place.func.instance;
  }

  /// The outermost frame there is a record of: that of what was entered, unless the stack was deeper than the record.
  [[nodiscard]] std::optional<InstanceId> entered(const CodePlace& place, const void* context) const {
    if (is_alone(place.func.instance)) return place.func.instance;
    return by_context(place, static_cast<const std::uint8_t*>(context) - store_.context.base());
  }
  [[nodiscard]] std::optional<InstanceId> by_context(const CodePlace& place, std::ptrdiff_t offset) const {
    for (InstanceId id : store_.program().instances.ids()) {
      if (layout_[id].context == offset && is_of(place, id)) return id;
    }
    return std::nullopt;
  }

  /// Whom `outer`, which ran in caller_, called.
  [[nodiscard]] std::optional<InstanceId> called(const CodePlace& place, const CodePlace& outer) const {
    if (is_alone(place.func.instance)) return place.func.instance;
    if (!caller_ || outer.line == 0) return std::nullopt;
    const wasm::Module& module = store_.module(*caller_);
    wasm::OperatorReader reader(module.source, module.funcs[outer.func.func].body);
    while (!reader.at_end()) {
      const auto op = reader.next();
      if (!op || (*op)->position + 1 > outer.line) break;
      if ((*op)->position + 1 == outer.line) return target(place, **op);
    }
    return std::nullopt;
  }
  [[nodiscard]] std::optional<InstanceId> target(const CodePlace& place, const wasm::Operator& op) const {
    if (op.op == wasm::Op::kCall || op.op == wasm::Op::kReturnCall) {
      const auto* func = std::get_if<DefinedFunc>(&layout_[*caller_].funcs[op.index]);
      // Else it was called by a tail call of that function.
      if (func != nullptr && layout_.code_of(*func) == place.func) return func->instance;
      return std::nullopt;
    }
    if (op.op == wasm::Op::kCallIndirect || op.op == wasm::Op::kReturnCallIndirect) return by_table(place, op.index2);
    return std::nullopt;
  }
  /// The one instance whose function of that code is in the caller's table.
  [[nodiscard]] std::optional<InstanceId> by_table(const CodePlace& place, std::uint32_t number) const {
    const TableEntry& table = store_.table(*caller_, number);
    const void* code = store_.code->image.funcs[place.func.instance][place.func.func.value];
    std::set<const void*> contexts;
    for (std::uint64_t i = 0; i < table.size; ++i) {
      const auto* func = reinterpret_cast<const FuncRef*>(table.base[i]);
      if (func != nullptr && func->code == code) contexts.insert(func->context);
    }
    if (contexts.size() != 1) return std::nullopt;
    return by_context(place, static_cast<const std::uint8_t*>(*contexts.begin()) - store_.context.base());
  }

  /// Named by the name section, else by an export.
  [[nodiscard]] Frame make_frame(const CodePlace& place, std::optional<InstanceId> known) const {
    const InstanceId id = known.value_or(place.func.instance);
    const CoreInstance& instance = store_.program().instances[id];
    const wasm::FuncIndex func = place.func.func;
    const wasm::Module& module = *instance.module;
    Frame frame{id, instance.name, func, {}, module.funcs[func].body.offset, 0, {}};
    if (!known) frame.instance_name += " or an equal one";
    frame.offset = frame.body_offset + (place.line == 0 ? 0 : place.line - 1);
    if (auto name = module.names.funcs.find(func); name != module.names.funcs.end()) {
      frame.func_name = name->second;
      return frame;
    }
    if (const std::string* exported = export_name(module, func)) frame.func_name = *exported;
    return frame;
  }

  const Instance::Impl& store_;
  const Layout& layout_;
  std::optional<InstanceId> caller_;  // of the frame in hand; nothing if it is not known
};

}  // namespace

std::vector<Frame> Instance::Impl::make_frames(const Entry& entry, const void* callee_context) const {
  return Backtrace(*this).run(entry, callee_context);
}

}  // namespace witc::engine
