// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The middle of the round trip: passes everything on to what it imports. And, as `self-test`, the near
// end of it: calls the imports with awkward values and compares what comes back.
#include "relay.h"

#include <cmath>
#include <limits>

namespace exports::test::roundtrip::values {
namespace {

namespace next = ::test::roundtrip::values;

class Relayed final : public Counter {
 public:
  explicit Relayed(next::Counter counter) : counter(std::move(counter)) {}
  std::uint32_t add(std::uint32_t by) override { return counter.add(by); }
  std::string name() override { return counter.name(); }

  next::Counter counter;
};

std::unique_ptr<Counter> wrap(next::Counter counter) { return std::make_unique<Relayed>(std::move(counter)); }
next::Counter& inside(Counter& counter) { return static_cast<Relayed&>(counter).counter; }

}  // namespace

std::unique_ptr<Counter> Counter::create(std::uint32_t start) { return wrap(next::Counter(start)); }
std::unique_ptr<Counter> Counter::join(std::unique_ptr<Counter> a, std::unique_ptr<Counter> b) {
  return wrap(next::Counter::join(std::move(inside(*a)), std::move(inside(*b))));
}
wit::expected<std::unique_ptr<Counter>, std::string> Counter::parse(std::string_view text) {
  auto parsed = next::Counter::parse(text);
  if (!parsed) return wit::unexpected<std::string>(parsed.error());
  return wrap(std::move(*parsed));
}

std::tuple<std::uint8_t, std::int8_t, std::uint16_t, std::int16_t, std::uint32_t, std::int32_t, std::uint64_t,
           std::int64_t, float, double, char32_t, bool>
numbers(std::uint8_t a, std::int8_t b, std::uint16_t c, std::int16_t d, std::uint32_t e, std::int32_t f,
        std::uint64_t g, std::int64_t h, float i, double j, char32_t k, bool l) {
  return next::numbers(a, b, c, d, e, f, g, h, i, j, k, l);
}
std::vector<std::string> spilled(std::string_view a, std::string_view b, std::string_view c, std::string_view d,
                                 std::string_view e, std::string_view f, std::string_view g, std::string_view h,
                                 std::span<const std::uint8_t> i, std::uint8_t j) {
  return next::spilled(a, b, c, d, e, f, g, h, i, j);
}
std::string text(std::string_view s) { return next::text(s); }
std::vector<std::uint8_t> bytes(std::span<const std::uint8_t> b) { return next::bytes(b); }
std::vector<double> floats(std::span<const double> b) { return next::floats(b); }
std::vector<bool> bools(std::vector<bool> b) { return next::bools(b); }
std::vector<std::string> texts(std::span<const std::string> b) { return next::texts(b); }
std::vector<std::vector<std::uint32_t>> nested(std::span<const std::vector<std::uint32_t>> b) { return next::nested(b); }
std::vector<Point> points(std::span<const Point> b) { return next::points(b); }
std::vector<Person> people(std::span<const Person> b) { return next::people(b); }
Person a_person(Person p) { return next::a_person(p); }
std::vector<Shape> shapes(std::span<const Shape> s) { return next::shapes(s); }
Shape a_shape(Shape s) { return next::a_shape(s); }
Color a_color(Color c) { return next::a_color(c); }
Access some_access(Access a) { return next::some_access(a); }
Wide some_wide(Wide a) { return next::some_wide(a); }
std::optional<std::string> maybe(std::optional<std::string_view> o) { return next::maybe(o); }
std::optional<std::optional<std::uint32_t>> maybe_twice(std::optional<std::optional<std::uint32_t>> o) {
  return next::maybe_twice(o);
}
wit::expected<std::uint32_t, std::string> outcome(wit::expected<std::uint32_t, std::string> r) { return next::outcome(r); }
wit::expected<void, std::monostate> outcome_none(wit::expected<void, std::monostate> r) { return next::outcome_none(r); }
wit::expected<double, std::monostate> outcome_ok(wit::expected<double, std::monostate> r) { return next::outcome_ok(r); }
wit::expected<void, Color> outcome_err(wit::expected<void, Color> r) { return next::outcome_err(r); }
Pairs some_pairs(std::span<const std::tuple<std::uint8_t, std::uint64_t>> p) { return next::some_pairs(p); }
void nothing() { next::nothing(); }

std::uint32_t total(std::span<const std::reference_wrapper<Counter>> counters) {
  std::vector<wit::Borrow<next::Counter>> lent;
  for (Counter& counter : counters) lent.emplace_back(inside(counter));
  return next::total(lent);
}
std::unique_ptr<Counter> renew(std::unique_ptr<Counter> c) { return wrap(next::renew(std::move(inside(*c)))); }
std::vector<std::unique_ptr<Counter>> split(std::unique_ptr<Counter> c, std::uint8_t n) {
  std::vector<std::unique_ptr<Counter>> parts;
  for (next::Counter& part : next::split(std::move(inside(*c)), n)) parts.push_back(wrap(std::move(part)));
  return parts;
}

}  // namespace exports::test::roundtrip::values

