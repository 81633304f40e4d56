// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// WASI preview 1 for core modules (engine/api.h): the front door. A Preview1 is one program's view of the outside world,
// as a Wasi (wasi.h) is a component's: the same options, the same file system beneath.
//
//     wasi::Preview1 program = TRY(wasi::Preview1::make({.args = {"app"}, .stdout_fd = 1}));
//     api::Linker linker;
//     program.add_to(linker);
//     auto instance = TRY(linker.instantiate(store, module));
//     auto done = TRY(instance.func<void()>("_start"))();    // a trap of kind kExit tells the status
//
// A module must export its memory under the name `memory`; a call from one that does not is a trap. Writing to a pipe
// nobody reads raises SIGPIPE, and growing a file beyond RLIMIT_FSIZE SIGXFSZ: hosts ignore them, and the guest sees
// the error.

#include <expected>
#include <memory>
#include <string>

#include "engine/api.h"
#include "wasi-preview/options.h"

namespace witc::wasi {

namespace p1 {
class Host;
}

class Preview1 {
 public:
  /// Opens the preopens. The error names the one that cannot be opened, and says why.
  static std::expected<Preview1, std::string> make(const WasiOptions& options);

  /// Defines `wasi_snapshot_preview1` and `wasi_unstable`. The functions share ownership of this program's state, which
  /// one thread at a time may use.
  void add_to(api::Linker& linker) const;

 private:
  explicit Preview1(std::shared_ptr<p1::Host> host) : host_(std::move(host)) {}

  std::shared_ptr<p1::Host> host_;
};

}  // namespace witc::wasi
