// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "wasi-preview/preopens.h"

#include <fmt/format.h>

#include <cstring>

namespace witc::wasi {

std::expected<Preopens, std::string> open_preopens(fs::Sandbox& sandbox, std::span<const Preopen> grants) {
  Preopens opened;
  for (const Preopen& grant : grants) {
    auto directory = sandbox.preopen(grant.host_path, grant.read_only);
    if (!directory) {
      return std::unexpected(fmt::format("cannot open the directory `{}`: {}", grant.host_path, std::strerror(directory.error())));
    }
    opened.emplace_back(*std::move(directory), grant.guest_path);
  }
  return opened;
}

}  // namespace witc::wasi
