// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Traps of the canonical ABI as values: what the interpreter returns where CanonicalABI.md says `trap_if`, and the
// numbers that compiled adapters trap with. The engine has its own, larger list with the same numbers.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace witc::abi {

enum class TrapKind : std::uint8_t {
#define WITC_ABI_TRAP(number, name, message) name = number,
#include "adapter-gen/trap.def"
#undef WITC_ABI_TRAP
};

/// The message of trap.def.
std::string_view message(TrapKind kind);
/// The enumerator without its `k`: how plans are printed.
std::string_view name_of(TrapKind kind);

struct Trap {
  TrapKind kind = TrapKind::kHost;
  std::string message;
  /// Not of the ABI: a host function by which the guest ends itself, with this status.
  std::optional<std::int32_t> exit_status = std::nullopt;

  static Trap of(TrapKind kind) { return {kind, std::string(abi::message(kind))}; }
  static Trap exit(std::int32_t status) { return {TrapKind::kHost, "exited", status}; }
};

/// A value, or the trap that came instead. The counterpart of Result for what a guest does wrong at run time.
template <class T>
using OrTrap = std::expected<T, Trap>;

/// `return trap(kind)` from a function that returns an OrTrap.
inline std::unexpected<Trap> trap(TrapKind kind) { return std::unexpected(Trap::of(kind)); }

}  // namespace witc::abi

/// The value of an OrTrap, or return its trap from the enclosing function.
#define TRY_TRAP(...)                                                             \
  __extension__({                                                                 \
    auto&& witc_try_trap = (__VA_ARGS__);                                         \
    if (!witc_try_trap) return std::unexpected(std::move(witc_try_trap).error()); \
    *std::move(witc_try_trap);                                                    \
  })

/// `trap_if(condition)` of CanonicalABI.md.
#define TRAP_IF(condition, kind)                               \
  do {                                                         \
    if (condition) return ::witc::abi::trap(::witc::abi::kind); \
  } while (false)
