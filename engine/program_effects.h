// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What the functions of a Program may do, found out before any code is made, over all its instances at once. Two
// questions: is there a tail call anywhere (then all code uses `swifttailcc`, codegen/batch.h), and which functions may
// be left by an exception (then their callers look after each call). A program without tags is answered without
// reading a body for it, and its code has no check at all.
//
// The call graph is the one the Program fixes: direct calls by their resolved target, calls through references by the
// shape of their type, i.e. the kinds of its parameters and results. A subtype has the same shape, so this is true of
// any function that a checked call can reach. A call inside a `try_table` that catches everything is no edge. Instances
// that share their code (engine/sharing.h) are one in it.

#include <map>
#include <string>
#include <vector>

#include "engine/layout.h"

namespace witc::engine {

class ProgramEffects {
 public:
  /// Of a checked Program. Errors: kWasmMalformed, which validation has excluded.
  static Result<ProgramEffects> of(const Program& program, const Layout& layout);

  [[nodiscard]] bool has_tail_calls() const { return has_tail_calls_; }
  /// Is there any exception in this program?
  [[nodiscard]] bool has_exceptions() const { return has_exceptions_; }
  [[nodiscard]] bool may_throw(const FuncTarget& target) const;
  /// Of a call through a reference.
  [[nodiscard]] bool may_throw(const wasm::FuncType& type) const;
  /// Adapters are where an exception leaves a component: it becomes a trap there.
  [[nodiscard]] static bool is_barrier(const CoreInstance& instance) { return instance.inline_always; }

 private:
  friend class ProgramEffectsBuilder;

  bool is_open_ = false;
  bool has_tail_calls_ = false;
  bool has_exceptions_ = false;
  IdVector<InstanceId, std::vector<bool>> throwing_;  // by function
  std::map<std::string, bool> throwing_shapes_;
};

}  // namespace witc::engine
