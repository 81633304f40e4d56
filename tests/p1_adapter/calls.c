// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every function of preview 1, called as it is: no C library between the program and the adapter. The first
// preopened directory is empty. What is printed is calls.expected.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

static const char *name_of(__wasi_errno_t error) {
  switch (error) {
    case 0: return "ok";
    case __WASI_ERRNO_BADF: return "badf";
    case __WASI_ERRNO_EXIST: return "exist";
    case __WASI_ERRNO_ILSEQ: return "ilseq";
    case __WASI_ERRNO_INVAL: return "inval";
    case __WASI_ERRNO_ISDIR: return "isdir";
    case __WASI_ERRNO_LOOP: return "loop";
    case __WASI_ERRNO_NAMETOOLONG: return "nametoolong";
    case __WASI_ERRNO_NOENT: return "noent";
    case __WASI_ERRNO_NOTDIR: return "notdir";
    case __WASI_ERRNO_NOTEMPTY: return "notempty";
    case __WASI_ERRNO_NOTSOCK: return "notsock";
    case __WASI_ERRNO_NOTSUP: return "notsup";
    case __WASI_ERRNO_PERM: return "perm";
    case __WASI_ERRNO_SPIPE: return "spipe";
    default: break;
  }
  static char number[16];
  snprintf(number, sizeof number, "%d", error);
  return number;
}
#define SAY(call) printf("%s: %s\n", #call, name_of(call))

enum { kRoot = 3 };
static const __wasi_rights_t kAll = ~(__wasi_rights_t)0;
static const __wasi_rights_t kNoWrite = ~(__WASI_RIGHTS_FD_DATASYNC | __WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_ALLOCATE |
                                          __WASI_RIGHTS_FD_FILESTAT_SET_SIZE);
static __wasi_fd_t fd, other;
static __wasi_size_t n;
static __wasi_filesize_t at;

static __wasi_errno_t open_at(const char *path, __wasi_oflags_t how, __wasi_rights_t rights, __wasi_fdflags_t flags,
                              __wasi_fd_t *out) {
  return __wasi_path_open(kRoot, 0, path, how, rights, rights, flags, out);
}
static __wasi_errno_t put(__wasi_fd_t to, const char *text) {
  __wasi_ciovec_t parts[3] = {{(const uint8_t *)text, 1}, {0, 0}, {(const uint8_t *)text + 1, strlen(text) - 1}};
  return __wasi_fd_write(to, parts, 3, &n);
}
static char buffer[64];
static __wasi_errno_t get(__wasi_fd_t from) {
  __wasi_iovec_t parts[3] = {{(uint8_t *)buffer, 2}, {0, 0}, {(uint8_t *)buffer + 2, 30}};
  __wasi_errno_t error = __wasi_fd_read(from, parts, 3, &n);
  if (error == 0) buffer[n] = 0;
  return error;
}
static __wasi_filestat_t filestat;
static const char *filetype(__wasi_filetype_t type) {
  static const char *const names[] = {"unknown", "block", "char", "dir", "file", "dgram", "stream", "link"};
  return names[type];
}

static void arguments_and_variables(void) {
  __wasi_size_t count, size;
  SAY(__wasi_args_sizes_get(&count, &size));
  uint8_t *pointers[16], bytes[8192];
  SAY(__wasi_args_get(pointers, bytes));
  printf("%u arguments; the second is %s\n", (unsigned)count, count > 1 ? (char *)pointers[1] : "none");
  SAY(__wasi_environ_sizes_get(&count, &size));
  SAY(__wasi_environ_get(pointers, bytes));
  for (unsigned i = 0; i < count; ++i) {
    if (strncmp((char *)pointers[i], "TEST_", 5) == 0) printf("variable %s\n", pointers[i]);
  }
}

static void clocks(void) {
  __wasi_timestamp_t time = 0, resolution = 0, later = 0;
  SAY(__wasi_clock_time_get(__WASI_CLOCKID_REALTIME, 1, &time));
  printf("after 2020: %d\n", time > 1577836800000000000ull);
  SAY(__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1, &time));
  SAY(__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1, &later));
  printf("forward: %d\n", later >= time);
  SAY(__wasi_clock_res_get(__WASI_CLOCKID_REALTIME, &resolution));
  printf("some: %d\n", resolution != 0);
  SAY(__wasi_clock_res_get(__WASI_CLOCKID_MONOTONIC, &resolution));
  uint8_t bytes[100] = {0};
  int zeros = 0;
  SAY(__wasi_random_get(bytes, sizeof bytes));
  for (unsigned i = 0; i < sizeof bytes; ++i) zeros += bytes[i] == 0;
  printf("random: %d\n", zeros < 50);
  SAY(__wasi_sched_yield());
}

