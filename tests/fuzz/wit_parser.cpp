// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Any text is parsed and resolved or refused; what is accepted prints, and what is printed is accepted
// and prints the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/check.h"
#include "base/render.h"
#include "wit-parser/json.h"
#include "wit-parser/print.h"
#include "wit-parser/wit.h"

namespace {

/// The whole graph as text, or nothing if `text` is refused.
std::string resolve_and_print(std::string text) {
  using namespace witc;
  SourceMap sources;
  SourceId source = sources.add("fuzz.wit", std::move(text), SourceKind::kText);
  wit::Resolve resolve;
  auto package = wit::push_files(resolve, sources, std::span(&source, 1), {.features = {}, .all_features = true});
  if (!package) {
    WITC_CHECK(!render_text(package.error(), sources, {}).empty());
    return {};
  }
  WITC_CHECK(!wit::to_json(resolve).empty());
  std::vector<wit::PackageId> others;
  for (wit::PackageId id : resolve.packages.ids()) {
    if (id != *package) others.push_back(id);
  }
  return wit::print_package(resolve, *package, others);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string printed = resolve_and_print(std::string(reinterpret_cast<const char*>(data), size));
  if (!printed.empty()) WITC_CHECK(resolve_and_print(printed) == printed);
  return 0;
}
