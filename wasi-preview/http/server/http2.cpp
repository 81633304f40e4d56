// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/http/server/connection.h"
namespace witc::http {
awaitable<void> serve_http2(std::shared_ptr<Connection>) { co_return; }
}  // namespace witc::http
