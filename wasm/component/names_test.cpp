// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The grammar of extern names and their uniqueness.
#include "wasm/component/names.h"

#include <doctest/doctest.h>

namespace witc::component {
namespace {

TEST_CASE("labels") {
  for (const char* good : {"a", "a1", "abc-def", "A-b", "URL-parser", "a-1"}) CHECK_MESSAGE(is_label(good), good);
  for (const char* bad : {"", "-", "a-", "-a", "1a", "aB", "a--b", "a_b", "a.b"})
    CHECK_FALSE_MESSAGE(is_label(bad), bad);
}

TEST_CASE("extern names") {
  auto kind = [](std::string_view text) { return parse_extern_name(text)->kind; };
  CHECK(kind("a-b") == ExternName::kLabel);
  CHECK(kind("[constructor]r") == ExternName::kConstructor);
  CHECK(kind("[method]r.m") == ExternName::kMethod);
  CHECK(kind("[static]r.m") == ExternName::kStatic);
  CHECK(kind("wasi:io/streams@0.2.0") == ExternName::kInterface);
  CHECK(kind("a:b/c@0.2") == ExternName::kInterface);
  CHECK(parse_extern_name("wasi:io/streams@0.2.0")->version == "0.2.0");
  CHECK(parse_extern_name("wasi:io/streams@0.2.0")->package == "wasi:io");
  for (const char* bad :
       {"", "[method]r", "[method]r.", "a:b", "a:b/", "A:b/c", "a:b/c@", "a:b/c@1.2", "a:b:c/d", "a:b/c/d", "[x]y"}) {
    CHECK_FALSE_MESSAGE(parse_extern_name(bad), bad);
  }
}

TEST_CASE("nested names") {
  CHECK_FALSE(parse_extern_name("a:b:c/d/e@1.0.0"));
  auto name = parse_extern_name("a:b:c/d/e@1.0.0", true);
  REQUIRE(name);
  CHECK(name->package == "a:b:c");
  CHECK(name->label == "d/e");
  CHECK(name->version == "1.0.0");
  for (const char* bad : {"a::b/c", "a:b//c", "a:b:c", "a:b/c/", ":a/b", "a:b/c:d"}) {
    CHECK_FALSE_MESSAGE(parse_extern_name(bad, true), bad);
  }
}

TEST_CASE("strong uniqueness") {
  CHECK(uniqueness_key("foo-BAR") == uniqueness_key("FOO-bar"));
  CHECK(uniqueness_key("[method]foo.foo") == uniqueness_key("foo"));
  CHECK(uniqueness_key("[method]foo.baz") == uniqueness_key("[static]foo.baz"));
  CHECK(uniqueness_key("[constructor]foo") != uniqueness_key("foo"));
}

TEST_CASE("version suffixes") {
  CHECK(check_version("0.2", ".6-rc.1"));
  CHECK_FALSE(check_version("0.2.0", ".6"));
  CHECK_FALSE(check_version("1", "x"));
}

}  // namespace
}  // namespace witc::component
