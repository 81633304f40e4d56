// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kahn's algorithm with a heap in place of the queue: the heap is what keeps the text's order.
#include "wit-parser/toposort.h"

#include <fmt/format.h>

#include <functional>
#include <queue>
#include <unordered_map>

#include "wit-parser/suggest.h"

namespace witc::wit {
namespace {

Diagnostic missing(std::string_view what, const ast::Id& id, const std::vector<TopoNode>& nodes) {
  Diagnostic diagnostic = error(DiagCode::kWitResolve, id.span, fmt::format("{} `{}` does not exist", what, id.name));
  if (id.name == "float32" || id.name == "float64") {
    return std::move(diagnostic).hint(fmt::format("`{}` is spelled `f{}` today", id.name, id.name.substr(5)));
  }
  return suggest(std::move(diagnostic), id.name, nodes, [](const TopoNode& node) { return node.name; });
}

}  // namespace

Result<std::vector<std::size_t>> topological_order(std::string_view what, const std::vector<TopoNode>& nodes) {
  std::unordered_map<std::string_view, std::size_t> by_name;
  for (std::size_t i = 0; i < nodes.size(); ++i) by_name.emplace(nodes[i].name, i);

  std::vector<std::size_t> open(nodes.size());
  std::vector<std::vector<std::size_t>> needed_by(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    open[i] = nodes[i].needs.size();
    for (const ast::Id* id : nodes[i].needs) {
      auto found = by_name.find(id->name);
      if (found == by_name.end()) return missing(what, *id, nodes);
      needed_by[found->second].push_back(i);
    }
  }

  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (open[i] == 0) ready.push(i);
  }
  std::vector<std::size_t> order;
  while (!ready.empty()) {
    std::size_t next = ready.top();
    ready.pop();
    order.push_back(next);
    for (std::size_t user : needed_by[next]) {
      if (--open[user] == 0) ready.push(user);
    }
  }
  if (order.size() == nodes.size()) return order;

  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (open[i] == 0) continue;
    for (const ast::Id* id : nodes[i].needs) {
      if (open[by_name.at(id->name)] == 0) continue;
      return error(DiagCode::kWitResolve, id->span, fmt::format("{} `{}` depends on itself", what, id->name))
          .label(fmt::format("by way of what `{}` needs", nodes[i].name));
    }
  }
  return error(DiagCode::kWitResolve, fmt::format("{}s depend on each other", what));
}

}  // namespace witc::wit
