// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// wasi:http/incoming-handler, from the host's side: the guest's export, called for one exchange of a server.
//
//     std::optional<engine::ComponentFunc> handler = find_incoming_handler(component);
//     engine::ComponentInstance instance = ...;     // linked with `wasi`, started
//     auto done = handle(wasi, instance, *handler, exchange);
//
// The call returns when the guest does, which may be after its answer is sent. What of its resources the guest then still
// holds goes with the instance: that has to be destroyed before Exchange::end.

#include <memory>
#include <optional>

#include "engine/component.h"
#include "wasi-preview/http/exchange.h"
#include "wasi-preview/wasi.h"

namespace witc::wasi {

/// The export, of whatever 0.2.x.
std::optional<engine::ComponentFunc> find_incoming_handler(const engine::Component& component);

/// The trap it ended in, if it did. `wasi` was last added to the linker of the instance.
std::expected<void, engine::Trap> handle(const Wasi& wasi, engine::ComponentInstance& instance,
                                         const engine::ComponentFunc& handler,
                                         std::shared_ptr<http::Exchange> exchange);

}  // namespace witc::wasi
