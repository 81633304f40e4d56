// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Which gated features of the component model (Explainer.md, "Gated Features") the validator accepts.

#include <optional>
#include <string>
#include <string_view>

#include "wasm/core/features.h"

namespace witc::component {

struct Features {
  wasm::Features core = wasm::Features::defaults();  // of core modules
  bool values = false;              // 🪙 value imports, exports, definitions; start
  bool async = true;                // 🔀 async functions, streams, futures, their built-ins
  bool async_stackful = false;      // 🚟 async lifts without a callback
  bool more_async_builtins = false; // 🚝
  bool threading = false;           // 🧵 thread built-ins
  bool error_context = false;       // 📝
  bool fixed_length_lists = true;   // 🔧
  bool map = true;                  // 🗺️
  bool implements = true;           // 🏷️ `implements` and `external-id` attributes
  bool version_suffix = true;       // 🔗
  bool memory64 = false;            // 🐘 64-bit memories in the canonical ABI
  bool nested_names = false;        // 🪺 nested namespaces and packages in names
  bool gc = false;                  // the canonical options `gc` and `core-type` (not yet in the specification)

  /// Switches a feature on or off by its name in `wasm-tools validate --features` (`cm-async`, `cm64`, ...); false
  /// if there is none of that name. Names of core features are wasm/core/features.h's.
  bool set(std::string_view name, bool on);
  /// A comma-separated list as `--features` takes it, applied to the defaults in order: what wasm::parse_features
  /// takes, for core modules and components both. No value for a list with an unknown name.
  static std::optional<Features> parse(std::string_view list);
  /// Every feature of the component model off; core features as they are by default.
  static Features none();
  /// Everything that can be validated on.
  static Features all();
};

/// Every name that `--features` takes, with commas between them.
std::string feature_names();

}  // namespace witc::component
