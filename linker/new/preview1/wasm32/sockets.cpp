// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Preview 1 can use sockets but not make any; nobody hands one to a component, so no descriptor is one.
#include "linker/new/preview1/wasm32/descriptors.h"

namespace preview1 {
namespace {
Errno not_a_socket(u32 fd) { return find(fd) != nullptr ? kNotsock : kBadf; }
}  // namespace

PREVIEW1(sock_accept)(u32 fd, u32, u32) { return not_a_socket(fd); }
PREVIEW1(sock_recv)(u32 fd, u32, u32, u32, u32, u32) { return not_a_socket(fd); }
PREVIEW1(sock_send)(u32 fd, u32, u32, u32, u32) { return not_a_socket(fd); }
PREVIEW1(sock_shutdown)(u32 fd, u32) { return not_a_socket(fd); }

}  // namespace preview1
