// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// wasi:sockets: what its interfaces share. A socket of a guest's is a non-blocking socket of Linux, watched by the
// program's event loop; the state machine of the WIT is kept beside it (sockets_tcp.cpp, sockets_udp.cpp), and every
// address passes the NetworkPolicy before the kernel sees it. Where the WIT leaves a choice, the answer is wasmtime's.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "wasi-preview/event_loop.h"
#include "wasi-preview/filesystem/sandbox.h"
#include "wasi-preview/options.h"
#include "wasi-preview/p2/sockets_address.h"
#include "wasi-preview/p2/sockets_policy.h"
#include "wasi-preview/p2/sockets_resolver.h"
#include "wasi-preview/p2/streams.h"

namespace witc::wasi {

/// What one program's sockets share. Each keeps it alive.
struct SocketContext {
  SocketContext(const NetworkGrants& network, EventLoopPtr program_loop, std::shared_ptr<fs::Sandbox> program_files)
      : grants(network),
        loop(std::move(program_loop)),
        files(std::move(program_files)),
        resolver(loop),
        policy(network, loop, resolver) {}

  const NetworkGrants grants;
  const EventLoopPtr loop;
  const std::shared_ptr<fs::Sandbox> files;  // counts file descriptors
  /// How long the program can still be made to wait, altogether, for peers that do not take what it wrote to streams it
  /// has dropped.
  std::uint64_t linger_left_ns = 10'000'000'000;
  std::vector<std::uint8_t> datagram;  // where one is received
  Resolver resolver;
  NetworkPolicy policy;
};
using SocketContextPtr = std::shared_ptr<SocketContext>;

/// A socket's file descriptor: owned, non-blocking, watched by the loop, and one of the program's open files.
class SocketFd {
 public:
  enum class Type : std::uint8_t { kStream, kDatagram };

  /// A new socket; for IPv6, of IPv6 alone.
  static SocketResult<std::unique_ptr<SocketFd>> make(SocketContextPtr context, Family family, Type type);
  /// The next connection that `listener` has; would-block if it has none.
  static SocketResult<std::unique_ptr<SocketFd>> accept(const SocketFd& listener);
  ~SocketFd();
  SocketFd(const SocketFd&) = delete;
  SocketFd& operator=(const SocketFd&) = delete;

  [[nodiscard]] int get() const;
  [[nodiscard]] Family family() const { return family_; }
  [[nodiscard]] const SocketContextPtr& context() const { return context_; }

  /// poll(2), without waiting: also at the end, and in error.
  [[nodiscard]] bool readable() const;
  [[nodiscard]] bool writable() const;
  /// Makes sure that a handler runs on the loop when that may have changed.
  void arm_read();
  void arm_write();
  /// Runs in that handler; called no more once this is gone.
  void on_writable(std::function<void()> handler);

  [[nodiscard]] SocketResult<SocketAddress> local_address() const;
  [[nodiscard]] SocketResult<SocketAddress> remote_address() const;
  SocketResult<void> bind(const SocketAddress& address);

  // Options, as the WIT has them: 0 is an invalid argument, and what is too large is made to fit.
  [[nodiscard]] SocketResult<std::uint8_t> hop_limit() const;
  SocketResult<void> set_hop_limit(std::uint8_t value);
  [[nodiscard]] SocketResult<std::uint64_t> buffer_size(int option) const;  // SO_RCVBUF or SO_SNDBUF
  SocketResult<void> set_buffer_size(int option, std::uint64_t value);
  [[nodiscard]] SocketResult<int> option(int level, int name) const;
  SocketResult<void> set_option(int level, int name, int value);

 private:
  struct Watch;
  SocketFd(SocketContextPtr context, Family family, std::unique_ptr<Watch> watch);
  /// Takes over `fd`, or closes it and fails.
  static SocketResult<std::unique_ptr<SocketFd>> adopt(SocketContextPtr context, Family family, int fd);

  SocketContextPtr context_;
  Family family_;
  std::unique_ptr<Watch> watch_;
};

// The functions of the interfaces, which sockets_network.cpp gives to linkers.

/// access-denied if the protocol is off; new-socket-limit.
SocketResult<std::unique_ptr<::wasi::sockets::tcp::TcpSocket>> create_tcp_socket(const SocketContextPtr& context,
                                                                                Family family);
SocketResult<std::unique_ptr<::wasi::sockets::udp::UdpSocket>> create_udp_socket(const SocketContextPtr& context,
                                                                                Family family);
/// permanent-resolver-failure if look-ups are not granted; invalid-argument for what is no name.
SocketResult<std::unique_ptr<::wasi::sockets::ip_name_lookup::ResolveAddressStream>> resolve_addresses(
    const SocketContextPtr& context, std::string_view name);
/// What a stream's failure was, if it was a system call's.
std::optional<SocketError> network_error_code(const io::error::Error& error);

}  // namespace witc::wasi
