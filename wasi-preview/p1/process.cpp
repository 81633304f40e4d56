// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arguments, environment, clocks, random numbers and the process itself.
#include <sched.h>

#include "base/result.h"
#include "wasi-preview/p1/host.h"

namespace witc::wasi::p1 {
namespace {

std::vector<std::string> with_equals(const std::vector<std::pair<std::string, std::string>>& env) {
  std::vector<std::string> out;
  for (const auto& [name, value] : env) out.push_back(name + "=" + value);
  return out;
}

Errno store_sizes(const Call& call, const std::vector<std::string>& strings, u32 count, u32 size) {
  u64 bytes = 0;
  for (const std::string& string : strings) bytes += string.size() + 1;
  if (bytes > ~u32{0}) return Errno::kOverflow;
  TRY(call.memory.store(count, static_cast<u32>(strings.size())));
  TRY(call.memory.store(size, static_cast<u32>(bytes)));
  return Errno::kSuccess;
}

Errno store_strings(const Call& call, const std::vector<std::string>& strings, u32 pointers, u32 buffer) {
  for (const std::string& string : strings) {
    auto place = TRY(call.memory.slice(buffer, string.size() + 1));
    std::memcpy(place.data(), string.c_str(), place.size());
    TRY(call.memory.store(pointers, buffer));
    pointers += 4;
    buffer += static_cast<u32>(place.size());
  }
  return Errno::kSuccess;
}

/// Linux's number for a signal that ends a program; 0 for one that by default is ignored or stops it.
int deadly(u32 signal) {
  constexpr int kLinux[] = {0,  1,  2,  3,  4,  5,  6,  7,  8, 9, 10, 11, 12, 13, 14, 15,
                            0,  0,  0,  0,  0,  0,  0,  24, 25, 26, 27, 0, 29, 30, 31};
  return kLinux[signal];
}
constexpr u32 kSignals = 31;

}  // namespace

Host::Host(const WasiOptions& options, std::shared_ptr<fs::Sandbox> sandbox, Table table)
    : args_(options.args),
      environ_(with_equals(options.env)),
      clocks_(options.deterministic),
      random_(options.deterministic),
      sandbox_(std::move(sandbox)),
      table_(std::move(table)) {}

Errno Host::args_get(Call& call, u32 argv, u32 argv_buf) { return store_strings(call, args_, argv, argv_buf); }
Errno Host::args_sizes_get(Call& call, u32 count, u32 size) { return store_sizes(call, args_, count, size); }
Errno Host::environ_get(Call& call, u32 environ, u32 environ_buf) {
  return store_strings(call, environ_, environ, environ_buf);
}
Errno Host::environ_sizes_get(Call& call, u32 count, u32 size) { return store_sizes(call, environ_, count, size); }

Errno Host::clock_res_get(Call& call, u32 id, u32 resolution) {
  TRY(call.memory.store(resolution, TRY(clocks_.resolution(id))));
  return Errno::kSuccess;
}

Errno Host::clock_time_get(Call& call, u32 id, u64 /*precision*/, u32 time) {
  TRY(call.memory.store(time, TRY(clocks_.now(id))));
  return Errno::kSuccess;
}

/// The program's end as a shell tells of it, for signals that end one; no handler can be there.
Errno Host::proc_raise(Call& call, u32 sig) {
  if (sig >= kSignals) return Errno::kInval;
  if (int number = deadly(sig); number != 0) call.trap = api::Trap::exit(128 + number);
  return Errno::kSuccess;
}

Errno Host::sched_yield(Call&) {
  ::sched_yield();
  return Errno::kSuccess;
}

Errno Host::random_get(Call& call, u32 buf, u32 buf_len) {
  if (!random_.fill(TRY(call.memory.slice(buf, buf_len)))) return Errno::kIo;
  return Errno::kSuccess;
}

}  // namespace witc::wasi::p1
