// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/peer/library.h"

#include <dlfcn.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace witc::peer {

std::string library_path() {
  if (const char* path = std::getenv("WITC_WASMTIME_LIBRARY")) return path;
  std::string path;
  FILE* pipe = popen(
      "python3 -c \"import wasmtime, glob, os; "
      "print(glob.glob(os.path.dirname(wasmtime.__file__) + '/*/_libwasmtime.so')[0], end='')\" 2>/dev/null",
      "r");
  if (pipe == nullptr) return {};
  std::array<char, 512> part{};
  while (fgets(part.data(), part.size(), pipe) != nullptr) path += part.data();
  return pclose(pipe) == 0 ? path : std::string{};
}

void* open_library() {
  const std::string path = library_path();
  return path.empty() ? nullptr : dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
}

}  // namespace witc::peer
