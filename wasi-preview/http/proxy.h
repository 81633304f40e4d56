// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Guests behind a server: each exchange has an instance of its own, fresh from the pool of memories, on a worker.
//
// A worker is a thread with a Wasi, a Linker and an InstancePre of its own: what guests hold goes with their instance, so
// a worker that has served one request is as new, and linking (hundreds of names) is done once a worker, not once a
// request. Only if the outside world is to be deterministic does each request have all of it anew, for clocks and random
// numbers go on. Workers are started when an exchange comes and all of them are busy.

#include <functional>
#include <memory>

#include "engine/component.h"
#include "wasi-preview/http/exchange.h"
#include "wasi-preview/options.h"

namespace witc::wasi {

struct ProxyOptions {
  WasiOptions wasi;
  unsigned max_workers = 64;  // requests that are served at once; more wait
  /// Of a guest that trapped, on its worker's thread.
  std::function<void(const http::Exchange&, const engine::ComponentInstance&, engine::Trap)> on_trap;
};

class Proxy {
 public:
  /// Links once, to see whether it can be. The engine must outlive it. Errors: those of linking, and of what is granted.
  static Result<std::unique_ptr<Proxy>> make(engine::Engine& engine, engine::Component component, ProxyOptions options);
  /// Waits for what is being served.
  ~Proxy();

  /// Serves it when a worker is free; from any thread. A guest that gives no answer gives 500, one that was interrupted
  /// 504, one that could not be made 503.
  void accept(std::shared_ptr<http::Exchange> exchange);
  /// What waits is answered with 503, what is being served is interrupted (EngineOptions::interruptible says where it
  /// notices). True if all workers have ended within that time; if not, there is no ending but the process's.
  bool stop(std::chrono::milliseconds patience);

  struct Impl;
  explicit Proxy(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace witc::wasi
