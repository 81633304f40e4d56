// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Core modules made to cost much time or memory: deep nesting, counts that the input does not keep, very many small
// things, names and labels to look up.

#include <string>
#include <vector>

#include "base/source.h"

namespace witc {

struct HostileInput {
  std::string name;
  std::string contents;
  SourceKind kind = SourceKind::kBinary;
};

/// `scale` is about how many things each has.
std::vector<HostileInput> hostile_inputs(std::size_t scale);

}  // namespace witc
