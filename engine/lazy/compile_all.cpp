// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Largest first: the last batches to be done are then small, and the threads end together.
#include "engine/lazy/compile_all.h"

#include <algorithm>
#include <numeric>
#include <system_error>
#include <thread>

namespace witc::engine {
namespace {

class Work {
 public:
  Work(const LazySource& source, const std::function<void(std::size_t, std::size_t)>& on_progress)
      : source_(source), on_progress_(on_progress), order_(source.batches.size()) {
    std::iota(order_.begin(), order_.end(), std::uint32_t{0});
    std::ranges::stable_sort(order_, std::greater(), [&](std::uint32_t batch) { return source.batch_bytes[batch]; });
    for (std::size_t bytes : source.batch_bytes) total_ += bytes + kFixed;
  }

  void run() {
    auto compiler = source_.make_compiler();
    if (!compiler) return fail(std::move(compiler).error());
    for (std::size_t i = next_++; i < order_.size(); i = next_++) {
      if (auto done = compile(order_[i], **compiler); !done) return fail(std::move(done).error());
    }
  }

  Result<void> result() {
    if (failure_) return std::move(*failure_);
    return {};
  }

 private:
  static constexpr std::size_t kFixed = 64;  // what a batch costs beside its bytes, in bytes

  Result<void> compile(std::uint32_t batch, BatchCompiler& compiler) {
    std::vector<CodeItem> items;
    for (CodeNumber number : source_.batches[batch]) items.push_back(source_.items[number - source_.first]);
    const CodeBlob blob = TRY(compiler.compile(items, is_over_));
    source_.store->add(batch, blob);
    const std::lock_guard lock(mutex_);
    done_ += source_.batch_bytes[batch] + kFixed;
    if (on_progress_) on_progress_(done_, total_);
    return {};
  }

  void fail(Diagnostic diagnostic) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(diagnostic);
    is_over_ = true;
    next_ = order_.size();
  }

  const LazySource& source_;
  const std::function<void(std::size_t, std::size_t)>& on_progress_;
  std::vector<std::uint32_t> order_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> is_over_ = false;
  std::mutex mutex_;
  std::size_t done_ = 0, total_ = 0;
  std::optional<Diagnostic> failure_;  // the first
};

}  // namespace

Result<void> compile_all(const LazySource& source, unsigned threads,
                         const std::function<void(std::size_t done, std::size_t total)>& on_progress) {
  if (source.batches.empty()) return {};
  Work work(source, on_progress);
  std::vector<std::thread> others;
  try {
    // None of it on this thread: the compiler needs more stack than an embedder's may have.
    while (others.size() < std::min<std::size_t>(threads, source.batches.size())) others.emplace_back([&] { work.run(); });
  } catch (const std::system_error&) {  // those there are do it
  }
  if (others.empty()) return error(DiagCode::kEngineResource, "no thread to compile with can be started");
  for (std::thread& thread : others) thread.join();
  return work.result();
}

}  // namespace witc::engine
