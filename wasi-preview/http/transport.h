// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What stands between guests and the network, for HTTP. A server and a client bring OpenSSL and nghttp2 with them,
// which take milliseconds of every process that loads them, and a program that neither serves nor sends a request needs
// none of it: so they are had only through here.
//
// Whether they are there from the start is settled when a program is linked. The library `witc_wasi-preview` has them
// inside (http/transport/linked.cpp): what embeds it needs no other file of ours. The program `witc` is linked with
// `witc_wasi-preview_core` instead, which opens `libwitc-http.so` the first time (http/transport/loaded.cpp).

#include <expected>
#include <memory>
#include <string>

#include "base/result.h"
#include "wasi-preview/http/client/client.h"
#include "wasi-preview/http/server/server.h"

namespace witc::http {

/// Stateless; used by many threads.
class Transport {
 public:
  virtual ~Transport() = default;

  [[nodiscard]] virtual std::unique_ptr<Client> client(ClientOptions options) const = 0;
  /// Listens; connections are taken from `start` on. The error: why it cannot.
  [[nodiscard]] virtual std::expected<std::unique_ptr<Server>, std::string> listen(ServerOptions options,
                                                                                   Server::Handler handler,
                                                                                   Server::Observer observer) const = 0;
};

/// Errors: kEngineResource, where there is a library to be loaded and it cannot be.
Result<const Transport*> transport();

}  // namespace witc::http