static void preopens(void) {
  __wasi_prestat_t prestat;
  SAY(__wasi_fd_prestat_get(kRoot, &prestat));
  printf("a directory: %d\n", prestat.tag == __WASI_PREOPENTYPE_DIR);
  __wasi_size_t length = prestat.u.dir.pr_name_len;
  SAY(__wasi_fd_prestat_dir_name(kRoot, (uint8_t *)buffer, length));
  printf("name: %.*s\n", (int)length, buffer);
  SAY(__wasi_fd_prestat_dir_name(kRoot, (uint8_t *)buffer, length - 1));
  SAY(__wasi_fd_prestat_get(0, &prestat));
  SAY(__wasi_fd_prestat_get(kRoot + 1, &prestat));
  __wasi_fdstat_t stat;
  SAY(__wasi_fd_fdstat_get(kRoot, &stat));
  printf("%s, may open: %d\n", filetype(stat.fs_filetype), (stat.fs_rights_base & __WASI_RIGHTS_PATH_OPEN) != 0);
}

static void reading_and_writing(void) {
  SAY(open_at("none", 0, kAll, 0, &fd));
  SAY(open_at("file", __WASI_OFLAGS_CREAT, kAll, 0, &fd));
  printf("fd %d\n", (int)fd);
  SAY(open_at("file", __WASI_OFLAGS_CREAT | __WASI_OFLAGS_EXCL, kAll, 0, &other));
  SAY(put(fd, "hello, world"));
  printf("%u written\n", (unsigned)n);
  SAY(__wasi_fd_tell(fd, &at));
  printf("at %u\n", (unsigned)at);
  SAY(__wasi_fd_seek(fd, 7, __WASI_WHENCE_SET, &at));
  SAY(get(fd));
  printf("read %u: %s\n", (unsigned)n, buffer);
  SAY(get(fd));
  printf("read %u\n", (unsigned)n);
  SAY(__wasi_fd_seek(fd, -5, __WASI_WHENCE_END, &at));
  printf("at %u\n", (unsigned)at);
  SAY(put(fd, "WORLD"));
  SAY(__wasi_fd_seek(fd, -12, __WASI_WHENCE_CUR, &at));
  SAY(get(fd));
  printf("read %u: %s\n", (unsigned)n, buffer);
  SAY(__wasi_fd_seek(fd, -1, __WASI_WHENCE_SET, &at));
  SAY(__wasi_fd_seek(fd, 0, 9, &at));
  SAY(__wasi_fd_seek(1, 0, __WASI_WHENCE_CUR, &at));
  __wasi_iovec_t in = {(uint8_t *)buffer, 5};
  SAY(__wasi_fd_pread(fd, &in, 1, 7, &n));
  printf("pread %u: %.5s\n", (unsigned)n, buffer);
  __wasi_ciovec_t out = {(const uint8_t *)"J", 1};
  SAY(__wasi_fd_pwrite(fd, &out, 1, 0, &n));
  SAY(__wasi_fd_pread(fd, &in, 1, 100, &n));
  printf("pread %u\n", (unsigned)n);
  SAY(__wasi_fd_tell(fd, &at));
  printf("at %u\n", (unsigned)at);
  SAY(__wasi_fd_seek(fd, 20, __WASI_WHENCE_SET, &at));
  SAY(put(fd, "far"));
  SAY(__wasi_fd_filestat_get(fd, &filestat));
  printf("%s of %u, %u link\n", filetype(filestat.filetype), (unsigned)filestat.size, (unsigned)filestat.nlink);
  SAY(__wasi_fd_pread(fd, &in, 1, 10, &n));
  printf("hole: %c%c%d%d%d\n", buffer[0], buffer[1], buffer[2], buffer[3], buffer[4]);
  SAY(__wasi_fd_filestat_set_size(fd, 5));
  SAY(__wasi_fd_filestat_get(fd, &filestat));
  printf("size %u\n", (unsigned)filestat.size);
  SAY(__wasi_fd_allocate(fd, 0, 9));
  SAY(__wasi_fd_filestat_get(fd, &filestat));
  printf("size %u\n", (unsigned)filestat.size);
  SAY(__wasi_fd_advise(fd, 0, 0, __WASI_ADVICE_SEQUENTIAL));
  SAY(__wasi_fd_datasync(fd));
  SAY(__wasi_fd_sync(fd));
  SAY(__wasi_fd_filestat_set_times(fd, 1000000001, 2000000002, __WASI_FSTFLAGS_ATIM | __WASI_FSTFLAGS_MTIM));
  SAY(__wasi_fd_filestat_get(fd, &filestat));
  printf("times %llu %llu\n", filestat.atim, filestat.mtim);
  SAY(__wasi_fd_filestat_set_times(fd, 0, 0, __WASI_FSTFLAGS_MTIM_NOW));
  SAY(__wasi_fd_filestat_get(fd, &filestat));
  printf("times %llu, now: %d\n", filestat.atim, filestat.mtim > 1577836800000000000ull);
  SAY(__wasi_fd_filestat_set_times(fd, 0, 0, __WASI_FSTFLAGS_MTIM_NOW | __WASI_FSTFLAGS_MTIM));
  SAY(__wasi_fd_close(fd));
  SAY(__wasi_fd_close(fd));
  SAY(get(fd));
}

