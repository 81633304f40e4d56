// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The built-in adapter and its world (linker/new/preview1/preview1.h). The world is WIT text like any
// other: the parts of WASI 0.2.3 that wasm32/wasi.h names, spelled as WASI spells them. An import of a part of
// an interface is satisfied by all of it.
#include "linker/new/preview1/preview1.h"

#include <algorithm>
#include <array>
#include <span>

#include "linker/new/module_use.h"
#include "wasm/core/decode.h"
#include "wit-parser/binary/encode.h"
#include "wit-parser/wit.h"

namespace witc::linker {

/// wasm32/ compiled; made by the build (cmake/WitcPreview1Adapter.cmake).
std::span<const std::uint8_t> preview1_adapter_bytes();

namespace {

constexpr std::string_view kWorlds = R"(package witc:preview1;

package wasi:io@0.2.3 {
  interface error { resource error; }
  interface poll {
    resource pollable;
    poll: func(in: list<borrow<pollable>>) -> list<u32>;
  }
  interface streams {
    use error.{error};
    use poll.{pollable};
    variant stream-error { last-operation-failed(error), closed }
    resource input-stream {
      read: func(len: u64) -> result<list<u8>, stream-error>;
      blocking-read: func(len: u64) -> result<list<u8>, stream-error>;
      subscribe: func() -> pollable;
    }
    resource output-stream {
      check-write: func() -> result<u64, stream-error>;
      write: func(contents: list<u8>) -> result<_, stream-error>;
      blocking-flush: func() -> result<_, stream-error>;
      blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>;
      subscribe: func() -> pollable;
    }
  }
}
package wasi:clocks@0.2.3 {
  interface monotonic-clock {
    use wasi:io/poll@0.2.3.{pollable};
    type instant = u64;
    type duration = u64;
    now: func() -> instant;
    resolution: func() -> duration;
    subscribe-instant: func(when: instant) -> pollable;
    subscribe-duration: func(when: duration) -> pollable;
  }
  interface wall-clock {
    record datetime { seconds: u64, nanoseconds: u32 }
    now: func() -> datetime;
    resolution: func() -> datetime;
  }
}
package wasi:random@0.2.3 {
  interface random { get-random-bytes: func(len: u64) -> list<u8>; }
}
package wasi:filesystem@0.2.3 {
  interface types {
    use wasi:io/streams@0.2.3.{input-stream, output-stream, error};
    use wasi:clocks/wall-clock@0.2.3.{datetime};
    type filesize = u64;
    type link-count = u64;
    enum descriptor-type {
      unknown, block-device, character-device, directory, fifo, symbolic-link, regular-file, socket
    }
    flags descriptor-flags {
      read, write, file-integrity-sync, data-integrity-sync, requested-write-sync, mutate-directory
    }
    record descriptor-stat {
      %type: descriptor-type,
      link-count: link-count,
      size: filesize,
      data-access-timestamp: option<datetime>,
      data-modification-timestamp: option<datetime>,
      status-change-timestamp: option<datetime>,
    }
    flags path-flags { symlink-follow }
    flags open-flags { create, directory, exclusive, truncate }
    variant new-timestamp { no-change, now, timestamp(datetime) }
    record directory-entry { %type: descriptor-type, name: string }
    enum error-code {
      access, would-block, already, bad-descriptor, busy, deadlock, quota, exist, file-too-large,
      illegal-byte-sequence, in-progress, interrupted, invalid, io, is-directory, loop, too-many-links, message-size,
      name-too-long, no-device, no-entry, no-lock, insufficient-memory, insufficient-space, not-directory, not-empty,
      not-recoverable, unsupported, no-tty, no-such-device, overflow, not-permitted, pipe, read-only, invalid-seek,
      text-file-busy, cross-device
    }
    enum advice { normal, sequential, random, will-need, dont-need, no-reuse }
    record metadata-hash-value { lower: u64, upper: u64 }
    resource descriptor {
      append-via-stream: func() -> result<output-stream, error-code>;
      advise: func(offset: filesize, length: filesize, advice: advice) -> result<_, error-code>;
      sync-data: func() -> result<_, error-code>;
      get-type: func() -> result<descriptor-type, error-code>;
      set-size: func(size: filesize) -> result<_, error-code>;
      set-times: func(data-access-timestamp: new-timestamp, data-modification-timestamp: new-timestamp)
        -> result<_, error-code>;
      read: func(length: filesize, offset: filesize) -> result<tuple<list<u8>, bool>, error-code>;
      write: func(buffer: list<u8>, offset: filesize) -> result<filesize, error-code>;
      read-directory: func() -> result<directory-entry-stream, error-code>;
      sync: func() -> result<_, error-code>;
      create-directory-at: func(path: string) -> result<_, error-code>;
      stat: func() -> result<descriptor-stat, error-code>;
      stat-at: func(path-flags: path-flags, path: string) -> result<descriptor-stat, error-code>;
      set-times-at: func(path-flags: path-flags, path: string, data-access-timestamp: new-timestamp,
        data-modification-timestamp: new-timestamp) -> result<_, error-code>;
      link-at: func(old-path-flags: path-flags, old-path: string, new-descriptor: borrow<descriptor>, new-path: string)
        -> result<_, error-code>;
      open-at: func(path-flags: path-flags, path: string, open-flags: open-flags, %flags: descriptor-flags)
        -> result<descriptor, error-code>;
      readlink-at: func(path: string) -> result<string, error-code>;
      remove-directory-at: func(path: string) -> result<_, error-code>;
      rename-at: func(old-path: string, new-descriptor: borrow<descriptor>, new-path: string) -> result<_, error-code>;
      symlink-at: func(old-path: string, new-path: string) -> result<_, error-code>;
      unlink-file-at: func(path: string) -> result<_, error-code>;
      metadata-hash: func() -> result<metadata-hash-value, error-code>;
      metadata-hash-at: func(path-flags: path-flags, path: string) -> result<metadata-hash-value, error-code>;
    }
    resource directory-entry-stream {
      read-directory-entry: func() -> result<option<directory-entry>, error-code>;
    }
    filesystem-error-code: func(err: borrow<error>) -> option<error-code>;
  }
  interface preopens {
    use types.{descriptor};
    get-directories: func() -> list<tuple<descriptor, string>>;
  }
}
package wasi:cli@0.2.3 {
  interface environment {
    get-environment: func() -> list<tuple<string, string>>;
    get-arguments: func() -> list<string>;
  }
  interface exit {
    exit: func(status: result);
    exit-with-code: func(status-code: u8);
  }
  interface run { run: func() -> result; }
  interface stdin {
    use wasi:io/streams@0.2.3.{input-stream};
    get-stdin: func() -> input-stream;
  }
  interface stdout {
    use wasi:io/streams@0.2.3.{output-stream};
    get-stdout: func() -> output-stream;
  }
  interface stderr {
    use wasi:io/streams@0.2.3.{output-stream};
    get-stderr: func() -> output-stream;
  }
  interface terminal-input { resource terminal-input; }
  interface terminal-output { resource terminal-output; }
  interface terminal-stdin {
    use terminal-input.{terminal-input};
    get-terminal-stdin: func() -> option<terminal-input>;
  }
  interface terminal-stdout {
    use terminal-output.{terminal-output};
    get-terminal-stdout: func() -> option<terminal-output>;
  }
  interface terminal-stderr {
    use terminal-output.{terminal-output};
    get-terminal-stderr: func() -> option<terminal-output>;
  }
}

world reactor {
  import wasi:cli/environment@0.2.3;
  import wasi:cli/exit@0.2.3;
  import wasi:io/error@0.2.3;
  import wasi:io/poll@0.2.3;
  import wasi:io/streams@0.2.3;
  import wasi:cli/stdin@0.2.3;
  import wasi:cli/stdout@0.2.3;
  import wasi:cli/stderr@0.2.3;
  import wasi:cli/terminal-input@0.2.3;
  import wasi:cli/terminal-output@0.2.3;
  import wasi:cli/terminal-stdin@0.2.3;
  import wasi:cli/terminal-stdout@0.2.3;
  import wasi:cli/terminal-stderr@0.2.3;
  import wasi:clocks/monotonic-clock@0.2.3;
  import wasi:clocks/wall-clock@0.2.3;
  import wasi:filesystem/types@0.2.3;
  import wasi:filesystem/preopens@0.2.3;
  import wasi:random/random@0.2.3;
}
world command {
  include reactor;
  export wasi:cli/run@0.2.3;
}
)";

/// Interfaces that a program with these imports cannot get anything of.
std::set<std::string> absent_interfaces(const Preview1Options& options) {
  std::set<std::string> absent;
  auto add = [&](std::initializer_list<std::string_view> names) {
    for (std::string_view name : names) absent.insert("wasi:" + std::string(name) + "@0.2.3");
  };
  // Files come of paths, and paths start at a preopened directory.
  bool has_files = std::ranges::any_of(options.used, [](const std::string& name) {
    return name.starts_with("path_") || name.starts_with("fd_prestat_") || name == "fd_readdir";
  });
  if (!has_files) add({"filesystem/types", "filesystem/preopens"});
  bool reads = options.used.contains("fd_read"), writes = options.used.contains("fd_write");
  if (!reads) add({"cli/stdin"});
  if (!writes) add({"cli/stdout", "cli/stderr"});
  if (!has_files && !reads && !writes) add({"io/streams", "io/error"});
  // Who exports functions to others talks to no terminal, and hosts of such often have none.
  if (!reads || !options.is_command) add({"cli/terminal-input", "cli/terminal-stdin"});
  if (!writes || !options.is_command) add({"cli/terminal-output", "cli/terminal-stdout", "cli/terminal-stderr"});
  return absent;
}

/// The linker of C++ calls the memory `env` `memory`, which would be the main module's.
void name_own_memory(wasm::Module& module) {
  for (const wasm::Memory& memory : module.memories) {
    if (!memory.import) continue;
    module.imports[*memory.import].module = kGuestMemoryModule;
    module.imports[*memory.import].name = kAdapterMemoryName;
  }
}

}  // namespace

