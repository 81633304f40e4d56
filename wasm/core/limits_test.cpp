// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every limit of the JavaScript API's list: a module at the limit is accepted, one beyond is not, and for that reason.
#include "wasm/core/limits.h"

#include <doctest/doctest.h>
#include <sys/mman.h>

#include <functional>
#include <string>
#include <vector>

#include "base/source.h"
#include "wasm/core/decode.h"
#include "wasm/core/validate.h"

namespace witc::wasm {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes u32(std::uint64_t value) {
  Bytes out;
  do {
    out.push_back(static_cast<std::uint8_t>((value & 0x7f) | (value > 0x7f ? 0x80 : 0)));
    value >>= 7;
  } while (value != 0);
  return out;
}

Bytes join(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

Bytes section(std::uint8_t id, const Bytes& contents) { return join({{id}, u32(contents.size()), contents}); }

/// A vector of `count` times the same.
Bytes repeat(std::uint32_t count, const Bytes& item) {
  Bytes out = u32(count);
  out.reserve(out.size() + count * item.size());
  for (std::uint32_t i = 0; i < count; ++i) out.insert(out.end(), item.begin(), item.end());
  return out;
}

Bytes exports(std::uint32_t count) {  // each of another name
  Bytes out = u32(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string name = std::to_string(i);
    out.push_back(static_cast<std::uint8_t>(name.size()));
    out.insert(out.end(), name.begin(), name.end());
    out.insert(out.end(), {0x02, 0x00});  // memory 0
  }
  return out;
}

constexpr std::uint8_t kI32 = 0x7f;
const Bytes kEmptyFunc = {0x60, 0x00, 0x00};
const Bytes kOneType = section(1, {1, 0x60, 0, 0});
const Bytes kTwoTypes = section(1, {2, 0x60, 1, kI32, 0, 0x5e, kI32, 1});  // [i32] -> [], an array
Bytes code(const Bytes& body) { return section(10, join({{1}, u32(body.size()), body})); }

/// A hierarchy of types: each but the first with the one before as its supertype.
Bytes subtypes(std::uint32_t depth) {
  Bytes out = join({u32(depth + 1), {0x50, 0, 0x60, 0, 0}});
  for (std::uint32_t i = 0; i < depth; ++i) out = join({out, {0x50, 1}, u32(i), {0x60, 0, 0}});
  return section(1, out);
}

struct Limit {
  const char* what;
  std::uint32_t limit;
  std::function<Bytes(std::uint32_t)> sections;
};

const std::vector<Limit>& limits() {
  static const std::vector<Limit> kLimits = {
      {"types", 1'000'000, [](std::uint32_t n) { return section(1, repeat(n, kEmptyFunc)); }},
      {"types of a recursion group", 1'000'000,
       [](std::uint32_t n) { return section(1, join({{1, 0x4e}, repeat(n, kEmptyFunc)})); }},
      {"depth of subtypes", 63, subtypes},
      {"functions", 1'000'000,
       [](std::uint32_t n) {
         return join({kOneType, section(3, repeat(n, {0})), section(10, repeat(n, {2, 0, 0x0b}))});
       }},
      {"imports", 1'000'000,
       [](std::uint32_t n) { return section(2, repeat(n, {0, 0, 0x03, kI32, 0})); }},
      {"exports", 1'000'000,
       [](std::uint32_t n) { return join({section(5, {1, 0, 0}), section(7, exports(n))}); }},
      {"globals", 1'000'000, [](std::uint32_t n) { return section(6, repeat(n, {kI32, 0, 0x41, 0, 0x0b})); }},
      {"tags", 1'000'000, [](std::uint32_t n) { return join({kOneType, section(13, repeat(n, {0, 0}))}); }},
      {"data segments", 100'000, [](std::uint32_t n) { return section(11, repeat(n, {1, 0})); }},
      {"tables", 100'000, [](std::uint32_t n) { return section(4, repeat(n, {0x70, 0, 0})); }},
      {"tables with imported ones", 100'000,
       [](std::uint32_t n) {
         return join({section(2, {1, 0, 0, 0x01, 0x70, 0, 0}), section(4, repeat(n - 1, {0x70, 0, 0}))});
       }},
      {"items of an element segment", 10'000'000,
       [](std::uint32_t n) {
         return join({kOneType, section(3, {1, 0}), section(9, join({{1, 1, 0}, repeat(n, {0})})), code({0, 0x0b})});
       }},
      {"memories", 100, [](std::uint32_t n) { return section(5, repeat(n, {0, 0})); }},
      {"memories with imported ones", 100,
       [](std::uint32_t n) {
         return join({section(2, {1, 0, 0, 0x02, 0, 0}), section(5, repeat(n - 1, {0, 0}))});
       }},
      {"parameters", 1'000,
       [](std::uint32_t n) { return section(1, join({{1, 0x60}, repeat(n, {kI32}), {0}})); }},
      {"results", 1'000, [](std::uint32_t n) { return section(1, join({{1, 0x60, 0}, repeat(n, {kI32})})); }},
      {"locals, parameters included", 50'000,
       [](std::uint32_t n) {
         return join({kTwoTypes, section(3, {1, 0}), code(join({{1}, u32(n - 1), {kI32, 0x0b}}))});
       }},
      {"bytes of a body", 7'654'321,
       [](std::uint32_t n) {
         Bytes body(n, 0x01);
         body.front() = 0;
         body.back() = 0x0b;
         return join({kOneType, section(3, {1, 0}), code(body)});
       }},
      {"fields", 10'000, [](std::uint32_t n) { return section(1, join({{1, 0x5f}, repeat(n, {kI32, 0})})); }},
      {"operands of array.new_fixed", 10'000,
       [](std::uint32_t n) {
         Bytes body = {0};
         for (std::uint32_t i = 0; i < n; ++i) body.insert(body.end(), {0x41, 0});
         return join({kTwoTypes, section(3, {1, 0}), code(join({body, {0xfb, 0x08, 1}, u32(n), {0x1a, 0x0b}}))});
       }},
  };
  return kLimits;
}

Result<void> accept(const Bytes& module) {
  const Module decoded = TRY(decode_module(SourceId(), module, 0));
  return validate_module(SourceMap(), decoded, Features::wasm3());
}

}  // namespace

TEST_CASE("what the JavaScript API's limits allow is accepted, what they do not is not") {
  const Bytes header = {0, 0x61, 0x73, 0x6d, 1, 0, 0, 0};
  for (const Limit& row : limits()) {
    CAPTURE(row.what);
    Result<void> at_limit = accept(join({header, row.sections(row.limit)}));
    CHECK_MESSAGE(at_limit.has_value(), (at_limit ? "" : at_limit.error()->message));
    Result<void> beyond = accept(join({header, row.sections(row.limit + 1)}));
    REQUIRE(!beyond.has_value());
    CHECK_MESSAGE(beyond.error()->code == DiagCode::kWasmLimit, beyond.error()->message);
  }
}

TEST_CASE("a module of 1 GiB") {
  constexpr std::size_t kSize = std::size_t{1} << 30;
  // Address space: only the pages that are looked at become memory.
  void* place = mmap(nullptr, kSize + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  REQUIRE(place != MAP_FAILED);
  auto* bytes = static_cast<std::uint8_t*>(place);
  // The header, and a custom section with an empty name that takes the rest.
  const Bytes head = join({{0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 0}, u32(kSize - 14)});
  REQUIRE(head.size() == 14);
  std::copy(head.begin(), head.end(), bytes);
  CHECK(decode_module(SourceId(), {bytes, kSize}, 0).has_value());
  Result<Module> beyond = decode_module(SourceId(), {bytes, kSize + 1}, 0);
  REQUIRE(!beyond.has_value());
  CHECK(beyond.error()->code == DiagCode::kWasmLimit);
  munmap(place, kSize + 4096);
}

}  // namespace witc::wasm
