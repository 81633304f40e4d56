// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The far end of the round trip: gives back what it is given.
#include "source.h"

namespace exports::test::roundtrip::values {
namespace {

int live_counters = 0;

class Count final : public Counter {
 public:
  explicit Count(std::uint32_t start) : value(start) { ++live_counters; }
  ~Count() override { --live_counters; }

  std::uint32_t add(std::uint32_t by) override { return value += by; }
  std::string name() override { return "counter at " + std::to_string(value) + " of " + std::to_string(live_counters); }

  std::uint32_t value;
};

template <class T>
std::vector<T> copy(std::span<const T> list) {
  return std::vector<T>(list.begin(), list.end());
}

std::uint32_t value_of(Counter& counter) { return static_cast<Count&>(counter).value; }

}  // namespace

std::unique_ptr<Counter> Counter::create(std::uint32_t start) { return std::make_unique<Count>(start); }

std::unique_ptr<Counter> Counter::join(std::unique_ptr<Counter> a, std::unique_ptr<Counter> b) {
  return std::make_unique<Count>(value_of(*a) + value_of(*b));
}

wit::expected<std::unique_ptr<Counter>, std::string> Counter::parse(std::string_view text) {
  std::uint32_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return wit::unexpected<std::string>("not a number: " + std::string(text));
    value = value * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return std::make_unique<Count>(value);
}

std::tuple<std::uint8_t, std::int8_t, std::uint16_t, std::int16_t, std::uint32_t, std::int32_t, std::uint64_t,
           std::int64_t, float, double, char32_t, bool>
numbers(std::uint8_t a, std::int8_t b, std::uint16_t c, std::int16_t d, std::uint32_t e, std::int32_t f,
        std::uint64_t g, std::int64_t h, float i, double j, char32_t k, bool l) {
  return {a, b, c, d, e, f, g, h, i, j, k, l};
}

std::vector<std::string> spilled(std::string_view a, std::string_view b, std::string_view c, std::string_view d,
                                 std::string_view e, std::string_view f, std::string_view g, std::string_view h,
                                 std::span<const std::uint8_t> i, std::uint8_t j) {
  std::vector<std::string> all;
  for (std::string_view text : {a, b, c, d, e, f, g, h}) all.emplace_back(text);
  for (std::uint8_t byte : i) all.push_back(std::to_string(byte));
  all.push_back(std::to_string(j));
  return all;
}

std::string text(std::string_view s) { return std::string(s); }
std::vector<std::uint8_t> bytes(std::span<const std::uint8_t> b) { return copy(b); }
std::vector<double> floats(std::span<const double> b) { return copy(b); }
std::vector<bool> bools(std::vector<bool> b) { return b; }
std::vector<std::string> texts(std::span<const std::string> b) { return copy(b); }
std::vector<std::vector<std::uint32_t>> nested(std::span<const std::vector<std::uint32_t>> b) { return copy(b); }
std::vector<Point> points(std::span<const Point> b) { return copy(b); }
std::vector<Person> people(std::span<const Person> b) { return copy(b); }
Person a_person(Person p) { return p; }
std::vector<Shape> shapes(std::span<const Shape> s) { return copy(s); }
Shape a_shape(Shape s) { return s; }
Color a_color(Color c) { return c; }
Access some_access(Access a) { return a; }
Wide some_wide(Wide a) { return a; }
std::optional<std::string> maybe(std::optional<std::string_view> o) {
  if (!o) return std::nullopt;
  return std::string(*o);
}
std::optional<std::optional<std::uint32_t>> maybe_twice(std::optional<std::optional<std::uint32_t>> o) { return o; }
wit::expected<std::uint32_t, std::string> outcome(wit::expected<std::uint32_t, std::string> r) { return r; }
wit::expected<void, std::monostate> outcome_none(wit::expected<void, std::monostate> r) { return r; }
wit::expected<double, std::monostate> outcome_ok(wit::expected<double, std::monostate> r) { return r; }
wit::expected<void, Color> outcome_err(wit::expected<void, Color> r) { return r; }
Pairs some_pairs(std::span<const std::tuple<std::uint8_t, std::uint64_t>> p) { return copy(p); }
void nothing() {}

std::uint32_t total(std::span<const std::reference_wrapper<Counter>> counters) {
  std::uint32_t sum = 0;
  for (Counter& counter : counters) sum += value_of(counter);
  return sum;
}

std::unique_ptr<Counter> renew(std::unique_ptr<Counter> c) { return c; }

std::vector<std::unique_ptr<Counter>> split(std::unique_ptr<Counter> c, std::uint8_t n) {
  std::vector<std::unique_ptr<Counter>> parts;
  for (std::uint8_t i = 0; i < n; ++i) parts.push_back(std::make_unique<Count>(value_of(*c) / n));
  return parts;
}

}  // namespace exports::test::roundtrip::values
