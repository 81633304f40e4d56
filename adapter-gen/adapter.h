// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Adapters: what stands between a caller that lowered a function and the callee that lifted it, made in two steps.
//
//     AdapterRequest --plan_adapter--> AdapterPlan --emit_adapter--> wasm::Module
//                                          |
//                                          +--to_string--> what `witc adapters` prints
//
// The plan is a list of canonical ABI operations, named as in definitions.py, with every decision made: how each value
// is copied, which guards are live, what is spilled. The module is one core function over two memories which the
// validator checks like any other; it can reach nothing it does not import. Values are carried over one by one, lifted
// and lowered at once: a trap in between cannot be told from one before, for nothing runs in a trapped instance again.
//
// Exports of the module: function `adapter`, with the caller's core signature.
// Imports, each only where it is used:
//
//     callee     f             the lifted core function
//     lift       memory, realloc, post-return     the callee's
//     lower      memory, realloc                  the caller's
//     may-leave  <n>           (global (mut i32)) of component instance n: 1, or 0 while its realloc or post-return runs
//     may-enter  <n>           (global (mut i32)) of component instance n: 1, or 0 while a call is inside it
//     witc       <intrinsic>   see intrinsics.def

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapter-gen/intrinsics.h"
#include "adapter-gen/layout.h"
#include "adapter-gen/trap.h"
#include "adapter-gen/written_bytes.h"
#include "base/result.h"
#include "wasm/core/module.h"

namespace witc::abi {

/// The canonical options of one side and the instance they belong to.
struct AdapterSide {
  std::uint32_t instance = 0;  // component instances go by number, as the caller of this library counts them
  StringEncoding string_encoding = StringEncoding::kUtf8;
  PtrType ptr_type = PtrType::kI32;  // of the memory
  bool has_memory = false;
  bool has_realloc = false;
  bool has_post_return = false;  // the lift side's only
  /// Is the instance's may_leave looked at and set? Without: nothing it calls meanwhile can leave (engine.md c.4).
  bool guard_may_leave = true;
};

struct AdapterRequest {
  const Types* types = nullptr;
  FuncTypeId type;
  std::string name;   // for people: `caller -> callee: interface.function`
  AdapterSide lift;   // the callee
  AdapterSide lower;  // the caller
  /// By ResourceId: the component instance that defined the resource; none for the host's. May be shorter.
  std::vector<std::optional<std::uint32_t>> resource_instances;
  /// CanonicalABI.md `entering_set`: the instances whose may_enter is checked and cleared; fewer where it is known that
  /// they cannot be inside a call already.
  std::vector<std::uint32_t> entering_set;
  /// May code of the caller's instance run during the call? Without, what it lends is counted only where a parameter beside
  /// it could take the same handle away.
  bool guard_lends = true;
};

/// What is done with one value, or with the parts of one.
enum class OpKind : std::uint8_t {
#define WITC_ABI_OP(name, load, store, lift_flat, lower_flat) name,
#include "adapter-gen/ops.def"
#undef WITC_ABI_OP
};

struct PlanOpTag {};
using PlanOpId = Id<PlanOpTag>;
struct HelperTag {};
using HelperId = Id<HelperTag>;

struct PlanOp {
  OpKind kind = OpKind::kInt;
  ValType type;
  std::uint32_t from = 0, to = 0;  // flat: position of the first core value; in memory: bytes from the base
  std::uint32_t width = 0;         // bytes of the integer, discriminant or flags; of what kCopy copies
  std::uint32_t mask = 0;          // kFlags
  /// kRecord: the fields; kVariant: the cases that have a payload; lists: the element (none if copied whole, or `written`).
  std::vector<PlanOpId> body;
  std::vector<std::uint32_t> cases;  // kVariant: case index of each of `body`
  std::uint32_t count = 0;           // kVariant, kEnum: cases; kFixedListLoop: length
  /// Lists: of an element in either memory.
  std::uint32_t from_size = 0, to_size = 0, from_alignment = 1, to_alignment = 1;
  std::optional<WrittenBytes> written;  // kListCheckCopy: of which elements only some bytes are carried over
  std::uint32_t resource = 0;        // handles
  std::optional<HelperId> helper;    // kCall
};

/// How all parameters, or the result, get to the other side.
struct Flow {
  Side target = Side::kLift;  // parameters go to the lift side, results to the lower side
  bool is_spilled = false;    // as a record in memory, not as core values
  Layout::Record from, to;    // if spilled: of the record
  std::vector<PlanOpId> roots;
};

/// A value carried over by a function of its own, so that the adapter's size is bounded by the size of its types.
struct Helper {
  ValType type;
  Side target = Side::kLift;
  bool in_memory = true;  // parameters: from and to addresses; else: core values in, core values out
  PlanOpId root;
  std::string name;
};

struct AdapterPlan {
  AdapterRequest request;
  CoreFuncType lower_type, lift_type;  // of the adapter, of the callee
  Flow params, results;
  bool has_borrow_scope = false;  // borrow-scope.enter and .exit are called
  bool counts_lends = false;      // what is lent must be noted, in that scope
  IdVector<PlanOpId, PlanOp> ops;
  IdVector<HelperId, Helper> helpers;
};

/// Errors: kAbiUnsupported (types that adapters cannot carry, async functions, an option that the type needs is absent).
Result<AdapterPlan> plan_adapter(AdapterRequest request);

/// For people; ends with a line end.
std::string to_string(const AdapterPlan& plan);

/// The plan as a core module, which is valid with multi-memory (and memory64 where a side has it).
wasm::Module emit_adapter(const AdapterPlan& plan);

}  // namespace witc::abi
