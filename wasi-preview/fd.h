// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Of file descriptors, for preview 1 and WASI 0.2.

namespace witc::wasi {

/// Looks whether it can be read or written (poll(2): POLLIN, POLLOUT) without waiting; also its end or an error.
bool is_ready(int fd, short events);

}  // namespace witc::wasi