static void flags_and_appending(void) {
  __wasi_fdstat_t stat;
  SAY(open_at("file", __WASI_OFLAGS_TRUNC, kAll, 0, &other));
  SAY(open_at("file", 0, __WASI_RIGHTS_FD_WRITE, __WASI_FDFLAGS_APPEND, &fd));
  SAY(__wasi_fd_fdstat_get(fd, &stat));
  printf("%s, flags %d, reads %d, writes %d\n", filetype(stat.fs_filetype), stat.fs_flags,
         (stat.fs_rights_base & __WASI_RIGHTS_FD_READ) != 0, (stat.fs_rights_base & __WASI_RIGHTS_FD_WRITE) != 0);
  SAY(put(other, "0123456789"));
  SAY(put(fd, "abc"));
  SAY(__wasi_fd_tell(fd, &at));
  printf("at %u\n", (unsigned)at);
  SAY(get(fd));
  SAY(__wasi_fd_seek(other, 0, __WASI_WHENCE_SET, &at));
  SAY(get(other));
  printf("read %s\n", buffer);
  SAY(__wasi_fd_fdstat_set_flags(fd, 0));
  SAY(__wasi_fd_seek(fd, 0, __WASI_WHENCE_SET, &at));
  SAY(put(fd, "XY"));
  SAY(__wasi_fd_fdstat_set_flags(other, __WASI_FDFLAGS_APPEND));
  SAY(put(other, "!"));
  SAY(__wasi_fd_seek(other, 0, __WASI_WHENCE_SET, &at));
  SAY(get(other));
  printf("read %s\n", buffer);
  SAY(__wasi_fd_close(fd));
  SAY(open_at("file", 0, __WASI_RIGHTS_FD_READ, 0, &fd));
  SAY(put(fd, "no"));
  SAY(__wasi_fd_close(fd));
  SAY(__wasi_fd_close(other));
}

static void renumbering(void) {
  SAY(open_at("one", __WASI_OFLAGS_CREAT, kAll, 0, &fd));
  SAY(open_at("two", __WASI_OFLAGS_CREAT, kAll, 0, &other));
  SAY(put(fd, "one"));
  SAY(put(other, "two"));
  SAY(__wasi_fd_renumber(fd, other));
  SAY(__wasi_fd_close(fd));
  SAY(__wasi_fd_seek(other, 0, __WASI_WHENCE_SET, &at));
  SAY(get(other));
  printf("read %s\n", buffer);
  SAY(__wasi_fd_renumber(other, other));
  SAY(__wasi_fd_renumber(77, other));
  __wasi_fd_t again;
  SAY(open_at("two", 0, kAll, 0, &again));
  printf("the lowest: %d\n", again == fd);
  SAY(__wasi_fd_close(again));
  SAY(__wasi_fd_close(other));
}

