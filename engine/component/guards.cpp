// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/component/guards.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/overloaded.h"
#include "wasm/core/operators.h"

namespace witc::engine {
namespace {

using linker::ComponentInstanceId;
using linker::CoreDef;
using linker::CoreItem;
using linker::Plan;

using Edges = std::vector<std::vector<std::uint32_t>>;

Edges call_edges(const Plan& plan) {
  Edges edges(plan.component_instances.size());
  for (const linker::Adapter& adapter : plan.adapters) {
    edges[plan.options[adapter.lower].instance.value].push_back(plan.options[adapter.lift.options].instance.value);
  }
  for (const linker::Builtin& builtin : plan.builtins) {
    if (builtin.opcode != component::ast::kResourceDrop || !builtin.resource) continue;
    auto definer = plan.resources[*builtin.resource].defined_in;
    if (definer) edges[builtin.instance.value].push_back(definer->value);
  }
  return edges;
}

/// Vertices in the order in which a depth-first search leaves them.
std::vector<std::uint32_t> postorder(const Edges& edges) {
  std::vector<std::uint32_t> order;
  std::vector<bool> seen(edges.size());
  for (std::uint32_t root = 0; root < edges.size(); ++root) {
    if (seen[root]) continue;
    seen[root] = true;
    std::vector<std::pair<std::uint32_t, std::size_t>> stack{{root, 0}};
    while (!stack.empty()) {
      auto& [vertex, next] = stack.back();
      if (next == edges[vertex].size()) {
        order.push_back(vertex);
        stack.pop_back();
        continue;
      }
      std::uint32_t target = edges[vertex][next++];
      if (!seen[target]) {
        seen[target] = true;
        stack.emplace_back(target, 0);
      }
    }
  }
  return order;
}

/// Kosaraju: the number of each vertex's strongly connected component.
std::vector<std::uint32_t> strongly_connected(const Edges& edges) {
  Edges reversed(edges.size());
  for (std::uint32_t from = 0; from < edges.size(); ++from) {
    for (std::uint32_t to : edges[from]) reversed[to].push_back(from);
  }
  constexpr std::uint32_t kNone = ~0U;
  std::vector<std::uint32_t> number(edges.size(), kNone);
  std::uint32_t count = 0;
  std::vector<std::uint32_t> order = postorder(edges);
  for (auto it = order.rbegin(); it != order.rend(); ++it) {
    if (number[*it] != kNone) continue;
    std::vector<std::uint32_t> stack{*it};
    number[*it] = count;
    while (!stack.empty()) {
      std::uint32_t vertex = stack.back();
      stack.pop_back();
      for (std::uint32_t before : reversed[vertex]) {
        if (number[before] != kNone) continue;
        number[before] = count;
        stack.push_back(before);
      }
    }
    ++count;
  }
  return number;
}

}  // namespace

/// What code calls, from some roots on: does it stay inside core instances, by direct calls only?
class Reach {
 public:
  using Way = Guards::Way;
  explicit Reach(const Plan& plan) : plan_(plan) {}

  /// How a call from `root` may get to an adapter, a host function, a built-in, or anywhere (an indirect call).
  Way leaves(const CoreDef& root) {
    push(root);
    while (left_ == Way::kNone && !pending_.empty()) {
      CoreItem item = pending_.back();
      pending_.pop_back();
      visit(item);
    }
    return left_;
  }

 private:
  void push(const CoreDef& def) {
    const CoreItem* item = std::get_if<CoreItem>(&def);
    if (item == nullptr) {
      left_ = Way::kCall;
    } else if (seen_.emplace(item->instance.value, item->index).second) {
      pending_.push_back(*item);
    }
  }

  void visit(const CoreItem& item) {
    const linker::CoreInstance& instance = plan_.core_instances[item.instance];
    const wasm::Module& module = *plan_.modules[instance.module].module;
    const wasm::Func& func = module.funcs[wasm::FuncIndex(item.index)];
    if (func.import) return push(instance.imports[*func.import]);
    wasm::OperatorReader reader(module.source, func.body);
    while (left_ == Way::kNone && !reader.at_end()) {
      auto op = reader.next();
      if (!op) {  // cannot be in a valid module
        left_ = Way::kCall;
        return;
      }
      visit(item, **op);
    }
  }

  void visit(const CoreItem& item, const wasm::Operator& op) {
    switch (wasm::info(op.op).immediates) {
      case wasm::ImmediateKind::kCallIndirect:
        left_ = Way::kIndirectCall;
        break;
      case wasm::ImmediateKind::kFunc:
        if (op.op != wasm::Op::kRefFunc) push(CoreItem{item.instance, wasm::ExternKind::kFunc, op.index});
        break;
      default:
        if (op.op == wasm::Op::kCallRef || op.op == wasm::Op::kReturnCallRef) left_ = Way::kIndirectCall;
        break;
    }
  }

  const Plan& plan_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen_;
  std::vector<CoreItem> pending_;
  Way left_ = Way::kNone;
};

Guards::Guards(const Plan& plan) : plan_(plan) {
  const Edges edges = call_edges(plan);
  std::map<std::uint32_t, std::uint32_t> sizes;
  for (std::uint32_t number : strongly_connected(edges)) {
    circle_.push(number);
    if (++sizes[number] > 1) has_circle_ = true;
  }
  for (ComponentInstanceId id : plan.component_instances.ids()) {
    const bool calls_itself = std::ranges::find(edges[id.value], id.value) != edges[id.value].end();
    is_reentrant_.push(sizes[circle_[id]] > 1 || calls_itself);
  }
  leaves_.resize(plan.component_instances.size());
  for (const linker::CanonOptions& options : plan.options) {
    Leave& leave = leaves_[options.instance];
    for (bool is_post_return : {false, true}) {
      const auto& def = is_post_return ? options.post_return : options.realloc;
      if (leave.way == Way::kNone && def) leave = {Reach(plan).leaves(*def), is_post_return};
    }
  }
}

std::vector<ComponentInstanceId> Guards::self_and_ancestors(ComponentInstanceId instance) const {
  std::vector<ComponentInstanceId> chain{instance};
  while (plan_.component_instances[chain.back()].parent) {
    chain.push_back(*plan_.component_instances[chain.back()].parent);
  }
  return chain;
}

std::vector<ComponentInstanceId> Guards::host_entering_set(ComponentInstanceId callee) const {
  return has_circle_ ? self_and_ancestors(callee) : std::vector<ComponentInstanceId>();
}

std::vector<ComponentInstanceId> Guards::entering_set(ComponentInstanceId caller, ComponentInstanceId callee) const {
  if (circle_[caller] != circle_[callee]) return {};
  std::vector<ComponentInstanceId> entered = self_and_ancestors(callee);
  std::vector<ComponentInstanceId> inside = self_and_ancestors(caller);
  std::erase_if(entered, [&](ComponentInstanceId id) { return std::ranges::find(inside, id) != inside.end(); });
  return entered;
}

bool Guards::may_leave_matters(ComponentInstanceId instance) const { return leaves_[instance].way != Way::kNone; }

std::string Guards::why_may_leave(ComponentInstanceId instance) const {
  const Leave& leave = leaves_[instance];
  if (leave.way == Way::kNone) return "its realloc and post-return call nothing but its own code";
  return fmt::format("its {} {}", leave.is_post_return ? "post-return" : "realloc",
                     leave.way == Way::kCall ? "can reach an import" : "calls through a table or a reference");
}

}  // namespace witc::engine
