// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Whether two copies of an interface agree, for merging them (wit-parser/merge.h). Types with a name are the same
// if they have the same name in the same place: what they are made of is compared where they are defined.

#include <string>

#include "base/result.h"
#include "wit-parser/resolve.h"

namespace witc::wit {

/// Two graphs (or twice the same), and how places are compared.
struct Comparison {
  const Resolve& from;
  const Resolve& into;
  /// `a:b/c@0.2.0` is the same place as `a:b/c@0.2.1`.
  bool compatible_versions = false;
};

/// Every type and function that both interfaces have must be the same. Errors (kWitResolve) name the first
/// that is not, as part of `path`; `must_have_all` also makes one for what only `from` has.
Result<void> check_same_interface(const Comparison& graphs, InterfaceId from, InterfaceId into, const std::string& path,
                                  bool must_have_all);
/// The definitions' types, or the signatures. Errors say that `path` differs.
Result<void> check_same_type(const Comparison& graphs, TypeId from, TypeId into, const std::string& path);
Result<void> check_same_function(const Comparison& graphs, const Function& from, const Function& into, const std::string& path);

}  // namespace witc::wit
