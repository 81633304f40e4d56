// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/p2/sockets_resolver.h"

#include <netdb.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <csignal>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

namespace witc::wasi {
namespace {

SocketError error_of_getaddrinfo(int code) {
  switch (code) {
    case EAI_AGAIN: return SocketError::kTemporaryResolverFailure;
    case EAI_FAIL: return SocketError::kPermanentResolverFailure;
    case EAI_MEMORY: return SocketError::kOutOfMemory;
    case EAI_SYSTEM: return SocketError::kTemporaryResolverFailure;
    default: return SocketError::kNameUnresolvable;
  }
}

SocketResult<std::vector<IpAddress>> look_up(const std::string& name) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int failed = ::getaddrinfo(name.c_str(), nullptr, &hints, &list);
  if (failed != 0) return fail(error_of_getaddrinfo(failed));
  std::vector<IpAddress> addresses;
  for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
    sockaddr_storage address{};
    std::copy_n(reinterpret_cast<const char*>(one->ai_addr), std::min<std::size_t>(one->ai_addrlen, sizeof address),
                reinterpret_cast<char*>(&address));
    const IpAddress ip = SocketAddress::from_kernel(address).ip.canonical();
    if (std::find(addresses.begin(), addresses.end(), ip) == addresses.end()) addresses.push_back(ip);
  }
  ::freeaddrinfo(list);
  if (addresses.empty()) return fail(SocketError::kNameUnresolvable);
  return addresses;
}

}  // namespace

struct Resolver::Shared {
  std::mutex mutex;
  boost::asio::io_context* io = nullptr;      // null once the program has ended
  std::deque<std::weak_ptr<Lookup>> waiting;  // for a thread
  unsigned threads = 0;

  /// Answers what is waiting, until nothing is. Of a Lookup, a thread reads the name and touches nothing else.
  static void work(const std::shared_ptr<Shared>& shared) {
    std::unique_lock lock(shared->mutex);
    while (shared->io != nullptr && !shared->waiting.empty()) {
      std::weak_ptr<Lookup> next = std::move(shared->waiting.front());
      shared->waiting.pop_front();
      std::string name;
      if (auto lookup = next.lock()) name = lookup->name_;
      else continue;
      lock.unlock();
      SocketResult<std::vector<IpAddress>> result = look_up(name);
      lock.lock();
      if (shared->io == nullptr) break;
      boost::asio::post(*shared->io, [next = std::move(next), result = std::move(result)]() mutable {
        auto lookup = next.lock();
        if (lookup == nullptr) return;
        lookup->result_ = std::move(result);
        lookup->is_done_ = true;
      });
    }
    --shared->threads;
  }
};

std::shared_ptr<Lookup> Lookup::known(std::vector<IpAddress> addresses) {
  auto lookup = std::make_shared<Lookup>();
  lookup->result_ = std::move(addresses);
  lookup->is_done_ = true;
  return lookup;
}

Resolver::Resolver(std::shared_ptr<EventLoop> loop) : loop_(std::move(loop)), shared_(std::make_shared<Shared>()) {
  shared_->io = &loop_->io();
}

Resolver::~Resolver() {
  std::lock_guard lock(shared_->mutex);
  shared_->io = nullptr;
  shared_->waiting.clear();
}

std::shared_ptr<Lookup> Resolver::start(const std::string& ascii_name) {
  auto lookup = std::make_shared<Lookup>();
  lookup->name_ = ascii_name;
  std::lock_guard lock(shared_->mutex);
  if (shared_->waiting.size() >= kMaxWaiting) {
    std::erase_if(shared_->waiting, [](const std::weak_ptr<Lookup>& one) { return one.expired(); });
  }
  if (shared_->waiting.size() >= kMaxWaiting) {
    lookup->result_ = fail(SocketError::kTemporaryResolverFailure);
    lookup->is_done_ = true;
    return lookup;
  }
  shared_->waiting.push_back(lookup);
  if (shared_->threads == kMaxThreads) return lookup;
  ++shared_->threads;
  // Signals are for the guest's thread.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread(Shared::work, shared_).detach();
  } catch (const std::system_error&) {
    --shared_->threads;
    if (shared_->threads == 0) {  // nobody will ever answer
      shared_->waiting.pop_back();
      lookup->result_ = fail(SocketError::kTemporaryResolverFailure);
      lookup->is_done_ = true;
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return lookup;
}

}  // namespace witc::wasi
