// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Which addresses a program's sockets may be used with (NetworkGrants). Grants that name hosts are compared with the
// addresses of the name, looked up when the grant is used and remembered for a while.

#include <cstdint>
#include <memory>
#include <vector>

#include "wasi-preview/options.h"
#include "wasi-preview/p2/sockets_resolver.h"

namespace witc::wasi {

class NetworkPolicy {
 public:
  enum class Verdict : std::uint8_t { kDenied, kAllowed, kLookingUp };

  NetworkPolicy(const NetworkGrants& grants, std::shared_ptr<EventLoop> loop, Resolver& resolver);

  [[nodiscard]] bool is_on(SocketProtocol protocol) const;
  /// Whether `address` may be connected to or written to (kConnect), or listened on (kBind). kLookingUp: it depends on
  /// names that are being looked up; a handler runs on the loop when one is known.
  Verdict check(SocketProtocol protocol, SocketUse use, const SocketAddress& address);
  /// The same, the guest waiting for names. Interrupted, it is denied.
  bool allows(SocketProtocol protocol, SocketUse use, const SocketAddress& address);
  /// Whether there is any address that the protocol may connect to: such a socket may be bound to any free port of any
  /// interface, as connecting would do, if it does not listen there.
  [[nodiscard]] bool may_connect_somewhere(SocketProtocol protocol) const;

 private:
  struct Rule {
    SocketGrant grant;
    std::optional<HostName> host;  // none: any
    std::shared_ptr<Lookup> lookup;
    std::uint64_t asked_ns = 0;
  };
  bool is_current(const Rule& rule) const;

  NetworkGrants grants_;
  std::shared_ptr<EventLoop> loop_;
  Resolver& resolver_;
  std::vector<Rule> rules_;
};

}  // namespace witc::wasi
