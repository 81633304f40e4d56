// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A host program over generated bindings: it implements `office` in C++, loads the component that exports `desk`
// (guest.cpp), and calls it through typed functions. What values, resources and traps become on the way is checked
// from both ends.
#define DOCTEST_CONFIG_IMPLEMENT
#define DOCTEST_CONFIG_NO_POSIX_SIGNALS  // the engine handles signals itself
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "box_office_host.h"
#include "engine/bindings.h"
#include "tests/loaded_component.h"
#include "wasi-preview/wasi.h"

namespace {

namespace office = test::box_office::office;
namespace desk = exports::test::box_office::desk;
namespace engine = witc::engine;
using witc::tests::loaded;
using office::Class;
using office::Extras;
using office::Place;
using office::Wish;

int tickets_alive = 0;
int tickets_destroyed = 0;

class Ticket final : public office::Ticket {
 public:
  explicit Ticket(std::string holder) : name(std::move(holder)) { ++tickets_alive; }
  ~Ticket() override {
    --tickets_alive;
    ++tickets_destroyed;
  }
  std::string holder() override {
    if (name == "nobody") trap("a ticket needs a holder");
    return name;
  }
  Extras add_extras(Extras more) override {
    Extras before = extras;
    extras = extras | more;
    return before;
  }

  std::string name;
  Extras extras;
};

const std::string& name_of(const office::Ticket& ticket) { return static_cast<const Ticket&>(ticket).name; }

class Office final : public office::Host {
 public:
  std::optional<Place> find(Wish wish) override {
    wishes.push_back(wish);
    if (const auto* row = std::get_if<Wish::InRow>(&wish.value)) return Place{row->value, U'Ä', 12.5, {"a", ""}};
    if (const auto* near = std::get_if<Wish::NextTo>(&wish.value)) return Place{1, U'\U0001F3AD', -0.5, {near->value}};
    if (const auto* some = std::get_if<Wish::OneOf>(&wish.value); some != nullptr && !some->value.empty()) {
      return some->value.back();
    }
    return std::nullopt;
  }
  wit::expected<double, Class> price(std::span<const Place> places, Class kind) override {
    if (places.empty()) return wit::unexpected<Class>(kind);
    double sum = 0;
    for (const Place& place : places) sum += place.price;
    return sum;
  }
  std::string check_in(std::unique_ptr<office::Ticket> ticket) override { return name_of(*ticket); }
  std::uint32_t count(std::span<const std::reference_wrapper<office::Ticket>> tickets) override {
    return static_cast<std::uint32_t>(tickets.size());
  }
  void fail(std::string_view why) override { trap(std::string(why)); }
  std::string call_back() override {
    auto done = re_enter();
    return done ? "it went well" : done.error().message;
  }
  std::unique_ptr<office::Ticket> ticket_create(std::string_view holder) override {
    return std::make_unique<Ticket>(std::string(holder));
  }
  wit::expected<std::unique_ptr<office::Ticket>, std::string> ticket_parse(std::string_view text) override {
    if (!text.starts_with("holder=")) return wit::unexpected<std::string>("no holder in `" + std::string(text) + "`");
    return std::make_unique<Ticket>(std::string(text.substr(7)));
  }
  std::unique_ptr<office::Ticket> ticket_merge(std::unique_ptr<office::Ticket> into, office::Ticket& other) override {
    static_cast<Ticket&>(*into).name += " and " + name_of(other);
    return into;
  }

  std::vector<Wish> wishes;
  std::function<wit::OrTrap<void>()> re_enter;
};

engine::ComponentInstance instantiate(const engine::Linker& linker) {
  auto instance = linker.instantiate(loaded().machine, *loaded().component);
  if (!instance) FAIL(instance.error()->message);
  auto started = instance->start();
  if (!started) FAIL(engine::to_string(started.error()));
  return *std::move(instance);
}

struct World {
  Office host;
  engine::Linker linker;
  engine::BindingLinker bindings{linker};
  std::optional<engine::ComponentInstance> instance;
  std::optional<engine::BindingCaller> caller;
  std::optional<desk::Exports> exports;

