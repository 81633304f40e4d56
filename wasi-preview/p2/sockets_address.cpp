// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/p2/sockets_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace witc::wasi {
namespace {

namespace network = ::wasi::sockets::network;

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

IpAddress from_tuple(const network::Ipv4Address& address) {
  const auto [a, b, c, d] = address;
  return {Family::kIpv4, {a, b, c, d}};
}
IpAddress from_tuple(const network::Ipv6Address& address) {
  IpAddress ip{Family::kIpv6, {}};
  std::apply([&](auto... group) {
    std::size_t at = 0;
    ((ip.bytes[at++] = static_cast<std::uint8_t>(group >> 8), ip.bytes[at++] = static_cast<std::uint8_t>(group)), ...);
  }, address);
  return ip;
}
network::Ipv4Address to_ipv4(const IpAddress& ip) { return {ip.bytes[0], ip.bytes[1], ip.bytes[2], ip.bytes[3]}; }
network::Ipv6Address to_ipv6(const IpAddress& ip) {
  auto group = [&](std::size_t i) { return static_cast<std::uint16_t>(ip.bytes[2 * i] << 8 | ip.bytes[2 * i + 1]); };
  return {group(0), group(1), group(2), group(3), group(4), group(5), group(6), group(7)};
}

}  // namespace

SocketError error_of_errno(int code) {
  switch (code) {
    case EAGAIN:
    case EINTR: return SocketError::kWouldBlock;
    case EPERM:
    case EACCES: return SocketError::kAccessDenied;
    case EADDRINUSE: return SocketError::kAddressInUse;
    case EADDRNOTAVAIL: return SocketError::kAddressNotBindable;
    case EALREADY: return SocketError::kConcurrencyConflict;
    case ETIMEDOUT: return SocketError::kTimeout;
    case ECONNREFUSED: return SocketError::kConnectionRefused;
    case ECONNRESET: return SocketError::kConnectionReset;
    case ECONNABORTED: return SocketError::kConnectionAborted;
    case EINVAL: return SocketError::kInvalidArgument;
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
    case ENETUNREACH:
    case ENONET: return SocketError::kRemoteUnreachable;
    case EISCONN:
    case ENOTCONN:
    case EDESTADDRREQ: return SocketError::kInvalidState;
    case ENFILE:
    case EMFILE: return SocketError::kNewSocketLimit;
    case EMSGSIZE: return SocketError::kDatagramTooLarge;
    case ENOMEM:
    case ENOBUFS: return SocketError::kOutOfMemory;
    case EOPNOTSUPP:
    case ENOPROTOOPT:
    case EPFNOSUPPORT:
    case EPROTONOSUPPORT:
    case EPROTOTYPE:
    case ESOCKTNOSUPPORT:
    case EAFNOSUPPORT: return SocketError::kNotSupported;
    default: return SocketError::kUnknown;
  }
}

// -- IpAddress ----------------------------------------------------------------------------------------------------------

std::optional<IpAddress> IpAddress::parse(const std::string& text) {
  IpAddress ip;
  if (::inet_pton(AF_INET, text.c_str(), ip.bytes.data()) == 1) return ip;
  ip.family = Family::kIpv6;
  if (::inet_pton(AF_INET6, text.c_str(), ip.bytes.data()) == 1) return ip;
  return std::nullopt;
}

bool IpAddress::is_ipv4_mapped() const {
  return family == Family::kIpv6 && std::equal(kMapped.begin(), kMapped.end(), bytes.begin());
}

IpAddress IpAddress::canonical() const {
  if (!is_ipv4_mapped()) return *this;
  return {Family::kIpv4, {bytes[12], bytes[13], bytes[14], bytes[15]}};
}

bool IpAddress::is_unspecified() const { return bytes == std::array<std::uint8_t, 16>{}; }

bool IpAddress::is_multicast_or_broadcast() const {
  const IpAddress ip = canonical();
  if (ip.family == Family::kIpv6) return ip.bytes[0] == 0xff;
  return (ip.bytes[0] & 0xf0) == 0xe0 || std::all_of(ip.bytes.begin(), ip.bytes.begin() + 4, [](auto b) { return b == 0xff; });
}

bool IpAddress::is_ipv4_compatible() const {
  if (family != Family::kIpv6 || std::any_of(bytes.begin(), bytes.begin() + 12, [](auto b) { return b != 0; })) return false;
  const bool is_loopback = bytes[12] == 0 && bytes[13] == 0 && bytes[14] == 0 && bytes[15] == 1;
  return !is_unspecified() && !is_loopback;
}

network::IpAddress IpAddress::to_wit() const {
  if (family == Family::kIpv4) return {network::IpAddress::Ipv4{to_ipv4(*this)}};
  return {network::IpAddress::Ipv6{to_ipv6(*this)}};
}

// -- SocketAddress ------------------------------------------------------------------------------------------------------

SocketAddress SocketAddress::from_wit(const network::IpSocketAddress& address) {
  if (const auto* v4 = std::get_if<network::IpSocketAddress::Ipv4>(&address.value)) {
    return {from_tuple(v4->value.address), v4->value.port};
  }
  const network::Ipv6SocketAddress& v6 = std::get<network::IpSocketAddress::Ipv6>(address.value).value;
  return {from_tuple(v6.address), v6.port, v6.flow_info, v6.scope_id};
}

SocketAddress SocketAddress::from_kernel(const sockaddr_storage& address) {
  SocketAddress result;
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    result.ip.family = Family::kIpv6;
    std::memcpy(result.ip.bytes.data(), &v6.sin6_addr, 16);
    result.port = ntohs(v6.sin6_port);
    result.flow_info = ntohl(v6.sin6_flowinfo);
    result.scope_id = v6.sin6_scope_id;
  } else if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    std::memcpy(result.ip.bytes.data(), &v4.sin_addr, 4);
    result.port = ntohs(v4.sin_port);
  }
  return result;
}

SocketAddress SocketAddress::any(Family family) { return {{family, {}}}; }

network::IpSocketAddress SocketAddress::to_wit() const {
  if (ip.family == Family::kIpv4) return {network::IpSocketAddress::Ipv4{{port, to_ipv4(ip)}}};
  return {network::IpSocketAddress::Ipv6{{port, flow_info, to_ipv6(ip), scope_id}}};
}

socklen_t SocketAddress::to_kernel(sockaddr_storage& address) const {
  address = {};
  if (ip.family == Family::kIpv4) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, ip.bytes.data(), 4);
    std::memcpy(&address, &v4, sizeof v4);
    return sizeof v4;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  v6.sin6_flowinfo = htonl(flow_info);
  v6.sin6_scope_id = scope_id;
  std::memcpy(&v6.sin6_addr, ip.bytes.data(), 16);
  std::memcpy(&address, &v6, sizeof v6);
  return sizeof v6;
}

bool SocketAddress::fits(Family family) const {
  return ip.family == family && !ip.is_ipv4_mapped() && !ip.is_ipv4_compatible();
}

}  // namespace witc::wasi