static void paths(void) {
  SAY(__wasi_path_create_directory(kRoot, "dir"));
  SAY(__wasi_path_create_directory(kRoot, "dir"));
  SAY(__wasi_path_create_directory(kRoot, "none/dir"));
  printf("outside: %d\n", __wasi_path_create_directory(kRoot, "../dir") == 0);
  SAY(__wasi_path_rename(kRoot, "one", kRoot, "dir/uno"));
  SAY(__wasi_path_rename(kRoot, "one", kRoot, "dir/uno"));
  SAY(__wasi_path_link(kRoot, 0, "dir/uno", kRoot, "uno"));
  SAY(__wasi_path_filestat_get(kRoot, 0, "uno", &filestat));
  __wasi_inode_t inode = filestat.ino;
  printf("%s of %u, %u links\n", filetype(filestat.filetype), (unsigned)filestat.size, (unsigned)filestat.nlink);
  SAY(__wasi_path_filestat_get(kRoot, 0, "dir/uno", &filestat));
  printf("the same: %d\n", filestat.ino == inode);
  SAY(__wasi_path_symlink("dir/uno", kRoot, "link"));
  SAY(__wasi_path_filestat_get(kRoot, 0, "link", &filestat));
  printf("%s\n", filetype(filestat.filetype));
  SAY(__wasi_path_filestat_get(kRoot, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, "link", &filestat));
  printf("%s\n", filetype(filestat.filetype));
  SAY(__wasi_path_readlink(kRoot, "link", (uint8_t *)buffer, sizeof buffer, &n));
  printf("link to %.*s\n", (int)n, buffer);
  SAY(__wasi_path_readlink(kRoot, "link", (uint8_t *)buffer, 3, &n));
  printf("cut off %.*s\n", (int)n, buffer);
  SAY(__wasi_path_readlink(kRoot, "uno", (uint8_t *)buffer, 3, &n));
  SAY(open_at("link", 0, kAll, 0, &fd));
  SAY(__wasi_path_filestat_set_times(kRoot, 0, "uno", 5000000005, 6000000006, __WASI_FSTFLAGS_ATIM | __WASI_FSTFLAGS_MTIM));
  SAY(__wasi_path_filestat_get(kRoot, 0, "uno", &filestat));
  printf("times %llu %llu\n", filestat.atim, filestat.mtim);
  SAY(__wasi_path_remove_directory(kRoot, "dir"));
  SAY(__wasi_path_remove_directory(kRoot, "uno"));
  SAY(__wasi_path_unlink_file(kRoot, "dir"));
  SAY(__wasi_path_unlink_file(kRoot, "dir/uno"));
  SAY(__wasi_path_remove_directory(kRoot, "dir"));
  SAY(__wasi_path_unlink_file(kRoot, "link"));
  SAY(__wasi_path_unlink_file(kRoot, "uno"));
  SAY(__wasi_path_unlink_file(kRoot, "uno"));
  SAY(__wasi_path_create_directory(kRoot, "not \xff utf-8"));
  SAY(__wasi_path_create_directory(kRoot, "\xe2\x82\xac"));
  SAY(__wasi_path_remove_directory(kRoot, "\xe2\x82\xac"));
  SAY(__wasi_path_create_directory(0, "dir"));
  SAY(__wasi_path_create_directory(99, "dir"));
}

