// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The conversions of direct_codec.h beside the interpreter: the same values lie in the same bytes after the same reallocs,
// and whatever bytes a guest has are the same value to both, or the same trap.
#include "adapter-gen/direct_codec.h"

#include <doctest/doctest.h>

#include "adapter-gen/bindgen/runtime/wit_host.h"
#include "adapter-gen/fake_guest.h"
#include "adapter-gen/random.h"

namespace witc::host::testing {

enum class Colour : std::uint8_t { kRed, kGreen, kBlue };
struct Traits : wit::Flags<Traits, std::uint16_t> {
  using Flags::Flags;
};
struct Point {
  std::uint8_t x = 0;
  double y = 0;
  std::string name;
  std::vector<std::uint16_t> tags;
};
struct Nested {
  std::optional<Point> point;
  Colour colour = Colour::kRed;
  Traits traits;
  std::vector<std::optional<std::string>> words;
};
struct Shape {
  struct Nothing {};
  struct Width {
    float value;
  };
  struct Long {
    std::uint64_t value;
  };
  struct Corner {
    Point value;
  };
  struct Letter {
    char32_t value;
  };
  using Cases = std::variant<Nothing, Width, Long, Corner, Letter>;
  Cases value;
};

}  // namespace witc::host::testing

namespace wit::host {

namespace t = witc::host::testing;
template <>
struct Codec<t::Colour> : EnumCodec<t::Colour, 3> {};
template <>
struct Codec<t::Traits> : FlagsCodec<t::Traits, 9> {};
template <>
struct Codec<t::Point> : RecordCodec<t::Point, &t::Point::x, &t::Point::y, &t::Point::name, &t::Point::tags> {};
template <>
struct Codec<t::Nested>
    : RecordCodec<t::Nested, &t::Nested::point, &t::Nested::colour, &t::Nested::traits, &t::Nested::words> {};

}  // namespace wit::host

namespace witc::host::testing {
namespace {

using abi::Random;
using abi::Val;
using abi::testing::Heap;
using component::PrimValType;
using component::ValType;

constexpr std::size_t kHeap = 4096;

class FakeGuest : public DirectGuest {
 public:
  FakeGuest(const abi::Layout& layout, abi::StringEncoding encoding, Heap& heap)
      : heap_(heap), cx_{layout, encoding, &heap, nullptr}, size_(heap.memory.size()) {
    memory_ = heap.memory.data();
    memory_size_ = &size_;
    is_utf8_ = encoding == abi::StringEncoding::kUtf8;
  }
  bool load_string(std::uint32_t ptr, std::uint32_t tagged_code_units, std::string& text) override {
    auto loaded = abi::load_string_from_range(cx_, ptr, tagged_code_units);
    if (!loaded) return fail(loaded.error());
    text = loaded->get_if<Val::String>()->text;
    return true;
  }
  bool store_string(std::string_view text, std::uint64_t& ptr, std::uint64_t& tagged_code_units) override {
    auto stored = abi::store_string_into_range(cx_, {std::string(text)});
    if (!stored) return fail(stored.error());
    ptr = stored->ptr;
    tagged_code_units = stored->length;
    return true;
  }
  std::string failure() { return failure_ ? std::exchange(failure_, std::nullopt)->message : ""; }

 protected:
  bool call_realloc(std::uint64_t& ptr, std::uint32_t alignment, std::uint64_t size) override {
    auto given = heap_.realloc(0, 0, alignment, size);
    if (!given) return fail(given.error());
    ptr = *given;
    return true;
  }

