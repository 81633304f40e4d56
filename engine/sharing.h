// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Core instances of equal modules, whose code is made once. Code reaches all it needs at constant distances from the
// context register (engine/layout.h), and instances of one module have blocks of one shape: so what code does with its own
// instance is the same for all of them. What differs is where others are:
//
//     the store's header     instances that may share have its address in their blocks
//     imported functions     called directly, and inlined, where they are at one distance for all; else by the FuncRef that
//                            each has in its block, as a call through a table would be
//     imported memories,     at one distance, defined by instances that share code in their turn: those of which that is not
//     tables, globals        true do not share
//
// An indirect call costs more than a direct one, and an inlined one nothing: only what is large enough, all in all, shares.
// Adapters share only with those that call the same code at the same distances, so that they stay as good as they were.
// A backtrace names instances by how they were called (engine/runtime/frames.cpp).

#include <cstdint>
#include <vector>

#include "engine/program.h"

namespace witc::engine {

/// What share code are instances of one class; those of class 0 do not.
using SharingClasses = IdVector<InstanceId, std::uint32_t>;

/// Of all instances, by their modules alone. None of modules with tags, which are numbers of one instance in their code, and
/// none of an open program. Modules are equal if their bytes are; adapters, which have none, if they do the same.
SharingClasses sharing_classes(const Program& program);

}  // namespace witc::engine
