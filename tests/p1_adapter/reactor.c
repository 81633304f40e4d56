// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A library that uses files and variables, from its constructors on, with an allocator of its own.
#include <stdio.h>
#include <stdlib.h>

static const char *variable;
static FILE *file;

__attribute__((constructor)) static void start(void) {
  variable = getenv("TEST_VARIABLE");
  file = fopen("/work/notes", "a+");
}

__attribute__((export_name("cabi_realloc"))) void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  (void)old_size, (void)align;
  return realloc(old, size);
}

__attribute__((export_name("note"))) unsigned note(const char *text, unsigned length) {
  char line[64];
  if (file == NULL) return 0;
  fprintf(file, "%.*s\n", (int)length, text);
  rewind(file);
  while (fgets(line, sizeof line, file) != NULL) printf("%s: %s", variable ? variable : "unset", line);
  fflush(stdout);
  return length;
}
