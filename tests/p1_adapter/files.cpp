// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files as programs use them, through wasi-libc and libc++: what is printed is what POSIX says (files.expected). The
// working directory is the first preopened one, which is empty.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

namespace {

#define ROOT "/work/"

void say(const char* what, int result) {
  printf("%s: %s\n", what, result >= 0 ? "ok" : strerror(errno));
}

std::string slurp(const char* path) {
  std::string out;
  FILE* file = fopen(path, "r");
  if (file == nullptr) return std::string("(") + strerror(errno) + ")";
  for (int c; (c = getc(file)) != EOF;) out += static_cast<char>(c);
  fclose(file);
  return out;
}

/// Numbers written one by one, read back from anywhere, changed in place, appended to.
void records() {
  FILE* file = fopen(ROOT "records", "w+");
  for (int i = 0; i < 20000; ++i) fprintf(file, "%07d\n", i);
  printf("position %ld\n", ftell(file));
  long sum = 0;
  for (int i = 0; i < 1000; ++i) {
    int record = i * 7919 % 20000, value = -1;
    fseek(file, record * 8, SEEK_SET);
    if (fscanf(file, "%d", &value) != 1 || value != record) printf("record %d is %d\n", record, value);
    sum += value;
  }
  printf("sum %ld\n", sum);
  fseek(file, 8 * 10, SEEK_SET);
  fprintf(file, "changed\n");
  fseek(file, -8, SEEK_CUR);
  char line[16];
  fgets(line, sizeof line, file);
  printf("record 10: %s", line);
  fclose(file);
  file = fopen(ROOT "records", "a");
  fprintf(file, "the end\n");
  printf("position %ld\n", ftell(file));
  fclose(file);
  struct stat status;
  say("stat", stat(ROOT "records", &status));
  printf("size %lld, a file: %d\n", static_cast<long long>(status.st_size), S_ISREG(status.st_mode));
  say("truncate", truncate(ROOT "records", 16));
  printf("%s", slurp(ROOT "records").c_str());
  say("unlink", unlink(ROOT "records"));
  printf("%s\n", slurp(ROOT "records").c_str());
}

/// Lines of a big file, sorted.
void sorting() {
  FILE* file = fopen(ROOT "lines", "w");
  unsigned long long state = 1;
  for (int i = 0; i < 100000; ++i) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    fprintf(file, "%08x line %d\n", static_cast<unsigned>(state >> 32), i);
  }
  fclose(file);
  std::vector<std::string> lines;
  file = fopen(ROOT "lines", "r");
  char* line = nullptr;
  size_t room = 0;
  for (ssize_t length; (length = getline(&line, &room, file)) > 0;) lines.emplace_back(line, length);
  free(line);
  fclose(file);
  std::sort(lines.begin(), lines.end());
  file = fopen(ROOT "lines", "w");
  for (const std::string& text : lines) fputs(text.c_str(), file);
  fclose(file);
  std::string all = slurp(ROOT "lines");
  unsigned hash = 2166136261u;
  for (unsigned char c : all) hash = (hash ^ c) * 16777619u;
  printf("%zu lines, %zu bytes, hash %08x\n%s", lines.size(), all.size(), hash, lines[0].c_str());
  remove(ROOT "lines");
}

/// A tree made, walked in depth with every directory open at once, and removed.
void walk(const std::string& path, int depth, int& files, int& directories) {
  DIR* directory = opendir(path.c_str());
  if (directory == nullptr) return say(path.c_str(), -1);
  ++directories;
  while (dirent* entry = readdir(directory)) {
    std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    struct stat status;
    if (fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) say(entry->d_name, -1);
    if (status.st_ino != entry->d_ino) printf("%s: inode\n", entry->d_name);
    if (S_ISDIR(status.st_mode) != (entry->d_type == DT_DIR)) printf("%s: type\n", entry->d_name);
    if (S_ISDIR(status.st_mode)) {
      walk(path + "/" + name, depth + 1, files, directories);
    } else {
      ++files;
    }
  }
  closedir(directory);
}

void clear(const std::string& path) {
  std::vector<std::string> names;
  DIR* directory = opendir(path.c_str());
  while (dirent* entry = readdir(directory)) names.push_back(entry->d_name);
  closedir(directory);
  for (const std::string& name : names) {
    std::string inner = path + "/" + name;
    if (name == "." || name == "..") continue;
    if (unlink(inner.c_str()) != 0) clear(inner);
  }
  if (rmdir(path.c_str()) != 0) say(path.c_str(), -1);
}

