// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The transport there is: server/ and client/.

#include "wasi-preview/http/transport.h"

namespace witc::http {

const Transport& asio_transport();

}  // namespace witc::http
