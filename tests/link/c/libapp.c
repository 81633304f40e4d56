// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The library that the program is for: it exports what the world says, and uses the other one.
extern int limit;
extern int next(void);
extern int trace(int value) __attribute__((weak));  // nobody defines it

int twice(int value) { return value * 2; }

__attribute__((export_name("run"))) int run(int times) {
  int result = 0;
  for (int i = 0; i < times; ++i) result = next();
  if (trace) result += trace(result);
  return result;
}

__attribute__((export_name("set-limit"))) void set_limit(int value) { limit = value; }
