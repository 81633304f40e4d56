// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `witc bindgen` alone, with nothing that comes after adapter-gen/ in it: the build runs it to make the host bindings that
// wasi-preview/ is written on, and `witc` itself needs those.
#include "cli/command.h"

int main(int argc, char** argv) {
  using namespace witc::cli;
  Context context;
  CLI::App app{"witc bindgen, for the build", "witc_bindgen"};
  app.require_subcommand(1);
  add_bindgen(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return app.exit(wrong);
  }
  witc::Result<int> status = context.action();
  if (status) return *status;
  report(context, status.error());
  return kInputWrong;
}
