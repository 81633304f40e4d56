// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What `libwitc-http.so` exports (base/own_library.h): a `const Transport*`.

#include "base/own_library.h"
#include "wasi-preview/http/transport.h"

namespace witc::http {

inline constexpr OwnLibrary kHttpLibrary{
    .what = "the HTTP transport",
    .name = "libwitc-http.so",
    .function = "witc_http_transport",
    .interface =
        interface_number<Client, ClientOptions, ClientResponse, Call, CallTimeouts, Server, ServerOptions, Exchange,
                         ExchangeDone, Answer, Answers, RequestHead, ResponseHead, Field, Failure, Body>(WITC_VERSION)};

}  // namespace witc::http
