// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Addresses of wasi:sockets: between the WIT's types and the kernel's, which of them are good for what, and what the errors
// of system calls are called.

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wasi_host.h"

namespace witc::wasi {

using SocketError = ::wasi::sockets::network::ErrorCode;
using Family = ::wasi::sockets::network::IpAddressFamily;
template <class T>
using SocketResult = wit::expected<T, SocketError>;

inline wit::unexpected<SocketError> fail(SocketError error) { return wit::unexpected<SocketError>(error); }
/// The error of a system call.
SocketError error_of_errno(int code);
inline wit::unexpected<SocketError> fail_errno(int code) { return fail(error_of_errno(code)); }

/// An IPv4 or IPv6 address, in network byte order.
struct IpAddress {
  Family family = Family::kIpv4;
  std::array<std::uint8_t, 16> bytes{};  // of an IPv4 address, the first four

  /// `127.0.0.1`, `::1`; nothing else.
  static std::optional<IpAddress> parse(const std::string& text);
  /// The IPv4 address that is mapped into this one (`::ffff:127.0.0.1`), else this.
  [[nodiscard]] IpAddress canonical() const;
  [[nodiscard]] bool is_unspecified() const;
  [[nodiscard]] bool is_multicast_or_broadcast() const;
  [[nodiscard]] bool is_ipv4_mapped() const;
  /// `::a.b.c.d`, out of use since RFC 4291; not `::` and `::1`.
  [[nodiscard]] bool is_ipv4_compatible() const;
  [[nodiscard]] ::wasi::sockets::network::IpAddress to_wit() const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

struct SocketAddress {
  IpAddress ip;
  std::uint16_t port = 0;
  std::uint32_t flow_info = 0;
  std::uint32_t scope_id = 0;

  static SocketAddress from_wit(const ::wasi::sockets::network::IpSocketAddress& address);
  static SocketAddress from_kernel(const sockaddr_storage& address);
  /// 0.0.0.0:0 or [::]:0.
  static SocketAddress any(Family family);
  [[nodiscard]] ::wasi::sockets::network::IpSocketAddress to_wit() const;
  /// Fills in `address`; its size.
  socklen_t to_kernel(sockaddr_storage& address) const;

  /// Good for a socket of that family: neither IPv4-mapped nor IPv4-compatible.
  [[nodiscard]] bool fits(Family family) const;
  /// Can be written to: neither address nor port is 0.
  [[nodiscard]] bool is_valid_remote() const { return !ip.canonical().is_unspecified() && port != 0; }

  friend auto operator<=>(const SocketAddress&, const SocketAddress&) = default;
};

/// What getaddrinfo(3) is asked for when a guest asks for `name`; or the address that `name` already is. None: no name.
struct HostName {
  std::optional<IpAddress> address;
  std::string ascii;

  /// Checks a domain name (RFC 1123, and underscores), lower case and in ASCII (RFC 3492). A name whose last label is a
  /// number is an IPv4 address as browsers read them, or nothing.
  static std::optional<HostName> parse(std::string_view name);
};

}  // namespace witc::wasi
