// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The canonical built-ins (wasm/component/validator.h; CanonicalABI.md, from "canon resource.new" on): what each
// needs, and the core function type it has.
#include <fmt/format.h>

#include "wasm/component/validator.h"

namespace witc::component {
namespace {

using Core = wasm::ValType;

wasm::FuncType core_func(std::size_t i32_params, std::size_t i32_results) {
  return {std::vector(i32_params, Core::i32()), std::vector(i32_results, Core::i32())};
}

bool is_stream(CanonOp op) { return op >= CanonOp::kStreamNew && op <= CanonOp::kStreamDropWritable; }

}  // namespace

Result<void> Validator::canon_builtin(const ast::CanonBuiltin& canon) {
  const CanonInfo* info = find_canon(canon.opcode);
  if (info == nullptr) return invalid(fmt::format("unknown canonical built-in 0x{:x}", canon.opcode));
  std::string name = fmt::format("`{}`", info->name);
  switch (info->feature) {
    case CanonFeature::kBase:
      break;
    case CanonFeature::kAsync:
      TRY(need(features_.async, name, "async"));
      break;
    case CanonFeature::kErrorContext:
      TRY(need(features_.error_context, name, "error-context"));
      break;
    case CanonFeature::kThreading:
      TRY(need(features_.threading, name, "threading"));
      break;
    case CanonFeature::kSharedThreads:
      if (!features_.core.has(wasm::Feature::kSharedEverything)) {
        return invalid(fmt::format("{} requires the shared-everything-threads proposal", name));
      }
      break;
  }
  switch (info->op) {
    case CanonOp::kResourceNew:
    case CanonOp::kResourceDrop:
    case CanonOp::kResourceRep:
      return canon_resource(canon, info->op);
    case CanonOp::kTaskReturn:
      return canon_task_return(canon);
    case CanonOp::kContextGet:
    case CanonOp::kContextSet:
      return canon_context(canon, *info);
    case CanonOp::kTaskCancel:
    case CanonOp::kBackpressureInc:
    case CanonOp::kBackpressureDec:
      return push_core_func(core_func(0, 0));
    case CanonOp::kSubtaskCancel:
      if (canon.is_async) TRY(need(features_.more_async_builtins, "async `subtask.cancel`", "more async builtins"));
      return push_core_func(core_func(1, 1));
    case CanonOp::kSubtaskDrop:
    case CanonOp::kWaitableSetDrop:
    case CanonOp::kErrorContextDrop:
      return push_core_func(core_func(1, 0));
    case CanonOp::kWaitableSetNew:
    case CanonOp::kThreadIndex:
      return push_core_func(core_func(0, 1));
    case CanonOp::kWaitableJoin:
      return push_core_func(core_func(2, 0));
    case CanonOp::kWaitableSetWait:
    case CanonOp::kWaitableSetPoll: {
      const wasm::MemoryType* memory = TRY(at(scope().spaces.core_memories, canon.memory, "memory"));
      if (memory->limits.is_64) TRY(need(features_.memory64, name, "cm64"));
      return push_core_func({{Core::i32(), memory->limits.is_64 ? Core::i64() : Core::i32()}, {Core::i32()}});
    }
    case CanonOp::kErrorContextNew:
    case CanonOp::kErrorContextDebugMessage:
      return canon_error_context(canon, *info);
    case CanonOp::kThreadYield:
    case CanonOp::kThreadNewIndirect:
    case CanonOp::kThreadResumeLater:
    case CanonOp::kThreadSuspend:
    case CanonOp::kThreadSuspendThenResume:
    case CanonOp::kThreadYieldThenResume:
    case CanonOp::kThreadSuspendThenPromote:
    case CanonOp::kThreadYieldThenPromote:
      return canon_thread(canon, *info);
    case CanonOp::kThreadSpawnRef:
    case CanonOp::kThreadSpawnIndirect:
    case CanonOp::kThreadAvailableParallelism:
      return canon_shared_thread(canon, *info);
    default:
      return canon_channel(canon, *info);
  }
}

Result<void> Validator::canon_resource(const ast::CanonBuiltin& canon, CanonOp op) {
  ResourceId id = TRY(resource_at(canon.type));
  if (op == CanonOp::kResourceDrop) return push_core_func(core_func(1, 0));
  auto rep = scope().resource_reps.find(id);
  if (rep == scope().resource_reps.end()) return invalid(fmt::format("type {} is not a local resource", canon.type));
  if (op == CanonOp::kResourceNew) return push_core_func({{rep->second}, {Core::i32()}});
  return push_core_func({{Core::i32()}, {rep->second}});
}

Result<void> Validator::canon_task_return(const ast::CanonBuiltin& canon) {
  FuncType func;
  if (canon.result) func.params.push_back({"v", TRY(val_type(*canon.result)).type});
  Options options = TRY(check_options(canon.opts));
  if (canon.opts.realloc) return invalid("cannot specify `realloc` option on `task.return`");
  if (canon.opts.post_return) return invalid("cannot specify `post-return` option on `task.return`");
  if (canon.opts.is_async) return invalid("cannot specify `async` option on `task.return`");
  FlatFunc flat = flatten_functype(types(), infos_, func, {false, false, false, options.is_64});
  TRY(check_flat(flat, canon.opts));
  return push_core_func(std::move(flat.type));
}

Result<void> Validator::canon_context(const ast::CanonBuiltin& canon, const CanonInfo& info) {
  if (canon.core_type == Core::i64()) {
    TRY(need(features_.memory64, fmt::format("64-bit `{}`", info.name), "64-bit"));
  } else if (canon.core_type != Core::i32()) {
    return invalid(fmt::format("`{}` only supports `i32` or `i64`", info.name));
  }
  if (scope().context_type && *scope().context_type != canon.core_type) {
    return invalid(fmt::format("`{}` type must match previous context type", info.name));
  }
  scope().context_type = canon.core_type;
  if (canon.slot > 1) return invalid(fmt::format("`{}` immediate must be zero or one: {}", info.name, canon.slot));
  if (canon.slot == 1 && !features_.threading) {
    return invalid(fmt::format("`{}` immediate must be zero: {}", info.name, canon.slot));
  }
  if (info.op == CanonOp::kContextGet) return push_core_func({{}, {canon.core_type}});
  return push_core_func({{canon.core_type}, {}});
}

/// Streams and futures.
Result<void> Validator::canon_channel(const ast::CanonBuiltin& canon, const CanonInfo& info) {
  TypeItem item = TRY(type_at(canon.type));
  std::string_view what = is_stream(info.op) ? "stream" : "future";
  const auto* value = std::get_if<ValType>(&item.type.type);
  ValueType type = value == nullptr ? ValueType(PrimValType::kBool) : types().get(*value);
  const std::optional<ValType>* element = nullptr;
  if (const auto* stream = std::get_if<StreamType>(&type); stream != nullptr && is_stream(info.op))
    element = &stream->type;
  if (const auto* future = std::get_if<FutureType>(&type); future != nullptr && !is_stream(info.op))
    element = &future->type;
  if (element == nullptr) return invalid(fmt::format("`{}` requires a {} type", info.name, what));

  if (info.immediates == CanonImmediates::kTypeAsync) {
    if (canon.is_async)
      TRY(need(features_.more_async_builtins, fmt::format("async `{}`", info.name), "more async builtins"));
    return push_core_func(core_func(1, 1));
  }
  if (info.immediates == CanonImmediates::kType) {
    bool is_new = info.op == CanonOp::kStreamNew || info.op == CanonOp::kFutureNew;
    if (is_new) return push_core_func({{}, {Core::i64()}});
    return push_core_func(core_func(1, 0));
  }
  Options options = TRY(check_options(canon.opts));
  if (!canon.opts.is_async) {
    TRY(need(features_.more_async_builtins, fmt::format("synchronous `{}`", info.name), "more async builtins"));
  }
  bool is_read = info.op == CanonOp::kStreamRead || info.op == CanonOp::kFutureRead;
  bool pointer = *element && infos_.of(**element).has_pointer;
  TRY(require_options(canon.opts, element->has_value(), is_read && pointer));
  if (canon.opts.post_return || canon.opts.callback) {
    return invalid("canonical option `post-return` or `callback` cannot be specified for lowerings");
  }
  Core address = options.is_64 ? Core::i64() : Core::i32();
  if (is_stream(info.op)) return push_core_func({{Core::i32(), address, address}, {address}});
  return push_core_func({{Core::i32(), address}, {Core::i32()}});
}

Result<void> Validator::canon_error_context(const ast::CanonBuiltin& canon, const CanonInfo& info) {
  (void)TRY(check_options(canon.opts));
  bool is_new = info.op == CanonOp::kErrorContextNew;
  TRY(require_options(canon.opts, true, !is_new));
  if (canon.opts.is_async) return invalid(fmt::format("cannot specify `async` option on `{}`", info.name));
  if (canon.opts.post_return || canon.opts.callback) {
    return invalid("canonical option `post-return` or `callback` cannot be specified for lowerings");
  }
  return push_core_func(is_new ? core_func(2, 1) : core_func(2, 0));
}

/// 🧵② `thread.spawn-ref`, `thread.spawn-indirect`, `thread.available-parallelism`: shared functions.
Result<void> Validator::canon_shared_thread(const ast::CanonBuiltin& canon, const CanonInfo& info) {
  CoreTypes core;
  auto push_shared = [&](wasm::FuncType type) -> Result<void> {
    wasm::SubType shared{true, {}, std::move(type)};
    shared.is_shared = true;
    const auto index = static_cast<std::uint32_t>(core.raw.size());
    core.raw.push(std::move(shared));
    intern(core, index, 1);
    return push_core_func(core.canon[index]);
  };
  if (info.op == CanonOp::kThreadAvailableParallelism) return push_shared(core_func(0, 1));
  (void)TRY(core_func_type_at(canon.type));
  const wasm::CanonTypeId start = scope().core_types.canon[canon.type];
  const wasm::SubType type = types()[start];
  if (!type.is_shared) return invalid("spawn type must be shared");
  if (!(std::get<wasm::FuncType>(type.type) == core_func(1, 0))) {
    return invalid("spawn function must take a single `i32` argument (currently)");
  }
  if (info.op == CanonOp::kThreadSpawnIndirect) {
    const wasm::TableType* table = TRY(at(scope().spaces.core_tables, canon.table, "table"));
    if (!table->is_shared) return invalid("mismatch in the shared flag for tables");
    if (!(table->element == wasm::RefType{true, {wasm::HeapType::kFunc, {}, true}}) || table->limits.is_64) {
      return invalid("table is not a 32-bit table of (ref null (shared func))");
    }
    return push_shared(core_func(2, 1));
  }
  core.raw.push(type);  // index 0: the type of the function to start
  core.canon.push_back(start);
  const Core reference = Core::of({true, {wasm::HeapType::kIndex, wasm::TypeIndex(0)}});
  return push_shared({{reference, Core::i32()}, {Core::i32()}});
}

Result<void> Validator::canon_thread(const ast::CanonBuiltin& canon, const CanonInfo& info) {
  switch (info.op) {
    case CanonOp::kThreadYield:
    case CanonOp::kThreadSuspend:
      return push_core_func(core_func(0, 1));
    case CanonOp::kThreadResumeLater:
      return push_core_func(core_func(1, 0));
    case CanonOp::kThreadNewIndirect: {
      const wasm::FuncType* start = TRY(core_func_type_at(canon.type));
      bool fits = start->results.empty() && start->params.size() == 1 &&
                  (start->params[0] == Core::i32() || (features_.memory64 && start->params[0] == Core::i64()));
      if (!fits) return invalid("start function must take a single `i32` argument (currently)");
      const wasm::TableType* table = TRY(at(scope().spaces.core_tables, canon.table, "table"));
      if (Core::of(table->element) != Core::funcref() || table->limits.is_64) {
        return invalid("table is not a 32-bit table of (ref null (func))");
      }
      return push_core_func({{Core::i32(), start->params[0]}, {Core::i32()}});
    }
    default:
      return push_core_func(core_func(1, 1));
  }
}

}  // namespace witc::component
