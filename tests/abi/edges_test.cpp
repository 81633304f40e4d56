// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Strings and lists that end where the caller's memory does, of every length around the width of a vector, and with
// something wrong at each place: a compiled adapter must carry them over, or trap, without a look beyond.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "adapter-gen/transcode.h"
#include "running.h"

namespace witc::abi::testing {
namespace {

/// An adapter of `func(p: type)` between two encodings.
class Carrier {
 public:
  Carrier(Types& types, const ValType& type, StringEncoding from, StringEncoding to, engine::OptLevel level) {
    component::FuncType func;
    func.params.push_back({"p", type});
    AdapterRequest request;
    request.types = &types;
    request.type = types.intern(std::move(func));
    request.name = "caller -> callee";
    request.lower.instance = 1;
    request.lift.instance = 2;
    request.lower.string_encoding = from;
    request.lift.string_encoding = to;
    for (AdapterSide* side : {&request.lower, &request.lift}) side->has_memory = side->has_realloc = true;
    plan_ = plan_adapter(request).value();
    guests_.emplace(std::vector<const AdapterPlan*>{&plan_}, level);
  }

  /// What the callee's heap is full of.
  void fill_target(std::uint8_t byte) { std::ranges::fill(guests_->runtime.lift->bytes().subspan(kHeapAt, 1 << 16), byte); }

  /// Puts bytes at the end of the caller's memory and passes them as `length` elements; what arrived, of `width` bytes
  /// each, or the trap.
  std::expected<std::vector<std::uint8_t>, engine::TrapKind> carry(const std::vector<std::uint8_t>& bytes,
                                                                   std::uint64_t length, std::size_t width) {
    Guest& lower = *guests_->runtime.lower;
    Guest& lift = *guests_->runtime.lift;
    lower.reset_globals();
    lift.reset_globals();
    guests_->reset_flags();
    const std::uint64_t at = lower.bytes().size() - bytes.size();
    std::ranges::copy(bytes, lower.bytes().begin() + static_cast<std::ptrdiff_t>(at));
    std::uint64_t args[] = {at, length};
    engine::CallResult done = guests_->call(0, args, {});
    if (!done) return std::unexpected(done.error().kind);
    const std::uint64_t to = lift.word(kArgumentsAt), units = lift.word(kArgumentsAt + 8) & 0x7fff'ffff;
    auto memory = lift.bytes().subspan(to, units * width);
    return std::vector<std::uint8_t>(memory.begin(), memory.end());
  }

