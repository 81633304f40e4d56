// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The folders that a program is granted, opened, for preview 1 and WASI 0.2.

#include <expected>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "wasi-preview/filesystem/sandbox.h"
#include "wasi-preview/options.h"

namespace witc::wasi {

/// Each with the guest's name for it.
using Preopens = std::vector<std::pair<fs::DescriptorPtr, std::string>>;

/// The error names the one that cannot be opened, and says why.
std::expected<Preopens, std::string> open_preopens(fs::Sandbox& sandbox, std::span<const Preopen> grants);

}  // namespace witc::wasi
