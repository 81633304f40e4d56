// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The types of WASI preview 1 as its witx has them (`typenames.witx`): numbers and layouts. Names are the witx's.

#include <cstddef>
#include <cstdint>

namespace witc::wasi::p1 {

enum class Errno : std::uint16_t {
  kSuccess, k2big, kAcces, kAddrinuse, kAddrnotavail, kAfnosupport, kAgain, kAlready, kBadf, kBadmsg, kBusy, kCanceled,
  kChild, kConnaborted, kConnrefused, kConnreset, kDeadlk, kDestaddrreq, kDom, kDquot, kExist, kFault, kFbig,
  kHostunreach, kIdrm, kIlseq, kInprogress, kIntr, kInval, kIo, kIsconn, kIsdir, kLoop, kMfile, kMlink, kMsgsize,
  kMultihop, kNametoolong, kNetdown, kNetreset, kNetunreach, kNfile, kNobufs, kNodev, kNoent, kNoexec, kNolck, kNolink,
  kNomem, kNomsg, kNoprotoopt, kNospc, kNosys, kNotconn, kNotdir, kNotempty, kNotrecoverable, kNotsock, kNotsup, kNotty,
  kNxio, kOverflow, kOwnerdead, kPerm, kPipe, kProto, kProtonosupport, kPrototype, kRange, kRofs, kSpipe, kSrch, kStale,
  kTimedout, kTxtbsy, kXdev, kNotcapable
};
/// For a Linux errno; kIo for what WASI has no name for.
Errno to_errno(int linux_errno);

enum class Filetype : std::uint8_t {
  kUnknown, kBlockDevice, kCharacterDevice, kDirectory, kRegularFile, kSocketDgram, kSocketStream, kSymbolicLink
};

namespace rights {
enum : std::uint64_t {
  kFdDatasync = 1ull << 0, kFdRead = 1ull << 1, kFdSeek = 1ull << 2, kFdFdstatSetFlags = 1ull << 3, kFdSync = 1ull << 4,
  kFdTell = 1ull << 5, kFdWrite = 1ull << 6, kFdAdvise = 1ull << 7, kFdAllocate = 1ull << 8,
  kPathCreateDirectory = 1ull << 9, kPathCreateFile = 1ull << 10, kPathLinkSource = 1ull << 11,
  kPathLinkTarget = 1ull << 12, kPathOpen = 1ull << 13, kFdReaddir = 1ull << 14, kPathReadlink = 1ull << 15,
  kPathRenameSource = 1ull << 16, kPathRenameTarget = 1ull << 17, kPathFilestatGet = 1ull << 18,
  kPathFilestatSetSize = 1ull << 19, kPathFilestatSetTimes = 1ull << 20, kFdFilestatGet = 1ull << 21,
  kFdFilestatSetSize = 1ull << 22, kFdFilestatSetTimes = 1ull << 23, kPathSymlink = 1ull << 24,
  kPathRemoveDirectory = 1ull << 25, kPathUnlinkFile = 1ull << 26, kPollFdReadwrite = 1ull << 27,
  kSockShutdown = 1ull << 28, kSockAccept = 1ull << 29,
  kAll = (1ull << 30) - 1,
};
}  // namespace rights

namespace fdflags {
enum : std::uint16_t { kAppend = 1, kDsync = 2, kNonblock = 4, kRsync = 8, kSync = 16, kAll = 31 };
}
namespace oflags {
enum : std::uint16_t { kCreat = 1, kDirectory = 2, kExcl = 4, kTrunc = 8, kAll = 15 };
}
namespace fstflags {
enum : std::uint16_t { kAtim = 1, kAtimNow = 2, kMtim = 4, kMtimNow = 8, kAll = 15 };
}
constexpr std::uint32_t kSymlinkFollow = 1;  // lookupflags

/// Sizes of records in memory, and where their fields are.
struct FdstatLayout {
  enum : std::uint32_t { kFiletype = 0, kFlags = 2, kRightsBase = 8, kRightsInheriting = 16, kSize = 24 };
};
struct DirentLayout {
  enum : std::uint32_t { kNext = 0, kIno = 8, kNamlen = 16, kType = 20, kSize = 24 };
};
struct EventLayout {
  enum : std::uint32_t { kUserdata = 0, kError = 8, kType = 10, kNbytes = 16, kFlags = 24, kSize = 32 };
};
constexpr std::uint32_t kIovecSize = 8;

enum class Clockid : std::uint32_t { kRealtime, kMonotonic, kProcessCputimeId, kThreadCputimeId };
enum class Eventtype : std::uint8_t { kClock, kFdRead, kFdWrite };

}  // namespace witc::wasi::p1
