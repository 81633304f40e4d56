// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Guests that lie: in what they return, in what they pass, in what their realloc answers. Each lie is told to a
// compiled adapter and to the interpreter, flat and in memory, in every encoding, at both ends of the compiler's
// optimisation; each time the message is the one for the `trap_if` of definitions.py that it meets, no memory has
// changed but what was allocated, and the instances are closed. Next to each lie stands the last value that is still
// true.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "hostile_component.h"

namespace witc::abi::testing {
namespace {

constexpr StringEncoding kUtf8 = StringEncoding::kUtf8, kUtf16 = StringEncoding::kUtf16,
                         kLatin1Utf16 = StringEncoding::kLatin1Utf16;
constexpr std::uint32_t kTag = 0x8000'0000;

constexpr const char* kUnaligned = "unaligned pointer";
constexpr const char* kListBounds = "list pointer/length out of bounds of memory";
constexpr const char* kStringBounds = "string pointer/length out of bounds of memory";
constexpr const char* kStringLong = "string byte size exceeds maximum";
constexpr const char* kListLong = "list byte size exceeds maximum";
constexpr const char* kDiscriminant = "invalid variant discriminant";
constexpr const char* kChar = "invalid `char` bit pattern";
constexpr const char* kBadUtf8 = "invalid utf-8";
constexpr const char* kBadUtf16 = "unpaired surrogate";
constexpr const char* kReallocBounds = "realloc return: beyond end of memory";
constexpr const char* kReallocAlign = "realloc return: result not aligned";
constexpr const char* kNoLeave = "cannot leave component instance";

struct Lie {
  std::string_view type;
  std::vector<std::uint32_t> words;
  std::string_view trap = "ok";
  std::string text = "";  // at kTextAt
  std::optional<Val> value = std::nullopt;
};

std::string bytes(std::initializer_list<int> all) {
  std::string out;
  for (int byte : all) out += static_cast<char>(byte);
  return out;
}

/// MAX_STRING_BYTE_LENGTH, then alignment, then bounds, then the text: in that order (load_string_from_range).
void add_lies_of_ranges(std::vector<Lie>& out, StringEncoding encoding) {
  const bool is_wide = encoding == kUtf16;
  const std::uint32_t limit = is_wide ? 1u << 27 : 1u << 28;
  out.push_back({"string", {kMemorySize, 0}, "ok", "", Val::string("")});
  out.push_back({"string", {kMemorySize + 2, 0}, kStringBounds});
  out.push_back({"string", {kMemorySize - 2, is_wide ? 2u : 3u}, kStringBounds});
  out.push_back({"string", {0xffff'fffe, 4}, kStringBounds});
  out.push_back({"string", {0xffff'fffe, 0}, kStringBounds});
  out.push_back({"string", {0, limit - 1}, kStringBounds});
  out.push_back({"string", {0, limit}, kStringLong});
  out.push_back({"string", {1, limit}, kStringLong});
  out.push_back({"string", {0xffff'fffe, limit}, kStringLong});
  out.push_back({"string", {0, 0x7fff'ffff}, kStringLong});
  if (encoding != kLatin1Utf16) out.push_back({"string", {0, 0xffff'ffff}, kStringLong});
  if (encoding != kUtf8) {
    out.push_back({"string", {kTextAt + 1, 1}, kUnaligned});
    out.push_back({"string", {kMemorySize + 1, 1}, kUnaligned});
    out.push_back({"string", {kTextAt + 1, 0}, kUnaligned});
  }
  if (encoding == kLatin1Utf16) {
    out.push_back({"string", {0, kTag | 1u << 27}, kStringLong});
    out.push_back({"string", {0, kTag | ((1u << 27) - 1)}, kStringBounds});
    out.push_back({"string", {0, 0xffff'ffff}, kStringLong});
    out.push_back({"string", {kMemorySize - 2, kTag | 2}, kStringBounds});
    out.push_back({"string", {kTextAt + 1, kTag | 1}, kUnaligned});
    out.push_back({"string", {kTextAt, 3}, "ok", bytes({0xff, 0x80, 'a'}), Val::string("\u00ff\u0080a")});
  }
}

void add_lies_of_text(std::vector<Lie>& out, StringEncoding encoding) {
  if (encoding == kUtf8) {
    // Overlong, surrogates, beyond U+10FFFF, cut short, no lead, no such byte.
    for (const std::string& text :
         {bytes({0xc0, 0x80}), bytes({0xc1, 0xbf}), bytes({0xe0, 0x80, 0x80}), bytes({0xe0, 0x9f, 0xbf}),
          bytes({0xf0, 0x80, 0x80, 0x80}), bytes({0xf0, 0x8f, 0xbf, 0xbf}), bytes({0xed, 0xa0, 0x80}),
          bytes({0xed, 0xbf, 0xbf}), bytes({0xf4, 0x90, 0x80, 0x80}), bytes({0xf5, 0x80, 0x80, 0x80}), bytes({0xc3}),
          bytes({0xe2, 0x82}), bytes({0xf0, 0x9f, 0x8e}), bytes({0x80}), bytes({'a', 0xbf}), bytes({0xff}),
          bytes({0xfe}), bytes({0xc3, 'a'}), bytes({'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 0xc3, 0xa9, 0xc0})}) {
      out.push_back({"string", {kTextAt, static_cast<std::uint32_t>(text.size())}, kBadUtf8, text});
    }
    for (const char* text : {"\u007f", "\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\U00010000", "\U0010ffff"}) {
      out.push_back({"string",
                     {kTextAt, static_cast<std::uint32_t>(std::string_view(text).size())},
                     "ok",
                     text,
                     Val::string(text)});
    }
    return;
  }
  std::uint32_t tag = encoding == kLatin1Utf16 ? kTag : 0;
  // One half of a pair: alone, at the end, doubled, before something else; the halves the wrong way round.
  for (const std::string& text :
       {bytes({0x00, 0xd8}), bytes({0x00, 0xdc}), bytes({'a', 0, 0xff, 0xdb}), bytes({0x00, 0xd8, 0x00, 0xd8}),
        bytes({0x00, 0xdc, 0x00, 0xd8}), bytes({0x00, 0xd8, 'a', 0}), bytes({0x00, 0xd8, 0x00, 0xdc, 0x00, 0xdc}),
        bytes({0x00, 0x01, 0xff, 0xdf})}) {
    out.push_back({"string", {kTextAt, tag | static_cast<std::uint32_t>(text.size() / 2)}, kBadUtf16, text});
  }
  out.push_back({"string", {kTextAt, tag | 2}, "ok", bytes({0xff, 0xdb, 0xff, 0xdf}), Val::string("\U0010ffff")});
  out.push_back({"string", {kTextAt, tag | 2}, "ok", bytes({0xff, 0xd7, 0x00, 0xe0}), Val::string("\ud7ff\ue000")});
}

void add_lies_of_lists(std::vector<Lie>& out) {
  const std::uint32_t end = kMemorySize;
  for (const char* type : {"bytes", "bools", "enums"}) {
    out.push_back({type, {end, 0}, "ok", "", Val::list({})});
    out.push_back({type, {end + 1, 0}, kListBounds});
    out.push_back({type, {end, 1}, kListBounds});
    out.push_back({type, {0xffff'ffff, 1}, kListBounds});
    out.push_back({type, {0xffff'ffff, 2}, kListBounds});
    out.push_back({type, {0, (1u << 28) - 1}, kListBounds});
    out.push_back({type, {0, 1u << 28}, kListLong});
    out.push_back({type, {0, 0xffff'ffff}, kListLong});
  }
  out.push_back({"longs", {end - 8, 1}, "ok", "", Val::list({Val::unsigned_(0)})});
  out.push_back({"longs", {end - 8, 2}, kListBounds});
  out.push_back({"longs", {end - 4, 1}, kUnaligned});
  out.push_back({"longs", {4, 0}, kUnaligned});
  out.push_back({"longs", {0xffff'fff8, 1}, kListBounds});
  out.push_back({"longs", {0, (1u << 25) - 1}, kListBounds});
  out.push_back({"longs", {4, 1u << 25}, kListLong});     // before alignment
  out.push_back({"longs", {0, 0x2000'0001}, kListLong});  // times 8 is 8, modulo 2^32
  out.push_back({"strings", {kTextAt, 0x2000'0001}, kListLong});
  out.push_back({"strings", {2, 1}, kUnaligned});
  out.push_back({"map", {2, 1}, kUnaligned});
  out.push_back({"map", {0, ((1u << 28) - 1) / 12 + 1}, kListLong});
  out.push_back({"map", {0, ((1u << 28) - 1) / 12}, kListBounds});
  out.push_back({"map", {end - 8, 1}, kListBounds});
  out.push_back({"map", {0xffff'fffc, 1}, kListBounds});
  // What is in them.
  std::string inner = bytes({0, 0, 0, 0, 0, 0, 0, 0, 0xf8, 0xff, 0xff, 0xff, 9, 0, 0, 0});
  out.push_back({"strings", {kTextAt, 2}, kStringBounds, inner});
  out.push_back({"strings", {kTextAt, 1}, "ok", inner, Val::list({Val::string("")})});
  out.push_back({"map", {kTextAt, 1}, kStringBounds, bytes({1, 0xee, 0xee, 0xee, 0, 0, 4, 0, 1, 0, 0, 0})});
  out.push_back({"enums",
                 {kTextAt, 3},
                 "ok",
                 bytes({2, 0, 1, 3}),
                 Val::list({Val::enumeration(2), Val::enumeration(0), Val::enumeration(1)})});
  out.push_back({"enums", {kTextAt, 4}, kDiscriminant, bytes({2, 0, 1, 3})});
  out.push_back({"enums", {kTextAt, 1}, kDiscriminant, bytes({0xff})});
  out.push_back({"bools",
                 {kTextAt, 3},
                 "ok",
                 bytes({2, 0, 0xff}),
                 Val::list({Val::boolean(true), Val::boolean(false), Val::boolean(true)})});
  out.push_back(
      {"flagss", {kTextAt, 2}, "ok", bytes({0xff, 0xff, 1, 0xfe}), Val::list({Val::flags(0x1ff), Val::flags(1)})});
  out.push_back({"flagss", {kTextAt + 1, 1}, kUnaligned});
}

void add_lies_of_chars_and_cases(std::vector<Lie>& out) {
  for (std::uint32_t code : {0xd800u, 0xdfffu, 0x11'0000u, 0x7fff'ffffu, 0xffff'ffffu}) {
    std::string text = bytes({'A', 0, 0, 0});
    for (int i = 0; i < 4; ++i) text += static_cast<char>(code >> 8 * i);
    out.push_back({"chars", {kTextAt, 2}, kChar, text});
    out.push_back({"chars", {kTextAt, 1}, "ok", text, Val::list({Val::character('A')})});
    out.push_back({"pair", {'A', code}, kChar});
    out.push_back({"pair", {code, 'A'}, kChar});
    out.push_back({"char", {code}, kChar});
  }
  for (std::uint32_t code : {0u, 0xd7ffu, 0xe000u, 0x10'ffffu}) {
    out.push_back({"char", {code}, "ok", "", Val::character(code)});
  }
  for (std::uint32_t index : {3u, 0x7fu, 0xffu}) {
    out.push_back({"enum", {index}, kDiscriminant});
    out.push_back({"variant", {index, 0, 0}, kDiscriminant});
    out.push_back({"option", {index, 0, 0}, kDiscriminant});
  }
  out.push_back({"enum", {2}, "ok", "", Val::enumeration(2)});
  out.push_back({"option", {2, 0, 0}, kDiscriminant});
  out.push_back({"option", {0, 0xffff'ffff, 0xffff'ffff}, "ok", "", Val::none()});  // nobody looks at what is not there
  out.push_back({"option", {1, 2, 0}, kUnaligned});
  out.push_back({"option", {1, 0xffff'fffc, 1}, kListBounds});
  out.push_back({"option", {1, 0, 1u << 26}, kListLong});
  out.push_back({"variant", {1, 0xffff'ffff, 0xffff'ffff}, "ok", "", Val::variant(1)});
  out.push_back({"variant", {0, 0x1ff, 0xffff'ffff}, "ok", "", Val::variant(0, Val::unsigned_(0xff))});
  out.push_back({"variant", {2, 0xffff'fffe, 4}, kStringBounds});
  out.push_back({"bool", {2}, "ok", "", Val::boolean(true)});
  out.push_back({"bool", {0}, "ok", "", Val::boolean(false)});
}

std::vector<Lie> lies(StringEncoding encoding) {
  std::vector<Lie> out;
  add_lies_of_ranges(out, encoding);
  add_lies_of_text(out, encoding);
  add_lies_of_lists(out);
  add_lies_of_chars_and_cases(out);
  return out;
}

/// Calls, and checks what came and that no memory has changed but heaps and `from` to `to` of the caller's.
void tell(Hostile& world, const Lie& lie, std::string_view how, std::uint32_t from = 0, std::uint32_t to = 0) {
  CAPTURE(lie.type);
  CAPTURE(lie.words);
  CAPTURE(how);
  std::string got = world.call(fmt::format("{}-{}", how, lie.type));
  CHECK(got == lie.trap);
  CHECK(world.is_untouched('a'));
  CHECK(world.is_untouched('b', from, to));
  if (got == "ok" && lie.value && world.value) {
    const auto* wide = how == "whpass" ? world.value->get_if<Val::Record>() : nullptr;
    CHECK((wide == nullptr ? *world.value : wide->fields[0]) == *lie.value);
  }
  if (got != "ok") world.restart();
}

int words_of(std::string_view name) {
  for (const HostileType& type : kHostileTypes)
    if (type.name == name) return type.words;
  return 0;
}

int run_lies(Hostile& world, StringEncoding callee, StringEncoding caller) {
  int count = 0;
  for (const Lie& lie : lies(callee)) {
    for (std::string_view how : {"give", "via"}) {
      world.poke('a', kTextAt, lie.text);
      world.poke_words('a', words_of(lie.type) > 1 ? kValueAt : kGiveAt, lie.words);
      if (words_of(lie.type) > 1) world.poke_words('a', kGiveAt, {kValueAt});
      tell(world, lie, how, 1024, 1040);
      ++count;
    }
  }
  for (const Lie& lie : lies(caller)) {
    for (std::string_view how : {"pass", "hpass", "wpass", "whpass"}) {
      world.poke('b', kTextAt, lie.text);
      world.poke_words('b', kValueAt, lie.words);
      tell(world, lie, how);
      ++count;
    }
  }
  return count;
}

/// The addresses of results and of parameters in memory themselves (lift_flat_values, lower_flat_values).
int run_bad_places(Hostile& world) {
  struct Place {
    std::uint32_t at;
    const char* trap;
  };
  const Place places[] = {{258, kUnaligned},          {kMemorySize - 4, kListBounds}, {kMemorySize, kListBounds},
                          {0xffff'fffc, kListBounds}, {0xffff'ffff, kUnaligned},      {kTextAt, "ok"}};
  int count = 0;
  for (const Place& place : places) {
    for (std::string_view type : {"bytes", "option"}) {
      auto go = [&](char which, std::uint32_t at, std::string_view how, std::uint32_t from, std::uint32_t to) {
        world.poke_words(which, at, {place.at});
        tell(world, {type, {place.at}, place.trap}, how, from, to);
        ++count;
      };
      world.to_fetch = type == "bytes" ? Val::list({Val::unsigned_(7)}) : Val::none();
      world.restart();
      go('a', kGiveAt, "give", 0, 0);
      go('a', kGiveAt, "via", 1024, 1040);
      world.restart();
      go('b', kReturnAt, "via", kTextAt, kTextAt + 16);
      go('b', kReturnAt, "fetch", kTextAt, kTextAt + 16);
      go('b', kWideAt, "wpass", 0, 0);
      go('b', kWideAt, "whpass", 0, 0);
      world.restart();
    }
  }
  return count;
}

std::string encoded(std::string_view latin1, StringEncoding encoding) {
  std::string out;
  for (char unit : latin1) {
    if (encoding == kUtf8 && static_cast<std::uint8_t>(unit) >= 0x80) {
      out += static_cast<char>(0xc0 | static_cast<std::uint8_t>(unit) >> 6);
      unit = static_cast<char>(0x80 | (unit & 0x3f));
    }
    out += unit;
    if (encoding == kUtf16) out += '\0';
  }
  return out;
}

/// Lies of realloc, at each of the calls that lowering "ab\u00e9" makes, of the callee for arguments and of the caller
/// for results.
int run_reallocs(Hostile& world, StringEncoding callee, StringEncoding caller) {
  int count = 0;
  const std::string latin1 = "ab\xe9";
  const Val text = Val::string("ab\u00e9");
  auto prepare = [&](char from) {
    StringEncoding encoding = from == 'a' ? callee : caller;
    std::string bytes = encoded(latin1, encoding);
    world.poke(from, kTextAt, bytes);
    world.poke_words(from, kValueAt,
                     {kTextAt, static_cast<std::uint32_t>(encoding == kUtf16 ? bytes.size() / 2 : bytes.size())});
    world.to_fetch = text;
  };
  struct Way {
    const char* how;
    char from, to;
    std::vector<Val> args;
  };
  for (const Way& way : {Way{"take-string", 'b', 'a', {text}}, Way{"pass-string", 'b', 'a', {}},
                         Way{"via-string", 'a', 'b', {}}, Way{"fetch-string", 'a', 'b', {}}}) {
    const bool is_aligned = (way.to == 'a' ? callee : caller) != kUtf8;
    CAPTURE(way.how);
    auto go = [&](ReallocMode mode, std::uint32_t answer, std::uint32_t at_call) {
      CAPTURE(at_call);
      CAPTURE(answer);
      world.restart();
      prepare(way.from);
      world.set_realloc(way.to, mode, answer, at_call);
      std::string got = world.call(way.how, way.args);
      if (got == "ok" && way.to == 'b') CHECK(world.value == text);
      CHECK(world.is_untouched(way.from));
      CHECK(world.is_untouched(way.to, 1024, 1040));
      ++count;
      return got;
    };
    REQUIRE(go(ReallocMode::kGood, 0, 0) == "ok");
    std::uint32_t calls = world.memories[way.to == 'a' ? 0 : 1][kModeAt + 12];
    REQUIRE(calls >= 1);
    REQUIRE(calls <= 3);
    for (std::uint32_t call = 1; call <= calls; ++call) {
      for (std::uint32_t answer : {0xffff'fffeu, kMemorySize - 0u + 2}) {
        CHECK(go(ReallocMode::kAnswer, answer, call) == kReallocBounds);
      }
      if (is_aligned && call == 1) CHECK(go(ReallocMode::kAnswer, kTextAt + 1, call) == kReallocAlign);
      CHECK(go(ReallocMode::kTrap, 0, call) == "unreachable");
      CHECK(go(ReallocMode::kLeave, 0, call) == kNoLeave);
      CHECK(go(ReallocMode::kMakeHandle, 0, call) == kNoLeave);
      CHECK(go(ReallocMode::kGrow, 0, call) == "ok");
    }
  }
  return count;
}

/// And of lists and of parameters in memory; a block of no bytes has an address too.
int run_reallocs_of_lists(Hostile& world) {
  struct Case {
    const char* type;
    std::uint32_t length, answer;
    const char* trap;
  };
  const Case cases[] = {
      {"longs", 2, kHeapFrom + 4, kReallocAlign},
      {"longs", 2, kMemorySize - 8, kReallocBounds},
      {"longs", 2, kMemorySize - 16, "ok"},
      {"longs", 0, kMemorySize, "ok"},
      {"longs", 0, kMemorySize + 8, kReallocBounds},
      {"longs", 0, kMemorySize + 4, kReallocAlign},
      {"longs", 2, 0xffff'fff8, kReallocBounds},
      {"bytes", 2, kMemorySize - 1, kReallocBounds},
      {"bytes", 0, kMemorySize, "ok"},
      {"bytes", 0, kMemorySize + 1, kReallocBounds},
      {"bytes", 1, 0xffff'ffff, kReallocBounds},
      {"map", 1, kHeapFrom + 2, kReallocAlign},
      {"map", 1, kMemorySize - 8, kReallocBounds},
      {"strings", 1, kMemorySize - 4, kReallocBounds},
  };
  int count = 0;
  for (const Case& item : cases) {
    CAPTURE(item.type);
    CAPTURE(item.answer);
    for (std::string_view how : {"pass", "via"}) {
      char from = how == "pass" ? 'b' : 'a', to = how == "pass" ? 'a' : 'b';
      world.restart();
      world.poke_words(from, kValueAt, {kTextAt, item.length});
      world.set_realloc(to, ReallocMode::kAnswer, item.answer);
      if (std::string_view(item.type) == "strings" || std::string_view(item.type) == "map")
        world.poke(from, kTextAt, std::string(16, '\0'));
      CHECK(world.call(fmt::format("{}-{}", how, item.type)) == item.trap);
      CHECK(world.is_untouched(from));
      CHECK(world.is_untouched(to, 1024, 1040));
      ++count;
    }
  }
  for (std::string_view how : {"wpass-bytes", "wtake-bytes"}) {
    for (auto [answer, trap] :
         {std::pair(kHeapFrom + 2, kReallocAlign), {kMemorySize - 72, kReallocBounds}, {0xffff'fffc, kReallocBounds}}) {
      world.restart();
      world.set_realloc('a', ReallocMode::kAnswer, answer);
      std::vector<Val> args = {Val::tuple({Val::list({}), Val::list(std::vector<Val>(17, Val::unsigned_(1)))})};
      CHECK(world.call(how, how == "wtake-bytes" ? args : std::vector<Val>()) == trap);
      CHECK(world.is_untouched('a'));
      CHECK(world.is_untouched('b'));
      ++count;
    }
  }
  return count;
}

void run_world(StringEncoding callee, StringEncoding caller, engine::OptLevel opt_level, int& count) {
  CAPTURE(static_cast<int>(callee));
  CAPTURE(static_cast<int>(caller));
  Hostile world(callee, caller, opt_level);
  count += run_lies(world, callee, caller) + run_bad_places(world) + run_reallocs(world, callee, caller) +
           run_reallocs_of_lists(world);
}

}  // namespace

TEST_CASE("hostile guests, compiled without optimisation") {
  int count = 0;
  for (StringEncoding callee : {kUtf8, kUtf16, kLatin1Utf16}) {
    for (StringEncoding caller : {kUtf8, kUtf16, kLatin1Utf16})
      run_world(callee, caller, engine::OptLevel::kNone, count);
  }
  fmt::print("abi/hostile: {} calls of hostile guests\n", count);
}

TEST_CASE("hostile guests, compiled with full optimisation") {
  int count = 0;
  run_world(kUtf8, kUtf16, engine::OptLevel::kFull, count);
  run_world(kUtf16, kLatin1Utf16, engine::OptLevel::kFull, count);
  run_world(kLatin1Utf16, kUtf8, engine::OptLevel::kFull, count);
  fmt::print("abi/hostile: {} calls of hostile guests\n", count);
}

}  // namespace witc::abi::testing
