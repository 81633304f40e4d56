// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Small random changes to inputs, the same ones on every run: for the drivers that are not libFuzzer.

#include <algorithm>
#include <random>
#include <string>

namespace witc {

/// A few random edits: bytes changed, pieces removed, doubled, or taken from another seed.
inline std::string mutated(std::string input, const std::string& other, std::mt19937& random) {
  auto below = [&](std::size_t n) { return n == 0 ? 0 : random() % n; };
  for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
    std::size_t at = below(input.size() + 1);
    std::size_t length = std::min(below(32), input.size() - at);
    switch (below(4)) {
      case 0:
        if (at < input.size()) input[at] = static_cast<char>(random());
        break;
      case 1:
        input.erase(at, length);
        break;
      case 2:
        input.insert(at, input.substr(at, length));
        break;
      default:
        input.insert(at, other.substr(std::min(below(other.size() + 1), other.size()), below(32)));
        break;
    }
  }
  return input;
}

}  // namespace witc