Result<AdapterInput> preview1_adapter(SourceMap& sources, const Preview1Options& options) {
  SourceId text = sources.add("<preview 1 adapter>.wit", std::string(kWorlds), SourceKind::kText);
  wit::Resolve resolve;
  wit::PackageId package = TRY(wit::push_files(resolve, sources, std::array{text}, {}));
  wit::WorldId world = TRY(wit::select_world(resolve, package, options.is_command ? "command" : "reactor"));

  std::span<const std::uint8_t> bytes = preview1_adapter_bytes();
  SourceId source = sources.add("<preview 1 adapter>", std::string(bytes.begin(), bytes.end()), SourceKind::kBinary);
  wasm::Module module = TRY(wasm::decode_module(sources, sources.whole(source)));
  if (options.exit_with_code) {
    std::erase_if(module.exports, [](const wasm::Export& item) { return item.name == "proc_exit"; });
    for (wasm::Export& item : module.exports) {
      if (item.name == "proc_exit_with_code") item.name = "proc_exit";
    }
  }
  name_own_memory(module);
  module.owned.push_back(wit::encode_world_metadata(resolve, world, component::StringEncoding::kUtf8));
  module.customs.push_back({"component-type:preview1", module.owned.back()});
  return AdapterInput{std::string(kPreview1Module), std::move(module), absent_interfaces(options)};
}

}  // namespace witc::linker
