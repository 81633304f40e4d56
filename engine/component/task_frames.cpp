// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/component/task_frames.h"

#include "wasm/component/canon.h"
#include "wasm/core/builder.h"

namespace witc::engine {
namespace {

using wasm::FunctionBuilder;
using wasm::GlobalIndex;
using wasm::LocalIndex;

bool is_callee(FrameKind kind) { return kind == FrameKind::kCallee || kind == FrameKind::kCalleeOfPostReturn; }

/// Writes one frame. `context_`, `stash_`, `counters_` are the module's own indices of the globals.
class Frame {
 public:
  Frame(const TaskState& state, FrameKind kind, linker::ComponentInstanceId instance)
      : state_(state), kind_(kind), instance_(instance) {}

  wasm::Module make(const wasm::FuncType& type, std::string name) {
    module_.name(name);
    wasm::FuncIndex callee = module_.import_func("", "f", type, "f");
    import_globals();
    wasm::FuncIndex frame = module_.declare_func(type, "frame");
    module_.export_("frame", frame);
    {
      FunctionBuilder f = module_.define(frame);
      enter(f);
      for (std::size_t i = 0; i < type.params.size(); ++i) f.local_get(f.param(i));
      f.call(callee);
      std::vector<LocalIndex> results;
      for (const wasm::ValType& result : type.results) results.push_back(f.local(result));
      for (std::size_t i = results.size(); i-- > 0;) f.local_set(results[i]);
      leave(f);
      for (LocalIndex result : results) f.local_get(result);
    }
    return std::move(module_).build();
  }

 private:
  void import_globals() {
    for (GlobalIndex global : frame_globals(state_, kind_, instance_)) {
      bool counts = global == state_.depth() || (state_.has_threads() && global == state_.threads(instance_));
      wasm::GlobalType type{counts ? wasm::ValType::i32() : wasm::ValType::i64(), true};
      GlobalIndex made = module_.import_global("state", std::to_string(global.value), type);
      if (counts) {
        counters_.push_back(made);
      } else if (context_.size() < TaskState::kContextSlots) {
        context_.push_back(made);
      } else {
        stash_.push_back(made);
      }
    }
  }

  void enter(FunctionBuilder& f) {
    for (std::size_t i = 0; i < context_.size(); ++i) {
      saved_.push_back(f.local(wasm::ValType::i64(), "caller"));
      f.global_get(context_[i]).local_set(saved_.back());
      if (kind_ == FrameKind::kPostReturn) {
        f.global_get(stash_[i]);
      } else {
        f.i64_const(0);
      }
      f.global_set(context_[i]);
    }
    for (GlobalIndex counter : counters_) f.global_get(counter).i32_const(1).i32_add().global_set(counter);
  }

  void leave(FunctionBuilder& f) {
    for (GlobalIndex counter : counters_) f.global_get(counter).i32_const(1).i32_sub().global_set(counter);
    for (std::size_t i = 0; i < context_.size(); ++i) {
      if (kind_ == FrameKind::kCalleeOfPostReturn) f.global_get(context_[i]).global_set(stash_[i]);
      f.local_get(saved_[i]).global_set(context_[i]);
    }
  }

  const TaskState& state_;
  FrameKind kind_;
  linker::ComponentInstanceId instance_;
  wasm::ModuleBuilder module_;
  std::vector<GlobalIndex> context_, stash_, counters_;
  std::vector<LocalIndex> saved_;
};

}  // namespace

TaskState::TaskState(const linker::Plan& plan)
    : first_(plan.component_instances.size() * 2), instances_(plan.component_instances.size()) {
  for (const linker::Builtin& builtin : plan.builtins) {
    const auto op = static_cast<component::CanonOp>(builtin.opcode);
    if (builtin.resource) continue;
    if (op == component::CanonOp::kContextGet || op == component::CanonOp::kContextSet) {
      has_context_ = true;
    } else if (op == component::CanonOp::kThreadIndex) {
      has_threads_ = true;
    } else if (op != component::CanonOp::kBackpressureInc && op != component::CanonOp::kBackpressureDec) {
      has_depth_ = true;
    }
  }
}

std::vector<wasm::ValType> TaskState::globals() const {
  if (!is_observed()) return {};
  std::vector<wasm::ValType> types(2 * kContextSlots, wasm::ValType::i64());
  types.resize(types.size() + 1 + (has_threads_ ? instances_ : 0), wasm::ValType::i32());
  return types;
}

std::vector<GlobalIndex> frame_globals(const TaskState& state, FrameKind kind, linker::ComponentInstanceId instance) {
  std::vector<GlobalIndex> globals;
  const bool stashes = kind == FrameKind::kCalleeOfPostReturn || kind == FrameKind::kPostReturn;
  if (state.has_context()) {
    for (std::size_t i = 0; i < TaskState::kContextSlots; ++i) globals.push_back(state.context(i));
    for (std::size_t i = 0; stashes && i < TaskState::kContextSlots; ++i) globals.push_back(state.stash(i));
  }
  if (is_callee(kind) && state.has_depth()) globals.push_back(state.depth());
  if (is_callee(kind) && state.has_threads()) globals.push_back(state.threads(instance));
  return globals;
}

wasm::Module make_frame(const TaskState& state, FrameKind kind, linker::ComponentInstanceId instance,
                        const wasm::FuncType& type, std::string name) {
  return Frame(state, kind, instance).make(type, std::move(name));
}

}  // namespace witc::engine
