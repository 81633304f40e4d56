// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Waiting in a coroutine for what another thread does: `co_await wait([&](Waker waker) { body.on_room(std::move(waker)); })`
// goes on, on the coroutine's own executor, once the waker was called. Only for code that does I/O.

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

#include "wasi-preview/http/body.h"

namespace witc::http {

template <class Subscribe>
boost::asio::awaitable<void> wait(Subscribe subscribe) {
  namespace asio = boost::asio;
  return asio::async_initiate<const asio::use_awaitable_t<>, void()>(
      [](auto handler, Subscribe subscribe) {
        auto executor = asio::get_associated_executor(handler);
        auto kept = std::make_shared<decltype(handler)>(std::move(handler));
        subscribe([executor, kept] { asio::post(executor, [kept] { std::move (*kept)(); }); });
      },
      asio::use_awaitable, std::move(subscribe));
}

}  // namespace witc::http
