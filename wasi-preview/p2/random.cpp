// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// wasi:random: random, insecure and insecure-seed, all from the kernel's generator or all from the seed.
#include "wasi-preview/p2/host_state.h"

namespace witc::wasi {
namespace {

constexpr const char* kNone = "the system gives no random bytes";

/// What the two interfaces of random numbers have in common.
template <class Interface>
class Numbers : public Interface {
 public:
  explicit Numbers(HostState& state) : state_(state) {}

 protected:
  std::vector<std::uint8_t> bytes(std::uint64_t len) {
    if (len > state_.options.limits.max_random_bytes) {
      this->trap("too many random bytes asked for at once");
      return {};
    }
    std::vector<std::uint8_t> bytes(len);
    if (!state_.random.fill(bytes)) this->trap(kNone);
    return bytes;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    if (!state_.random.fill({reinterpret_cast<std::uint8_t*>(&value), sizeof value})) this->trap(kNone);
    return value;
  }

 private:
  HostState& state_;
};

class Secure final : public Numbers<::wasi::random::random::Host> {
 public:
  using Numbers::Numbers;
  std::vector<std::uint8_t> get_random_bytes(std::uint64_t len) override { return bytes(len); }
  std::uint64_t get_random_u64() override { return number(); }
};

class Insecure final : public Numbers<::wasi::random::insecure::Host> {
 public:
  using Numbers::Numbers;
  std::vector<std::uint8_t> get_insecure_random_bytes(std::uint64_t len) override { return bytes(len); }
  std::uint64_t get_insecure_random_u64() override { return number(); }
};

class InsecureSeed final : public Numbers<::wasi::random::insecure_seed::Host> {
 public:
  using Numbers::Numbers;
  std::tuple<std::uint64_t, std::uint64_t> insecure_seed() override {
    const std::uint64_t first = number();
    return {first, number()};
  }
};

}  // namespace

void add_random(HostState& state, host::HostLinker& linker) {
  state.add<Secure>(linker, state);
  state.add<Insecure>(linker, state);
  state.add<InsecureSeed>(linker, state);
}

}  // namespace witc::wasi