  World() {
    tickets_alive = tickets_destroyed = 0;
    add_to_linker(bindings, host);
    witc::wasi::Wasi::make({})->add_to(linker);  // the C library of the guest asks for its streams
    instance.emplace(instantiate(linker));
    caller.emplace(*instance);
    exports.emplace(*caller);
    host.re_enter = [this] { return exports->nothing(); };
  }
};

/// The value, or a failed test that says what trapped.
template <class T>
T good(wit::OrTrap<T> result) {
  if (!result) FAIL(result.error().message);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}
template <class T>
std::string trap_of(const wit::OrTrap<T>& result) {
  return result ? "no trap" : result.error().message;
}

TEST_CASE("values go through the component to the host and back") {
  World world;
  const desk::Exports& desk = *world.exports;
  const Place first{7, U'x', 3.25, {"aisle", "grüße"}};
  const Place last{65535, U'\U0010FFFF', -1e300, {}};
  const std::vector<Wish> wishes{{Wish::Anything{}},
                                 {Wish::InRow{300}},
                                 {Wish::NextTo{"the \U0001F3AD"}},
                                 {Wish::OneOf{{first, last}}},
                                 {Wish::OneOf{}}};
  CHECK(good(desk.find(wishes[0])) == std::nullopt);
  CHECK(good(desk.find(wishes[1])) == Place{300, U'Ä', 12.5, {"a", ""}});
  CHECK(good(desk.find(wishes[2])) == Place{1, U'\U0001F3AD', -0.5, {"the \U0001F3AD"}});
  CHECK(good(desk.find(wishes[3])) == last);
  CHECK(good(desk.find(wishes[4])) == std::nullopt);
  CHECK(world.host.wishes == wishes);

  const std::vector<Place> places{first, Place{1, U'a', 0.5, {}}};
  CHECK(good(desk.price(places, Class::kFirst)) == 3.75);
  CHECK(good(desk.price({}, Class::kFirst)).error() == Class::kFirst);
  CHECK(good(desk.price({}, Class::kThird)).error() == Class::kThird);
}

TEST_CASE("resources of the host: the guest uses them, and its drops destroy them") {
  World world;
  CHECK(good(world.exports->use_tickets()) == std::vector<std::string>{});
  CHECK(tickets_alive == 0);
  CHECK(tickets_destroyed == 2);  // "Ada and Grace" and "Grace"
  CHECK(good(world.exports->hold("Ada")) == 1);
  CHECK(good(world.exports->hold("Grace")) == 2);
  CHECK(tickets_alive == 2);
  CHECK(good(world.exports->release()) == "Ada");
  CHECK(tickets_alive == 1);
  CHECK(good(world.exports->release()) == "Grace");
  CHECK(good(world.exports->release()) == std::nullopt);
  CHECK(tickets_alive == 0);
}

TEST_CASE("resources of the host pass through exports of an instance whose caller knows their table") {
  World world;
  engine::BindingCaller caller(*world.instance, world.bindings);
  const desk::Exports desk(caller);
  CHECK(good(desk.keep(std::make_unique<Ticket>("Ada"))) == 1);
  CHECK(tickets_alive == 1);
  CHECK(good(desk.release()) == "Ada");
  CHECK(tickets_alive == 0);
  {
    std::unique_ptr<office::Ticket> given = good(desk.hand_out());
    REQUIRE(given != nullptr);
    CHECK(given->holder() == "anyone");
    CHECK(good(desk.holder_of(*given)) == "anyone");
    CHECK(good(desk.keep(std::move(given))) == 1);
  }
  Ticket own("Grace");  // lent, and never the table's
  CHECK(good(desk.holder_of(own)) == "Grace");
  CHECK(tickets_alive == 2);
  Ticket nobody("nobody");
  CHECK(trap_of(desk.holder_of(nobody)) == "a ticket needs a holder");
  CHECK(tickets_alive == 3);
  world.instance.reset();  // "anyone" was kept there; the trap does not change that it is destroyed, once
  CHECK(tickets_alive == 2);
}

TEST_CASE("without the table they do not") {
  World world;
  CHECK(trap_of(world.exports->hand_out()) == "a value is not of the type the host's interface gives it");
}

TEST_CASE("the end of an instance destroys what it still holds") {
  World world;
  good(world.exports->hold("Ada"));
  good(world.exports->hold("Grace"));
  CHECK(tickets_alive == 2);
  SUBCASE("by its destructor") { world.instance.reset(); }
  SUBCASE("by assignment of another") { *world.instance = instantiate(world.linker); }
  SUBCASE("after a trap") {
    CHECK(trap_of(world.exports->give_up()) == "unreachable");
    CHECK(tickets_alive == 2);
    world.instance.reset();
  }
  CHECK(tickets_alive == 0);
}

TEST_CASE("resources of the component: handles that drop themselves") {
  World world;
  const desk::Exports& desk = *world.exports;
  {
    desk::Queue a = good(desk.queue_create("a"));
    CHECK(good(a.push("Ada")) == 1);
    CHECK(good(a.push("Grace")) == 2);
    desk::Queue b = good(desk.queue_create("b"));
    CHECK(good(b.push("Edsger")) == 1);
    CHECK(good(desk.queue_alive()) == 2);
    const std::vector<wit::Borrow<desk::Queue>> lent{b, a, b};
    CHECK(good(desk.longest(lent)) == "a");
    CHECK(good(desk.longest({})) == std::nullopt);
    desk::Queue joined = good(desk.queue_join(std::move(a), std::move(b)));
    CHECK(good(joined.names()) == std::vector<std::string>{"Ada", "Grace", "Edsger"});
    CHECK(good(desk.queue_alive()) == 1);
  }
  CHECK(good(desk.queue_alive()) == 0);
}

TEST_CASE("a trap of the host reaches the caller, and closes the instance") {
  World world;
  SUBCASE("of a function") {
    CHECK(trap_of(world.exports->fail("no \U0001F3AD today")) == "no \U0001F3AD today");
    REQUIRE(world.caller->last_trap().has_value());
    CHECK(world.caller->last_trap()->kind == engine::TrapKind::kHost);
    CHECK_FALSE(world.caller->last_trap()->frames.empty());
  }
  SUBCASE("of a method") {
    good(world.exports->hold("nobody"));
    CHECK(trap_of(world.exports->release()) == "a ticket needs a holder");
  }
  CHECK(trap_of(world.exports->nothing()) == "cannot enter component instance");
  CHECK(trap_of(world.exports->queue_create("a")) == "cannot enter component instance");
}

TEST_CASE("a host function cannot enter the instance that called it") {
  World world;
  CHECK(good(world.exports->call_back()) == "cannot enter component instance");
  good(world.exports->nothing());  // only that call failed
}

TEST_CASE("what is missing is an error, or a trap when called") {
  engine::Linker linker;
  auto made = linker.instantiate(loaded().machine, *loaded().component);
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error()->code == witc::DiagCode::kRunMissingImport);
  CHECK(std::ranges::any_of(made.error()->notes, [](const witc::Note& note) {
    return note.text.find("test:box-office/office@1.2.0#[static]ticket.merge") != std::string::npos;
  }));

  linker.allow_missing(true);
  engine::ComponentInstance instance = instantiate(linker);
  engine::BindingCaller caller(instance);
  desk::Exports exports(caller);
  good(exports.nothing());
  CHECK(trap_of(exports.find({Wish::Anything{}})) == "the host does not supply `test:box-office/office@1.2.0#find`");
}

TEST_CASE("an export that is not there traps") {
  World world;
  auto called = world.caller->call("test:box-office/desk@1.2.0", "no-such", {});
  REQUIRE_FALSE(called.has_value());
  CHECK(called.error().message == "the component does not export `no-such` of `test:box-office/desk@1.2.0`");
  CHECK(world.caller->call("test:box-office/desk@1.9.9", "nothing", {}).has_value());  // the same track
  CHECK_FALSE(world.caller->call("test:box-office/desk@2.0.0", "nothing", {}).has_value());
}

}  // namespace

int main(int argc, char** argv) {
  const char* path = std::getenv("WITC_TEST_COMPONENT");
  if (path == nullptr || *path == '\0') return 77;  // there is no compiler for guests
  return doctest::Context(argc, argv).run();
}
