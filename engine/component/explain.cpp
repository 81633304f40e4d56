// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/component/explain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "engine/inlining.h"

namespace witc::engine {
namespace {

using abi::AdapterPlan;
using abi::OpKind;
using abi::PlanOp;
using abi::Side;
using linker::ComponentInstanceId;
using linker::Plan;

std::string_view encoding_name(component::StringEncoding encoding) {
  switch (encoding) {
    case component::StringEncoding::kUtf8: return "utf-8";
    case component::StringEncoding::kUtf16: return "utf-16";
    case component::StringEncoding::kLatin1Utf16: return "latin1+utf-16";
  }
  return "?";
}

/// From the root, which is named only where it stands alone.
std::string path_of(const Plan& plan, ComponentInstanceId id) {
  std::vector<std::string_view> names;
  for (std::optional<ComponentInstanceId> at = id; at; at = plan.component_instances[*at].parent) {
    if (names.empty() || plan.component_instances[*at].parent) names.push_back(plan.component_instances[*at].name);
  }
  std::ranges::reverse(names);
  return fmt::format("{}", fmt::join(names, "/"));
}

/// How values of an adapter's plan are copied.
class Values {
 public:
  explicit Values(const AdapterPlan& plan) : plan_(plan) {}

  std::string how(abi::PlanOpId root, const abi::Flow& flow) {
    target_ = flow.target;
    found_.clear();
    seen_.clear();
    visit(root, "");
    if (found_.empty()) return flow.is_spilled ? "as it is, through memory" : "core values";
    return fmt::format("{}", fmt::join(found_, "; "));
  }

 private:
  void add(std::string text) {
    if (std::ranges::find(found_, text) == found_.end()) found_.push_back(std::move(text));
  }

  void visit(abi::PlanOpId id, const std::string& where) {
    const PlanOp& op = plan_.ops[id];
    if (op.helper) {
      if (!seen_.insert(op.helper->value).second) return;
      add(where + "by a function of its own");
      return visit(plan_.helpers[*op.helper].root, where);
    }
    std::string inside = where;
    const std::string text = one(op);
    if (!text.empty()) add(where + text);
    if (op.kind == OpKind::kListLoop || op.kind == OpKind::kFixedListLoop) inside += "each: ";
    if (op.kind == OpKind::kListCheckCopy) return;
    for (abi::PlanOpId part : op.body) visit(part, inside);
  }

  /// What is to be said of one operation; of what costs no more than moving a value, nothing.
  [[nodiscard]] std::string one(const PlanOp& op) const {
    switch (op.kind) {
      case OpKind::kChar: return "char, checked";
      case OpKind::kEnum: return "enum, checked";
      case OpKind::kVariant: return "variant, checked";
      case OpKind::kString: return string_text();
      case OpKind::kListCopy: return "list: one memory.copy";
      case OpKind::kListCheckCopy:
        return op.written && !op.written->is_variant ? "list: one copy, but for padding" : "list: checked while copied";
      case OpKind::kListLoop:
      case OpKind::kFixedListLoop: return "list: element by element";
      case OpKind::kOwn: return "own handle: moved from table to table";
      case OpKind::kBorrow: return "borrow handle: lent";
      default: return "";
    }
  }

  [[nodiscard]] std::string string_text() const {
    const abi::AdapterRequest& request = plan_.request;
    const auto from = target_ == Side::kLift ? request.lower.string_encoding : request.lift.string_encoding;
    const auto to = target_ == Side::kLift ? request.lift.string_encoding : request.lower.string_encoding;
    if (from == to) return fmt::format("string, {}, validated and copied", encoding_name(from));
    return fmt::format("string, transcoded from {} to {}", encoding_name(from), encoding_name(to));
  }

  const AdapterPlan& plan_;
  Side target_ = Side::kLift;
  std::vector<std::string> found_;
  std::set<std::uint32_t> seen_;
};

class Explainer {
 public:
  Explainer(const Plan& plan, const ComponentProgram& program) : plan_(plan), program_(program), guards_(plan) {}

  Explanation run() {
    std::size_t next = 0;
    for (linker::AdapterId id : plan_.adapters.ids()) {
      if (!program_.adapters[id]) continue;
      const AdapterPlan* made = nullptr;
      if (next < program_.adapter_plans.size() && program_.adapter_plans[next].first == id) made = &program_.adapter_plans[next++].second;
      explain(id, made);
    }
    return std::move(out_);
  }

