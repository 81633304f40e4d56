// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The functions of WASI 0.2 that the adapter calls, as the canonical ABI lowers them (component-model
// CanonicalABI.md): handles are numbers, a result too big to return is written to the last parameter, strings
// and lists received are allocated by `cabi_import_realloc` (memory.cpp). preview1.cpp has the same in WIT.

#include "linker/new/preview1/wasm32/witx.h"

#define WASI(interface, name) extern "C" __attribute__((import_module("wasi:" interface "@0.2.3"), import_name(name)))

namespace preview1::wasi {

using Handle = u32;  // never 0

struct Bytes { u8* data; u32 length; };  // list<u8>, string
struct ByteLists { Bytes* data; u32 length; };
struct Pairs { struct Pair { Bytes name, value; }* data; u32 length; };
struct Preopens { struct Preopen { Handle descriptor; Bytes path; }* data; u32 length; };
struct Indices { u32* data; u32 length; };

struct Datetime { u64 seconds; u32 nanoseconds; };

/// False where preview 1's nanoseconds do not reach so far.
inline bool to_nanoseconds(Datetime time, u64& out) {
  constexpr u64 kSecond = 1000000000, kLast = ~0ull / kSecond - 1;
  out = time.seconds * kSecond + time.nanoseconds;
  return time.seconds <= kLast;
}

struct OptionalDatetime { u8 is_some; Datetime value; };

// result<T, error-code>
struct Done { u8 is_error, code; };
template <typename T>
struct Result {
  u8 is_error;
  union { u8 code; T value; };
};
struct DataAndEnd { Bytes data; u8 at_end; };
struct MetadataHash { u64 lower, upper; };
struct Stat {
  u8 type;
  u64 links, size;
  OptionalDatetime accessed, modified, changed;
};
struct Entry { u8 type; Bytes name; };
struct OptionalEntry { u8 is_some; Entry value; };
static_assert(sizeof(Result<u32>) == 8 && sizeof(Result<u64>) == 16 && sizeof(Result<DataAndEnd>) == 16);
static_assert(sizeof(Result<Stat>) == 104 && sizeof(Result<OptionalEntry>) == 20);

// result<T, stream-error>
struct StreamError { u8 closed; Handle error; };  // `closed`, or else `last-operation-failed(error)`
template <typename T>
struct StreamResult {
  u8 is_error;
  union { StreamError error; T value; };
};
struct StreamDone { u8 is_error; StreamError error; };
struct OptionalHandle { u8 is_some; Handle value; };
struct OptionalCode { u8 is_some, value; };

enum DescriptorType : u8 { kFileUnknown, kBlock, kCharacter, kDirectory, kFifo, kSymlink, kRegular, kSocket, kTypeNotAsked };
enum DescriptorFlags : u32 { kRead = 1, kWrite = 2, kFileSync = 4, kDataSync = 8, kRequestedSync = 16, kMutateDirectory = 32 };
enum NewTimestamp : u32 { kNoChange, kNow, kTimestamp };

WASI("cli/environment", "get-arguments") void get_arguments(ByteLists*);
WASI("cli/environment", "get-environment") void get_environment(Pairs*);
WASI("cli/exit", "exit") void exit(u32 is_error);
WASI("cli/exit", "exit-with-code") void exit_with_code(u32 code);
WASI("cli/stdin", "get-stdin") Handle get_stdin();
WASI("cli/stdout", "get-stdout") Handle get_stdout();
WASI("cli/stderr", "get-stderr") Handle get_stderr();
WASI("cli/terminal-stdin", "get-terminal-stdin") void get_terminal_stdin(OptionalHandle*);
WASI("cli/terminal-stdout", "get-terminal-stdout") void get_terminal_stdout(OptionalHandle*);
WASI("cli/terminal-stderr", "get-terminal-stderr") void get_terminal_stderr(OptionalHandle*);
WASI("cli/terminal-input", "[resource-drop]terminal-input") void drop_terminal_input(Handle);
WASI("cli/terminal-output", "[resource-drop]terminal-output") void drop_terminal_output(Handle);

WASI("clocks/monotonic-clock", "now") u64 monotonic_now();
WASI("clocks/monotonic-clock", "resolution") u64 monotonic_resolution();
WASI("clocks/monotonic-clock", "subscribe-instant") Handle subscribe_instant(u64 when);
WASI("clocks/monotonic-clock", "subscribe-duration") Handle subscribe_duration(u64 length);
WASI("clocks/wall-clock", "now") void wall_now(Datetime*);
WASI("clocks/wall-clock", "resolution") void wall_resolution(Datetime*);
WASI("random/random", "get-random-bytes") void get_random_bytes(u64 length, Bytes*);

WASI("io/error", "[resource-drop]error") void drop_error(Handle);
WASI("io/poll", "poll") void poll(const Handle* pollables, u32 count, Indices*);
WASI("io/poll", "[resource-drop]pollable") void drop_pollable(Handle);
WASI("io/streams", "[method]input-stream.read") void read(Handle, u64 length, StreamResult<Bytes>*);
WASI("io/streams", "[method]input-stream.blocking-read") void blocking_read(Handle, u64 length, StreamResult<Bytes>*);
WASI("io/streams", "[method]input-stream.subscribe") Handle subscribe_input(Handle);
WASI("io/streams", "[resource-drop]input-stream") void drop_input_stream(Handle);
WASI("io/streams", "[method]output-stream.check-write") void check_write(Handle, StreamResult<u64>*);
WASI("io/streams", "[method]output-stream.write") void write(Handle, const u8*, u32, StreamDone*);
WASI("io/streams", "[method]output-stream.blocking-flush") void blocking_flush(Handle, StreamDone*);
WASI("io/streams", "[method]output-stream.blocking-write-and-flush")
void blocking_write_and_flush(Handle, const u8*, u32, StreamDone*);
WASI("io/streams", "[method]output-stream.subscribe") Handle subscribe_output(Handle);
WASI("io/streams", "[resource-drop]output-stream") void drop_output_stream(Handle);

#define DESCRIPTOR(name) WASI("filesystem/types", "[method]descriptor." name)
WASI("filesystem/preopens", "get-directories") void get_directories(Preopens*);
WASI("filesystem/types", "filesystem-error-code") void filesystem_error_code(Handle error, OptionalCode*);
WASI("filesystem/types", "[resource-drop]descriptor") void drop_descriptor(Handle);
WASI("filesystem/types", "[resource-drop]directory-entry-stream") void drop_directory_entry_stream(Handle);
WASI("filesystem/types", "[method]directory-entry-stream.read-directory-entry")
void read_directory_entry(Handle, Result<OptionalEntry>*);
DESCRIPTOR("append-via-stream") void append_via_stream(Handle, Result<Handle>*);
DESCRIPTOR("advise") void advise(Handle, u64 offset, u64 length, u32 advice, Done*);
DESCRIPTOR("sync-data") void sync_data(Handle, Done*);
DESCRIPTOR("sync") void sync(Handle, Done*);
DESCRIPTOR("get-type") void get_type(Handle, Result<u8>*);
DESCRIPTOR("set-size") void set_size(Handle, u64 size, Done*);
DESCRIPTOR("set-times")
void set_times(Handle, u32 accessed, u64 seconds, u32 nanoseconds, u32 modified, u64 seconds2, u32 nanoseconds2, Done*);
DESCRIPTOR("read") void read_at(Handle, u64 length, u64 offset, Result<DataAndEnd>*);
DESCRIPTOR("write") void write_at(Handle, const u8*, u32, u64 offset, Result<u64>*);
DESCRIPTOR("read-directory") void read_directory(Handle, Result<Handle>*);
DESCRIPTOR("create-directory-at") void create_directory_at(Handle, const u8*, u32, Done*);
DESCRIPTOR("stat") void stat(Handle, Result<Stat>*);
DESCRIPTOR("stat-at") void stat_at(Handle, u32 path_flags, const u8*, u32, Result<Stat>*);
DESCRIPTOR("set-times-at")
void set_times_at(Handle, u32 path_flags, const u8*, u32, u32 accessed, u64 seconds, u32 nanoseconds, u32 modified,
                  u64 seconds2, u32 nanoseconds2, Done*);
DESCRIPTOR("link-at") void link_at(Handle, u32 path_flags, const u8*, u32, Handle, const u8*, u32, Done*);
DESCRIPTOR("open-at") void open_at(Handle, u32 path_flags, const u8*, u32, u32 open_flags, u32 flags, Result<Handle>*);
DESCRIPTOR("readlink-at") void readlink_at(Handle, const u8*, u32, Result<Bytes>*);
DESCRIPTOR("remove-directory-at") void remove_directory_at(Handle, const u8*, u32, Done*);
DESCRIPTOR("rename-at") void rename_at(Handle, const u8*, u32, Handle, const u8*, u32, Done*);
DESCRIPTOR("symlink-at") void symlink_at(Handle, const u8*, u32, const u8*, u32, Done*);
DESCRIPTOR("unlink-file-at") void unlink_file_at(Handle, const u8*, u32, Done*);
DESCRIPTOR("metadata-hash") void metadata_hash(Handle, Result<MetadataHash>*);
DESCRIPTOR("metadata-hash-at") void metadata_hash_at(Handle, u32 path_flags, const u8*, u32, Result<MetadataHash>*);

}  // namespace preview1::wasi

namespace preview1 {

/// The errno of a `wasi:filesystem` error-code.
Errno errno_of(u8 code);

inline Errno errno_of(const wasi::Done& result) { return result.is_error ? errno_of(result.code) : kSuccess; }

/// The errno of a failed operation of a stream, whose error is dropped.
Errno errno_of(wasi::StreamError error);

}  // namespace preview1
