// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `canon lift` and `canon lower` with their options (wasm/component/validator.h; CanonicalABI.md, "canonopt
// Validation", "canon lift", "canon lower"). Core signatures must be exactly the flattened ones.
#include <fmt/format.h>

#include "base/overloaded.h"
#include "wasm/component/limits.h"
#include "wasm/component/validator.h"
#include "wasm/core/type_text.h"

namespace witc::component {
namespace {

std::string_view name_of(CanonOption option) {
  switch (option) {
    case CanonOption::kUtf8:
      return "utf8";
    case CanonOption::kUtf16:
      return "utf16";
    case CanonOption::kLatin1Utf16:
      return "latin1-utf16";
    case CanonOption::kMemory:
      return "memory";
    case CanonOption::kRealloc:
      return "realloc";
    case CanonOption::kPostReturn:
      return "post-return";
    case CanonOption::kAsync:
      return "async";
    case CanonOption::kCallback:
      return "callback";
    case CanonOption::kCoreType:
      return "core-type";
    case CanonOption::kGc:
      return "gc";
  }
  return "?";
}

std::string list(const std::vector<wasm::ValType>& types) {
  std::string out = "[";
  for (const wasm::ValType& type : types) {
    if (out.size() > 1) out += ", ";
    out += wasm::to_string(type);
  }
  return out + "]";
}

/// The first option that stands twice, as a message.
std::optional<std::string> duplicate_option(const ast::CanonOpts& opts) {
  std::optional<CanonOption> encoding;
  std::set<std::uint8_t> seen;
  for (std::uint8_t byte : opts.order) {
    CanonOption option{byte};
    if (byte <= 0x02) {
      if (encoding) {
        return fmt::format("canonical encoding option `{}` conflicts with option `{}`", name_of(*encoding),
                           name_of(option));
      }
      encoding = option;
    } else if (!seen.insert(byte).second) {
      return fmt::format("canonical option `{}` is specified more than once", name_of(option));
    }
  }
  return std::nullopt;
}

}  // namespace

Result<Validator::Options> Validator::check_options(const ast::CanonOpts& opts) {
  Options options{opts, false};
  if (auto message = duplicate_option(opts)) return invalid(*message);
  if (opts.memory) {
    wasm::MemoryType memory = *TRY(at(scope().spaces.core_memories, *opts.memory, "memory"));
    options.is_64 = memory.limits.is_64;
    if (options.is_64) TRY(need(features_.memory64, "a 64-bit memory in canonical options", "cm64"));
    if (memory.is_shared) return invalid("mismatch in the shared flag for memories");
  }
  if (opts.is_async) TRY(need(features_.async, "canonical option `async`", "async"));
  if (opts.callback && !opts.is_async) return invalid("cannot specify callback without async");
  if (opts.is_async && opts.post_return) return invalid("cannot specify post-return function in async");
  if (opts.is_gc) TRY(need(features_.gc, "canonical option `gc`", "gc"));
  if (opts.core_type && !opts.is_gc) return invalid("cannot specify `core-type` without `gc`");
  if (opts.realloc) {
    if (!opts.memory) return invalid("canonical option `realloc` requires `memory` to also be specified");
    wasm::ValType address = options.is_64 ? wasm::ValType::i64() : wasm::ValType::i32();
    const wasm::FuncType* realloc = TRY(core_func_at(*opts.realloc));
    if (realloc->params != std::vector(4, address) || realloc->results != std::vector{address}) {
      return invalid("canonical option `realloc` uses a core function with an incorrect signature");
    }
  }
  return options;
}

Result<void> Validator::require_options(const ast::CanonOpts& opts, bool memory, bool realloc) const {
  if (memory && !opts.memory) return invalid("canonical option `memory` is required");
  if (realloc && !opts.realloc) return invalid("canonical option `realloc` is required");
  return {};
}

Result<void> Validator::check_flat(const FlatFunc& flat, const ast::CanonOpts& opts) const {
  return require_options(opts, flat.needs_memory, flat.needs_realloc);
}

Result<void> Validator::define(const ast::Canon& canon) {
  return match(
      canon, [&](const ast::CanonLift& lift) { return canon_lift(lift); },
      [&](const ast::CanonLower& lower) { return canon_lower(lower); },
      [&](const ast::CanonBuiltin& builtin) { return canon_builtin(builtin); });
}

Result<void> Validator::canon_lift(const ast::CanonLift& lift) {
  TypeItem item = TRY(type_at(lift.type));
  const auto* id = std::get_if<FuncTypeId>(&item.type.type);
  if (id == nullptr) return invalid(fmt::format("type index {} is not a function type", lift.type));
  wasm::FuncType callee = *TRY(core_func_at(lift.core_func));
  Options options = TRY(check_options(lift.opts));
  if (lift.opts.post_return) {
    const wasm::FuncType* post = TRY(core_func_at(*lift.opts.post_return));
    if (post->params != callee.results || !post->results.empty()) {
      return invalid("canonical option `post-return` uses a core function with an incorrect signature");
    }
  }
  if (lift.opts.callback) {
    const wasm::FuncType* callback = TRY(core_func_at(*lift.opts.callback));
    if (callback->params != std::vector(3, wasm::ValType::i32()) ||
        callback->results != std::vector{wasm::ValType::i32()}) {
      return invalid("canonical option `callback` uses a core function with an incorrect signature");
    }
  }
  if (lift.opts.is_async && !lift.opts.callback) {
    TRY(need(features_.async_stackful, "canonical option `async` without `callback`", "async stackful"));
  }
  const FuncType& type = types()[*id];
  if (lift.opts.is_async && !type.is_async) {
    return invalid("the `async` canonical option requires an async function type");
  }
  if (!budget_.spend(infos_.of(*id).size / 8)) return check_budget();
  if (lift.opts.core_type) return invalid("canonical option `core-type` is not allowed in `canon lift`");
  if (lift.opts.is_gc) {
    TRY(check_gc(type, callee, lift.opts));
    return push({*id, item.nominal});
  }
  FlatFunc flat = flatten_functype(types(), infos_, type,
                                   {true, lift.opts.is_async, lift.opts.callback.has_value(), options.is_64});
  TRY(check_flat(flat, lift.opts));
  if (flat.type.params != callee.params) {
    return invalid(fmt::format("lowered parameter types `{}` do not match parameter types `{}` of core function {}",
                               list(flat.type.params), list(callee.params), lift.core_func));
  }
  if (flat.type.results != callee.results) {
    return invalid(fmt::format("lowered result types `{}` do not match result types `{}` of core function {}",
                               list(flat.type.results), list(callee.results), lift.core_func));
  }
  return push({*id, item.nominal});
}

Result<void> Validator::canon_lower(const ast::CanonLower& lower) {
  Item func = TRY(func_at(lower.func));
  FuncTypeId id = std::get<FuncTypeId>(func.type);
  Options options = TRY(check_options(lower.opts));
  if (lower.opts.post_return) return invalid("canonical option `post-return` cannot be specified for lowerings");
  if (lower.opts.callback) return invalid("canonical option `callback` cannot be specified for lowerings");
  const FuncType& type = types()[id];
  if (lower.opts.is_async && !type.is_async) {
    return invalid("the `async` canonical option requires an async function type");
  }
  if (!budget_.spend(infos_.of(id).size / 8)) return check_budget();
  if (lower.opts.is_gc) {
    if (!lower.opts.core_type) {
      return invalid("cannot specify `gc` without also specifying a `core-type` for lowerings");
    }
    const wasm::FuncType core = *TRY(core_func_type_at(*lower.opts.core_type));
    TRY(check_gc(type, core, lower.opts));
    return push_core_func(scope().core_types.canon[*lower.opts.core_type]);
  }
  FlatFunc flat = flatten_functype(types(), infos_, type, {false, lower.opts.is_async, false, options.is_64});
  TRY(check_flat(flat, lower.opts));
  return push_core_func(std::move(flat.type));
}

}  // namespace witc::component
