// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reading inputs and writing outputs, the same way for every subcommand (cli/command.h).
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>

#include "base/render.h"
#include "cli/command.h"

namespace witc::cli {
namespace {

constexpr std::size_t kMaxInput = std::size_t{1} << 30;  // spans are 32 bits wide

/// To map small ones takes as long as to read the file.
void use_large_pages(char* begin, std::size_t size) {
  constexpr std::uintptr_t kLarge = 2u << 20;
  const auto at = reinterpret_cast<std::uintptr_t>(begin);
  const std::uintptr_t first = (at + kLarge - 1) / kLarge * kLarge;
  const std::uintptr_t end = (at + size) / kLarge * kLarge;
  if (first < end) ::madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);  // it is no matter if it fails
}

/// What there is at once if the size is known, then piece by piece.
Result<std::string> read_all(int fd, const std::string& shown) {
  std::string contents;
  struct stat status {};
  if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && static_cast<std::size_t>(status.st_size) <= kMaxInput) {
    contents.resize_and_overwrite(static_cast<std::size_t>(status.st_size), [&](char* into, std::size_t size) {
      use_large_pages(into, size);
      std::size_t done = 0;
      while (done < size) {
        const ssize_t got = ::read(fd, into + done, size - done);
        if (got == 0 || (got < 0 && errno != EINTR)) break;
        if (got > 0) done += static_cast<std::size_t>(got);
      }
      return done;
    });
  }
  char buffer[1 << 16];
  while (true) {
    ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got == 0) return contents;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return error(DiagCode::kFileUnreadable, fmt::format("cannot read `{}`: {}", shown, std::strerror(errno)));
    contents.append(buffer, static_cast<std::size_t>(got));
    if (contents.size() > kMaxInput) {
      return error(DiagCode::kFileUnreadable, fmt::format("`{}` is larger than 1 GiB", shown));
    }
  }
}

Result<void> write_all(int fd, std::string_view contents, const std::string& shown) {
  while (!contents.empty()) {
    ssize_t put = ::write(fd, contents.data(), contents.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return error(DiagCode::kFileUnwritable, fmt::format("cannot write `{}`: {}", shown, std::strerror(errno)));
    contents.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

}  // namespace

Result<SourceId> read_input(Context& context, const std::string& path) {
  std::string contents;
  if (path == "-") {
    contents = TRY(read_all(STDIN_FILENO, "<stdin>"));
  } else {
    FILE* file = std::fopen(path.c_str(), "rbe");
    if (file == nullptr) {
      return error(DiagCode::kFileUnreadable, fmt::format("cannot open `{}`: {}", path, std::strerror(errno)));
    }
    Result<std::string> read = read_all(::fileno(file), path);
    std::fclose(file);
    contents = TRY(std::move(read));
  }
  bool binary = std::string_view(contents).starts_with(std::string_view("\0asm", 4));
  return context.sources.add(path == "-" ? "<stdin>" : path, std::move(contents),
                             binary ? SourceKind::kBinary : SourceKind::kText);
}

Result<void> write_output(const std::string& path, std::string_view contents, SourceKind kind) {
  if (path.empty() || path == "-") {
    if (kind == SourceKind::kBinary && ::isatty(STDOUT_FILENO) != 0) {
      return error(DiagCode::kFileUnwritable, "will not write a binary to a terminal")
          .hint("give `-o PATH`, or redirect standard output");
    }
    return write_all(STDOUT_FILENO, contents, "<stdout>");
  }
  std::string temporary = path + ".XXXXXX";
  int fd = ::mkstemp(temporary.data());
  if (fd < 0) {
    return error(DiagCode::kFileUnwritable, fmt::format("cannot write `{}`: {}", path, std::strerror(errno)));
  }
  Result<void> written = write_all(fd, contents, path);
  mode_t mask = ::umask(0);
  ::umask(mask);
  ::fchmod(fd, 0666 & ~mask);
  ::close(fd);
  if (written && ::rename(temporary.c_str(), path.c_str()) == 0) return {};
  int failed = errno;
  ::unlink(temporary.c_str());
  if (!written) return written;
  return error(DiagCode::kFileUnwritable, fmt::format("cannot write `{}`: {}", path, std::strerror(failed)));
}

void report(const Context& context, const Diagnostic& diagnostic) {
  std::string text = context.json_messages ? render_json(diagnostic, context.sources)
                                           : render_text(diagnostic, context.sources, {.color = context.color});
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace witc::cli
