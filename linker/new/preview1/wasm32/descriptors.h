// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The table of file descriptors: the three standard streams, the preopened directories from 3 on, and what the
// program opens. A file is a `wasi:filesystem` descriptor and a position, which 0.2 leaves to us.

#include "linker/new/preview1/wasm32/wasi.h"

namespace preview1 {

/// A directory that is being read (directories.cpp).
struct Listing;

enum class Kind : u8 {
  kClosed,
  kReserved,  // holds a number, and answers every function with `badf`
  kStdin, kStdout, kStderr,
  kFile,      // or a directory, or whatever else has a path
};

struct Descriptor {
  Kind kind;
  u8 type;                // of files: wasi::DescriptorType; of standard streams: what stream_type found out
  bool is_preopen;
  bool at_end;            // something was appended: the position is where the file ends
  u16 flags;              // FdFlags
  u16 access;             // wasi::DescriptorFlags
  wasi::Handle file;      // kFile
  wasi::Handle stream;    // standard streams, and files that were appended to; 0: not asked for yet
  u64 position;           // kFile
  Listing* listing;       // kFile, while it is read as a directory
  wasi::Bytes name;       // of preopens

  bool is_file() const { return kind == Kind::kFile; }
};

/// The open descriptor of this number, or null.
Descriptor* find(u32 fd);

/// The number of a new file, the lowest that is free. Takes the handle in any case. kMfile, kNomem.
Errno open_file(const Descriptor& file, u32& fd);

/// The handle of a file, or what `not_file` says of a standard stream.
Errno file_of(u32 fd, Descriptor*& file, Errno not_file);

/// The file's type, asked of the host once; kTypeNotAsked where it does not tell.
u8 type_of(Descriptor& file);
FileType file_type(u8 descriptor_type);
/// Whether a standard stream is a terminal, asked once: a character device, or unknown.
FileType stream_type(Descriptor& stream);

/// Where the file is read and written next, after what was appended.
Errno settle_position(Descriptor& file);

/// The stream of a standard descriptor, or 0 where the program never uses it.
wasi::Handle input_stream(Descriptor&);
wasi::Handle output_stream(Descriptor&);

/// Forgets where reading the directory was.
void drop_listing(Descriptor& directory);

/// Forgets every descriptor, and arguments and variables, without closing anything.
void forget_descriptors();
void forget_environment();

}  // namespace preview1
