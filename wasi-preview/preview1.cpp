// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/preview1.h"

#include "wasi-preview/p1/host.h"
#include "wasi-preview/preopens.h"

namespace witc::wasi {
namespace {

using p1::Call;
using p1::Errno;
using p1::Host;

std::expected<p1::GuestMemory, api::Trap> memory_of(const api::Caller& caller) {
  std::optional<api::Memory> memory = caller.instance().memory("memory");
  if (memory) return p1::GuestMemory(memory->bytes());
  return std::unexpected(api::Trap::host("WASI preview 1 was called by a module that exports no memory named `memory`"));
}

/// A method as a host function: the same parameters, an i32 as the result.
template <class... Params>
void define(api::Linker& linker, const char* name, const std::shared_ptr<Host>& host, Errno (Host::*method)(Call&, Params...)) {
  for (const bool unstable : {false, true}) {
    linker.func(unstable ? "wasi_unstable" : "wasi_snapshot_preview1", name,
                [host, method, unstable](api::Caller& caller, Params... params) -> std::expected<std::uint32_t, api::Trap> {
                  auto memory = memory_of(caller);
                  if (!memory) return std::unexpected(std::move(memory).error());
                  Call call{caller, *memory, unstable};
                  const Errno error = (host.get()->*method)(call, params...);
                  if (call.trap) return std::unexpected(*std::move(call.trap));
                  return static_cast<std::uint32_t>(error);
                });
  }
}

}  // namespace

std::expected<Preview1, std::string> Preview1::make(const WasiOptions& options) {
  auto sandbox = fs::Sandbox::make({.max_open_files = options.limits.max_open_files});
  p1::Table table;
  table.add(p1::stream_entry(options.stdin_fd, true));
  table.add(p1::stream_entry(options.stdout_fd, false));
  table.add(p1::stream_entry(options.stderr_fd, false));
  auto preopens = open_preopens(*sandbox, options.preopens);
  if (!preopens) return std::unexpected(std::move(preopens).error());
  for (auto& [directory, name] : *preopens) table.add(p1::preopen_entry(std::move(directory), name));
  return Preview1(std::make_shared<Host>(options, std::move(sandbox), std::move(table)));
}

void Preview1::add_to(api::Linker& linker) const {
#define WITC_P1_FUNCTION(name) define(linker, #name, host_, &Host::name);
#include "wasi-preview/p1/functions.def"
#undef WITC_P1_FUNCTION
  for (const char* module : {"wasi_snapshot_preview1", "wasi_unstable"}) {
    linker.func(module, "proc_exit", [](std::int32_t status) -> std::expected<void, api::Trap> {
      return std::unexpected(api::Trap::exit(status));
    });
  }
}

}  // namespace witc::wasi
