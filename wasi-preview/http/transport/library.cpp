// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The transport as a library of its own.
#include "wasi-preview/http/transport/asio_transport.h"
#include "wasi-preview/http/transport/interface.h"

extern "C" __attribute__((visibility("default"))) const void* witc_http_transport(std::uint64_t interface) {
  using namespace witc::http;
  const Transport* transport = &asio_transport();
  return interface == kHttpLibrary.interface ? transport : nullptr;
}
