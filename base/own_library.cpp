// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "base/own_library.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <unistd.h>

#include <climits>

namespace witc {
namespace {

/// The folder of the running program, with a `/`; empty if the system does not tell.
std::string program_folder() {
  char path[PATH_MAX];
  const ssize_t size = readlink("/proc/self/exe", path, sizeof path);
  if (size <= 0 || static_cast<std::size_t>(size) == sizeof path) return {};
  const std::string_view whole(path, static_cast<std::size_t>(size));
  return std::string(whole.substr(0, whole.rfind('/') + 1));
}

}  // namespace

std::string file_of(const OwnLibrary& library) {
  const std::string folder = program_folder();
  if (folder.empty()) return {};
  for (std::string path : {folder, folder + WITC_LIBRARY_FOLDER "/"}) {
    path += library.name;
    if (access(path.c_str(), R_OK) == 0) return path;
  }
  return {};
}

Result<const void*> open_own_library(const OwnLibrary& library) {
  const std::string file = file_of(library);
  auto failure = [&](const std::string& why) {
    return error(DiagCode::kEngineResource, fmt::format("cannot load {}: {}", library.what, why));
  };
  if (file.empty()) {
    const std::string folder = program_folder();
    return failure(fmt::format("there is no `{0}` in `{1}` or `{1}" WITC_LIBRARY_FOLDER "`", library.name, folder));
  }
  void* loaded = dlopen(file.c_str(), RTLD_LAZY | RTLD_LOCAL);  // for good
  if (loaded == nullptr) return failure(dlerror());
  auto* get = reinterpret_cast<OwnLibraryFunction>(dlsym(loaded, library.function));
  const void* got = get == nullptr ? nullptr : get(library.interface);
  if (got == nullptr) return failure(fmt::format("`{}` is of another build than this program", file));
  return got;
}

}  // namespace witc
