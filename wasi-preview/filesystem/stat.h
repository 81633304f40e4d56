// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// What is known of an open file, O_PATH or not. Private to wasi-preview/filesystem.

#include "wasi-preview/filesystem/sandbox.h"

namespace witc::wasi::fs {

/// Of a st_mode.
FileType file_type(unsigned mode);
Expected<Stat> stat_of(int fd);
/// Tells objects apart that are there at the same time: of the device and the inode.
MetadataHash metadata_hash_of(const Stat& stat);
Expected<void> set_times_of(int fd, NewTime access, NewTime modification);

}  // namespace witc::wasi::fs