 private:
  AdapterPlan plan_;
  std::optional<RunningGuests> guests_;
};

using Bytes8 = std::vector<std::uint8_t>;

Bytes8 text(std::size_t size, std::size_t rare) {
  Bytes8 out;
  for (std::size_t i = 0; out.size() < size; ++i) {
    if (rare != 0 && i % rare == rare - 1 && out.size() + 2 <= size) {
      out.insert(out.end(), {0xc3, static_cast<std::uint8_t>(0x80 + i % 0x40)});
    } else {
      out.push_back(static_cast<std::uint8_t>('a' + i % 26));
    }
  }
  return out;
}

Bytes8 as_utf16(const Bytes8& utf8) {
  Bytes8 out(2 * utf8.size());
  out.resize(2 * utf8_to_utf16(utf8, out).value());
  return out;
}

}  // namespace

TEST_CASE("strings at the end of memory") {
  Types types;
  for (engine::OptLevel level : {engine::OptLevel::kNone, engine::OptLevel::kFull}) {
    Carrier same(types, PrimValType::kString, StringEncoding::kUtf8, StringEncoding::kUtf8, level);
    Carrier wide(types, PrimValType::kString, StringEncoding::kUtf8, StringEncoding::kUtf16, level);
    Carrier back(types, PrimValType::kString, StringEncoding::kUtf16, StringEncoding::kUtf8, level);
    for (std::size_t size = 0; size <= 80; ++size) {
      CAPTURE(size);
      for (std::size_t rare : {std::size_t{0}, std::size_t{1}, std::size_t{5}, std::size_t{17}}) {
        const Bytes8 utf8 = text(size, rare), utf16 = as_utf16(utf8);
        CHECK(same.carry(utf8, size, 1) == utf8);
        CHECK(wide.carry(utf8, size, 2) == utf16);
        CHECK(back.carry(utf16, utf16.size() / 2, 1) == utf8);
      }
      for (std::size_t at = 0; at < size; ++at) {
        for (std::uint8_t bad : {0x80, 0xc3, 0xff}) {
          Bytes8 utf8 = text(size, 0);
          utf8[at] = bad;
          auto arrived = same.carry(utf8, size, 1);
          REQUIRE(!arrived);
          REQUIRE(arrived.error() == engine::TrapKind::kInvalidUtf8);
          REQUIRE(wide.carry(utf8, size, 2) == std::unexpected(engine::TrapKind::kInvalidUtf8));
        }
        Bytes8 utf16 = as_utf16(text(size, 0));
        utf16[2 * at + 1] = 0xdc;
        REQUIRE(back.carry(utf16, size, 1) == std::unexpected(engine::TrapKind::kInvalidUtf16));
      }
    }
  }
}

TEST_CASE("lists that are checked or normalised, at the end of memory") {
  Types types;
  component::EnumType labels;
  for (int i = 0; i < 5; ++i) labels.labels.push_back(fmt::format("e{}", i));
  component::FlagsType bits;
  for (int i = 0; i < 11; ++i) bits.labels.push_back(fmt::format("f{}", i));
  auto list = [&](const ValType& element) { return types.intern(ValueType(component::ListType{element, std::nullopt})); };
  const ValType bools = list(PrimValType::kBool), chars = list(PrimValType::kChar),
                enums = list(types.intern(ValueType(labels))), flags = list(types.intern(ValueType(bits)));
  for (engine::OptLevel level : {engine::OptLevel::kNone, engine::OptLevel::kFull}) {
    auto carrier = [&](const ValType& type) {
      return Carrier(types, type, StringEncoding::kUtf8, StringEncoding::kUtf8, level);
    };
    Carrier of_bools = carrier(bools), of_chars = carrier(chars), of_enums = carrier(enums), of_flags = carrier(flags);
    for (std::size_t count = 0; count <= 70; ++count) {
      CAPTURE(count);
      Bytes8 some(count), normal(count), cases(count), words(2 * count), masked(2 * count), codes(4 * count);
      for (std::size_t i = 0; i < count; ++i) {
        some[i] = static_cast<std::uint8_t>(i % 3 == 0 ? 0 : i * 7);
        normal[i] = some[i] != 0 ? 1 : 0;
        cases[i] = static_cast<std::uint8_t>(i % 5);
        words[2 * i] = masked[2 * i] = static_cast<std::uint8_t>(i * 31);
        words[2 * i + 1] = static_cast<std::uint8_t>(i * 17);
        masked[2 * i + 1] = words[2 * i + 1] & 7;
        codes[4 * i] = static_cast<std::uint8_t>(i);
        codes[4 * i + 1] = 0xd7;
        codes[4 * i + 2] = static_cast<std::uint8_t>(i % 0x11);
      }
      CHECK(of_bools.carry(some, count, 1) == normal);
      CHECK(of_enums.carry(cases, count, 1) == cases);
      CHECK(of_flags.carry(words, count, 2) == masked);
      CHECK(of_chars.carry(codes, count, 4) == codes);
      for (std::size_t at = 0; at < count; ++at) {
        Bytes8 bad = cases;
        bad[at] = 5;
        REQUIRE(of_enums.carry(bad, count, 1) == std::unexpected(engine::TrapKind::kInvalidDiscriminant));
        bad = codes;
        bad[4 * at + 1] = 0xd8;
        bad[4 * at + 2] = 0;
        REQUIRE(of_chars.carry(bad, count, 4) == std::unexpected(engine::TrapKind::kInvalidChar));
        bad[4 * at + 2] = 0x11;
        REQUIRE(of_chars.carry(bad, count, 4) == std::unexpected(engine::TrapKind::kInvalidChar));
      }
    }
  }
}

namespace {

/// A list of elements of which only some bytes are carried over, as source, and what arrives in memory that held kOld.
struct Blended {
  Bytes8 source, arrives;
};
constexpr std::uint8_t kOld = 0xa5;

/// Element `i` with all its bytes set, of which those are written whose bit is.
void append(Blended& out, std::size_t size, std::uint8_t first, std::uint64_t written) {
  for (std::size_t i = 0; i < size; ++i) {
    const auto byte = static_cast<std::uint8_t>(i == 0 ? first : 0x11 * (1 + (out.source.size() + 3 * i) % 13));
    out.source.push_back(byte);
    out.arrives.push_back((written >> i & 1) != 0 ? byte : kOld);
  }
}

}  // namespace

TEST_CASE("lists of variants and of records with padding, at the end of memory: what is not written stays as it was") {
  Types types;
  auto intern = [&](auto type) { return ValType(types.intern(ValueType(std::move(type)))); };
  auto list = [&](const ValType& element) { return intern(component::ListType{element, std::nullopt}); };
  const ValType u8 = PrimValType::kU8, u16 = PrimValType::kU16, u32 = PrimValType::kU32, u64 = PrimValType::kU64;
  const ValType pair = intern(component::TupleType{{u8, u32}});
  struct Element {
    ValType type;
    std::size_t size;
    std::vector<std::uint64_t> cases;  // which bytes each writes; one, from 0x80 on: a record
  };
  const ValType variant = intern(component::VariantType{{{"none", {}}, {"num", u32}, {"big", u64}, {"real", PrimValType::kF32}}});
  const Element elements[] = {
      {list(intern(component::OptionType{u8})), 2, {1, 3}},
      {list(intern(component::ResultValType{u16, u8})), 4, {0b1101, 0b0101}},
      {list(intern(component::OptionType{u32})), 8, {1, 0xf1}},
      {list(intern(component::ResultValType{pair, u64})), 16, {0xf101, 0xff01}},
      {list(variant), 16, {1, 0x0f01, 0xff01, 0x0f01}},
      {list(pair), 8, {0xf1}},
      {list(intern(component::TupleType{{u32, u64, u8}})), 24, {0x1ff0f}},
      {list(intern(component::TupleType{{u8, u64, u32, pair, u16}})), 32, {0x3f1fff01}},
      {intern(component::MapType{PrimValType::kU16, u64}), 16, {0xff03}},
  };
  for (engine::OptLevel level : {engine::OptLevel::kNone, engine::OptLevel::kFull}) {
    for (const Element& element : elements) {
      CAPTURE(types.to_string(element.type));
      Carrier carrier(types, element.type, StringEncoding::kUtf8, StringEncoding::kUtf8, level);
      const std::size_t cases = element.cases.size();
      for (std::size_t count = 0; count <= 40; ++count) {
        Blended list;
        for (std::size_t i = 0; i < count; ++i) {
          const std::size_t item = i * 7 / 3 % cases;
          append(list, element.size, static_cast<std::uint8_t>(cases == 1 ? 0x80 + i : item), element.cases[item]);
        }
        carrier.fill_target(kOld);
        REQUIRE(carrier.carry(list.source, count, element.size) == list.arrives);
        for (std::size_t at = 0; at < count && cases > 1; ++at) {
          Bytes8 bad = list.source;
          bad[at * element.size] = static_cast<std::uint8_t>(at % 2 == 0 ? cases : 0x80 + at);
          REQUIRE(carrier.carry(bad, count, element.size) == std::unexpected(engine::TrapKind::kInvalidDiscriminant));
        }
      }
    }
  }
}

}  // namespace witc::abi::testing
