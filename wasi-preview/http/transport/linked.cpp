// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The transport as a part of the program (library `witc_wasi-preview`).
#include "wasi-preview/http/transport/asio_transport.h"

namespace witc::http {

Result<const Transport*> transport() { return &asio_transport(); }

}  // namespace witc::http
