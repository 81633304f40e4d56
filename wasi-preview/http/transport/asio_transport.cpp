// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/http/transport/asio_transport.h"

namespace witc::http {
namespace {

class AsioTransport final : public Transport {
 public:
  [[nodiscard]] std::unique_ptr<Client> client(ClientOptions options) const override {
    return make_client(std::move(options));
  }
  [[nodiscard]] std::expected<std::unique_ptr<Server>, std::string> listen(ServerOptions options,
                                                                           Server::Handler handler,
                                                                           Server::Observer observer) const override {
    return http::listen(std::move(options), std::move(handler), std::move(observer));
  }
};

}  // namespace

const Transport& asio_transport() {
  static const AsioTransport transport;
  return transport;
}

}  // namespace witc::http
