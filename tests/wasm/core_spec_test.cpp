// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The specification's test suite, as far as it is about the form of modules (tests/wasm/suite.h).
//
//     core_spec_test ROOT EXPECTED_FAILURES [FILE...]
//
// EXPECTED_FAILURES names directives, `core/x.wast:12 reason`; one that passes is a failure of the list.
#include <algorithm>
#include <cstdio>

#include "tests/wasm/corpus.h"
#include "tests/wasm/suite.h"

namespace witc::wasm {
namespace {

namespace fs = std::filesystem;

int run(int count, char** arguments) {
  if (count < 3) return 2;
  fs::path root = arguments[1];
  if (!fs::exists(root / "core")) {
    std::printf("skipped: no conformance corpus\n");
    return 77;
  }
  std::vector<std::string> files;
  for (int i = 3; i < count; ++i) files.emplace_back(arguments[i]);
  if (files.empty()) {
    for (const char* folder :
         {"core", "custom", "proposals/threads", "proposals/custom-page-sizes", "proposals/wide-arithmetic",
          "proposals/custom-descriptors"}) {
      for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
        if (entry.path().extension() == ".wast") files.push_back(fs::relative(entry.path(), root).string());
      }
    }
  }
  std::ranges::sort(files);
  FailureList expected(arguments[2]);
  Suite suite;
  for (const std::string& file : files) {
    // That proposal's tests are written against WebAssembly 1.0.
    bool old = file.starts_with("proposals/threads");
    suite.options.wide_limits = !old;
    suite.features = old ? Features({Feature::kThreads, Feature::kMutableGlobal}) : Features::runnable();
    if (file.starts_with("proposals/custom-descriptors")) suite.features.set(Feature::kCustomDescriptors);
    suite.run(root / file, file);
  }
  const int wrong = expected.report(suite.failures, count == 3);
  std::printf("%zu files, %zu directives, %zu failures (%d not expected), %zu messages in other words\n", files.size(),
              suite.directives, suite.failures.size(), wrong, suite.other_wording);
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace witc::wasm

int main(int count, char** arguments) { return witc::wasm::run(count, arguments); }
