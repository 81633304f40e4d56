// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/wasi.h"

#include "engine/bindings.h"
#include "wasi-preview/p2/host_state.h"

namespace witc::wasi {

Result<Wasi> Wasi::make(WasiOptions options) {
  auto state = std::make_shared<HostState>(std::move(options));
  auto preopens = open_preopens(*state->sandbox, state->options.preopens);
  if (!preopens) return error(DiagCode::kFileUnreadable, std::move(preopens).error());
  state->preopens = *std::move(preopens);
  return Wasi(std::move(state));
}

void Wasi::add_to(engine::Linker& linker) const {
  engine::BindingLinker bindings(linker, state_);
  bindings.resources()->set_limit(state_->options.limits.max_resources);
  state_->loop->set_interrupt_fd([caller = bindings.caller()] {
    return *caller == nullptr ? -1 : (*caller)->interrupt_fd();
  });
  add_cli(*state_, bindings);
  add_io(*state_, bindings);
  add_clocks(*state_, bindings);
  add_random(*state_, bindings);
  add_filesystem(*state_, bindings);
  add_sockets(*state_, bindings);
  add_http(*state_, bindings);
}

}  // namespace witc::wasi
