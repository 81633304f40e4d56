// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files and folders by the C library. /data is empty, /fixed is read-only and has the file `given`.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

static void say(const char *what, int result) {
  if (result >= 0) printf("%s: %d\n", what, result);
  else printf("%s: %s\n", what, strerror(errno));
}

static void print_file(const char *path) {
  char text[100];
  FILE *file = fopen(path, "r");
  if (file == NULL) return say(path, -1);
  size_t size = fread(text, 1, sizeof text - 1, file);
  text[size] = 0;
  printf("%s: [%s]\n", path, text);
  fclose(file);
}

static void read_and_write(void) {
  FILE *file = fopen("/data/text", "w+");
  if (file == NULL) {
    say("nothing granted", -1);
    exit(1);
  }
  fprintf(file, "one\ntwo\n");
  fseek(file, 4, SEEK_SET);
  fputs("TWO", file);
  printf("at %ld\n", ftell(file));
  fclose(file);
  print_file("/data/text");
  file = fopen("/data/text", "a");
  fputs("three\n", file);
  fclose(file);
  print_file("/data/text");
  say("exclusive", open("/data/text", O_CREAT | O_EXCL | O_WRONLY, 0600));
  int fd = open("/data/text", O_RDWR);
  say("truncate", ftruncate(fd, 5));
  say("pwrite", (int)pwrite(fd, "XY", 2, 8));
  char bytes[20] = {0};
  say("pread", (int)pread(fd, bytes, sizeof bytes, 1));
  printf("%d %d %d\n", bytes[0], bytes[4], bytes[7]);
  say("seek", (int)lseek(fd, -2, SEEK_END));
  say("before", (int)lseek(fd, -20, SEEK_CUR));
  say("sync", fsync(fd));
  say("allocate", posix_fallocate(fd, 0, 100));
  struct stat info;
  fstat(fd, &info);
  printf("size %d, regular %d, links %d\n", (int)info.st_size, S_ISREG(info.st_mode), (int)info.st_nlink);
  close(fd);
  say("closed", (int)read(fd, bytes, 1));
  fd = open("/data/text", O_RDONLY);
  say("read-only", (int)write(fd, "x", 1));
  printf("flags %d\n", fcntl(fd, F_GETFL) & O_ACCMODE);
  close(fd);
}

static void names(void) {
  say("mkdir", mkdir("/data/dir", 0700));
  say("mkdir again", mkdir("/data/dir", 0700));
  say("rmdir of a file", rmdir("/data/text"));
  say("unlink of a folder", unlink("/data/dir"));
  say("rename", rename("/data/text", "/data/dir/text"));
  say("not empty", rmdir("/data/dir"));
  say("link", link("/data/dir/text", "/data/second"));
  say("symlink", symlink("dir/text", "/data/sym"));
  say("symlink to outside", symlink("../../etc/passwd", "/data/out"));
  say("absolute symlink", symlink("/etc/passwd", "/data/absolute"));
  char text[100] = {0};
  say("readlink", (int)readlink("/data/sym", text, sizeof text));
  printf("%s\n", text);
  struct stat info;
  say("stat", stat("/data/sym", &info));
  printf("regular %d, links %d\n", S_ISREG(info.st_mode), (int)info.st_nlink);
  say("lstat", lstat("/data/sym", &info));
  printf("link %d\n", S_ISLNK(info.st_mode));
  say("out", open("/data/out", O_RDONLY));
  say("out, created", open("/data/out", O_CREAT | O_WRONLY, 0600));
  say("above", open("/data/../../etc/passwd", O_RDONLY));
  say("elsewhere", open("/etc/passwd", O_RDONLY));
  say("loop", symlink("loop", "/data/loop"));
  say("loop", open("/data/loop", O_RDONLY));
  struct timespec times[2] = {{1000, 5}, {2000, 7}};
  say("times", utimensat(AT_FDCWD, "/data/second", times, 0));
  stat("/data/second", &info);
  printf("%d.%d %d.%d\n", (int)info.st_atim.tv_sec, (int)info.st_atim.tv_nsec, (int)info.st_mtim.tv_sec, (int)info.st_mtim.tv_nsec);
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void folders(void) {
  char name[100];
  mkdir("/data/many", 0700);
  for (int i = 0; i < 500; ++i) {
    snprintf(name, sizeof name, "/data/many/file-%03d", i);
    close(open(name, O_CREAT | O_WRONLY, 0600));
  }
  int count = 0;
  DIR *dir = opendir("/data/many");
  for (struct dirent *entry; (entry = readdir(dir)) != NULL;) count += entry->d_name[0] == 'f' && entry->d_type == DT_REG;
  printf("%d files\n", count);
  rewinddir(dir);
  while (readdir(dir) != NULL) --count;
  printf("and %d\n", -count);
  closedir(dir);
  char *list[20];
  count = 0;
  dir = opendir("/data");
  for (struct dirent *entry; (entry = readdir(dir)) != NULL;) list[count++] = strdup(entry->d_name);
  closedir(dir);
  qsort(list, (size_t)count, sizeof list[0], by_name);
  for (int i = 0; i < count; ++i) printf("%s ", list[i]);
  puts("");
}

static void read_only(void) {
  print_file("/fixed/given");
  say("write", open("/fixed/given", O_WRONLY));
  say("create", open("/fixed/new", O_CREAT | O_WRONLY, 0600));
  say("mkdir", mkdir("/fixed/dir", 0700));
  say("unlink", unlink("/fixed/given"));
  say("rename", rename("/fixed/given", "/data/given"));
  say("out of it", link("/fixed/given", "/data/given"));
}

int main(void) {
  read_and_write();
  names();
  folders();
  read_only();
  return 0;
}
