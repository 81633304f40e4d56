// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The functions behind engine/native.def: what StoreHeader::natives is filled with.

#include "engine/program.h"

namespace witc::engine {

/// In plain C convention: the StoreHeader, then the parameters of native.def.
const void* native_code(Native native);

}  // namespace witc::engine
