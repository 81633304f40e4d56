// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One walk over all bodies for the edges, then a worklist from the functions that throw to their callers.
#include "engine/program_effects.h"

#include <set>
#include <span>

#include "base/overloaded.h"
#include "wasm/core/operators.h"
#include "wasm/core/validate.h"

namespace witc::engine {
namespace {

std::string shape(const wasm::FuncType& type) {
  std::string key;
  for (const wasm::ValType& value : type.params) key += static_cast<char>('a' + value.kind);
  key += '>';
  for (const wasm::ValType& value : type.results) key += static_cast<char>('a' + value.kind);
  return key;
}

bool is_tail_call(wasm::Op op) {
  return op == wasm::Op::kReturnCall || op == wasm::Op::kReturnCallIndirect || op == wasm::Op::kReturnCallRef;
}

/// What the blocks around an operator catch.
class Handlers {
 public:
  explicit Handlers(const InstanceLayout& place) : place_(place) {}

  void step(const wasm::Operator& op) {
    if (op.op == wasm::Op::kEnd || op.op == wasm::Op::kDelegate) {
      if (!blocks_.empty()) leave();
    } else if (op.op == wasm::Op::kBlock || op.op == wasm::Op::kLoop || op.op == wasm::Op::kIf ||
               op.op == wasm::Op::kTry) {  // whose clauses are not known yet
      blocks_.emplace_back();
    } else if (op.op == wasm::Op::kTryTable) {
      enter(op.catches);
    }
  }
  [[nodiscard]] bool catch_all() const { return all_ != 0; }
  [[nodiscard]] bool catch_tag(std::uint32_t tag) const {
    auto found = tags_.find(tag);
    return catch_all() || (found != tags_.end() && found->second != 0);
  }

 private:
  struct Block {
    bool all = false;
    std::vector<std::uint32_t> tags;
  };

  void enter(std::span<const wasm::Catch> catches) {
    Block& block = blocks_.emplace_back();
    for (const wasm::Catch& clause : catches) {
      if (clause.kind == wasm::Catch::kCatch || clause.kind == wasm::Catch::kCatchRef) {
        block.tags.push_back(place_.tags[clause.tag.value].number);
        ++tags_[block.tags.back()];
      } else {
        block.all = true;
      }
    }
    all_ += block.all ? 1 : 0;
  }
  void leave() {
    for (std::uint32_t tag : blocks_.back().tags) --tags_[tag];
    all_ -= blocks_.back().all ? 1 : 0;
    blocks_.pop_back();
  }

  const InstanceLayout& place_;
  std::vector<Block> blocks_;
  std::size_t all_ = 0;                         // blocks that catch everything
  std::map<std::uint32_t, std::size_t> tags_;  // clauses
};

}  // namespace

class ProgramEffectsBuilder {
 public:
  ProgramEffectsBuilder(const Program& program, const Layout& layout) : program_(program), layout_(layout) {}

  Result<ProgramEffects> build() {
    out_.is_open_ = program_.is_open;
    const bool expects_all = program_.is_open && !program_.is_plain;
    out_.has_tail_calls_ = expects_all;
    out_.has_exceptions_ = expects_all || !layout_.tags().empty();
    number_functions();
    std::set<const wasm::Module*> seen;
    for (InstanceId id : program_.instances.ids()) {
      const wasm::Module& module = *program_.instances[id].module;
      if (layout_.code_of(id) != id) continue;
      if (!seen.insert(&module).second && !out_.has_exceptions_) continue;  // tail calls are all that is looked for
      if (const auto& facts = program_.instances[id].facts; facts != nullptr && !out_.has_exceptions_) {
        out_.has_tail_calls_ |= facts->has_tail_calls;
        continue;
      }
      for (wasm::FuncIndex func : module.funcs.ids()) {
        if (!module.funcs[func].import) TRY(read_body({id, func}));
      }
    }
    if (!out_.has_exceptions_) return std::move(out_);
    add_references();
    spread();
    return std::move(out_);
  }

 private:
  using Node = std::uint32_t;  // a function, or a shape

  void number_functions() {
    for (const CoreInstance& instance : program_.instances) {
      first_.push(nodes_);
      nodes_ += static_cast<Node>(instance.module->funcs.size());
    }
    callers_.resize(nodes_);
    throwing_.resize(nodes_);
  }
  /// One for all that share its code.
  [[nodiscard]] Node node(DefinedFunc func) const { return first_[layout_.code_of(func.instance)] + func.func.value; }
  Node shape_node(const wasm::FuncType& type) {
    auto [at, is_new] = shapes_.try_emplace(shape(type), nodes_);
    if (is_new) {
      ++nodes_;
      callers_.emplace_back();
      throwing_.push_back(false);
    }
    return at->second;
  }