void trees() {
  int files = 0, directories = 0;
  std::string path = ROOT "tree";
  for (int depth = 0; depth < 6; ++depth, path += "/deeper") {
    mkdir(path.c_str(), 0777);
    for (int i = 0; i < 150; ++i) {
      FILE* file = fopen((path + "/a file with a rather long name " + std::to_string(i)).c_str(), "w");
      if (file == nullptr) return say(path.c_str(), -1);
      fclose(file);
    }
  }
  walk(ROOT "tree", 0, files, directories);
  printf("%d files in %d directories\n", files, directories);
  say("rmdir", rmdir(ROOT "tree"));
  DIR* directory = opendir(ROOT "tree");
  for (int i = 0; i < 100; ++i) readdir(directory);
  long place = telldir(directory);
  std::string name = readdir(directory)->d_name;
  while (readdir(directory) != nullptr) {
  }
  seekdir(directory, place);
  printf("seekdir: %d\n", name == readdir(directory)->d_name);
  rewinddir(directory);
  int again = 0;
  while (readdir(directory) != nullptr) ++again;
  printf("rewinddir: %d\n", again);
  closedir(directory);
  clear(ROOT "tree");
  say("opendir", opendir(ROOT "tree") == nullptr ? -1 : 0);
}

void names() {
  fclose(fopen(ROOT "one", "w"));
  mkdir(ROOT "d", 0777);
  say("rename", rename(ROOT "one", ROOT "d/two"));
  say("rename", rename(ROOT "one", ROOT "d/two"));
  say("rename onto a directory", rename(ROOT "d/two", ROOT "d"));
  say("symlink", symlink("d/two", ROOT "s"));
  say("symlink", symlink("d/two", ROOT "s"));
  char target[32] = {};
  printf("readlink: %d", static_cast<int>(readlink(ROOT "s", target, sizeof target)));
  printf(" %s\n", target);
  struct stat status, linked;
  say("lstat", lstat(ROOT "s", &status));
  printf("a link: %d\n", S_ISLNK(status.st_mode));
  say("stat", stat(ROOT "s", &status));
  say("link", link(ROOT "d/two", ROOT "hard"));
  say("stat", stat(ROOT "hard", &linked));
  printf("the same: %d, %d links\n", status.st_ino == linked.st_ino, static_cast<int>(linked.st_nlink));
  timespec times[2] = {{1000, 5}, {2000, 6}};
  say("utimensat", utimensat(AT_FDCWD, ROOT "hard", times, 0));
  say("stat", stat(ROOT "d/two", &status));
  printf("times %lld.%ld %lld.%ld\n", static_cast<long long>(status.st_atim.tv_sec), status.st_atim.tv_nsec,
         static_cast<long long>(status.st_mtim.tv_sec), status.st_mtim.tv_nsec);
  say("access", access(ROOT "hard", F_OK));
  say("access", access(ROOT "none", F_OK));
  printf("outside: %d\n", open(ROOT "../etc/passwd", O_RDONLY) >= 0);
  say("open O_EXCL", open(ROOT "hard", O_CREAT | O_EXCL | O_RDWR, 0666));
  say("open O_DIRECTORY", open(ROOT "hard", O_RDONLY | O_DIRECTORY));
  say("open a directory to write", open(ROOT "d", O_WRONLY));
  for (const char* path : {ROOT "s", ROOT "hard", ROOT "d/two"}) say("unlink", unlink(path));
  say("rmdir", rmdir(ROOT "d"));
}

void descriptors() {
  std::vector<int> open_files;
  for (int i = 0; i < 400; ++i) {
    int fd = open(ROOT "many", O_CREAT | O_RDWR, 0666);
    if (fd < 0) {
      say("open", fd);
      break;
    }
    open_files.push_back(fd);
  }
  printf("%zu open\n", open_files.size());
  int fd = open_files[0], other = open_files[399];
  printf("write %d\n", static_cast<int>(write(fd, "shared", 6)));
  char buffer[16] = {};
  printf("read %d ", static_cast<int>(read(other, buffer, sizeof buffer)));
  printf("%s\n", buffer);
  printf("read %d\n", static_cast<int>(read(other, buffer, sizeof buffer)));
  printf("to read and write: %d\n", (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR);
  say("ftruncate", ftruncate(fd, 3));
  say("fsync", fsync(fd));
  printf("end %d\n", static_cast<int>(lseek(fd, 0, SEEK_END)));
  say("lseek", static_cast<int>(lseek(fd, -9, SEEK_CUR)));
  pollfd polled[2] = {{fd, POLLIN, 0}, {1, POLLOUT, 0}};
  printf("poll %d\n", poll(polled, 2, 1000) > 0);
  for (int each : open_files) close(each);
  say("close", close(fd));
  say("read", static_cast<int>(read(fd, buffer, 1)));
  printf("a terminal: %d %d\n", isatty(0), isatty(fd));
  unlink(ROOT "many");
  timespec length{0, 10000000};
  say("nanosleep", nanosleep(&length, nullptr));
}

}  // namespace

int main(int argc, char** argv) {
  printf("%d %s %s\n", argc, argc > 1 ? argv[1] : "", getenv("TEST_VARIABLE") ? getenv("TEST_VARIABLE") : "unset");
  char line[64];
  while (fgets(line, sizeof line, stdin) != nullptr) printf("input: %s", line);
  records();
  sorting();
  trees();
  names();
  descriptors();
  fflush(stdout);
  fprintf(stderr, "to stderr\n");
  return 3;
}
