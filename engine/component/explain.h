// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What a call between two component instances costs, and why: `witc run --explain-adapters`, `witc adapters --explain`.
//
//     Plan + ComponentProgram --explain_adapters--> Explanation --to_string, to_json--> what is printed
//
// It is read off what is compiled: a guard lives if the emitted adapter imports what it looks at. The reasons are those of
// Guards (guards.h) and TaskState (task_frames.h).

#include <cstddef>
#include <string>
#include <vector>

#include "engine/component/program.h"
#include "linker/plan.h"

namespace witc::engine {

/// A check of the canonical ABI: compiled, or known never to fail.
struct EdgeGuard {
  std::string name;      // `may_enter`, `may_leave`, `borrow scope`, `task frame`
  std::string instance;  // whose state it is, as a path; empty where it is nobody's
  bool is_live = false;
  std::string why;
};

/// A parameter, or the result.
struct EdgeValue {
  std::string name;  // of a parameter
  std::string type;
  std::string how;   // it is carried over: `a core value`, `list: one memory.copy`
};

/// A function that the edge calls, of so many bytes of core code.
struct EdgeCode {
  bool is_inlined = false;  // into its caller, where LLVM makes one of the two
  std::size_t bytes = 0;
  std::string why;
};

struct Edge {
  std::string caller, callee;  // component instances, by their paths from the root
  std::string function;        // `interface.function`
  std::string type;
  bool is_generic = false;     // by the interpreter: a side is asynchronous. Then nothing below is filled in
  std::vector<EdgeGuard> guards;
  bool spills_params = false, spills_result = false;
  std::vector<EdgeValue> params, results;
  std::vector<std::string> calls;  // of guests' functions beside the callee: `realloc of a`, `post-return of b`
  EdgeCode adapter, code;          // the adapter, and the core function it calls
};

struct Explanation {
  std::vector<Edge> edges;

  [[nodiscard]] std::size_t live_guards() const;
};

/// Of the adapters that anything calls, in the Plan's order.
Explanation explain_adapters(const linker::Plan& plan, const ComponentProgram& program);

/// A paragraph for each edge and a line with the sums.
std::string to_string(const Explanation& explanation);
/// `{"edges": [...], "live_guards": n}`, indented, with a line end.
std::string to_json(const Explanation& explanation);

}  // namespace witc::engine
