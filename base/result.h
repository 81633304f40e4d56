// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Result<T>: a value or the Diagnostic that says why there is none; TRY unwraps one or returns it.
//
//     Result<Module> decode(...);
//     Result<void> stage(...) {
//       Module module = TRY(decode(...));
//       ...
//       return {};
//     }

#include <expected>
#include <utility>

#include "base/diagnostic.h"

namespace witc {

template <class T>
class [[nodiscard]] Result : public std::expected<T, Diagnostic> {
 public:
  using Base = std::expected<T, Diagnostic>;
  using Base::Base;
  Result(Diagnostic diagnostic) : Base(std::unexpect, std::move(diagnostic)) {}  // NOLINT: implicit on purpose
};

}  // namespace witc

/// The value of a Result, or return its Diagnostic from the enclosing function.
#define TRY(...)                                                    \
  __extension__({                                                   \
    auto&& witc_try_result = (__VA_ARGS__);                         \
    if (!witc_try_result) return std::move(witc_try_result).error(); \
    *std::move(witc_try_result);                                     \
  })
