// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Machine code of a batch of functions, ready to be copied anywhere within 2 GiB of what it calls: what the code
// generator hands over when a program is compiled as it runs, and what the cache keeps. It names what it calls by
// numbers (engine/lazy/code_numbers.h); everything else in it is relative to itself.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/code_image.h"
#include "engine/lazy/code_numbers.h"

namespace witc::engine {

struct CodeBlob {
  /// A function in it, with its rows.
  struct Entry {
    CodeNumber number = 0;
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
    std::uint32_t first_row = 0;
    std::uint32_t row_count = 0;
  };
  /// The 32 bits at `offset` are the distance from behind them to where `target` is entered.
  struct Fixup {
    std::uint32_t offset = 0;
    CodeNumber target = 0;
  };

  static constexpr std::size_t kAlign = 64;  // of where code is placed

  std::vector<std::uint8_t> code;  // and its constants
  std::vector<Entry> entries;
  std::vector<Fixup> fixups;
  std::vector<CodeRow> rows;       // as CodeImage::rows, ascending within an entry
  std::vector<CodePlace> places;
  bool has_hot_loops = false;  // that call nothing: counting calls does not find them
};

/// The same, in memory of someone else's.
struct BlobView {
  std::span<const std::uint8_t> code;
  std::span<const CodeBlob::Entry> entries;
  std::span<const CodeBlob::Fixup> fixups;
  std::span<const CodeRow> rows;
  std::span<const CodePlace> places;
  bool has_hot_loops = false;
};
BlobView view_of(const CodeBlob& blob);

/// At the end of `out`, from a multiple of kBlobAlign on, in this machine's own order.
inline constexpr std::size_t kBlobAlign = 8;
void write_blob(const BlobView& blob, std::vector<std::uint8_t>& out);
/// What write_blob wrote, where it lies, which must be at a multiple of kBlobAlign. Nothing unless it is such bytes, with
/// every offset inside the code and every number below `numbers` or of libc. What the code itself does is not looked at.
std::optional<BlobView> read_blob(std::span<const std::uint8_t> bytes, CodeNumber numbers);

}  // namespace witc::engine
