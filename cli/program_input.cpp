// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/program_input.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "engine/cache/files.h"
#include "engine/precompiled.h"

namespace witc::cli {

Result<SourceId> read_program(Context& context, const std::string& path, engine::EngineOptions& options) {
  struct stat status {};
  if (path == "-" || ::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return read_input(context, path);
  const engine::File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file || !engine::is_precompiled(file.fd())) return read_input(context, path);
  engine::Precompiled compiled = TRY(engine::read_precompiled(file.fd(), path));
  options = TRY(engine::options_for(compiled, std::move(options), path));
  return context.sources.add(path, std::move(compiled.program), SourceKind::kBinary);
}

}  // namespace witc::cli
