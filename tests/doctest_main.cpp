// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The engine handles signals itself; doctest would take them over for each test.
#define DOCTEST_CONFIG_NO_POSIX_SIGNALS
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
