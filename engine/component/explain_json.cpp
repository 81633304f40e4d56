// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An Explanation as JSON, for tools (engine/component/explain.h).
#include <nlohmann/json.hpp>

#include "engine/component/explain.h"

namespace witc::engine {
namespace {

using Json = nlohmann::ordered_json;

Json values(const std::vector<EdgeValue>& values) {
  Json out = Json::array();
  for (const EdgeValue& value : values) {
    Json item{{"type", value.type}, {"how", value.how}};
    if (!value.name.empty()) item["name"] = value.name;
    out.push_back(std::move(item));
  }
  return out;
}

Json code(const EdgeCode& code) { return {{"inlined", code.is_inlined}, {"bytes", code.bytes}, {"why", code.why}}; }

Json edge_json(const Edge& edge) {
  Json out{{"caller", edge.caller}, {"callee", edge.callee}, {"function", edge.function}, {"type", edge.type}, {"generic", edge.is_generic}};
  if (edge.is_generic) return out;
  out["guards"] = Json::array();
  for (const EdgeGuard& guard : edge.guards) {
    Json item{{"name", guard.name}, {"live", guard.is_live}, {"why", guard.why}};
    if (!guard.instance.empty()) item["instance"] = guard.instance;
    out["guards"].push_back(std::move(item));
  }
  out["params"] = {{"spilled", edge.spills_params}, {"values", values(edge.params)}};
  out["result"] = {{"spilled", edge.spills_result}, {"values", values(edge.results)}};
  out["calls"] = edge.calls;
  out["adapter"] = code(edge.adapter);
  out["code"] = code(edge.code);
  return out;
}

}  // namespace

std::string to_json(const Explanation& explanation) {
  Json edges = Json::array();
  for (const Edge& edge : explanation.edges) edges.push_back(edge_json(edge));
  return Json{{"edges", std::move(edges)}, {"live_guards", explanation.live_guards()}}.dump(2) + "\n";
}

}  // namespace witc::engine
