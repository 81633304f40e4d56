// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// WASI 0.2 for components: the front door. A Wasi is one program's view of the outside world: what it was
// granted, and the streams and pollables it holds. Nothing is granted by default: no arguments, no
// environment, stdin empty and the outputs thrown away; time and randomness are always there.
//
//     Wasi wasi({.args = {"app"}, .stdout_fd = 1});
//     wasi.add_to(linker);           // serves any 0.2.x the component asks for
//
// One file per WIT package or interface: wasi:cli, wasi:io, wasi:clocks and wasi:random.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/component.h"

namespace witc::wasi {

struct WasiOptions {
  std::vector<std::string> args;  // the program's name first
  std::vector<std::pair<std::string, std::string>> env;
  std::optional<std::string> initial_cwd;
  /// File descriptors lent for the life of the Wasi; -1: an empty input, an output that swallows.
  int stdin_fd = -1;
  int stdout_fd = -1;
  int stderr_fd = -1;
};

struct State;

class Wasi {
 public:
  explicit Wasi(WasiOptions options);

  /// Defines every interface in the linker, whose functions share ownership of this program's state.
  void add_to(engine::Linker& linker) const;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace witc::wasi
