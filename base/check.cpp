// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace witc {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "witc: internal error: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace witc