 private:
  void explain(linker::AdapterId id, const AdapterPlan* made) {
    const linker::Adapter& adapter = plan_.adapters[id];
    edge_ = &out_.edges.emplace_back();
    caller_ = plan_.options[adapter.lower].instance;
    callee_ = plan_.options[adapter.lift.options].instance;
    edge_->caller = path_of(plan_, caller_);
    edge_->callee = path_of(plan_, callee_);
    const std::size_t colon = adapter.name.find(": ");
    edge_->function = colon == std::string::npos ? adapter.name : adapter.name.substr(colon + 2);
    edge_->type = plan_.types.to_string(adapter.lift.type);
    edge_->is_generic = made == nullptr;
    if (made == nullptr) return;
    core_ = &program_.program.instances[std::get<CoreFunc>(*program_.adapters[id]).instance];
    add_enter_guards();
    add_leave_guard(caller_, made->request.lower, true);
    if (callee_ != caller_) add_leave_guard(callee_, made->request.lift, imports_of("lift", "realloc") || imports_of("lift", "post-return"));
    add_scope_guard(*made);
    add_frame_guard();
    add_values(*made);
    add_calls();
    edge_->adapter = code_of(*core_, wasm::FuncIndex(core_->module->find_export("adapter")->index));
    add_callee();
  }

  /// Does the adapter import a flag of that kind, and of that instance?
  [[nodiscard]] std::vector<ComponentInstanceId> imported(std::string_view flag) const {
    std::vector<ComponentInstanceId> out;
    for (const wasm::Import& import : core_->module->imports) {
      std::uint32_t number = 0;
      if (import.module != flag) continue;
      std::from_chars(import.name.data(), import.name.data() + import.name.size(), number);
      out.emplace_back(number);
    }
    return out;
  }

  void add_enter_guards() {
    const auto live = imported("may-enter");
    for (ComponentInstanceId id : live) {
      edge_->guards.push_back({"may_enter", path_of(plan_, id), true, "calls can come round: the callee can call into its caller again"});
    }
    if (live.empty()) {
      edge_->guards.push_back({"may_enter", edge_->callee, false, callee_ == caller_ || !guards_.lends_matter(caller_, callee_) ? "no calls lead from the callee back to its caller" : "what it would enter is entered by its caller already"});
    }
  }

  [[nodiscard]] bool imports_of(std::string_view module, std::string_view name) const {
    return std::ranges::any_of(core_->module->imports, [&](const wasm::Import& import) { return import.module == module && import.name == name; });
  }

  /// A caller's is looked at, a callee's cleared while its realloc or post-return runs: `is_used`.
  void add_leave_guard(ComponentInstanceId id, const abi::AdapterSide& side, bool is_used) {
    const auto live = imported("may-leave");
    const bool is_live = is_used && std::ranges::find(live, id) != live.end();
    std::string why = is_live || !side.guard_may_leave ? guards_.why_may_leave(id) : "none of its functions is called but the callee";
    edge_->guards.push_back({"may_leave", path_of(plan_, id), is_live, std::move(why)});
  }

  void add_scope_guard(const AdapterPlan& made) {
    const bool is_lent = std::ranges::any_of(made.ops, [](const abi::PlanOp& op) { return op.kind == abi::OpKind::kBorrow; });
    const char* why = made.has_borrow_scope ? "the callee has to drop what it borrows before it returns"
                      : is_lent             ? "what is borrowed is the callee's own, and no handle of it is made"
                                            : "no parameter holds a borrowed handle";
    edge_->guards.push_back({"borrow scope", "", made.has_borrow_scope, why});
  }

  /// A frame is an instance of its own between the adapter and what it calls.
  void add_frame_guard() {
    const bool is_live = std::ranges::any_of(core_->imports, [&](const ImportBinding& binding) { return is_frame(binding); });
    const TaskState& tasks = program_.tasks;
    std::vector<std::string_view> seen_by;
    if (tasks.has_context()) seen_by.push_back("context.get or context.set");
    if (tasks.has_depth()) seen_by.push_back("a built-in that needs a task");
    if (tasks.has_threads()) seen_by.push_back("thread.index");
    edge_->guards.push_back({"task frame", "", is_live,
                             is_live ? fmt::format("the composition has {}", fmt::join(seen_by, ", "))
                                     : "no built-in could tell that the call has no task of its own"});
  }

  [[nodiscard]] bool is_frame(const ImportBinding& binding) const {
    const auto* item = std::get_if<InstanceItem>(&binding);
    return item != nullptr && program_.program.instances[item->instance].is_internal &&
           program_.program.instances[item->instance].name == "frame";
  }

