// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "base/semver.h"

#include <doctest/doctest.h>

namespace witc {
namespace {

TEST_CASE("semver precedence is clause 11's example") {
  const char* ascending[] = {"1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
                             "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.1.0", "2.0.0"};
  for (std::size_t i = 1; i < std::size(ascending); ++i) {
    CHECK(*Version::parse(ascending[i - 1]) < *Version::parse(ascending[i]));
  }
}

TEST_CASE("what is not a version") {
  for (const char* text : {"", "1", "1.2", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.3+", "1.2.3.4", "99999999999999999999.0.0"}) {
    CHECK_FALSE(Version::parse(text));
  }
  CHECK(Version::parse("1.2.3-a.0+01.x")->to_string() == "1.2.3-a.0+01.x");
}

TEST_CASE("compatibility tracks") {
  CHECK(compatibility_track(*Version::parse("1.4.2")) == "1");
  CHECK(compatibility_track(*Version::parse("0.2.12")) == "0.2");
  CHECK(compatibility_track(*Version::parse("0.0.3")) == "0.0.3");
  CHECK(compatibility_track(*Version::parse("1.0.0-rc.1")) == "1.0.0-rc.1");
}

}  // namespace
}  // namespace witc
