// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// wasi:io: the functions that are no method of a resource. The resources are in streams.h.
#include "wasi-preview/p2/host_state.h"

namespace witc::wasi {
namespace {

class Poll final : public io::poll::Host {
 public:
  explicit Poll(EventLoop& loop) : loop_(loop) {}

  std::vector<std::uint32_t> poll(std::span<const std::reference_wrapper<io::poll::Pollable>> in) override {
    if (in.empty()) {
      trap("empty list of pollables");
      return {};
    }
    std::vector<Readiness*> all;
    for (io::poll::Pollable& one : in) all.push_back(&static_cast<Pollable&>(one).what());
    loop_.wait(all);
    std::vector<std::uint32_t> ready;
    for (std::uint32_t i = 0; i < all.size(); ++i) {
      if (all[i]->ready()) ready.push_back(i);
    }
    return ready;
  }

 private:
  EventLoop& loop_;
};

class Errors final : public io::error::Host {};
class Streams final : public io::streams::Host {};

}  // namespace

void add_io(HostState& state, host::HostLinker& linker) {
  state.add<Errors>(linker);
  state.add<Poll>(linker, *state.loop);
  state.add<Streams>(linker);
}

}  // namespace witc::wasi
