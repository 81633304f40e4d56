// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The code generator as a library that is opened when it is needed (library `witc_engine_core`). It is looked for by the
// place of the running program alone, beside it or where it is installed: neither the current directory nor the
// environment has a say in what is executed.
#include <dlfcn.h>
#include <fmt/format.h>
#include <unistd.h>

#include <climits>
#include <mutex>

#include "engine/compiler.h"
#include "engine/compiler/interface.h"

namespace witc::engine {
namespace {

constexpr const char* kLibrary = "libwitc-compiler.so";

/// The folder of the running program, with a `/`; empty if the system does not tell.
std::string program_folder() {
  char path[PATH_MAX];
  const ssize_t size = readlink("/proc/self/exe", path, sizeof path);
  if (size <= 0 || static_cast<std::size_t>(size) == sizeof path) return {};
  const std::string_view whole(path, static_cast<std::size_t>(size));
  return std::string(whole.substr(0, whole.rfind('/') + 1));
}

Result<const CodeGenerator*> load() {
  const std::string file = code_generator_file();
  auto failure = [](const std::string& why) {
    return error(DiagCode::kEngineResource, fmt::format("cannot load the code generator: {}", why));
  };
  if (file.empty()) {
    const std::string folder = program_folder();
    return failure(fmt::format("there is no `{0}` in `{1}` or `{1}" WITC_COMPILER_FOLDER "`", kLibrary, folder));
  }
  void* library = dlopen(file.c_str(), RTLD_LAZY | RTLD_LOCAL);  // for good
  if (library == nullptr) return failure(dlerror());
  auto* get = reinterpret_cast<GetCodeGenerator>(dlsym(library, kGetCodeGenerator));
  const CodeGenerator* generator = get == nullptr ? nullptr : get(kInterface);
  if (generator == nullptr) return failure(fmt::format("`{}` is of another build than this program", file));
  return generator;
}

}  // namespace

std::string code_generator_file() {
  const std::string folder = program_folder();
  if (folder.empty()) return {};
  for (const std::string& path : {folder + kLibrary, folder + WITC_COMPILER_FOLDER "/" + kLibrary}) {
    if (access(path.c_str(), R_OK) == 0) return path;
  }
  return {};
}

Result<const CodeGenerator*> code_generator() {
  static std::mutex mutex;
  static const CodeGenerator* loaded = nullptr;
  const std::lock_guard lock(mutex);
  if (loaded == nullptr) loaded = TRY(load());
  return loaded;
}

}  // namespace witc::engine
