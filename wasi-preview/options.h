// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What a program is granted of the outside world, for preview 1, WASI 0.2 and `witc serve` alike. Nothing is granted by
// default: no arguments, no environment, an empty stdin and outputs that swallow, no file, no socket, no name look-up, no
// HTTP; time and randomness are always there. Each grant is as narrow as it is written.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace witc::wasi {

/// A folder of the host's, and all beneath it and nothing else.
struct Preopen {
  std::string host_path;
  std::string guest_path;
  bool read_only = false;  // nothing beneath it can be written, made, renamed or removed
};

enum class SocketProtocol : std::uint8_t { kTcp, kUdp };
enum class SocketUse : std::uint8_t { kConnect, kBind };

/// Permission for sockets: one use of one protocol with some addresses and ports.
struct SocketGrant {
  SocketProtocol protocol = SocketProtocol::kTcp;
  SocketUse use = SocketUse::kConnect;
  std::string host;                    // an IP address, or a name that is looked up when the grant is used; empty: any
  std::optional<std::uint16_t> port;   // none: any
};

struct NetworkGrants {
  bool inherit_network = false;  // every address, for the protocols that are on
  bool tcp = true;               // off: no TCP socket can be made at all
  bool udp = true;
  bool allow_ip_name_lookup = false;
  std::vector<SocketGrant> sockets;
};

/// Permission for outgoing HTTP: requests of one origin.
struct HttpGrant {
  std::string origin;                // `https://example.org`, with `:port` if it is not the scheme's; empty: any
  std::vector<std::string> methods;  // upper case; empty: any
};

struct HttpGrants {
  bool any = false;
  std::vector<HttpGrant> origins;
  std::string ca_file;  // certificates trusted besides the system's; PEM
};

/// What makes a program print the same bytes twice. Each is off by default.
struct Deterministic {
  std::optional<std::uint64_t> random_seed;    // of every random number
  std::optional<std::uint64_t> wall_clock_ns;  // since 1970: the wall clock starts there
  bool virtual_time = false;  // both clocks stand still while the program computes; sleeping moves them on and takes no time
};

/// How much a program can make the host hold.
struct HostLimits {
  std::uint32_t max_open_files = 1000;       // file descriptors: files, folders, sockets
  std::uint32_t max_resources = 1 << 20;     // handles of any kind
  std::uint64_t max_random_bytes = 1 << 26;  // in one call
  std::uint64_t max_http_fields_bytes = 128 << 10;
};

struct WasiOptions {
  std::vector<std::string> args;  // the program's name first
  std::vector<std::pair<std::string, std::string>> env;
  std::optional<std::string> initial_cwd;
  /// File descriptors lent for the life of the Wasi; -1: an empty input, an output that swallows.
  int stdin_fd = -1;
  int stdout_fd = -1;
  int stderr_fd = -1;
  std::vector<Preopen> preopens;
  NetworkGrants network;
  HttpGrants http;
  Deterministic deterministic;
  HostLimits limits;
};

}  // namespace witc::wasi
