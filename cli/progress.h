// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// How far compiling is, on a terminal, once it has taken a second: one line, gone when it is done.

#include <chrono>
#include <cstddef>
#include <functional>

namespace witc::cli {

class Progress {
 public:
  /// Shows nothing if `quiet`, or where standard error is no terminal, one that can do nothing (TERM=dumb), or NO_COLOR asks
  /// for plain output.
  explicit Progress(bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// For EngineOptions::on_progress; good as long as this lives. Empty if nothing is to be shown.
  std::function<void(std::size_t done, std::size_t total)> callback();

 private:
  void show(std::size_t done, std::size_t total);
  void erase();

  using Clock = std::chrono::steady_clock;
  bool is_shown_at_all_;
  bool is_there_ = false;
  Clock::time_point next_ = Clock::now() + std::chrono::seconds(1);
};

}  // namespace witc::cli
