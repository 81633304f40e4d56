// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// WASI preview 1 in terms of WASI 0.2: the functions that a C library drags into every program. Compiled for
// wasm32 when witc is built, embedded in it, and put beside the main module by `witc new`, which removes
// what the program does not use (linker/new/trim_adapter.h).
//
// Covered: arguments, environment, clocks, sleeping, random numbers, exit, and the three standard streams.
// There is no file system behind this adapter: no directory is preopened, so a C library finds none, and
// every other function says `nosys`.
//
// The module has no memory of its own: it works in the main module's, where nothing is reserved for it. So
// it has no data (everything here is code and immediates), its state is one page it grows on first use,
// found through a wasm global, and `witc new` gives it a page for its stack in the same way.
//
// Names of the imports, layouts and numbers: component-model CanonicalABI.md, and the preview 1 witx files.

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long s64;
typedef u32 errno_t;

#define EXPORT(name) __attribute__((export_name(#name)))
#define IMPORT(interface, name) __attribute__((import_module(interface), import_name(name)))
#define V "@0.2.3"

enum { kSuccess = 0, kBadf = 8, kInval = 28, kIo = 29, kNosys = 52, kNotsup = 58, kSpipe = 70 };
enum { kPage = 65536, kMaxWrite = 4096 };

// -- WASI 0.2, as lowered ---------------------------------------------------------------------------------

struct text { u8 *data; u32 length; };
struct text_list { struct text *data; u32 length; };
struct pair_list { struct { struct text name, value; } *data; u32 length; };
struct stream_result {  // result<_, stream-error> and result<list<u8>, stream-error>
  u8 is_error;
  union {
    struct { u8 closed; u32 error; } failed;
    struct text bytes;
  } payload;
};
struct datetime { u64 seconds; u32 nanoseconds; };

IMPORT("wasi:cli/environment" V, "get-arguments") void get_arguments(struct text_list *out);
IMPORT("wasi:cli/environment" V, "get-environment") void get_environment(struct pair_list *out);
IMPORT("wasi:cli/exit" V, "exit") void cli_exit(u32 is_error);
IMPORT("wasi:cli/exit" V, "exit-with-code") void cli_exit_with_code(u32 code);
IMPORT("wasi:cli/stdin" V, "get-stdin") u32 get_stdin(void);
IMPORT("wasi:cli/stdout" V, "get-stdout") u32 get_stdout(void);
IMPORT("wasi:cli/stderr" V, "get-stderr") u32 get_stderr(void);
IMPORT("wasi:io/streams" V, "[method]input-stream.blocking-read")
void blocking_read(u32 self, u64 length, struct stream_result *out);
IMPORT("wasi:io/streams" V, "[method]output-stream.blocking-write-and-flush")
void blocking_write_and_flush(u32 self, const u8 *data, u32 length, struct stream_result *out);
IMPORT("wasi:io/error" V, "[resource-drop]error") void drop_error(u32 self);
IMPORT("wasi:io/poll" V, "[method]pollable.block") void pollable_block(u32 self);
IMPORT("wasi:io/poll" V, "[resource-drop]pollable") void drop_pollable(u32 self);
IMPORT("wasi:clocks/monotonic-clock" V, "now") u64 monotonic_now(void);
IMPORT("wasi:clocks/monotonic-clock" V, "resolution") u64 monotonic_resolution(void);
IMPORT("wasi:clocks/monotonic-clock" V, "subscribe-instant") u32 subscribe_instant(u64 when);
IMPORT("wasi:clocks/monotonic-clock" V, "subscribe-duration") u32 subscribe_duration(u64 length);
IMPORT("wasi:clocks/wall-clock" V, "now") void wall_now(struct datetime *out);
IMPORT("wasi:clocks/wall-clock" V, "resolution") void wall_resolution(struct datetime *out);
IMPORT("wasi:random/random" V, "get-random-bytes") void get_random_bytes(u64 length, struct text *out);
__attribute__((import_module("__main_module__"), import_name("_start"))) void main_start(void);

// -- state --------------------------------------------------------------------------------------------------

struct state {
  u8 *free, *end;      // what is left of the page(s) grown last
  u8 *target;          // where the next list received goes, once; null: to `free`
  u32 target_size;
  u32 streams[3];      // handle + 1; 0: not asked for yet
  u8 closed[3];
  u8 has_arguments, has_environment;
  struct text_list arguments;
  struct pair_list environment;
};

// A wasm global, not memory: address space 1 is WebAssembly's variables.
static u32 state_address __attribute__((address_space(1)));