static void directories(void) {
  char name[32];
  SAY(__wasi_path_create_directory(kRoot, "many"));
  SAY(open_at("many", __WASI_OFLAGS_DIRECTORY, kNoWrite, 0, &fd));
  for (int i = 0; i < 300; ++i) {
    __wasi_fd_t made;
    snprintf(name, sizeof name, "entry-%03d", i);
    __wasi_errno_t error = __wasi_path_open(fd, 0, name, __WASI_OFLAGS_CREAT, kAll, kAll, 0, &made);
    if (error == 0) error = __wasi_fd_close(made);
    if (error != 0) {
      printf("%s: %s\n", name, name_of(error));
      return;
    }
  }
  // With a buffer that cuts entries off, each is seen once.
  static uint8_t bytes[100];
  int seen[300] = {0}, count = 0, dots = 0, wrong = 0;
  __wasi_dircookie_t cookie = 0, middle = 0;
  char after_middle[32] = "";
  for (;;) {
    __wasi_errno_t error = __wasi_fd_readdir(fd, bytes, sizeof bytes, cookie, &n);
    if (error != 0) printf("fd_readdir: %s\n", name_of(error));
    __wasi_size_t offset = 0;
    while (offset + sizeof(__wasi_dirent_t) <= n) {
      __wasi_dirent_t entry;
      memcpy(&entry, bytes + offset, sizeof entry);
      offset += sizeof entry;
      if (offset + entry.d_namlen > n) break;
      memcpy(name, bytes + offset, entry.d_namlen);
      name[entry.d_namlen] = 0;
      offset += entry.d_namlen;
      if (middle != 0 && after_middle[0] == 0) strcpy(after_middle, name);
      cookie = entry.d_next;
      if (++count == 150) middle = cookie;
      if (name[0] == '.') {
        ++dots;
        wrong += entry.d_type != __WASI_FILETYPE_DIRECTORY;
      } else {
        ++seen[atoi(name + 6)];
        wrong += entry.d_type != __WASI_FILETYPE_REGULAR_FILE || entry.d_ino == 0;
      }
    }
    if (n < sizeof bytes) break;
  }
  for (int i = 0; i < 300; ++i) wrong += seen[i] != 1;
  printf("%d entries, %d dots, %d wrong\n", count, dots, wrong);
  SAY(__wasi_fd_readdir(fd, bytes, sizeof bytes, middle, &n));
  __wasi_dirent_t entry;
  memcpy(&entry, bytes, sizeof entry);
  printf("the same after a cookie: %d\n", memcmp(after_middle, bytes + sizeof entry, entry.d_namlen) == 0);
  SAY(__wasi_fd_readdir(fd, bytes, 0, 0, &n));
  SAY(__wasi_fd_readdir(0, bytes, sizeof bytes, 0, &n));
  SAY(__wasi_fd_filestat_get(fd, &filestat));
  printf("%s\n", filetype(filestat.filetype));
  printf("a directory is read: %d\n", get(fd) == 0);
  SAY(__wasi_fd_close(fd));
  SAY(open_at("many", 0, __WASI_RIGHTS_FD_READ, 0, &fd));
  SAY(__wasi_fd_readdir(fd, bytes, sizeof bytes, 0, &n));
  SAY(__wasi_fd_close(fd));
  SAY(open_at("file", 0, __WASI_RIGHTS_FD_READ, 0, &fd));
  SAY(__wasi_fd_readdir(fd, bytes, sizeof bytes, 0, &n));
  SAY(__wasi_path_open(fd, 0, "x", __WASI_OFLAGS_CREAT, kAll, kAll, 0, &other));
  SAY(__wasi_fd_close(fd));
  SAY(open_at("file", __WASI_OFLAGS_DIRECTORY, __WASI_RIGHTS_FD_READ, 0, &fd));
  SAY(open_at("many", 0, kAll, 0, &fd));
}

static __wasi_subscription_t clock_in(__wasi_timestamp_t timeout) {
  __wasi_subscription_t out = {.userdata = 7, .u = {.tag = __WASI_EVENTTYPE_CLOCK}};
  out.u.u.clock.id = __WASI_CLOCKID_MONOTONIC;
  out.u.u.clock.timeout = timeout;
  return out;
}
static __wasi_subscription_t fd_ready(__wasi_eventtype_t type, __wasi_fd_t of) {
  __wasi_subscription_t out = {.userdata = 100 + of, .u = {.tag = type}};
  out.u.u.fd_read.file_descriptor = of;
  return out;
}

