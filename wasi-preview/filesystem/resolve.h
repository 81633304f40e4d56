// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Paths strictly beneath a directory: how wasi-preview/filesystem opens what a guest names. Private to that folder.
//
// By the kernel: openat2(2) with RESOLVE_BENEATH, which also holds against renames meanwhile, and RESOLVE_NO_MAGICLINKS
// (/proc/self/fd and its like lead anywhere). By hand, where there is no openat2: each component is opened in the
// directory before it, never followed; a link's text takes its place in the path, 40 times at most as in Linux; `..` is
// the directory the walk came through, not whatever the kernel finds there now, so that a directory moved meanwhile leads
// nowhere. Both give the same results and errors; tests run both.

#include <sys/types.h>

#include <string>
#include <string_view>

#include "wasi-preview/filesystem/sandbox.h"

namespace witc::wasi::fs {

/// Whether the kernel (and what filters its calls) has openat2.
bool kernel_resolves();

/// Opens what the path leads to from the directory `base`. `flags` and `mode` are open(2)'s; O_CLOEXEC is added.
/// `follow`: a link that the path ends in; without it O_PATH gives the link itself. Errors: sandbox.h.
Expected<UniqueFd> open_beneath(Resolution resolution, int base, std::string_view path, bool follow, int flags, mode_t mode = 0);

/// A name and the directory it is in.
struct Parent {
  UniqueFd owned;    // unless it is the base itself
  int directory = -1;
  std::string name;  // one component, with one slash at its end if the path had some; may be `.` or `..`
  [[nodiscard]] bool is_dots() const { return name == "." || name == "./" || name == ".." || name == "../"; }
  [[nodiscard]] bool wants_directory() const { return name.ends_with('/'); }
};

/// Splits off the last component and opens what is before it. That there is such a name, and what it is, is not looked
/// at; but a path that ends in `..` leads somewhere beneath.
Expected<Parent> resolve_parent(Resolution resolution, int base, std::string_view path);

}  // namespace witc::wasi::fs
