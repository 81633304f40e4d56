// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The component that a test program is given by its environment, loaded.

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

#include "engine/component.h"

namespace witc::tests {

struct LoadedComponent {
  engine::Engine machine;
  SourceMap sources;
  std::optional<engine::Component> component;

  /// Of the file that the environment's WITC_TEST_COMPONENT names; a test that needs it fails without.
  LoadedComponent() {
    const char* path = std::getenv("WITC_TEST_COMPONENT");
    std::ifstream file(path == nullptr ? "" : path, std::ios::binary);
    std::stringstream contents;
    contents << file.rdbuf();
    auto loaded = engine::Component::load(machine, sources, sources.add("guest.wasm", contents.str(), SourceKind::kBinary));
    if (!loaded) FAIL(loaded.error()->message);
    component = *std::move(loaded);
  }
};

/// Compiled once; each test has an instance of its own.
inline LoadedComponent& loaded() {
  static LoadedComponent once;
  return once;
}

}  // namespace witc::tests
