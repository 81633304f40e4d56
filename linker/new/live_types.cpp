// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reachability over WIT types (linker/new/live_types.h). Iterative: types may be chained without limit.
#include "linker/new/live_types.h"

#include "base/overloaded.h"
#include "wit-parser/type_parts.h"

namespace witc::linker {

std::vector<wit::TypeId> parts_of(const wit::TypeDef& def) {
  std::vector<wit::TypeId> out;
  wit::for_each_type(def.kind, [&](const wit::TypeId& part) { out.push_back(part); });
  return out;
}

void LiveTypes::add(wit::TypeId root) {
  std::vector<std::pair<wit::TypeId, bool>> stack{{root, false}};
  while (!stack.empty()) {
    auto [id, expanded] = stack.back();
    stack.pop_back();
    if (done_.contains(id)) continue;
    if (expanded) {
      done_.insert(id);
      order_.push_back(id);
      continue;
    }
    stack.emplace_back(id, true);
    std::vector<wit::TypeId> parts = parts_of(resolve_.types[id]);
    for (auto it = parts.rbegin(); it != parts.rend(); ++it) stack.emplace_back(*it, false);
  }
}

void LiveTypes::add(const wit::Type& type) {
  if (const auto* id = std::get_if<wit::TypeId>(&type)) add(*id);
}

void LiveTypes::add(const wit::Function& function) {
  if (function.resource) add(*function.resource);
  for (const wit::Param& param : function.params) add(param.type);
  if (function.result) add(*function.result);
}

void LiveTypes::add(wit::InterfaceId interface) {
  for (const auto& [name, type] : resolve_.interfaces[interface].types) add(type);
  for (const auto& [name, function] : resolve_.interfaces[interface].functions) add(function);
}

void LiveTypes::add(const wit::WorldItem& item) {
  match(
      item, [&](const wit::WorldInterface& it) { add(it.id); }, [&](const wit::Function& it) { add(it); },
      [&](const wit::WorldType& it) { add(it.id); });
}

}  // namespace witc::linker
