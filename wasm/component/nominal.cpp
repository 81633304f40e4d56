// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Nodes that say which definitions a type was built from (wasm/component/nominal.h).
#include "wasm/component/nominal.h"

namespace witc::component {

NominalId Nominals::copy(NominalId id) {
  if (id == none()) return id;
  Nominal node = nodes_[id];
  return nodes_.push(std::move(node));
}

bool Nominals::parts_named(NominalId id, const NominalSet& names) const {
  std::vector<NominalId> pending = nodes_[id].children;
  NominalSet seen;
  while (!pending.empty()) {
    NominalId part = pending.back();
    pending.pop_back();
    const Nominal& node = nodes_[part];
    if (node.kind == Nominal::kNamed || node.kind == Nominal::kResource) {
      if (!names.contains(part)) return false;
    } else if (!node.children.empty() && seen.insert(part).second) {
      pending.insert(pending.end(), node.children.begin(), node.children.end());
    }
  }
  return true;
}

}  // namespace witc::component
