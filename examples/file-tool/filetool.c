// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tree, grep and cp in one program, on nothing but the C library: folders are read, sorted and walked, files read and
// written, links told from what they point to.
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int failures;

static void fail(const char *path) {
  fprintf(stderr, "filetool: %s: %s\n", path, strerror(errno));
  failures++;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

// The names in a folder, sorted; null at the end. The caller frees them.
static char **names_of(const char *path) {
  DIR *folder = opendir(path);
  if (!folder) return NULL;
  char **names = NULL;
  size_t count = 0;
  for (struct dirent *entry; (entry = readdir(folder));) {
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    names = realloc(names, (count + 2) * sizeof *names);
    names[count++] = strdup(entry->d_name);
  }
  closedir(folder);
  if (!names) return calloc(1, sizeof *names);
  names[count] = NULL;
  qsort(names, count, sizeof *names, by_name);
  return names;
}

static void join(char *out, const char *folder, const char *name) { snprintf(out, PATH_MAX, "%s/%s", folder, name); }

static long long tree(const char *path, int depth) {
  long long total = 0;
  char **names = names_of(path);
  if (!names) return fail(path), 0;
  for (char **name = names; *name; free(*name++)) {
    char child[PATH_MAX], target[PATH_MAX] = "";
    struct stat info;
    join(child, path, *name);
    if (lstat(child, &info)) { fail(child); continue; }
    printf("%*s%s", depth * 2, "", *name);
    if (S_ISDIR(info.st_mode)) {
      puts("/");
      total += tree(child, depth + 1);
    } else if (S_ISLNK(info.st_mode)) {
      printf(" -> %s\n", readlink(child, target, sizeof target - 1) < 0 ? strerror(errno) : target);
    } else {
      printf(" %lld\n", (long long)info.st_size);
      total += info.st_size;
    }
  }
  free(names);
  return total;
}

static void grep(const char *text, const char *path) {
  struct stat info;
  if (lstat(path, &info)) return fail(path);
  if (S_ISLNK(info.st_mode)) return;
  if (!S_ISDIR(info.st_mode)) {
    FILE *file = fopen(path, "r");
    if (!file) return fail(path);
    char *line = NULL;
    size_t size = 0;
    for (int number = 1; getline(&line, &size, file) > 0; number++)
      if (strstr(line, text)) printf("%s:%d:%s", path, number, line);
    free(line);
    fclose(file);
    return;
  }
  char **names = names_of(path);
  if (!names) return fail(path);
  for (char **name = names; *name; free(*name++)) {
    char child[PATH_MAX];
    join(child, path, *name);
    grep(text, child);
  }
  free(names);
}

static void copy_file(const char *from, const char *to) {
  FILE *in = fopen(from, "rb"), *out = in ? fopen(to, "wb") : NULL;
  if (!in || !out) {
    fail(in ? to : from);
    if (in) fclose(in);
    return;
  }
  static char bytes[65536];
  for (size_t count; (count = fread(bytes, 1, sizeof bytes, in)) > 0;)
    if (fwrite(bytes, 1, count, out) != count) fail(to);
  fclose(in);
  if (fclose(out)) fail(to);
}

static void copy(const char *from, const char *to) {
  struct stat info;
  if (lstat(from, &info)) return fail(from);
  if (S_ISLNK(info.st_mode)) {
    char target[PATH_MAX] = "";
    if (readlink(from, target, sizeof target - 1) < 0) return fail(from);
    if (symlink(target, to)) fail(to);
    return;
  }
  if (!S_ISDIR(info.st_mode)) return copy_file(from, to);
  if (mkdir(to, 0777) && errno != EEXIST) return fail(to);
  char **names = names_of(from);
  if (!names) return fail(from);
  for (char **name = names; *name; free(*name++)) {
    char source[PATH_MAX], target[PATH_MAX];
    join(source, from, *name);
    join(target, to, *name);
    copy(source, target);
  }
  free(names);
}

int main(int argc, char **argv) {
  if (argc == 3 && !strcmp(argv[1], "tree")) {
    puts(argv[2]);
    printf("%lld bytes\n", tree(argv[2], 1));
  } else if (argc == 4 && !strcmp(argv[1], "grep")) {
    grep(argv[2], argv[3]);
  } else if (argc == 4 && !strcmp(argv[1], "cp")) {
    copy(argv[2], argv[3]);
  } else {
    fputs("usage: filetool tree FOLDER | grep TEXT PATH | cp FROM TO\n", stderr);
    return 2;
  }
  return failures ? 1 : 0;
}
