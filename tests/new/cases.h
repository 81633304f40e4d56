// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The cases of a suite's CASES.tsv against a list of expected failures (`id  reason`): a failing case must be listed, a
// listed one must fail, and be a case.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace witc {

/// Checks every case whose kind is `chosen`; `check` says what is wrong with it, or nothing. Prints what is not as it must
/// be and a summary. The status to exit with: 0 or 1.
int run_cases(const std::filesystem::path& suite, const std::filesystem::path& expected_failures,
              const std::function<bool(const std::string& kind)>& chosen,
              const std::function<std::optional<std::string>(const std::string& id, const std::string& kind)>& check);

}  // namespace witc
