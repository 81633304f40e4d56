// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Which build of witc this is, wherever it is installed: for files that travel.

#include "engine/cache/sha256.h"

namespace witc::engine {

/// Of the linker's build id of the program (or library) that this is part of; without one, of the program's contents.
Digest build_id();

}  // namespace witc::engine
