// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// An HTTP/1.1 client, plain and over TLS, that knows nothing of guests or of what they may do. Calls go on a thread of the
// client's own, so that bodies move while guests compute; bodies are bounded both ways, as a server's.
//
// One connection a call, as wasmtime has it: nothing of one guest's call can be seen in another's.

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "wasi-preview/http/body.h"
#include "wasi-preview/http/message.h"

namespace witc::http {

struct ClientOptions {
  std::string ca_file;  // certificates trusted besides the system's; PEM
  std::uint32_t max_header_bytes = 128 << 10;
  std::size_t max_calls = 1024;  // at once; more fail with kConnectionLimitReached
};

struct CallTimeouts {
  std::chrono::nanoseconds connect = std::chrono::seconds(600);        // look-up, TCP and TLS together
  std::chrono::nanoseconds first_byte = std::chrono::seconds(600);     // of the answer, once the connection stands
  std::chrono::nanoseconds between_bytes = std::chrono::seconds(600);  // of the answer's body
};

struct ClientResponse {
  ResponseHead head;
  std::shared_ptr<Body> body;
};

/// An answer that may come. Dropping the last reference that is not the client's ends the call, unless its answer came;
/// that has to be before the client's end.
struct Call {
  Promise<std::expected<ClientResponse, Failure>> response;
};

class Client {
 public:
  /// Calls that go on are cut off.
  virtual ~Client() = default;

  /// From any thread. `head` has a scheme (`http` or `https`) and an authority; `body` is null for none.
  virtual std::shared_ptr<Call> send(RequestHead head, std::shared_ptr<Body> body, CallTimeouts timeouts) = 0;
};

/// As Transport::client (wasi-preview/http/transport.h), by which others get here.
std::unique_ptr<Client> make_client(ClientOptions options);

}  // namespace witc::http