 private:
  Heap& heap_;
  abi::LiftLowerContext cx_;
  std::uint64_t size_;
};

struct Kinds {
  component::Types types;
  ValType of(component::ValueType type) { return types.intern(std::move(type)); }
  ValType list(ValType element, std::optional<std::uint32_t> length = {}) { return of(component::ListType{element, length}); }
  ValType option(ValType type) { return of(component::OptionType{type}); }
  ValType result(std::optional<ValType> ok, std::optional<ValType> error) { return of(component::ResultValType{ok, error}); }
  ValType point() {
    return of(component::RecordType{{{"x", PrimValType::kU8}, {"y", PrimValType::kF64}, {"name", PrimValType::kString},
                                     {"tags", list(PrimValType::kU16)}}});
  }
  ValType nested() {
    return of(component::RecordType{
        {{"point", option(point())},
         {"colour", of(component::EnumType{{"red", "green", "blue"}})},
         {"traits", of(component::FlagsType{{"a", "b", "c", "d", "e", "f", "g", "h", "i"}})},
         {"words", list(option(PrimValType::kString))}}});
  }
  ValType shape() {
    return of(component::VariantType{{{"nothing", {}}, {"width", PrimValType::kF32}, {"long", PrimValType::kU64},
                                      {"corner", point()}, {"letter", PrimValType::kChar}}});
  }
};

/// Of one type and encoding; `Place` says whether values go flat.
template <class T>
struct Compared {
  Kinds& kinds;
  ValType type;
  abi::StringEncoding encoding;
  abi::Layout layout{kinds.types, abi::PtrType::kI32};
  wit::host::Scope scope{};

  [[nodiscard]] std::string kind() const { return kinds.types.to_string(type); }

  /// By the interpreter, as this type sees it: a map has each key once.
  std::string lift_by_val(Heap& heap, std::span<const std::uint64_t> slots, std::uint64_t ptr, std::optional<Val>& out) {
    abi::LiftLowerContext cx{layout, encoding, &heap, nullptr};
    abi::CoreValueIter vi{slots};
    auto val = slots.empty() ? abi::load(cx, ptr, type) : abi::lift_flat(cx, vi, type);
    if (!val) return val.error().message;
    auto value = wit::host::Codec<T>::from_val(*val, scope);
    REQUIRE(value);
    out = wit::host::Codec<T>::to_val(*value, scope);
    return "";
  }
  std::string lift_directly(Heap& heap, std::span<std::uint64_t> slots, std::uint64_t ptr, std::optional<Val>& out) {
    FakeGuest guest(layout, encoding, heap);
    DirectCall call{guest};
    Slots flat{slots.data()};
    Bytes32 bytes{ptr};
    std::optional<T> value = slots.empty() ? Direct<T>::lift(call, bytes) : Direct<T>::lift(call, flat);
    if (!value) return guest.failure();
    if (!slots.empty()) CHECK(flat.at == slots.data() + slots.size());
    out = wit::host::Codec<T>::to_val(*value, scope);
    return "";
  }
  void compare_lifting(Heap& heap, std::span<std::uint64_t> slots, std::uint64_t ptr) {
    std::optional<Val> by_val, directly;
    const std::string wanted = lift_by_val(heap, slots, ptr, by_val);
    const std::string got = lift_directly(heap, slots, ptr, directly);
    CAPTURE(kind());
    CHECK(got == wanted);
    CHECK((by_val == directly));
  }

  void compare_lowering(const Val& val, bool is_flat, Heap& heap, std::vector<std::uint64_t>& slots, std::uint64_t& ptr) {
    auto value = wit::host::Codec<T>::from_val(val, scope);
    REQUIRE(value);
    const Val given = wit::host::Codec<T>::to_val(*value, scope);
    Heap other(heap.memory, heap.last_alloc);
    FakeGuest guest(layout, encoding, heap);
    DirectCall call{guest};
    slots.assign(is_flat ? Direct<T>::kFlat : 0, 0x5a5a5a5a);
    Slots flat{slots.data()};
    ptr = 16;  // behind it there is room for one of any type here
    Bytes32 bytes{ptr};
    const bool done = is_flat ? Direct<T>::lower(call, *value, flat) : Direct<T>::lower(call, *value, bytes);
    abi::LiftLowerContext cx{layout, encoding, &other, nullptr};
    std::vector<std::uint64_t> wanted;
    auto lowered = is_flat ? abi::lower_flat(cx, given, type, wanted) : abi::store(cx, given, type, ptr);
    CAPTURE(kind());
    CHECK(done == lowered.has_value());
    CHECK(guest.failure() == (lowered ? "" : lowered.error().message));
    CHECK(heap.calls == other.calls);
    CHECK(heap.memory == other.memory);
    if (done && is_flat) CHECK(slots == wanted);
  }