  void mark(Node node) {
    if (throwing_[node]) return;
    throwing_[node] = true;
    pending_.push_back(node);
  }
  /// `caller` is left by what `target` is left by.
  void add_edge(Node caller, const FuncTarget& target) {
    match(
        target, [&](const DefinedFunc& func) { callers_[node(func)].push_back(caller); },
        [&](HostSlot) { mark(caller); }, [](Intrinsic) {}, [](const NativeFunc&) {});
  }

  Result<void> read_body(DefinedFunc func) {
    const wasm::Module& module = *program_.instances[func.instance].module;
    const bool is_barrier = ProgramEffects::is_barrier(program_.instances[func.instance]);
    const InstanceLayout& place = layout_[func.instance];
    Handlers handlers(place);
    wasm::OperatorReader reader(module.source, module.funcs[func.func].body);
    while (!reader.at_end()) {
      const wasm::Operator& op = *TRY(reader.next());
      const bool is_tail = is_tail_call(op.op);
      out_.has_tail_calls_ |= is_tail;
      if (!out_.has_exceptions_) continue;
      handlers.step(op);
      if (is_barrier || (!is_tail && handlers.catch_all())) continue;
      read_operator(func, module, place, handlers, op);
    }
    return {};
  }

  void read_operator(DefinedFunc func, const wasm::Module& module, const InstanceLayout& place,
                     const Handlers& handlers, const wasm::Operator& op) {
    switch (op.op) {
      case wasm::Op::kCall:
      case wasm::Op::kReturnCall:
        if (!place.is_shared || !place.by_reference[op.index]) return add_edge(node(func), place.funcs[op.index]);
        callers_[shape_node(module.func_type(op.func()))].push_back(node(func));
        return;
      case wasm::Op::kCallIndirect:
      case wasm::Op::kReturnCallIndirect:
      case wasm::Op::kCallRef:
      case wasm::Op::kReturnCallRef:
        callers_[shape_node(std::get<wasm::FuncType>(module.types[op.type()].type))].push_back(node(func));
        return;
      case wasm::Op::kThrow:
        if (!handlers.catch_tag(place.tags[op.index].number)) mark(node(func));
        return;
      case wasm::Op::kThrowRef:
      case wasm::Op::kRethrow:
        return mark(node(func));
      default:  // leaves no function by an exception
        return;
    }
  }

  /// What a call through a reference may reach.
  void add_references() {
    for (InstanceId id : program_.instances.ids()) {
      const InstanceLayout& place = layout_[id];
      const wasm::Module& module = *program_.instances[id].module;
      for (wasm::FuncIndex func : module.funcs.ids()) {
        if (place.func_refs[func.value] != 0) add_edge(shape_node(module.func_type(func)), place.funcs[func.value]);
      }
    }
    if (!program_.is_open) return;
    for (const auto& [key, node] : shapes_) mark(node);
  }

  void spread() {
    while (!pending_.empty()) {
      const Node node = pending_.back();
      pending_.pop_back();
      for (Node caller : callers_[node]) mark(caller);
    }
    for (InstanceId id : program_.instances.ids()) {
      const auto begin = throwing_.begin() + first_[layout_.code_of(id)];
      out_.throwing_.push({begin, begin + static_cast<std::ptrdiff_t>(program_.instances[id].module->funcs.size())});
    }
    for (const auto& [key, node] : shapes_) out_.throwing_shapes_[key] = throwing_[node];
  }

  const Program& program_;
  const Layout& layout_;
  ProgramEffects out_;
  Node nodes_ = 0;
  IdVector<InstanceId, Node> first_;
  std::map<std::string, Node> shapes_;
  std::vector<std::vector<Node>> callers_;
  std::vector<bool> throwing_;
  std::vector<Node> pending_;
};

Result<ProgramEffects> ProgramEffects::of(const Program& program, const Layout& layout) {
  return ProgramEffectsBuilder(program, layout).build();
}

bool ProgramEffects::may_throw(const FuncTarget& target) const {
  if (!has_exceptions_) return false;
  return match(
      target, [&](const DefinedFunc& func) -> bool { return throwing_[func.instance][func.func.value]; },
      [](HostSlot) { return true; }, [](Intrinsic) { return false; }, [](const NativeFunc&) { return false; });
}

bool ProgramEffects::may_throw(const wasm::FuncType& type) const {
  if (!has_exceptions_) return false;
  auto found = throwing_shapes_.find(shape(type));
  return found == throwing_shapes_.end() ? is_open_ : found->second;
}

}  // namespace witc::engine
