// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// One program's host side of WASI 0.2: what all interfaces share, and the interfaces. Each p2/*.cpp implements the
// generated `Host` classes of a package and has one function here that makes them. Private to wasi-preview/.

#include <memory>
#include <utility>
#include <vector>

#include "engine/bindings.h"
#include "wasi-preview/event_loop.h"
#include "wasi-preview/filesystem/sandbox.h"
#include "wasi-preview/options.h"
#include "wasi-preview/p2/streams.h"
#include "wasi-preview/preopens.h"
#include "wasi-preview/random.h"

namespace witc::http {
class Client;
}

namespace witc::wasi {

/// Kept by the linkers it was added to, and by what is instantiated with them.
class HostState {
 public:
  explicit HostState(WasiOptions what_is_granted)
      : options(std::move(what_is_granted)),
        loop(std::make_shared<EventLoop>(options.deterministic)),
        random(options.deterministic),
        sandbox(fs::Sandbox::make({.max_open_files = options.limits.max_open_files})) {}

  /// Makes an implementation that lives as long as this, and defines it by the generated `add_to_linker` that fits.
  template <class Implementation, class... Args>
  Implementation& add(host::HostLinker& linker, Args&&... args) {
    auto made = std::make_shared<Implementation>(std::forward<Args>(args)...);
    add_to_linker(linker, *made);
    interfaces_.push_back(made);
    return *made;
  }

  const WasiOptions options;
  const EventLoopPtr loop;
  Random random;
  /// Counts everything that has a file descriptor: files, folders, sockets.
  const std::shared_ptr<fs::Sandbox> sandbox;
  Preopens preopens;
  std::shared_ptr<witc::http::Client> http_client;  // made when it is first needed; programs may share one
  std::shared_ptr<host::ResourceTable> resources;   // of the linker that this was last added to

 private:
  std::vector<std::shared_ptr<wit::Implementation>> interfaces_;
};

// Each defines its package's interfaces, of 0.2.12: the linker serves every 0.2.x with them.
void add_cli(HostState& state, host::HostLinker& linker);
void add_io(HostState& state, host::HostLinker& linker);
void add_clocks(HostState& state, host::HostLinker& linker);
void add_random(HostState& state, host::HostLinker& linker);
void add_filesystem(HostState& state, host::HostLinker& linker);
void add_sockets(HostState& state, host::HostLinker& linker);
void add_http(HostState& state, host::HostLinker& linker);

}  // namespace witc::wasi
