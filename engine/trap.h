// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Traps as values. A trap ends the outermost entry into compiled code and is what `Instance::call` returns; it is
// not a Diagnostic, for nothing is wrong with the input. Host functions make them too.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "wasm/core/types.h"

namespace witc::engine {

struct InstanceTag {};
/// A core instance of a Program.
using InstanceId = Id<InstanceTag>;

enum class TrapKind : std::uint8_t {
#define WITC_TRAP(number, name, message) name = number,
#include "engine/trap.def"
#undef WITC_TRAP
};

/// The message of trap.def: the specification's wording.
std::string_view message(TrapKind kind);
/// The kind with this number, if there is one.
std::optional<TrapKind> trap_kind(std::uint32_t number);

/// A place in the source of a wasm function's code, as its DWARF tells it.
struct SourceFrame {
  std::string function;  // of the source language
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;  // 0: unknown
};

/// One wasm frame of a backtrace. A callee that was inlined has a frame of its own.
struct Frame {
  InstanceId instance;
  std::string instance_name;      // CoreInstance::name
  wasm::FuncIndex func;
  std::string func_name;          // from the name section, else the export name, else empty
  std::uint32_t body_offset = 0;  // of the function's first operator in the module's source
  std::uint32_t offset = 0;       // of the operator that trapped or called, in the module's source
  /// Innermost first, more than one where the compiler of the source inlined; filled in by add_sources()
  /// (engine/dwarf.h).
  std::vector<SourceFrame> sources;
};

/// An exception that left the outermost function. Given to `HostCall::trap` by a host function that was left by it
/// itself, it goes on through the guest code that called the host function.
struct Exception {
  InstanceId instance;  // that defines the tag
  wasm::TagIndex tag;
  std::string tag_name;                // from the name section, else the export name, else empty
  std::vector<wasm::ValType> types;    // of the payload
  std::vector<std::uint64_t> payload;  // slots; references in it are good until the store is entered again
  const void* store = nullptr;         // whose exception it is
};

struct Trap {
  TrapKind kind = TrapKind::kUnreachable;
  std::string message;           // of the kind, or the host's own
  std::int32_t exit_status = 0;  // kExit only
  std::vector<Frame> frames;                     // innermost first
  std::shared_ptr<const Exception> exception{};  // of kUncaughtException

  static Trap of(TrapKind kind) { return {kind, std::string(engine::message(kind)), 0, {}, {}}; }
  static Trap host(std::string message) { return {TrapKind::kHost, std::move(message), 0, {}, {}}; }
  static Trap exit(std::int32_t status) { return {TrapKind::kExit, "exited", status, {}, {}}; }
};

/// For people: the message, then for each frame a line (`  0: 0x1c4 - app/main!parse`) and one for each place in its
/// source (`       at parse.c:12:5`).
std::string to_string(const Trap& trap);

}  // namespace witc::engine
