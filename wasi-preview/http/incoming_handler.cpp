// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/http/incoming_handler.h"

#include <array>

#include "wasi-preview/http/resources.h"

namespace witc::wasi {

std::optional<engine::ComponentFunc> find_incoming_handler(const engine::Component& component) {
  return component.find_func("wasi:http/incoming-handler@0.2.0", "handle");
}

std::expected<void, engine::Trap> handle(const Wasi& wasi, engine::ComponentInstance& instance,
                                         const engine::ComponentFunc& handler,
                                         std::shared_ptr<http::Exchange> exchange) {
  const HostState& state = *wasi.state();
  host::ResourceTable& table = *state.resources;
  const std::uint64_t request = table.add<types::IncomingRequest>(std::make_unique<IncomingRequest>(state, exchange));
  const std::uint64_t answer = table.add<types::ResponseOutparam>(std::make_unique<ResponseOutparam>(std::move(exchange)));
  const std::array<abi::Val, 2> args = {abi::Val::own(request), abi::Val::own(answer)};
  auto done = instance.call(handler, args);
  table.drop(request);  // whatever of them is still there
  table.drop(answer);
  if (!done) return std::unexpected(std::move(done).error());
  return {};
}

}  // namespace witc::wasi
