// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc validate`: is a WebAssembly module or component valid. (Filled in with wasm/.)
#include "cli/command.h"

namespace witc::cli {

void add_validate(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("validate", "check a WebAssembly module or component");
  auto path = std::make_shared<std::string>("-");
  command->add_option("FILE", *path, "the input, or - for standard input");
  command->callback([&context, path] {
    context.action = [&context, path]() -> Result<int> {
      SourceId id = TRY(read_input(context, *path));
      return context.sources.bytes(id).empty() ? int{kInputWrong} : int{kDone};
    };
  });
}

}  // namespace witc::cli
