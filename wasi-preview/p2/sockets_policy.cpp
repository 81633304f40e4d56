// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/p2/sockets_policy.h"

#include <algorithm>
#include <ctime>

namespace witc::wasi {
namespace {

/// How long the addresses of a name are taken for granted. The guest that looked the name up itself a moment ago is to
/// be allowed what it found, even if the name has other addresses every time.
constexpr std::uint64_t kRemembered = 30'000'000'000;

std::uint64_t real_now() {  // even where the program's time is virtual
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

/// Ready when a name has become known.
class AnyLookup final : public Readiness {
 public:
  explicit AnyLookup(std::vector<std::shared_ptr<Lookup>> lookups) : lookups_(std::move(lookups)) {}
  bool ready() override {
    return std::any_of(lookups_.begin(), lookups_.end(), [](const auto& lookup) { return lookup->ready(); });
  }
  void arm() override {}

 private:
  std::vector<std::shared_ptr<Lookup>> lookups_;
};

}  // namespace

NetworkPolicy::NetworkPolicy(const NetworkGrants& grants, std::shared_ptr<EventLoop> loop, Resolver& resolver)
    : grants_(grants), loop_(std::move(loop)), resolver_(resolver) {
  for (const SocketGrant& grant : grants_.sockets) {
    Rule rule{grant, std::nullopt, nullptr};
    if (!grant.host.empty()) {
      rule.host = HostName::parse(grant.host);
      if (!rule.host) continue;  // no name: it grants nothing
    }
    rules_.push_back(std::move(rule));
  }
}

bool NetworkPolicy::is_on(SocketProtocol protocol) const {
  return protocol == SocketProtocol::kTcp ? grants_.tcp : grants_.udp;
}

bool NetworkPolicy::is_current(const Rule& rule) const {
  if (rule.lookup == nullptr) return false;
  return !rule.lookup->ready() || real_now() - rule.asked_ns < kRemembered;
}

NetworkPolicy::Verdict NetworkPolicy::check(SocketProtocol protocol, SocketUse use, const SocketAddress& address) {
  if (!is_on(protocol)) return Verdict::kDenied;
  if (grants_.inherit_network) return Verdict::kAllowed;
  auto is_asked = [&](const Rule& rule) {
    return rule.grant.protocol == protocol && rule.grant.use == use && rule.grant.port.value_or(address.port) == address.port;
  };
  for (const Rule& rule : rules_) {  // names are looked up only if addresses do not decide it
    if (is_asked(rule) && (!rule.host || rule.host->address == address.ip)) return Verdict::kAllowed;
  }
  bool is_looking_up = false;
  for (Rule& rule : rules_) {
    if (!is_asked(rule) || !rule.host || rule.host->address) continue;
    if (!is_current(rule)) {
      rule.lookup = resolver_.start(rule.host->ascii);
      rule.asked_ns = real_now();
    }
    if (!rule.lookup->ready()) {
      is_looking_up = true;
      continue;
    }
    const auto& found = rule.lookup->result();
    if (found && std::find(found->begin(), found->end(), address.ip) != found->end()) return Verdict::kAllowed;
  }
  return is_looking_up ? Verdict::kLookingUp : Verdict::kDenied;
}

bool NetworkPolicy::allows(SocketProtocol protocol, SocketUse use, const SocketAddress& address) {
  while (true) {
    const Verdict verdict = check(protocol, use, address);
    if (verdict != Verdict::kLookingUp) return verdict == Verdict::kAllowed;
    std::vector<std::shared_ptr<Lookup>> running;
    for (const Rule& rule : rules_) {
      if (rule.lookup != nullptr && !rule.lookup->ready()) running.push_back(rule.lookup);
    }
    AnyLookup any(std::move(running));
    if (!loop_->wait(any)) return false;
  }
}

bool NetworkPolicy::may_connect_somewhere(SocketProtocol protocol) const {
  return is_on(protocol) && (grants_.inherit_network || std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
    return rule.grant.protocol == protocol && rule.grant.use == SocketUse::kConnect;
  }));
}

}  // namespace witc::wasi
