// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// A compiled file (`witc compile -o app.cwasm`): a program's own bytes, a module or a component, and all code of it.
//
//     head: magic, size, checksum of all but itself | version, build, processor, options | program | archive
//
// Code means something only to the build of witc that made it, and to a processor that has what it was made for: all that
// is checked, and then the checksum of the whole file, before anything in it is used. So a file that was cut off or changed
// is refused. The checksum is no signature: as with any program, whoever can write the file decides what is executed.
//
//     auto archive = CodeArchive::make();                         auto file = TRY(read_precompiled(fd, "app.cwasm"));
//     Engine engine({.archive = archive, ...});                   Engine engine(TRY(options_for(file, options, ...)));
//     ... compile ...                                             ... compile: takes the code from the archive ...
//     write_precompiled(program, engine.options(), *archive);
//
// The file is read, not mapped: what was checked is what is used, whatever happens to the file meanwhile.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/cache/code_archive.h"
#include "engine/engine.h"

namespace witc::engine {

/// By its first bytes. Its position does not change.
bool is_precompiled(int fd);

/// The file. `options` are those that the archive was filled with.
std::vector<std::uint8_t> write_precompiled(std::span<const std::uint8_t> program, const EngineOptions& options,
                                            const CodeArchive& archive);

struct Precompiled {
  std::string program;
  OptLevel opt_level = OptLevel::kFull;
  bool canonical_nans = false;
  bool has_fuel = false;
  bool is_interruptible = false;
  std::shared_ptr<CodeArchive> archive;
};
/// `name` is for messages. Errors: kFileKind, saying what is wrong with the file and what helps; kFileUnreadable.
Result<Precompiled> read_precompiled(int fd, const std::string& name);

/// The options to run the file with: `options`, and what is settled by how it was compiled. Errors: kFileKind, where
/// something is asked for that the code cannot do.
Result<EngineOptions> options_for(const Precompiled& file, EngineOptions options, const std::string& name);

}  // namespace witc::engine
