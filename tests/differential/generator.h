// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Random core modules that are valid, and end, by construction: what the differential test runs on several engines.
//
// The generator declares a module (module_generator.cpp), then writes its bodies operator by operator with the
// project's own FunctionValidator in step (body_generator.h): what may come next is read from the validator's stacks
// and from the signatures of operators.def, so that a module of the generator can be invalid only if the two disagree
// with what they wrote.
//
// Ending: the mutable global `fuel` is decremented at every function's entry and every loop's head; below zero the
// function returns at once. The caller sets it before each call.
//
// NaN: bits of a NaN that an operator makes are not determined. They stay unobservable: scalars are made canonical
// before they are stored, reinterpreted or lend their sign; vectors right after every operator that can make one. What
// is left are float values in results and globals, which are compared as classes.

#include <cstdint>
#include <vector>

#include "wasm/core/features.h"

namespace witc::differential {

struct Generated {
  std::vector<std::uint8_t> bytes;
  /// Results of relaxed operators may differ between engines, not between optimisation levels of one.
  bool is_relaxed = false;
};

/// The same module for the same seed and features, on any machine. `features` is what may be used; the seed chooses
/// among them.
Generated generate(std::uint64_t seed, wasm::Features features);

}  // namespace witc::differential
