// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The built-in adapter and its world (linker/new/preview1/preview1.h). The world is WIT text like any
// other: the parts of WASI 0.2.3 that adapter.c calls, spelled as WASI spells them. An import of a part of
// an interface is satisfied by all of it.
#include "linker/new/preview1/preview1.h"

#include <array>
#include <span>

#include "wasm/core/decode.h"
#include "wit-parser/binary/encode.h"
#include "wit-parser/wit.h"

namespace witc::linker {

/// adapter.c compiled; made by the build (cmake/WitcPreview1Adapter.cmake).
std::span<const std::uint8_t> preview1_adapter_bytes();

namespace {

constexpr std::string_view kWorlds = R"(package witc:preview1;

package wasi:io@0.2.3 {
  interface error { resource error; }
  interface poll {
    resource pollable { block: func(); }
  }
  interface streams {
    use error.{error};
    variant stream-error { last-operation-failed(error), closed }
    resource input-stream { blocking-read: func(len: u64) -> result<list<u8>, stream-error>; }
    resource output-stream { blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>; }
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
  import wasi:clocks/monotonic-clock@0.2.3;
  import wasi:clocks/wall-clock@0.2.3;
  import wasi:random/random@0.2.3;
}
world command {
  include reactor;
  export wasi:cli/run@0.2.3;
}
)";

}  // namespace

Result<wasm::Module> preview1_adapter(SourceMap& sources, const Preview1Options& options) {
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
  module.owned.push_back(wit::encode_world_metadata(resolve, world, component::StringEncoding::kUtf8));
  module.customs.push_back({"component-type:preview1", module.owned.back()});
  return module;
}

}  // namespace witc::linker
