// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

namespace witc::cli {
namespace {

constexpr std::string_view kErase = "\r\033[K";

bool is_capable() {
  const char* terminal = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr && terminal != nullptr && *terminal != 0 &&
         std::string_view(terminal) != "dumb";
}

void put(std::string_view text) { (void)!::write(STDERR_FILENO, text.data(), text.size()); }

}  // namespace

Progress::Progress(bool quiet) : is_shown_at_all_(!quiet && is_capable()) {}
Progress::~Progress() { erase(); }

std::function<void(std::size_t, std::size_t)> Progress::callback() {
  if (!is_shown_at_all_) return {};
  return [this](std::size_t done, std::size_t total) { show(done, total); };
}

void Progress::show(std::size_t done, std::size_t total) {
  constexpr std::chrono::milliseconds kInterval(100);
  if (done >= total) return erase();
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  next_ = now + kInterval;
  is_there_ = true;
  put(fmt::format("{}compiling: {} %", kErase, done * 100 / total));
}

void Progress::erase() {
  if (is_there_) put(kErase);
  is_there_ = false;
}

}  // namespace witc::cli