  void add_values(const AdapterPlan& made) {
    const component::FuncType& type = plan_.types[made.request.type];
    Values values(made);
    edge_->spills_params = made.params.is_spilled;
    edge_->spills_result = made.results.is_spilled;
    for (std::size_t i = 0; i < made.params.roots.size() && i < type.params.size(); ++i) {
      edge_->params.push_back({type.params[i].name, plan_.types.to_string(type.params[i].type), values.how(made.params.roots[i], made.params)});
    }
    for (abi::PlanOpId root : made.results.roots) {
      edge_->results.push_back({"", plan_.types.to_string(*type.result), values.how(root, made.results)});
    }
  }

  void add_calls() {
    for (const wasm::Import& import : core_->module->imports) {
      if (import.name == "realloc" || import.name == "post-return") {
        edge_->calls.push_back(fmt::format("{} of {}", import.name, import.module == "lift" ? edge_->callee : edge_->caller));
      } else if (import.module == "witc" && import.name != "trap") {
        edge_->calls.push_back(fmt::format("{} of the runtime", import.name));
      }
    }
  }

  EdgeCode code_of(const CoreInstance& instance, wasm::FuncIndex func) {
    const std::size_t bytes = instance.module->funcs[func].body.bytes.size();
    const std::size_t limit = instance.inline_always ? kInlineAdapter : kInlineCallee;
    const bool is_small = is_inlined(instance, bytes);
    return {is_small, bytes, fmt::format("{} bytes of core code, {} {}", bytes, is_small ? "at most" : "more than", limit)};
  }

  void add_callee() {
    for (std::size_t i = 0; i < core_->imports.size(); ++i) {
      if (core_->module->imports[i].module != "callee") continue;
      ImportBinding binding = core_->imports[i];
      while (is_frame(binding)) binding = program_.program.instances[std::get<InstanceItem>(binding).instance].imports[0];
      follow(binding);
    }
  }

  /// Through re-exports to the definition.
  void follow(ImportBinding binding) {
    while (const auto* item = std::get_if<InstanceItem>(&binding)) {
      const CoreInstance& instance = program_.program.instances[item->instance];
      const wasm::FuncIndex func(item->index);
      const auto import = instance.module->funcs[func].import;
      if (!import) {
        edge_->code = code_of(instance, func);
        return;
      }
      binding = instance.imports[*import];
    }
    edge_->code = {false, 0, "a function of the host"};
  }

  const Plan& plan_;
  const ComponentProgram& program_;
  Guards guards_;
  Explanation out_;
  // Of the edge in hand:
  Edge* edge_ = nullptr;
  const CoreInstance* core_ = nullptr;
  ComponentInstanceId caller_, callee_;
};

std::string values_text(std::string_view name, const std::vector<EdgeValue>& values, bool is_spilled) {
  if (values.empty()) return "";
  std::string out = fmt::format("  {}: {}\n", name, is_spilled ? "spilled to memory" : "core values");
  for (const EdgeValue& value : values) {
    out += fmt::format("    {}{}: {}\n", value.name.empty() ? "" : value.name + ": ", value.type, value.how);
  }
  return out;
}

std::string edge_text(const Edge& edge) {
  std::string out = fmt::format("{} -> {}: {}\n  {}\n", edge.caller, edge.callee, edge.function, edge.type);
  if (edge.is_generic) return out + "  carried over by the interpreter, with a record of the task: it is asynchronous\n";
  for (const EdgeGuard& guard : edge.guards) {
    const std::string whose = guard.instance.empty() ? "" : " of " + guard.instance;
    out += fmt::format("  {} {}{}: {}\n", guard.is_live ? "guard   " : "no guard", guard.name, whose, guard.why);
  }
  out += values_text("params", edge.params, edge.spills_params);
  out += values_text("result", edge.results, edge.spills_result);
  for (const std::string& call : edge.calls) out += fmt::format("  calls {}\n", call);
  out += fmt::format("  adapter {}: {}\n", edge.adapter.is_inlined ? "inlined" : "called", edge.adapter.why);
  return out + fmt::format("  callee {}: {}\n", edge.code.is_inlined ? "inlined" : "called", edge.code.why);
}

}  // namespace

Explanation explain_adapters(const Plan& plan, const ComponentProgram& program) { return Explainer(plan, program).run(); }

std::size_t Explanation::live_guards() const {
  std::size_t count = 0;
  for (const Edge& edge : edges) count += static_cast<std::size_t>(std::ranges::count_if(edge.guards, &EdgeGuard::is_live));
  return count;
}

std::string to_string(const Explanation& explanation) {
  std::string out;
  for (const Edge& edge : explanation.edges) out += edge_text(edge) + "\n";
  auto count = [](std::size_t number, std::string_view noun) { return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s"); };
  return out + fmt::format("{}, {} live\n", count(explanation.edges.size(), "edge"), count(explanation.live_guards(), "guard"));
}

}  // namespace witc::engine
