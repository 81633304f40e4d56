// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What `witc run` and `witc serve` grant a program: `--dir`, `--env`, `--argv0` and `-S`, spelt as wasmtime spells them
// where it has them. To add an `-S` option: a line in the table of wasi_options.cpp.

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wasi-preview/options.h"

namespace witc::cli {

struct WasiArguments {
  wasi::WasiOptions options;  // all of it but what the program is given as arguments
  std::string argv0;
  bool inherit_env = false;
  std::string stdin_file;  // `-S stdin=`; `null` is an empty one
};

/// Adds the options; what they say is in `arguments` when the command's callback runs. A wrong one is a usage error.
void add_wasi_options(CLI::App& command, const std::shared_ptr<WasiArguments>& arguments);

/// The grants for one program: `args` are its name and arguments. Its standard streams are ours, but for `-S stdin=`, whose
/// file is opened here and stays open. Errors: kFileUnreadable.
Result<wasi::WasiOptions> grants_of(const WasiArguments& arguments, std::vector<std::string> args);

/// `HOST[::GUEST[::ro]]`, wasmtime's spelling and a narrower grant: the directory under the guest's name (else its own),
/// read-only with `::ro`. False if it is not of this form.
bool parse_dir(std::string_view text, wasi::Preopen& preopen);

}  // namespace witc::cli
