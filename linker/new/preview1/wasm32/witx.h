// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// WASI preview 1 as its witx files have it: numbers and layouts, as far as the adapter needs them.

namespace preview1 {

using u8 = unsigned char;
using u16 = unsigned short;
using u32 = unsigned int;
using u64 = unsigned long long;
using s64 = long long;

enum Errno : u32 {
  kSuccess = 0, kAcces = 2, kAgain = 6, kAlready = 7, kBadf = 8, kBusy = 10, kDeadlk = 16, kDquot = 19, kExist = 20,
  kFbig = 22, kIlseq = 25, kInprogress = 26, kIntr = 27, kInval = 28, kIo = 29, kIsdir = 31, kLoop = 32, kMfile = 33,
  kMlink = 34, kMsgsize = 35, kNametoolong = 37, kNodev = 43, kNoent = 44, kNolck = 46, kNomem = 48, kNospc = 51,
  kNotdir = 54, kNotempty = 55, kNotrecoverable = 56, kNotsock = 57, kNotsup = 58, kNotty = 59, kNxio = 60,
  kOverflow = 61, kPerm = 63, kPipe = 64, kRofs = 69, kSpipe = 70, kTxtbsy = 74, kXdev = 75,
};

enum ClockId : u32 { kRealtime = 0, kMonotonic = 1 };
enum FdFlags : u16 { kAppend = 1, kDsync = 2, kNonblock = 4, kRsync = 8, kSync = 16 };
enum FstFlags : u16 { kAtim = 1, kAtimNow = 2, kMtim = 4, kMtimNow = 8 };
enum Whence : u32 { kSet = 0, kCur = 1, kEnd = 2 };
enum Advice : u32 { kNoReuse = 5 };
enum EventType : u8 { kClockEvent = 0, kReadEvent = 1, kWriteEvent = 2 };
enum SubclockFlags : u16 { kAbstime = 1 };
enum OFlags : u16 { kCreat = 1, kDirectoryOnly = 2, kExcl = 4, kTrunc = 8 };

enum FileType : u8 {
  kUnknown = 0, kBlockDevice = 1, kCharacterDevice = 2, kDirectory = 3, kRegularFile = 4, kSocketStream = 6, kSymbolicLink = 7,
};

enum Rights : u64 {
  kFdDatasync = 1ull << 0, kFdRead = 1ull << 1, kFdSeek = 1ull << 2, kFdFdstatSetFlags = 1ull << 3, kFdSync = 1ull << 4,
  kFdTell = 1ull << 5, kFdWrite = 1ull << 6, kFdAdvise = 1ull << 7, kFdAllocate = 1ull << 8,
  kPathCreateDirectory = 1ull << 9, kPathCreateFile = 1ull << 10, kPathLinkSource = 1ull << 11,
  kPathLinkTarget = 1ull << 12, kPathOpen = 1ull << 13, kFdReaddir = 1ull << 14, kPathReadlink = 1ull << 15,
  kPathRenameSource = 1ull << 16, kPathRenameTarget = 1ull << 17, kPathFilestatGet = 1ull << 18,
  kPathFilestatSetSize = 1ull << 19, kPathFilestatSetTimes = 1ull << 20, kFdFilestatGet = 1ull << 21,
  kFdFilestatSetSize = 1ull << 22, kFdFilestatSetTimes = 1ull << 23, kPathSymlink = 1ull << 24,
  kPathRemoveDirectory = 1ull << 25, kPathUnlinkFile = 1ull << 26, kPollFdReadwrite = 1ull << 27,
};

struct Iovec { u32 data, length; };

struct Fdstat {
  u8 filetype;
  u16 flags;
  u64 rights_base, rights_inheriting;
};
static_assert(__builtin_offsetof(Fdstat, rights_base) == 8 && sizeof(Fdstat) == 24);

struct Filestat {
  u64 device, inode;
  u8 filetype;
  u64 links, size, accessed, modified, changed;
};
static_assert(__builtin_offsetof(Filestat, links) == 24 && sizeof(Filestat) == 64);

struct Dirent {
  u64 next, inode;
  u32 name_length;
  u8 type;
};
static_assert(sizeof(Dirent) == 24);

struct Prestat { u32 tag, name_length; };  // the tag is one byte, 0: a directory

struct Subscription {
  u64 userdata;
  u8 type;
  alignas(8) u32 id;  // a union begins here: a clock, or a file descriptor
  u64 timeout, precision;
  u16 flags;
};
static_assert(__builtin_offsetof(Subscription, timeout) == 24 && sizeof(Subscription) == 48);

struct Event {
  u64 userdata;
  u16 error;
  u8 type;
  u64 bytes;
  u16 flags;
};
static_assert(__builtin_offsetof(Event, bytes) == 16 && sizeof(Event) == 32);

}  // namespace preview1

/// Any function for others, and one of preview 1.
#define EXPORT(name) extern "C" __attribute__((export_name(name)))
#define PREVIEW1(name) EXPORT(#name) ::preview1::u32 name
