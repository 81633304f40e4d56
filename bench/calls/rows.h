// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The rows of the table: each is a component, made of two or three that call each other, which loops inside and so does
// not measure how it is entered, and what it is compared with.
//
// Guest code is core wasm written by hand. Its `cabi_realloc` only counts up and is reset in every round, so that no
// allocator is measured.

#include <cstdint>
#include <string>
#include <vector>

namespace witc::bench {

enum class Aim : std::uint8_t {
  kReference,  // ours takes at most `factor` times what the reference takes
  kBandwidth,  // ours has at least `factor` of the reference's bandwidth
  kPeer,       // ours takes at most `factor` times what wasmtime takes
};

/// What is called by the host, or calls it.
enum class HostCall : std::uint8_t { kNone, kIntoScalar, kIntoString, kOutScalar, kOutString };

struct Row {
  std::string name;
  /// Exports `run: func(n: u32) -> u32`, the loop; if `sums`, also `sum: func() -> u32`, a hash of what arrived last.
  /// With HostCall::kInto..., exports `f` with one argument and a u32 as its result, which the host calls; with
  /// kOut..., imports `f`, which `run` calls.
  std::string text;
  std::string reference;  // text of the same within one module; empty: none
  std::uint64_t bytes =
      0;  // passed in a call, where that is what counts; for kBandwidth the reference is memcpy of these
  Aim aim = Aim::kReference;
  double factor = 1;
  HostCall host = HostCall::kNone;
  bool sums = false;
  std::uint32_t sum = 0;  // what it must be
};

std::vector<Row> small_rows();  // scalars, records, variants, spilled parameters, 16 bytes; the host
std::vector<Row> bulk_rows();   // lists and strings
std::vector<Row> resource_rows();

/// An ordinary call of `u32 -> u32` within one module, which stays a call: what resources are compared with.
std::string ordinary_call();

/// What `compose` makes a row's text of: core code of a callee and a caller, and the type of the function between them.
struct Parts {
  struct Type {
    std::string name, definition;  // a value type which a later one and the function may use as $name
  };
  std::vector<Type> types;
  std::string type;     // of the function: (param "x" u32) (result u32)
  std::string lowered;  // the core signature that the caller imports it with
  std::string callee;   // fields of a core module: `(func $callee (export "f") ...)`; there is a memory and $next
  std::string caller;   // fields of a core module: there is an imported memory
  std::string round;    // one round of the loop: sets $x, may read $i; `(call $f ...)` calls
  std::string callee_encoding = "utf8", caller_encoding = "utf8";
  bool sums = false;  // the callee has a function "sum"
};

/// Two components in one.
std::string compose(const Parts& parts);
/// One module with both codes in it; only where lifted and lowered signature are the same, or `round` says otherwise.
std::string inside_one_module(const Parts& parts);

/// Fields of a core module: a memory of 8 MiB, a global $next where free memory begins, and realloc.
extern const char* const kMemory;
/// Where free memory begins in a callee, and where data of a caller lies.
inline constexpr std::uint32_t kHeap = 0x100000, kSource = 0x400040;

/// The hash that guests and `--check` take.
std::uint32_t hash_bytes(std::uint32_t hash, const std::string& bytes);

}  // namespace witc::bench
