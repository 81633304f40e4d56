// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/wasi.h"

#include "wasi-preview/state.h"

namespace witc::wasi {

Wasi::Wasi(WasiOptions options) : state_(std::make_shared<State>()) { state_->options = std::move(options); }

void Wasi::add_to(engine::Linker& linker) const {
  add_cli_environment(linker, state_);
  add_cli_exit(linker, state_);
  add_cli_stdio(linker, state_);
  add_cli_terminal(linker, state_);
  add_io_error(linker, state_);
  add_io_poll(linker, state_);
  add_io_streams(linker, state_);
  add_clocks(linker, state_);
  add_random(linker, state_);
}

Val bytes_to_list(std::span<const std::uint8_t> bytes) {
  std::vector<Val> items;
  items.reserve(bytes.size());
  for (std::uint8_t byte : bytes) items.push_back(Val::unsigned_(byte));
  return Val::list(std::move(items));
}

std::vector<std::uint8_t> list_to_bytes(const Val& list) {
  std::vector<std::uint8_t> bytes;
  const auto& items = list.get_if<Val::List>()->items;
  bytes.reserve(items.size());
  for (const Val& item : items) bytes.push_back(static_cast<std::uint8_t>(as_u64(item)));
  return bytes;
}

}  // namespace witc::wasi
