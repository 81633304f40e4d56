// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What the interfaces of one Wasi share: its options and the host side of its resources. Private to
// wasi-preview/; a host sees wasi.h.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>

#include "engine/component.h"
#include "wasi-preview/wasi.h"

namespace witc::wasi {

using abi::Val;
using engine::HostContext;
using engine::HostResult;
using engine::Linker;
using engine::Trap;

/// The objects behind one kind of resource; a handle's rep is the key. Keys are never reused.
template <class T>
class Objects {
 public:
  static constexpr std::size_t kMaxObjects = 1 << 20;  // what a guest can make the host hold

  [[nodiscard]] bool full() const { return objects_.size() >= kMaxObjects; }
  Val own(T object) {
    std::uint64_t rep = next_++;
    objects_.emplace(rep, std::move(object));
    return Val::own(rep);
  }
  /// The object a handle stands for. Handles come from guests' tables, which the engine checks: one that is not there
  /// is a bug.
  T& get(const Val& handle) {
    const Val::Handle* found = handle.get_if<Val::Handle>();
    WITC_CHECK(found != nullptr);
    auto it = objects_.find(found->rep);
    WITC_CHECK(it != objects_.end());
    return it->second;
  }
  void drop(std::uint64_t rep) { objects_.erase(rep); }

 private:
  std::unordered_map<std::uint64_t, T> objects_;
  std::uint64_t next_ = 1;
};

/// wasi:io/error
struct Error {
  std::string debug_string;
};

/// wasi:io/poll: ready always, from a moment on, or when a file descriptor is.
struct Pollable {
  enum Kind { kAlways, kDeadline, kReadable, kWritable } kind = kAlways;
  std::uint64_t deadline_ns = 0;  // kDeadline: on the monotonic clock
  int fd = -1;                    // kReadable, kWritable
};

struct InputStream {
  int fd = -1;  // -1: empty
  bool closed = false;
};
struct OutputStream {
  int fd = -1;  // -1: swallows
  bool closed = false;
};

struct State {
  WasiOptions options;
  Objects<Error> errors;
  Objects<Pollable> pollables;
  Objects<InputStream> inputs;
  Objects<OutputStream> outputs;
};
using StatePtr = std::shared_ptr<State>;

/// Nanoseconds on the monotonic clock.
std::uint64_t monotonic_now();

// Each defines its interfaces in the linker.
void add_cli_environment(Linker& linker, const StatePtr& state);
void add_cli_exit(Linker& linker, const StatePtr& state);
void add_cli_stdio(Linker& linker, const StatePtr& state);
void add_cli_terminal(Linker& linker, const StatePtr& state);
void add_io_error(Linker& linker, const StatePtr& state);
void add_io_poll(Linker& linker, const StatePtr& state);
void add_io_streams(Linker& linker, const StatePtr& state);
void add_clocks(Linker& linker, const StatePtr& state);
void add_random(Linker& linker, const StatePtr& state);

/// An argument that the type says is an unsigned integer.
inline std::uint64_t as_u64(const Val& val) { return *val.get_if<std::uint64_t>(); }

/// A list<u8>.
Val bytes_to_list(std::span<const std::uint8_t> bytes);
std::vector<std::uint8_t> list_to_bytes(const Val& list);

/// Too many resources: what WASI has no error for ends the guest.
inline std::unexpected<Trap> too_many() { return std::unexpected(Trap::host("the guest holds too many host resources")); }

/// Waits for events of poll(2) on a file descriptor; false if the guest was interrupted meanwhile: it traps when the host
/// function returns.
bool wait_for(HostContext& context, int fd, short events);

}  // namespace witc::wasi