namespace exports::test::roundtrip::relay {
namespace {

using namespace ::test::roundtrip::values;

class Report {
 public:
  void check(bool holds, const char* what) {
    if (!holds) wrong_.emplace_back(what);
  }
  std::vector<std::string> take() { return std::move(wrong_); }

 private:
  std::vector<std::string> wrong_;
};

void check_scalars(Report& report) {
  auto low = numbers(0, -128, 0, -32768, 0, std::numeric_limits<std::int32_t>::min(), 0,
                     std::numeric_limits<std::int64_t>::min(), -0.0F, -INFINITY, U'\0', false);
  report.check(low == std::tuple(0, -128, 0, -32768, 0u, std::numeric_limits<std::int32_t>::min(), 0u,
                                 std::numeric_limits<std::int64_t>::min(), -0.0F, -INFINITY, U'\0', false),
               "numbers, lowest");
  auto high = numbers(255, 127, 65535, 32767, ~0u, 0x7fffffff, ~0ull, std::numeric_limits<std::int64_t>::max(),
                      3.5F, 1e300, U'\U0010FFFF', true);
  report.check(high == std::tuple(255, 127, 65535, 32767, ~0u, 0x7fffffff, ~0ull,
                                  std::numeric_limits<std::int64_t>::max(), 3.5F, 1e300, U'\U0010FFFF', true),
               "numbers, highest");
  report.check(std::get<8>(numbers(0, 0, 0, 0, 0, 0, 0, 0, NAN, 0, U'a', false)) != 0, "numbers, NaN");
  report.check(a_color(Color::kClass) == Color::kClass, "enum");
  report.check(some_access(Access::kRead | Access::kRun) == (Access::kRead | Access::kRun), "flags");
  report.check(some_wide(Wide::kB17 | Wide::kB0) == (Wide::kB17 | Wide::kB0), "wide flags");
}

void check_lists(Report& report) {
  report.check(text("") == "" && text("grüße, 世界 \U0001F30D") == "grüße, 世界 \U0001F30D", "string");
  std::string large(1 << 20, 'x');
  report.check(text(large) == large, "large string");
  std::vector<std::uint8_t> some_bytes{0, 1, 255};
  report.check(bytes({}).empty() && bytes(some_bytes) == some_bytes, "list<u8>");
  std::vector<double> some_floats{0.5, -2, INFINITY};
  report.check(floats(some_floats) == some_floats, "list<f64>");
  std::vector<bool> some_bools{true, false, true, true};
  report.check(bools(some_bools) == some_bools && bools({}).empty(), "list<bool>");
  std::vector<std::string> some_texts{"", "a", "long enough not to be kept inside of the string", "é"};
  report.check(texts(some_texts) == some_texts, "list<string>");
  std::vector<std::vector<std::uint32_t>> some_lists{{}, {1, 2, 3}, {}, {4}};
  report.check(nested(some_lists) == some_lists, "list<list<u32>>");
  std::vector<Point> some_points{{1, 2}, {-3, 4.5}};
  report.check(points(some_points) == some_points, "list<point>");
  Pairs some{{1, 2}, {255, ~0ull}};
  report.check(some_pairs(some) == some, "list<tuple>");
  report.check(spilled("a", "", "c", "d", "e", "f", "g", "h", some_bytes, 7) ==
                   std::vector<std::string>{"a", "", "c", "d", "e", "f", "g", "h", "0", "1", "255", "7"},
               "spilled parameters");
}

void check_aggregates(Report& report) {
  Person ada{.name = "Ada", .age = 36, .height = 1.65, .tags = {"x", "yy"}, .home = Point{1, 2}, .initial = U'Ä', .alive = true};
  Person empty;
  report.check(a_person(ada) == ada && a_person(empty) == empty, "record");
  std::vector<Person> everybody{ada, empty, ada};
  report.check(people(everybody) == everybody, "list<record>");
  std::vector<Shape> all{
      {Shape::Nothing{}},       {Shape::Circle{1.5F}},        {Shape::Count{~0ull}}, {Shape::Area{-2.25}},
      {Shape::Label{"a name"}}, {Shape::At{Point{0.5F, -1}}}, {Shape::Many{{1, 2}}}, {Shape::Shape_{-5}},
  };
  report.check(shapes(all) == all, "list<variant>");
  for (const Shape& shape : all) report.check(a_shape(shape) == shape, "variant");
  report.check(maybe(std::nullopt) == std::nullopt && maybe("x") == "x" && maybe("") == "", "option<string>");
  using Twice = std::optional<std::optional<std::uint32_t>>;
  report.check(maybe_twice(Twice()) == Twice() && maybe_twice(Twice(std::in_place)) == Twice(std::in_place) &&
                   maybe_twice(Twice(5)) == Twice(5),
               "option<option<u32>>");
  using Outcome = wit::expected<std::uint32_t, std::string>;
  Outcome failed = wit::unexpected<std::string>("no");
  report.check(outcome(Outcome(7)) == Outcome(7) && outcome(failed) == failed, "result<u32, string>");
  report.check(outcome_none({}).has_value() && !outcome_none(wit::unexpected<std::monostate>({})).has_value(), "result");
  report.check(outcome_ok(2.5) == 2.5 && !outcome_ok(wit::unexpected<std::monostate>({})).has_value(), "result<f64>");
  report.check(outcome_err({}).has_value() &&
                   outcome_err(wit::unexpected<Color>(Color::kClass)).error() == Color::kClass,
               "result<_, color>");
  nothing();
}

void check_resources(Report& report) {
  Counter a(10);
  report.check(a.add(5) == 15 && a.add(1) == 16, "method");
  {
    Counter b(100);
    std::vector<wit::Borrow<Counter>> lent{a, b, a};
    report.check(total(lent) == 132, "list of borrows");
    report.check(b.name() == "counter at 100 of 2", "two are alive");
  }
  report.check(a.name() == "counter at 16 of 1", "one is dropped");
  Counter moved = renew(std::move(a));
  report.check(moved.name() == "counter at 16 of 1", "own, there and back");
  Counter joined = Counter::join(std::move(moved), Counter(4));
  report.check(joined.name() == "counter at 20 of 1", "static function takes two");
  std::vector<Counter> parts = split(std::move(joined), 4);
  report.check(parts.size() == 4 && parts[3].name() == "counter at 5 of 4", "list of owned");
  parts.clear();
  auto good = Counter::parse("42");
  report.check(good && good->name() == "counter at 42 of 1", "result of own");
  auto bad = Counter::parse("4x");
  report.check(!bad && bad.error() == "not a number: 4x", "result of own, failed");
}

}  // namespace

std::vector<std::string> self_test() {
  Report report;
  for (int round = 0; round < 3; ++round) {
    check_scalars(report);
    check_lists(report);
    check_aggregates(report);
    check_resources(report);
  }
  return report.take();
}

}  // namespace exports::test::roundtrip::relay
