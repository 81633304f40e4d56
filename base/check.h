// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// CHECK: an invariant of our own that no input can break. It is on in every build; a failed one is a
// bug in witc, never the answer to a wrong input (those are Diagnostics, see base/diagnostic.h).

namespace witc {

/// Prints the failed condition with its place to stderr and aborts. The one place in library code
/// that prints: there is no caller left to answer to.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace witc

#define WITC_CHECK(condition) \
  ((condition) ? (void)0 : ::witc::check_failed(#condition, __FILE__, __LINE__))
