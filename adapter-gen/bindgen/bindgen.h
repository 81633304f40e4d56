// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// C++ bindings for a world: the front door of adapter-gen/bindgen/. From the resolved WIT graph to the
// text of C++ files, for a guest (the component's own code) or for a host (a program that embeds the
// engine and runs the component).
//
// A guest's files: `w.h`, what its author reads (types, imports to call, exports to define); `w.cpp`,
// the canonical ABI; and of runtime/, the same for every world, `wit.h wit_resource.h wit_abi.h
// wit_abi_call.h`. A host's: `w_host.h`, `w_host.cpp`, and `wit.h wit_host.h wit_host_call.h`, which need
// adapter-gen/host_binding.h of witc.
//
// Inside, in the order of the flow: names.h (WIT names to C++ names), units.h (the world as a list of
// namespaces, and which of them a type belongs to), spelling.h (types as C++ spells them), types.h
// (their definitions), then guest.h or host.h.

#include <string>
#include <vector>

#include "base/result.h"
#include "wit-parser/resolve.h"

namespace witc::bindgen {

struct GeneratedFile {
  std::string name;  // relative to the output directory
  std::string contents;
};

struct Options {
  bool host = false;
};

/// Bindings for `world`. Fails (code `bindgen`) for what has no C++ yet: futures, streams and
/// error contexts. Functions declared `async` are bound like the others: a call blocks.
Result<std::vector<GeneratedFile>> generate_cpp(const wit::Resolve& resolve, wit::WorldId world, const Options& options);

}  // namespace witc::bindgen
