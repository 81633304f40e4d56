// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The Plan for people: one line per item, ids as `adapter[3]`, in a fixed order. Goldens hold this form.

#include <string>

#include "linker/plan.h"

namespace witc::linker {

/// Ends with a line end.
std::string print(const Plan& plan);

}  // namespace witc::linker
