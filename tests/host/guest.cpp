// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The component of the host bindings' test: passes on what it is given, uses the host's tickets, and keeps queues.
#include "box_office.h"

namespace exports::test::box_office::desk {
namespace {

namespace office = ::test::box_office::office;

std::vector<office::Ticket> held;
std::uint32_t queues_alive = 0;

class Line final : public Queue {
 public:
  explicit Line(std::string_view name) : name(name) { ++queues_alive; }
  ~Line() override { --queues_alive; }

  std::uint32_t push(std::string_view who) override {
    waiting.emplace_back(who);
    return static_cast<std::uint32_t>(waiting.size());
  }
  std::vector<std::string> names() override { return waiting; }

  std::string name;
  std::vector<std::string> waiting;
};

}  // namespace

std::unique_ptr<Queue> Queue::create(std::string_view name) { return std::make_unique<Line>(name); }
std::unique_ptr<Queue> Queue::join(std::unique_ptr<Queue> a, std::unique_ptr<Queue> b) {
  for (const std::string& who : b->names()) a->push(who);
  return a;
}
std::uint32_t Queue::alive() { return queues_alive; }

std::optional<std::string> longest(std::span<const std::reference_wrapper<Queue>> queues) {
  const Line* best = nullptr;
  for (Queue& queue : queues) {
    auto& line = static_cast<Line&>(queue);
    if (best == nullptr || line.waiting.size() > best->waiting.size()) best = &line;
  }
  if (best == nullptr) return std::nullopt;
  return best->name;
}

std::optional<Place> find(Wish wish) { return office::find(wish); }
wit::expected<double, Class> price(std::span<const Place> places, Class kind) { return office::price(places, kind); }
void fail(std::string_view why) { office::fail(why); }
std::string call_back() { return office::call_back(); }

std::vector<std::string> use_tickets() {
  std::vector<std::string> wrong;
  auto check = [&](bool right, const char* what) {
    if (!right) wrong.emplace_back(what);
  };
  office::Ticket ada("Ada");
  check(ada.holder() == "Ada", "method");
  check(ada.add_extras(office::Extras::kMeal | office::Extras::kLounge) == office::Extras(), "flags, at first");
  check(ada.add_extras(office::Extras::kWindow) == (office::Extras::kMeal | office::Extras::kLounge), "flags, then");
  auto parsed = office::Ticket::parse("holder=Grace");
  check(parsed && parsed->holder() == "Grace", "static function, result of own");
  auto failed = office::Ticket::parse("Grace");
  check(!failed && failed.error() == "no holder in `Grace`", "static function, error");
  office::Ticket both = office::Ticket::merge(std::move(ada), *parsed);
  check(both.holder() == "Ada and Grace", "own and borrow");
  std::vector<wit::Borrow<office::Ticket>> lent{both, *parsed, both};
  check(office::count(lent) == 3, "list of borrows");
  check(office::check_in(std::move(both)) == "Ada and Grace", "own given away");
  return wrong;
}

std::uint32_t hold(std::string_view holder) {
  held.emplace_back(holder);
  return static_cast<std::uint32_t>(held.size());
}
std::optional<std::string> release() {
  if (held.empty()) return std::nullopt;
  office::Ticket oldest = std::move(held.front());
  held.erase(held.begin());
  std::string holder = oldest.holder();
  office::check_in(std::move(oldest));
  return holder;
}
std::uint32_t keep(Ticket ticket) {
  held.push_back(std::move(ticket));
  return static_cast<std::uint32_t>(held.size());
}
std::string holder_of(wit::Borrow<Ticket> ticket) { return ticket->holder(); }
Ticket hand_out() { return Ticket("anyone"); }
void give_up() { __builtin_trap(); }
void nothing() {}

}  // namespace exports::test::box_office::desk
