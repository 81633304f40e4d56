// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "adapter-gen/bindgen/names.h"

#include <doctest/doctest.h>

namespace witc::bindgen {

TEST_CASE("WIT names as C++ names") {
  CHECK(snake("text-stats") == "text_stats");
  CHECK(snake("class") == "class_");
  CHECK(snake("HTTP-get") == "http_get");
  CHECK(camel("text-stats") == "TextStats");
  CHECK(camel("HTTP-get") == "HttpGet");
  CHECK(camel("a-1b") == "A1b");
  CHECK(camel("e-o-f") == "EOF_");
  CHECK(namespace_name("std", false) == "std_");
  CHECK(namespace_name("time", false) == "time");
  CHECK(namespace_name("time", true) == "time_");
}

TEST_CASE("a name that is taken gets an underscore") {
  NameScope scope;
  CHECK(scope.claim("A1b") == "A1b");
  CHECK(scope.claim("A1b") == "A1b_");
  CHECK(scope.claim("A1b") == "A1b__");
}

TEST_CASE("docs as comments") {
  CHECK(doc_comment("", "  ").empty());
  CHECK(doc_comment("one\n\n  two  \n", "  ") == "  /// one\n  ///\n  ///  two\n");
  CHECK(doc_comment("ends in \\", "", "//") == "// ends in \\ .\n");
}

}  // namespace witc::bindgen
