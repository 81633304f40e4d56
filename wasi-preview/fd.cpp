// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/fd.h"

#include <poll.h>

namespace witc::wasi {

bool is_ready(int fd, short events) {
  pollfd one{fd, events, 0};
  return ::poll(&one, 1, 0) > 0;
}

}  // namespace witc::wasi