static void polling(void) {
  __wasi_event_t events[4];
  __wasi_subscription_t all[4] = {clock_in(20000000), clock_in(60000000000), clock_in(0), clock_in(0)};
  __wasi_timestamp_t before, after;
  (void)!__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1, &before);
  SAY(__wasi_poll_oneoff(all, events, 2, &n));
  (void)!__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1, &after);
  printf("%u event for %llu, waited %d\n", (unsigned)n, events[0].userdata, after - before >= 20000000 && after - before < 10000000000);
  (void)!__wasi_clock_time_get(__WASI_CLOCKID_REALTIME, 1, &before);
  all[0].u.u.clock.id = __WASI_CLOCKID_REALTIME;
  all[0].u.u.clock.timeout = before + 10000000;
  all[0].u.u.clock.flags = __WASI_SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME;
  SAY(__wasi_poll_oneoff(all, events, 1, &n));
  (void)!__wasi_clock_time_get(__WASI_CLOCKID_REALTIME, 1, &after);
  printf("waited %d\n", after - before >= 9000000 && after - before < 10000000000);
  SAY(open_at("file", 0, __WASI_RIGHTS_FD_READ, 0, &fd));
  all[0] = clock_in(60000000000);
  all[1] = fd_ready(__WASI_EVENTTYPE_FD_READ, fd);
  all[2] = fd_ready(__WASI_EVENTTYPE_FD_WRITE, 99);
  SAY(__wasi_poll_oneoff(all, events, 3, &n));
  for (unsigned i = 0; i < n; ++i) {
    if (events[i].userdata == 199) printf("99: %s\n", name_of(events[i].error));
    if (events[i].userdata == 100 + fd) printf("file: %s, %u bytes\n", name_of(events[i].error), (unsigned)events[i].fd_readwrite.nbytes);
    if (events[i].userdata == 7) printf("the clock\n");
  }
  all[1] = fd_ready(__WASI_EVENTTYPE_FD_WRITE, 1);
  SAY(__wasi_poll_oneoff(all, events, 2, &n));
  printf("%u event for %llu\n", (unsigned)n, events[0].userdata);
  all[1] = fd_ready(__WASI_EVENTTYPE_FD_READ, 0);
  SAY(__wasi_poll_oneoff(all, events, 2, &n));
  printf("%u event for %llu\n", (unsigned)n, events[0].userdata);
  SAY(__wasi_poll_oneoff(all, events, 0, &n));
  SAY(__wasi_fd_close(fd));
}

static void streams_and_sockets(void) {
  SAY(get(0));
  printf("read %u: %s", (unsigned)n, buffer);
  SAY(get(0));
  printf("read %u\n", (unsigned)n);
  SAY(get(1));
  SAY(put(0, "no"));
  SAY(__wasi_fd_filestat_get(0, &filestat));
  SAY(__wasi_fd_sync(99));
  __wasi_roflags_t flags;
  __wasi_iovec_t in = {(uint8_t *)buffer, 5};
  __wasi_ciovec_t out = {(const uint8_t *)buffer, 5};
  SAY(__wasi_sock_recv(kRoot, &in, 1, 0, &n, &flags));
  SAY(__wasi_sock_send(kRoot, &out, 1, 0, &n));
  SAY(__wasi_sock_shutdown(kRoot, __WASI_SDFLAGS_RD));
  SAY(__wasi_sock_shutdown(99, __WASI_SDFLAGS_RD));
  SAY(__wasi_sock_accept(kRoot, 0, &fd));
  SAY(__wasi_fd_fdstat_set_rights(99, 0, 0));
}

/// Bigger than what any one call moves.
static void big(void) {
  enum { kSize = 5000000 };
  uint8_t *data = malloc(kSize), *back = malloc(kSize);
  for (int i = 0; i < kSize; ++i) data[i] = (uint8_t)(i * 7 + (i >> 8));
  SAY(open_at("big", __WASI_OFLAGS_CREAT, kAll, 0, &fd));
  __wasi_ciovec_t out[2] = {{data, kSize / 2}, {data + kSize / 2, kSize - kSize / 2}};
  SAY(__wasi_fd_write(fd, out, 2, &n));
  printf("%u written\n", (unsigned)n);
  SAY(__wasi_fd_seek(fd, 0, __WASI_WHENCE_SET, &at));
  __wasi_iovec_t in[2] = {{back, 1000}, {back + 1000, kSize}};
  SAY(__wasi_fd_read(fd, in, 2, &n));
  printf("%u read, the same: %d\n", (unsigned)n, memcmp(data, back, kSize) == 0);
  SAY(__wasi_fd_close(fd));
  SAY(open_at("big", __WASI_OFLAGS_TRUNC, kAll, __WASI_FDFLAGS_APPEND, &fd));
  SAY(__wasi_fd_write(fd, out, 2, &n));
  memset(back, 0, kSize);
  SAY(__wasi_fd_pread(fd, in, 2, 0, &n));
  printf("%u read, the same: %d\n", (unsigned)n, memcmp(data, back, kSize) == 0);
  SAY(__wasi_fd_close(fd));
}

int main(void) {
  setvbuf(stdout, NULL, _IOFBF, 65536);
  arguments_and_variables();
  clocks();
  preopens();
  reading_and_writing();
  flags_and_appending();
  renumbering();
  paths();
  directories();
  polling();
  streams_and_sockets();
  big();
  fflush(stdout);
  __wasi_proc_exit(0);
}
