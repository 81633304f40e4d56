// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// WASI 0.2 for components: the front door. A Wasi is one program's view of the outside world: what it was granted
// (options.h), and the streams, files and sockets it holds.
//
//     Wasi wasi = TRY(Wasi::make({.args = {"app"}, .stdout_fd = 1}));
//     wasi.add_to(linker);           // serves any 0.2.x the component asks for
//
// The hosts are ordinary implementations of generated bindings (`witc bindgen cpp --host` of wit/), one file per WIT
// interface or package in p2/ and http/. A Wasi and what is instantiated with it are used by one thread at a time.

#include <memory>

#include "base/result.h"
#include "engine/component.h"
#include "wasi-preview/options.h"

namespace witc::wasi {

class HostState;

class Wasi {
 public:
  /// Opens the preopens. Errors: kFileUnreadable for one that cannot be opened.
  static Result<Wasi> make(WasiOptions options);

  /// Defines every interface in the linker, whose functions share ownership of this program's state.
  void add_to(engine::Linker& linker) const;

  /// What the hosts share; for those who add interfaces of their own (p2/state_state.h).
  [[nodiscard]] const std::shared_ptr<HostState>& state() const { return state_; }

 private:
  explicit Wasi(std::shared_ptr<HostState> state) : state_(std::move(state)) {}
  std::shared_ptr<HostState> state_;
};

}  // namespace witc::wasi
