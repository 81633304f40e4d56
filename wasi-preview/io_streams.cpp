// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// wasi:io/streams over file descriptors. Outputs are not buffered: `write` is done when it returns, so
// `flush` has nothing to do. `check-write` grants a fixed amount, and bytes beyond it trap, as the WIT says.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "wasi-preview/state.h"

namespace witc::wasi {
namespace {

constexpr std::string_view kInterface = "wasi:io/streams@0.2.0";
constexpr std::uint64_t kMaxRead = 1 << 20;        // bytes one read gives at the most
constexpr std::uint64_t kWriteGrant = 1 << 20;     // what check-write permits
constexpr std::uint64_t kMaxBlockingWrite = 4096;  // of blocking-write-and-flush
constexpr std::size_t kPipeWrite = 4096;           // what a pipe that is ready takes without blocking

Val closed() { return Val::error(Val::variant(1)); }
Val failed(State& state, int code) { return Val::error(Val::variant(0, state.errors.own({std::strerror(code)}))); }

bool readable_now(int fd) {
  pollfd one{fd, POLLIN, 0};
  return ::poll(&one, 1, 0) > 0;
}

struct ReadOutcome {
  std::vector<std::uint8_t> bytes;
  std::optional<Val> error;  // a result<_, stream-error>
};

ReadOutcome read_some(State& state, HostContext& context, InputStream& stream, std::uint64_t len, bool blocking) {
  if (stream.closed || stream.fd < 0) return {{}, closed()};
  ReadOutcome outcome;
  if (len == 0 || (!blocking && !readable_now(stream.fd))) return outcome;
  if (blocking && !wait_for(context, stream.fd, POLLIN)) return outcome;
  outcome.bytes.resize(std::min(len, kMaxRead));
  ssize_t got = 0;
  do {
    got = ::read(stream.fd, outcome.bytes.data(), outcome.bytes.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0) return {{}, failed(state, errno)};
  outcome.bytes.resize(static_cast<std::size_t>(got));
  if (got == 0) {
    stream.closed = true;
    outcome.error = closed();
  }
  return outcome;
}

/// A result<_, stream-error>.
Val write_all(State& state, HostContext& context, OutputStream& stream, std::span<const std::uint8_t> bytes) {
  if (stream.closed) return closed();
  while (stream.fd >= 0 && !bytes.empty()) {
    if (!wait_for(context, stream.fd, POLLOUT)) return Val::ok();  // the guest is interrupted when we return
    ssize_t put = ::write(stream.fd, bytes.data(), std::min(bytes.size(), kPipeWrite));
    if (put >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(put));
      continue;
    }
    if (errno == EINTR || errno == EAGAIN) continue;
    if (errno != EPIPE) return failed(state, errno);
    stream.closed = true;
    return closed();
  }
  return Val::ok();
}

Val splice(State& state, HostContext& context, OutputStream& to, InputStream& from, std::uint64_t len, bool blocking) {
  if (to.closed) return closed();
  ReadOutcome read = read_some(state, context, from, std::min(len, kWriteGrant), blocking);
  if (read.error) return *read.error;
  Val written = write_all(state, context, to, read.bytes);
  if (written.get_if<Val::Variant>()->case_index != 0) return written;
  return Val::ok(Val::unsigned_(read.bytes.size()));
}

void add_input_stream(Linker& linker, const StatePtr& state) {
  linker.resource(kInterface, "input-stream", [state](std::uint64_t rep) { state->inputs.drop(rep); });
  auto add_read = [&](std::string_view name, bool blocking, Val (*ok)(std::span<const std::uint8_t>)) {
    linker.func(kInterface, name, [=](HostContext& context, std::span<const Val> args) -> HostResult {
      if (state->errors.full()) return too_many();
      ReadOutcome read = read_some(*state, context, state->inputs.get(args[0]), as_u64(args[1]), blocking);
      return read.error ? *read.error : Val::ok(ok(read.bytes));
    });
  };
  auto count = [](std::span<const std::uint8_t> bytes) { return Val::unsigned_(bytes.size()); };
  add_read("[method]input-stream.read", false, bytes_to_list);
  add_read("[method]input-stream.blocking-read", true, bytes_to_list);
  add_read("[method]input-stream.skip", false, count);
  add_read("[method]input-stream.blocking-skip", true, count);
  linker.func(kInterface, "[method]input-stream.subscribe",
              [state](HostContext&, std::span<const Val> args) -> HostResult {
                if (state->pollables.full()) return too_many();
                InputStream& stream = state->inputs.get(args[0]);
                bool waits = stream.fd >= 0 && !stream.closed;
                return state->pollables.own({waits ? Pollable::kReadable : Pollable::kAlways, 0, stream.fd});
              });
}

void add_output_writes(Linker& linker, const StatePtr& state) {
  auto define = [&](std::string_view name, std::uint64_t limit, bool zeroes) {
    linker.func(kInterface, name, [=](HostContext& context, std::span<const Val> args) -> HostResult {
      if (state->errors.full()) return too_many();
      OutputStream& stream = state->outputs.get(args[0]);
      std::uint64_t len = zeroes ? as_u64(args[1]) : args[1].get_if<Val::List>()->items.size();
      if (len > limit) return std::unexpected(Trap::host("write exceeds what check-write permitted"));
      return write_all(*state, context, stream, zeroes ? std::vector<std::uint8_t>(len) : list_to_bytes(args[1]));
    });
  };
  define("[method]output-stream.write", kWriteGrant, false);
  define("[method]output-stream.blocking-write-and-flush", kMaxBlockingWrite, false);
  define("[method]output-stream.write-zeroes", kWriteGrant, true);
  define("[method]output-stream.blocking-write-zeroes-and-flush", kMaxBlockingWrite, true);
}

void add_output_stream(Linker& linker, const StatePtr& state) {
  linker.resource(kInterface, "output-stream", [state](std::uint64_t rep) { state->outputs.drop(rep); });
  add_output_writes(linker, state);
  linker.func(kInterface, "[method]output-stream.check-write",
              [state](HostContext&, std::span<const Val> args) -> HostResult {
                return state->outputs.get(args[0]).closed ? closed() : Val::ok(Val::unsigned_(kWriteGrant));
              });
  for (const char* name : {"[method]output-stream.flush", "[method]output-stream.blocking-flush"}) {
    linker.func(kInterface, name, [state](HostContext&, std::span<const Val> args) -> HostResult {
      return state->outputs.get(args[0]).closed ? closed() : Val::ok();
    });
  }
  linker.func(kInterface, "[method]output-stream.subscribe",
              [state](HostContext&, std::span<const Val> args) -> HostResult {
                if (state->pollables.full()) return too_many();
                OutputStream& stream = state->outputs.get(args[0]);
                bool waits = stream.fd >= 0 && !stream.closed;
                return state->pollables.own({waits ? Pollable::kWritable : Pollable::kAlways, 0, stream.fd});
              });
  for (bool blocking : {false, true}) {
    linker.func(kInterface, blocking ? "[method]output-stream.blocking-splice" : "[method]output-stream.splice",
                [=](HostContext& context, std::span<const Val> args) -> HostResult {
                  if (state->errors.full()) return too_many();
                  return splice(*state, context, state->outputs.get(args[0]), state->inputs.get(args[1]), as_u64(args[2]),
                                blocking);
                });
  }
}

}  // namespace

void add_io_streams(Linker& linker, const StatePtr& state) {
  add_input_stream(linker, state);
  add_output_stream(linker, state);
}

}  // namespace witc::wasi
