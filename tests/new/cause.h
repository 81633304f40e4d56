// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Whether our diagnostic gives the cause that another tool's message gives. The words differ, so two things are
// asked: the cause is the same, by a table of what they say and what we say for it; and all that the message
// names - functions, interfaces, signatures - is named by us as well.

#include <string>

namespace witc {

/// What `ours` lacks of `theirs`: empty if nothing, else a phrase for a message. A cause that is not in the table
/// is lacking too.
std::string missing_of_cause(const std::string& ours, const std::string& theirs);

}  // namespace witc
