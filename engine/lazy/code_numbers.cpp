// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/lazy/code_numbers.h"

namespace witc::engine {

void CodeNumbers::add(const Program& program, const Layout& layout, CodeNumber from) {
  added_.clear();
  first_ = (from + kAlign - 1) / kAlign * kAlign;
  for (InstanceId id : program.instances.ids()) {
    if (instances_.contains(id)) continue;
    if (layout.code_of(id) != id) {
      instances_.push(instances_[layout.code_of(id)]);
      continue;
    }
    instances_.push(end());
    for (wasm::FuncIndex func : program.instances[id].module->funcs.ids()) added_.emplace_back(DefinedFunc{id, func});
  }
  for (HostSlot slot : program.hosts.ids()) {
    if (hosts_.contains(slot)) continue;
    hosts_.push(end());
    added_.emplace_back(slot);
  }
  for (std::size_t i = trampolines_.size(); i < layout.signatures().size(); ++i) {
    trampolines_.push(end());
    added_.emplace_back(TrampolineId(i));
  }
}

}  // namespace witc::engine