static u8 *grow(u32 size) {
  u32 pages = (size + kPage - 1) / kPage;
  u32 at = __builtin_wasm_memory_grow(0, pages);
  if (at == (u32)-1) __builtin_trap();
  return (u8 *)(at * kPage);
}

static struct state *state(void) {
  if (state_address == 0) {
    struct state *fresh = (struct state *)grow(kPage);  // grown memory is zero
    fresh->free = (u8 *)(fresh + 1);
    fresh->end = (u8 *)fresh + kPage;
    state_address = (u32)fresh;
  }
  return (struct state *)state_address;
}

static u8 *allocate(struct state *s, u32 align, u32 size) {
  u32 at = ((u32)s->free + align - 1) & -align;
  if (at + size > (u32)s->end || at + size < at) {
    at = (u32)grow(size);
    s->end = (u8 *)(at + (size + kPage - 1) / kPage * kPage);
  }
  s->free = (u8 *)(at + size);
  return (u8 *)at;
}

EXPORT(cabi_import_realloc) void *import_realloc(u8 *old, u32 old_size, u32 align, u32 size) {
  struct state *s = state();
  // A host whose strings are encoded otherwise allocates too much and then shrinks.
  if (old && size <= old_size) return old;
  if (!old && s->target && size <= s->target_size) {
    u8 *target = s->target;
    s->target = 0;
    return target;
  }
  u8 *fresh = allocate(s, align, size);
  for (u32 i = 0; i < old_size; ++i) fresh[i] = old[i];
  return fresh;
}

static void copy(u8 *to, const u8 *from, u32 length) { __builtin_memcpy(to, from, length); }

// -- arguments and environment ------------------------------------------------------------------------------

static struct text_list *arguments(void) {
  struct state *s = state();
  if (!s->has_arguments) {
    get_arguments(&s->arguments);
    s->has_arguments = 1;
  }
  return &s->arguments;
}

EXPORT(args_sizes_get) errno_t args_sizes_get(u32 *count, u32 *size) {
  struct text_list *list = arguments();
  *count = list->length;
  *size = 0;
  for (u32 i = 0; i < list->length; ++i) *size += list->data[i].length + 1;
  return kSuccess;
}

EXPORT(args_get) errno_t args_get(u8 **pointers, u8 *buffer) {
  struct text_list *list = arguments();
  for (u32 i = 0; i < list->length; ++i) {
    struct text item = list->data[i];
    pointers[i] = buffer;
    copy(buffer, item.data, item.length);
    buffer[item.length] = 0;
    buffer += item.length + 1;
  }
  return kSuccess;
}

static struct pair_list *environment(void) {
  struct state *s = state();
  if (!s->has_environment) {
    get_environment(&s->environment);
    s->has_environment = 1;
  }
  return &s->environment;
}

EXPORT(environ_sizes_get) errno_t environ_sizes_get(u32 *count, u32 *size) {
  struct pair_list *list = environment();
  *count = list->length;
  *size = 0;
  for (u32 i = 0; i < list->length; ++i) *size += list->data[i].name.length + list->data[i].value.length + 2;
  return kSuccess;
}

EXPORT(environ_get) errno_t environ_get(u8 **pointers, u8 *buffer) {
  struct pair_list *list = environment();
  for (u32 i = 0; i < list->length; ++i) {
    struct text name = list->data[i].name, value = list->data[i].value;
    pointers[i] = buffer;
    copy(buffer, name.data, name.length);
    buffer[name.length] = '=';
    copy(buffer + name.length + 1, value.data, value.length);
    buffer[name.length + 1 + value.length] = 0;
    buffer += name.length + value.length + 2;
  }
  return kSuccess;
}

// -- clocks, random numbers, exit ------------------------------------------------------------------------------

enum { kRealtime = 0, kMonotonic = 1 };
static u64 nanoseconds(struct datetime time) { return time.seconds * 1000000000ull + time.nanoseconds; }

EXPORT(clock_time_get) errno_t clock_time_get(u32 clock, u64 precision, u64 *out) {
  (void)precision;
  if (clock == kMonotonic) {
    *out = monotonic_now();
  } else if (clock == kRealtime) {
    struct datetime now;
    wall_now(&now);
    *out = nanoseconds(now);
  } else {
    return kNotsup;
  }
  return kSuccess;
}

EXPORT(clock_res_get) errno_t clock_res_get(u32 clock, u64 *out) {
  if (clock == kMonotonic) {
    *out = monotonic_resolution();
  } else if (clock == kRealtime) {
    struct datetime resolution;
    wall_resolution(&resolution);
    *out = nanoseconds(resolution);
  } else {
    return kNotsup;
  }
  return kSuccess;
}

