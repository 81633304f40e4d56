// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The types that a set of functions and types needs, each after those it is made of. A component imports no
// more of an interface than is alive.

#include <unordered_set>
#include <vector>

#include "wit-parser/resolve.h"

namespace witc::linker {

/// The types a definition names: fields, cases, elements, the resource of a handle, what an alias stands for.
std::vector<wit::TypeId> parts_of(const wit::TypeDef& def);

class LiveTypes {
 public:
  explicit LiveTypes(const wit::Resolve& resolve) : resolve_(resolve) {}

  void add(wit::TypeId id);
  void add(const wit::Type& type);
  void add(const wit::Function& function);
  /// All types of an interface, then those its functions need.
  void add(wit::InterfaceId interface);
  void add(const wit::WorldItem& item);

  [[nodiscard]] const std::vector<wit::TypeId>& order() const { return order_; }
  [[nodiscard]] bool contains(wit::TypeId id) const { return done_.contains(id); }

 private:
  const wit::Resolve& resolve_;
  std::vector<wit::TypeId> order_;
  std::unordered_set<wit::TypeId> done_;
};

}  // namespace witc::linker
