// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/http/proxy.h"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "wasi-preview/http/incoming_handler.h"
#include "wasi-preview/http/transport.h"
#include "wasi-preview/p2/host_state.h"
#include "wasi-preview/wasi.h"

namespace witc::wasi {
namespace {

/// What a worker links guests to.
struct Linked {
  Wasi wasi;
  std::unique_ptr<engine::Linker> linker;
  engine::InstancePre pre;
};

}  // namespace

struct Proxy::Impl {
  Impl(engine::Engine& engine, engine::Component component, engine::ComponentFunc handler, ProxyOptions options)
      : engine(engine), component(std::move(component)), handler(std::move(handler)), options(std::move(options)) {}

  Result<Linked> link();
  void work();
  void serve(const Linked& linked, const std::shared_ptr<http::Exchange>& exchange);
  std::uint16_t run_guest(const Linked& linked, const std::shared_ptr<http::Exchange>& exchange);

  engine::Engine& engine;
  engine::Component component;
  engine::ComponentFunc handler;
  ProxyOptions options;
  std::shared_ptr<http::Client> client;

  std::mutex mutex;  // of what follows
  std::condition_variable changed;
  std::deque<std::shared_ptr<http::Exchange>> waiting;
  std::map<const http::Exchange*, engine::InterruptHandle> running;
  std::vector<std::thread> workers;
  unsigned idle = 0;
  unsigned alive = 0;
  bool stopping = false;
};

Result<Linked> Proxy::Impl::link() {
  Wasi wasi = TRY(Wasi::make(options.wasi));
  wasi.state()->http_client = client;
  auto linker = std::make_unique<engine::Linker>();
  wasi.add_to(*linker);
  engine::InstancePre pre = TRY(linker->instantiate_pre(engine, component));
  return Linked{std::move(wasi), std::move(linker), std::move(pre)};
}

/// The status for the case that it gave no answer.
std::uint16_t Proxy::Impl::run_guest(const Linked& linked, const std::shared_ptr<http::Exchange>& exchange) {
  Result<engine::ComponentInstance> instance = linked.pre.instantiate();
  if (!instance) return 503;
  {
    std::lock_guard lock(mutex);
    running.emplace(exchange.get(), instance->interrupt_handle());
    if (stopping) return 503;
  }
  std::expected<void, engine::Trap> done = instance->start();
  if (done) done = handle(linked.wasi, *instance, handler, exchange);
  if (done) return 500;
  const std::uint16_t status = done.error().kind == engine::TrapKind::kInterrupt ? 504 : 500;
  if (options.on_trap && done.error().kind != engine::TrapKind::kExit) {
    options.on_trap(*exchange, *instance, std::move(done).error());
  }
  return status;
}

void Proxy::Impl::serve(const Linked& linked, const std::shared_ptr<http::Exchange>& exchange) {
  const std::uint16_t status = run_guest(linked, exchange);  // the instance, and what it held, is gone
  linked.wasi.state()->loop->forget_interrupt();
  {
    std::lock_guard lock(mutex);
    running.erase(exchange.get());
  }
  exchange->end(status);
}

void Proxy::Impl::work() {
  const auto& fixed = options.wasi.deterministic;
  const bool is_new_each_time = fixed.random_seed || fixed.wall_clock_ns || fixed.virtual_time;
  Result<Linked> linked = link();
  std::unique_lock lock(mutex);
  while (true) {
    ++idle;
    changed.wait(lock, [&] { return stopping || !waiting.empty(); });
    --idle;
    if (waiting.empty()) break;
    const std::shared_ptr<http::Exchange> exchange = std::move(waiting.front());
    waiting.pop_front();
    lock.unlock();
    if (is_new_each_time && linked) linked = link();
    if (linked) serve(*linked, exchange);
    else exchange->end(503);
    lock.lock();
  }
  --alive;
  changed.notify_all();
}

Result<std::unique_ptr<Proxy>> Proxy::make(engine::Engine& engine, engine::Component component, ProxyOptions options) {
  std::optional<engine::ComponentFunc> handler = find_incoming_handler(component);
  if (!handler) {
    return error(DiagCode::kRunNoSuchExport, "the component does not export `wasi:http/incoming-handler`");
  }
  auto impl = std::make_shared<Impl>(engine, std::move(component), *std::move(handler), std::move(options));
  impl->client = TRY(http::transport())->client({.ca_file = impl->options.wasi.http.ca_file});
  TRY(impl->link());
  return std::make_unique<Proxy>(std::move(impl));
}

Proxy::~Proxy() {
  {
    std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->changed.notify_all();
  for (std::thread& worker : impl_->workers) worker.join();
}

void Proxy::accept(std::shared_ptr<http::Exchange> exchange) {
  std::lock_guard lock(impl_->mutex);
  if (impl_->stopping) return exchange->end(503);
  impl_->waiting.push_back(std::move(exchange));
  if (impl_->waiting.size() > impl_->idle && impl_->alive < impl_->options.max_workers) {
    ++impl_->alive;
    impl_->workers.emplace_back([impl = impl_.get()] { impl->work(); });
  }
  impl_->changed.notify_one();
}

bool Proxy::stop(std::chrono::milliseconds patience) {
  std::unique_lock lock(impl_->mutex);
  impl_->stopping = true;
  for (const auto& exchange : std::exchange(impl_->waiting, {})) exchange->end(503);
  for (const auto& [exchange, interrupt] : impl_->running) interrupt.interrupt();
  impl_->changed.notify_all();
  return impl_->changed.wait_for(lock, patience, [&] { return impl_->alive == 0; });
}

}  // namespace witc::wasi