struct subscription {
  u64 userdata;
  u8 tag;
  _Alignas(8) u32 clock;  // a union begins here
  u64 timeout, precision;
  u16 flags;
};
_Static_assert(__builtin_offsetof(struct subscription, timeout) == 24 && sizeof(struct subscription) == 48, "witx");
struct event {
  u64 userdata;
  u16 error;
  u8 type;
  u64 bytes;
  u16 flags;
};
_Static_assert(__builtin_offsetof(struct event, bytes) == 16 && sizeof(struct event) == 32, "witx");

// One timer, which is what sleeping asks for; waiting for streams is not covered.
EXPORT(poll_oneoff) errno_t poll_oneoff(const struct subscription *in, struct event *out, u32 count, u32 *ready) {
  enum { kClockEvent = 0, kAbsolute = 1 };
  if (count == 0) return kInval;
  if (count != 1 || in->tag != kClockEvent) return kNosys;
  u64 timeout = in->timeout;
  int absolute = in->flags & kAbsolute;
  if (in->clock == kRealtime && absolute) {
    struct datetime now;
    wall_now(&now);
    timeout = timeout > nanoseconds(now) ? timeout - nanoseconds(now) : 0;
    absolute = 0;
  } else if (in->clock > kMonotonic) {
    return kNotsup;
  }
  u32 pollable = absolute ? subscribe_instant(timeout) : subscribe_duration(timeout);
  pollable_block(pollable);
  drop_pollable(pollable);
  out->userdata = in->userdata;
  out->error = kSuccess;
  out->type = kClockEvent;
  *ready = 1;
  return kSuccess;
}

EXPORT(random_get) errno_t random_get(u8 *buffer, u32 length) {
  struct state *s = state();
  struct text got;
  s->target = buffer;
  s->target_size = length;
  get_random_bytes(length, &got);
  s->target = 0;
  if (got.data != buffer) copy(buffer, got.data, got.length < length ? got.length : length);
  return kSuccess;
}

EXPORT(proc_exit) void proc_exit(u32 code) {
  cli_exit(code != 0);
  __builtin_trap();
}
// Takes the place of `proc_exit` where it was asked for: not every host has `exit-with-code`.
EXPORT(proc_exit_with_code) void proc_exit_with_code(u32 code) {
  cli_exit_with_code(code & 0xff);
  __builtin_trap();
}
EXPORT(sched_yield) errno_t sched_yield(void) { return kSuccess; }

__attribute__((export_name("wasi:cli/run" V "#run"))) u32 run(void) {
  main_start();
  return 0;
}

// -- standard streams -----------------------------------------------------------------------------------------

struct iovec { u8 *data; u32 length; };

static int is_open(u32 fd) { return fd < 3 && !state()->closed[fd]; }

static u32 stream(u32 fd) {
  struct state *s = state();
  if (s->streams[fd] == 0) s->streams[fd] = 1 + (fd == 1 ? get_stdout() : get_stderr());
  return s->streams[fd] - 1;
}
// Apart from `stream`, so that a program which only writes does not import standard input.
static u32 input_stream(void) {
  struct state *s = state();
  if (s->streams[0] == 0) s->streams[0] = 1 + get_stdin();
  return s->streams[0] - 1;
}

static int write_all(u32 fd, const u8 *data, u32 length) {
  while (length > 0) {
    u32 chunk = length < kMaxWrite ? length : kMaxWrite;
    struct stream_result result;
    blocking_write_and_flush(stream(fd), data, chunk, &result);
    if (result.is_error) {
      if (!result.payload.failed.closed) drop_error(result.payload.failed.error);
      return 0;
    }
    data += chunk;
    length -= chunk;
  }
  return 1;
}

EXPORT(fd_write) errno_t fd_write(u32 fd, const struct iovec *vectors, u32 count, u32 *written) {
  if (!is_open(fd) || fd == 0) return kBadf;
  u32 total = 0;
  for (u32 i = 0; i < count; ++i) {
    if (!write_all(fd, vectors[i].data, vectors[i].length)) return kIo;
    total += vectors[i].length;
  }
  *written = total;
  return kSuccess;
}

EXPORT(fd_read) errno_t fd_read(u32 fd, const struct iovec *vectors, u32 count, u32 *read) {
  if (!is_open(fd) || fd != 0) return kBadf;
  *read = 0;
  while (count > 0 && vectors->length == 0) {
    ++vectors;
    --count;
  }
  if (count == 0) return kSuccess;
  struct state *s = state();
  struct stream_result result;
  s->target = vectors->data;
  s->target_size = vectors->length;
  blocking_read(input_stream(), vectors->length, &result);
  s->target = 0;
  if (result.is_error) {
    if (result.payload.failed.closed) return kSuccess;  // the end of the input
    drop_error(result.payload.failed.error);
    return kIo;
  }
  struct text got = result.payload.bytes;
  if (got.length > 0 && got.data != vectors->data) copy(vectors->data, got.data, got.length);
  *read = got.length;
  return kSuccess;
}

