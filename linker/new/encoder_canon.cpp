// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The canonical definitions that core modules import: lowered functions and built-ins (linker/new/encoder.h).
#include "linker/new/encoder.h"

namespace witc::linker {

using component::CanonOp;
using component::CoreSort;

/// The allocator of a lowering. Where it is entered through the task hook, or not there yet, that is its shim.
std::uint32_t Encoder::lowering_realloc(std::size_t module) {
  std::optional<ModuleExport> realloc = realloc_of(module, /*for_imports=*/true);
  if (!realloc) return allocator();
  if (auto shim = shim_of_realloc_.find(*realloc); shim != shim_of_realloc_.end()) return shim_func(shim->second);
  return core_export(realloc->first, realloc->second);
}

ast::CanonOpts Encoder::options(std::size_t module, const CoreImport& import) {
  ast::CanonOpts options;
  Needs needs = needs_of(*in_.abi, import);
  if (needs.memory) options.memory = memory_of(module);
  if (needs.realloc) options.realloc = lowering_realloc(module);
  if (needs.string_encoding) {
    options.string_encoding = import.builtin.encoding;
    if (import.function != nullptr) {
      options.string_encoding = in_.metadata.encoding(!import.is_exported, import.key, import.function->name);
    }
  }
  options.is_async = import.is_async || import.builtin.is_async;
  return options;
}

std::uint32_t Encoder::canon(std::size_t module, const CoreImport& import) {
  if (import.kind == CoreImport::Kind::kBuiltin) return builtin(module, import);
  return out_.lower(imported_func(import), options(module, import));
}

/// The stream or future that a built-in is of.
std::uint32_t Encoder::channel_type(const CoreImport& import) {
  if (!import.channel) {
    bool is_stream = import.builtin.info->name.starts_with("stream");
    std::optional<std::uint32_t>& unit = is_stream ? unit_stream_ : unit_future_;
    if (!unit) unit = out_.type(is_stream ? ast::Type{ast::Stream{}} : ast::Type{ast::Future{}});
    return *unit;
  }
  if (import.is_exported && import.interface) {
    return std::get<ast::TypeRef>(exported_types_.encode_of(*import.interface, wit::Type(*import.channel))).index;
  }
  root_.set_interface(std::nullopt);
  return root_.encode_id(*import.channel);
}

std::uint32_t Encoder::builtin(std::size_t module, const CoreImport& import) {
  const BuiltinName& name = import.builtin;
  ast::CanonBuiltin out;
  out.opcode = static_cast<std::uint8_t>(name.info->op);
  out.is_async = name.is_async;
  out.is_cancellable = name.is_cancellable;
  out.slot = name.slot;
  if (name.is_64) out.core_type = wasm::ValType::i64();
  out.opts = options(module, import);
  if (is_channel(name.info->op)) out.type = channel_type(import);
  switch (name.info->op) {
    case CanonOp::kTaskReturn:
      if (!import.function->result) break;
      root_.set_interface(std::nullopt);
      out.result = import.interface ? exported_types_.encode_of(*import.interface, *import.function->result)
                                    : root_.encode(*import.function->result);
      break;
    case CanonOp::kWaitableSetWait:
    case CanonOp::kWaitableSetPoll: out.memory = *out.opts.memory; break;
    case CanonOp::kThreadNewIndirect:
      out.type = out_.core_type({{wasm::ValType::i32()}, {}});
      out.table = out_.alias_core(CoreSort::kTable, instance_indices_[0], *in_.main.use.exports.func_table);
      break;
    default: break;
  }
  return out_.builtin(std::move(out));
}

/// Threads each have a context, whose slot 1 is for this; a program without threads keeps it in a global.
std::uint32_t Encoder::tls_base(const CoreImport& import) {
  bool is_get = import.kind == CoreImport::Kind::kTlsBaseGet;
  if (tls_global_) return out_.alias_core(CoreSort::kFunc, shim_instance_, is_get ? kShimTlsGet : kShimTlsSet);
  ast::CanonBuiltin slot;
  slot.opcode = static_cast<std::uint8_t>(is_get ? CanonOp::kContextGet : CanonOp::kContextSet);
  slot.slot = 1;
  slot.core_type = is_get ? import.type.results[0] : import.type.params[0];
  return out_.builtin(std::move(slot));
}

}  // namespace witc::linker