  void run(Random& random) {
    TypeMatch match(kinds.types);
    REQUIRE(Direct<T>::fits(match, type));
    CHECK(Direct<T>::kSize == layout.elem_size(type));
    CHECK(Direct<T>::kAlign == layout.alignment(type));
    const abi::FlatTypes flattened = layout.flatten_type(type);
    const bool may_be_flat = !flattened.is_cut;
    if (may_be_flat) CHECK(Direct<T>::kFlat == flattened.types.size());
    for (int round = 0; round < 60; ++round) {
      const bool is_flat = may_be_flat && round % 2 == 0;
      Heap heap(std::vector<std::uint8_t>(kHeap), 512);
      std::vector<std::uint64_t> slots;
      std::uint64_t ptr = 0;
      compare_lowering(abi::random_val(random, kinds.types, type), is_flat, heap, slots, ptr);
      compare_lifting(heap, slots, ptr);
      for (int damage = 0; damage < 12; ++damage) {  // a hostile guest
        const std::uint32_t at = random.one_in(2) ? 16 + random.below(Direct<T>::kSize) : 512 + random.below(256);
        heap.memory[at] = random.one_in(2) ? static_cast<std::uint8_t>(random.next()) : 0xff;
        if (is_flat && flattened.types[0] != abi::CoreType::kI64) {
          const std::uint32_t slot = random.below(Direct<T>::kFlat);
          if (random.one_in(3) && flattened.types[slot] == abi::CoreType::kI32) {
            slots[slot] = random.one_in(2) ? random.below(8) : static_cast<std::uint32_t>(random.next());
          }
        }
        compare_lifting(heap, slots, ptr);
      }
    }
  }
};

template <class T>
void compare(Kinds& kinds, ValType type, std::uint64_t seed) {
  Random random(seed);
  for (auto encoding : {abi::StringEncoding::kUtf8, abi::StringEncoding::kUtf16, abi::StringEncoding::kLatin1Utf16}) {
    Compared<T>{kinds, type, encoding}.run(random);
  }
}

TEST_CASE("scalars are what they are to the interpreter") {
  Kinds kinds;
  compare<bool>(kinds, PrimValType::kBool, 1);
  compare<std::uint8_t>(kinds, PrimValType::kU8, 2);
  compare<std::int8_t>(kinds, PrimValType::kS8, 3);
  compare<std::uint16_t>(kinds, PrimValType::kU16, 4);
  compare<std::int16_t>(kinds, PrimValType::kS16, 5);
  compare<std::uint32_t>(kinds, PrimValType::kU32, 6);
  compare<std::int32_t>(kinds, PrimValType::kS32, 7);
  compare<std::uint64_t>(kinds, PrimValType::kU64, 8);
  compare<std::int64_t>(kinds, PrimValType::kS64, 9);
  compare<float>(kinds, PrimValType::kF32, 10);
  compare<double>(kinds, PrimValType::kF64, 11);
  compare<char32_t>(kinds, PrimValType::kChar, 12);
}

TEST_CASE("strings and lists are what they are to the interpreter") {
  Kinds kinds;
  compare<std::string>(kinds, PrimValType::kString, 20);
  compare<std::vector<std::uint8_t>>(kinds, kinds.list(PrimValType::kU8), 21);
  compare<std::vector<std::uint32_t>>(kinds, kinds.list(PrimValType::kU32), 22);
  compare<std::vector<double>>(kinds, kinds.list(PrimValType::kF64), 23);
  compare<std::vector<bool>>(kinds, kinds.list(PrimValType::kBool), 24);
  compare<std::vector<char32_t>>(kinds, kinds.list(PrimValType::kChar), 25);
  compare<std::vector<std::string>>(kinds, kinds.list(PrimValType::kString), 26);
  compare<std::vector<std::vector<std::int16_t>>>(kinds, kinds.list(kinds.list(PrimValType::kS16)), 27);
  compare<std::array<std::uint16_t, 3>>(kinds, kinds.list(PrimValType::kU16, 3), 28);
  compare<std::map<std::string, std::uint32_t>>(kinds, kinds.of(component::MapType{PrimValType::kString, PrimValType::kU32}), 29);
}

TEST_CASE("records and variants are what they are to the interpreter") {
  Kinds kinds;
  const ValType string = PrimValType::kString, u64 = PrimValType::kU64, f32 = PrimValType::kF32, u8 = PrimValType::kU8;
  compare<Colour>(kinds, kinds.of(component::EnumType{{"red", "green", "blue"}}), 30);
  compare<std::vector<Colour>>(kinds, kinds.list(kinds.of(component::EnumType{{"red", "green", "blue"}})), 31);
  compare<Point>(kinds, kinds.point(), 32);
  compare<std::vector<Point>>(kinds, kinds.list(kinds.point()), 33);
  compare<Nested>(kinds, kinds.nested(), 34);
  compare<Shape>(kinds, kinds.shape(), 35);
  compare<std::vector<Shape>>(kinds, kinds.list(kinds.shape()), 36);
  compare<std::tuple<std::uint8_t, Shape, std::string>>(kinds, kinds.of(component::TupleType{{u8, kinds.shape(), string}}), 37);
  compare<std::optional<std::uint8_t>>(kinds, kinds.option(u8), 38);
  compare<std::optional<std::optional<std::string>>>(kinds, kinds.option(kinds.option(string)), 39);
  compare<wit::expected<std::uint64_t, std::string>>(kinds, kinds.result(u64, string), 40);
  compare<wit::expected<float, std::uint64_t>>(kinds, kinds.result(f32, u64), 41);
  compare<wit::expected<void, std::string>>(kinds, kinds.result({}, string), 42);
  compare<wit::expected<void, std::monostate>>(kinds, kinds.result({}, {}), 43);
  compare<wit::expected<Nested, std::monostate>>(kinds, kinds.result(kinds.nested(), {}), 44);
}

TEST_CASE("a type of another shape does not fit") {
  Kinds kinds;
  auto fits = [&]<class T>(T*, ValType type) {
    TypeMatch match(kinds.types);
    return Direct<T>::fits(match, type);
  };
  const ValType u8 = PrimValType::kU8, s8 = PrimValType::kS8, string = PrimValType::kString;
  CHECK(fits(static_cast<std::uint8_t*>(nullptr), u8));
  CHECK(!fits(static_cast<std::uint8_t*>(nullptr), s8));
  CHECK(!fits(static_cast<std::string*>(nullptr), kinds.list(u8)));
  CHECK(!fits(static_cast<std::vector<std::uint8_t>*>(nullptr), kinds.list(s8)));
  CHECK(!fits(static_cast<std::vector<std::uint8_t>*>(nullptr), kinds.list(u8, 2)));
  CHECK(!fits(static_cast<std::optional<std::string>*>(nullptr), kinds.result(string, {})));
  CHECK(!fits(static_cast<Colour*>(nullptr), kinds.of(component::EnumType{{"red", "green"}})));
  CHECK(!fits(static_cast<Traits*>(nullptr), kinds.of(component::FlagsType{{"a", "b"}})));
  CHECK(!fits(static_cast<Point*>(nullptr), kinds.of(component::TupleType{{u8, string}})));
}

TEST_CASE("values of C++ that are none of the type are refused") {
  Kinds kinds;
  abi::Layout layout(kinds.types, abi::PtrType::kI32);
  Heap heap(kHeap);
  FakeGuest guest(layout, abi::StringEncoding::kUtf8, heap);
  DirectCall call{guest};
  std::uint64_t slots[4] = {};
  auto refused = [&](auto value) {
    Slots to{slots};
    const bool done = Direct<decltype(value)>::lower(call, value, to);
    return !done && guest.failure() == "a value is not of the type the host's interface gives it";
  };
  CHECK(refused(std::string("\xff")));
  CHECK(refused(char32_t{0xd800}));
  CHECK(refused(std::vector<char32_t>{U'a', 0x110000}));
  CHECK(refused(static_cast<Colour>(3)));
  CHECK(refused(Traits(1 << 9)));
  CHECK(!refused(Traits(1 << 8)));
}

}  // namespace
}  // namespace witc::host::testing