EXPORT(fd_close) errno_t fd_close(u32 fd) {
  if (!is_open(fd)) return kBadf;
  state()->closed[fd] = 1;
  return kSuccess;
}

struct fdstat {
  u8 filetype;
  u16 flags;
  u64 rights_base, rights_inheriting;
};

_Static_assert(__builtin_offsetof(struct fdstat, rights_base) == 8 && sizeof(struct fdstat) == 24, "witx");

EXPORT(fd_fdstat_get) errno_t fd_fdstat_get(u32 fd, struct fdstat *out) {
  enum { kRightRead = 1 << 1, kRightWrite = 1 << 6 };
  if (!is_open(fd)) return kBadf;
  // `unknown`: whether it is a terminal is not asked, so output is buffered in full.
  out->filetype = 0;
  out->flags = 0;
  out->rights_base = fd == 0 ? kRightRead : kRightWrite;
  out->rights_inheriting = 0;
  return kSuccess;
}
EXPORT(fd_fdstat_set_flags) errno_t fd_fdstat_set_flags(u32 fd, u32 flags) {
  if (!is_open(fd)) return kBadf;
  return flags == 0 ? kSuccess : kNosys;
}
EXPORT(fd_seek) errno_t fd_seek(u32 fd, s64 offset, u32 whence, u64 *out) {
  (void)offset, (void)whence, (void)out;
  return is_open(fd) ? kSpipe : kBadf;
}
EXPORT(fd_tell) errno_t fd_tell(u32 fd, u64 *out) {
  (void)out;
  return is_open(fd) ? kSpipe : kBadf;
}
EXPORT(fd_sync) errno_t fd_sync(u32 fd) { return is_open(fd) ? kSuccess : kBadf; }
EXPORT(fd_datasync) errno_t fd_datasync(u32 fd) { return is_open(fd) ? kSuccess : kBadf; }

// No directory is preopened: a C library stops looking at the first one that is not there.
EXPORT(fd_prestat_get) errno_t fd_prestat_get(u32 fd, u32 *out) {
  (void)fd, (void)out;
  return kBadf;
}
EXPORT(fd_prestat_dir_name) errno_t fd_prestat_dir_name(u32 fd, u8 *path, u32 length) {
  (void)fd, (void)path, (void)length;
  return kBadf;
}

// -- not covered ------------------------------------------------------------------------------------------------

#define NOSYS(name, ...) EXPORT(name) errno_t name(__VA_ARGS__) { return kNosys; }
#pragma clang diagnostic ignored "-Wc23-extensions"
NOSYS(fd_advise, u32, u64, u64, u32)
NOSYS(fd_allocate, u32, u64, u64)
NOSYS(fd_fdstat_set_rights, u32, u64, u64)
NOSYS(fd_filestat_get, u32, void *)
NOSYS(fd_filestat_set_size, u32, u64)
NOSYS(fd_filestat_set_times, u32, u64, u64, u32)
NOSYS(fd_pread, u32, const struct iovec *, u32, u64, u32 *)
NOSYS(fd_pwrite, u32, const struct iovec *, u32, u64, u32 *)
NOSYS(fd_readdir, u32, u8 *, u32, u64, u32 *)
NOSYS(fd_renumber, u32, u32)
NOSYS(path_create_directory, u32, const u8 *, u32)
NOSYS(path_filestat_get, u32, u32, const u8 *, u32, void *)
NOSYS(path_filestat_set_times, u32, u32, const u8 *, u32, u64, u64, u32)
NOSYS(path_link, u32, u32, const u8 *, u32, u32, const u8 *, u32)
NOSYS(path_open, u32, u32, const u8 *, u32, u32, u64, u64, u32, u32 *)
NOSYS(path_readlink, u32, const u8 *, u32, u8 *, u32, u32 *)
NOSYS(path_remove_directory, u32, const u8 *, u32)
NOSYS(path_rename, u32, const u8 *, u32, u32, const u8 *, u32)
NOSYS(path_symlink, const u8 *, u32, u32, const u8 *, u32)
NOSYS(path_unlink_file, u32, const u8 *, u32)
NOSYS(proc_raise, u32)
NOSYS(sock_accept, u32, u32, u32 *)
NOSYS(sock_recv, u32, const struct iovec *, u32, u32, u32 *, u32 *)
NOSYS(sock_send, u32, const struct iovec *, u32, u32, u32 *)
NOSYS(sock_shutdown, u32, u32)
