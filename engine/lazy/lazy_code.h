// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// A program that is compiled as it runs. Its functions are divided into batches; the first call of one has its batch
// compiled, on a thread of the program's own, while the caller waits: the compiler needs more stack than an embedder's
// threads may have. Other threads meanwhile call what is there, and wait for the same batch if they need it too.
//
// Code is made quickly at first, and calls of it are counted. A batch with a function that is called often is compiled
// again, well, on a thread beside, and the new code published: later calls take it. So is one with loops that call nothing,
// at once; but none before the program has run for about as long as that will take, which the end of the program has to
// wait for. What runs in old code stays there until it returns.
//
// A thread that has nothing to compile while the program runs or waits looks ahead (look_ahead.h). For that a function that
// was compiled is published when it is first entered, and not before: that is when its callees become likely.
//
// An open program grows by generations, one for each Engine::extend: each has its batches and its compiler, and they
// share the region. Entries are for ever, so an instance of the base program goes on as it is.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "engine/code_image.h"
#include "engine/lazy/code_region.h"
#include "engine/lazy/look_ahead.h"

namespace witc::engine {

/// What makes code of a generation's items; used by one thread.
class BatchCompiler {
 public:
  virtual ~BatchCompiler() = default;
  /// May give up when `is_over`. Errors: kEngineUnsupported, kEngineResource.
  virtual Result<CodeBlob> compile(std::span<const CodeItem> items, const std::atomic<bool>& is_over) = 0;
};

/// Where blobs come from that need not be compiled, and go that were. Used by many threads.
class BlobStore {
 public:
  virtual ~BlobStore() = default;
  /// By the batch's number; kBetter is added where it is the code that is made later, and well. It is as it was when the
  /// store was opened, for as long as the store is there.
  virtual std::optional<BlobView> find(std::uint32_t batch) = 0;
  /// Does it hold what was called before, so that all of it is worth being placed at once?
  [[nodiscard]] virtual bool holds_what_was_called() const = 0;
  virtual void add(std::uint32_t batch, const CodeBlob& blob) = 0;
  /// What is known about the program as a whole, in a byte of the owner's meaning.
  virtual std::optional<std::uint8_t> find_facts() = 0;
  virtual void add_facts(std::uint8_t facts) = 0;
  static constexpr std::uint32_t kBetter = 1u << 31;
};

/// What a program, or what it adds to the one it extends, is compiled from.
struct LazySource {
  std::vector<CodeItem> items;  // from number `first` on
  CodeNumber first = 0;
  std::vector<std::uint32_t> contexts;           // of each item, as CodeRegion::add_entries wants them
  std::vector<std::vector<CodeNumber>> batches;  // each ascending; every item that has code is in one
  std::vector<std::size_t> batch_bytes;          // of wasm code
  /// Of one worker thread. What it refers to must live as long as the program that this is for. Errors: kEngineResource.
  using MakeCompiler = std::function<Result<std::unique_ptr<BatchCompiler>>()>;
  MakeCompiler make_compiler;
  MakeCompiler make_better_compiler;  // null: what is compiled once is good enough
  std::shared_ptr<BlobStore> store;  // may be null
  bool is_retired = false;
  unsigned compiling = 0;  // batches, at this moment
};

class LazyCode {
 public:
  /// With room for numbers below `numbers`. `threads`: that compile at once, at least 1; with more than one, all but one
  /// may look ahead. Errors: kEngineResource.
  static Result<std::shared_ptr<LazyCode>> make(CodeNumber numbers, std::uint64_t code_bytes, unsigned threads);
  LazyCode(const LazyCode&) = delete;
  LazyCode& operator=(const LazyCode&) = delete;
  /// Waits for what is being compiled.
  ~LazyCode();

  /// The least number that is free, for the first of the next generation.
  [[nodiscard]] CodeNumber next_number();
  /// Errors: kEngineResource.
  Result<void> add(LazySource source);
  /// Compiles nothing more of the generation whose first number this is, and waits for what is being compiled of it:
  /// what its compilers refer to may go. Other generations, which may be of other stores, go on.
  void retire(CodeNumber first);

  [[nodiscard]] const void* entry(CodeNumber number) const { return region_->entry(number); }
  /// Its code, compiled first if need be. On failure what went wrong. Waits.
  std::expected<const void*, std::string> code(CodeNumber number);

  /// Safe in a signal handler.
  [[nodiscard]] CodeSpan span() const { return {region_->begin(), region_->end()}; }
  /// As CodeImage::places_of.
  [[nodiscard]] std::vector<CodePlace> places_of(std::uintptr_t pc) const;

  struct Stats {
    std::uint64_t compiled = 0, loaded = 0, improved = 0;  // batches; those compiled again are not counted as compiled
    std::uint64_t ahead = 0, ahead_used = 0;               // of those compiled: before they were asked for; and entered since
    std::uint64_t code_bytes = 0;
  };
  [[nodiscard]] Stats stats() const;

 private:
  enum class State : std::uint8_t { kAbsent, kWanted, kReady, kFailed };
  struct Batch {
    std::uint32_t generation = 0;
    std::uint32_t index = 0;  // in its generation
    State state = State::kAbsent;
    bool is_ahead = false;  // compiled before it was asked for, and not yet entered
    enum class Better : std::uint8_t { kNo, kWanted, kDone } better = Better::kNo;
  };
  /// A function whose code is there and was not entered.
  struct Unentered {
    const void* code = nullptr;  // to be published
    std::vector<CodeNumber> callees;
  };
  using BatchId = std::uint32_t;
  /// A blob where it was placed; it is this one's own, or the store's.
  struct Placed {
    std::uintptr_t end = 0;
    BatchId batch = 0;
    std::shared_ptr<const CodeBlob> own;
    BlobView blob;  // without the code
  };
  /// A blob that is to be placed.
  struct Made {
    BatchId batch = 0;
    bool is_better = false;
    std::shared_ptr<const CodeBlob> own;
    BlobView blob;
  };
  using Compilers = std::map<std::uint32_t, std::unique_ptr<BatchCompiler>>;  // by generation

  LazyCode() = default;
  static const void* compile_entry(arch::LazyEntry* entry, std::uint64_t number, StoreHeader* header);
  bool load(BatchId id);
  [[nodiscard]] std::optional<Made> find(BatchId id) const;
  void run_worker();
  std::optional<BatchId> next_batch(std::unique_lock<std::mutex>& lock);
  std::optional<BatchId> next_ahead();
  void compile_batch(BatchId id, Compilers& of_functions, Compilers& of_stubs, std::unique_lock<std::mutex>& lock);
  void wake_worker();
  void enter(CodeNumber number);
  void use_ahead(BatchId id);
  void run_improver();
  Result<CodeBlob> make_blob(BatchId id, bool is_better, Compilers& compilers);
  Result<CodeBlob> make_blob_of(LazySource& source, BatchId id, bool is_better, Compilers& compilers);
  Result<void> install(BatchId id, CodeBlob blob, bool is_better, bool when_entered = false);
  bool install(std::span<const Made> made);
  [[nodiscard]] std::int32_t calls_of(const Made& made) const;
  void publish(const Made& made, const CodeRegion::Code& code, bool when_entered);
  bool start(std::vector<std::thread>& threads, void (LazyCode::*run)());
  [[nodiscard]] bool is_made_well(BatchId id) const;
  std::optional<BatchId> next_better(std::unique_lock<std::mutex>& lock);
  void want_better(BatchId id);
  const void* go_on(CodeNumber number);

  std::unique_ptr<CodeRegion> region_;
  CodeNumber numbers_ = 0;  // that there is room for
  unsigned max_threads_ = 1;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();  // later, by what compiling has taken

  mutable std::mutex mutex_;  // of all that follows
  std::condition_variable wanted_, better_wanted_, done_;
  std::deque<LazySource> generations_;
  std::vector<BatchId> batch_of_;      // by number
  std::vector<const void*> code_of_;   // by number: what its calls go to when they are no longer counted
  std::deque<Batch> batches_;
  std::map<BatchId, std::string> failures_;
  std::deque<BatchId> queue_, better_queue_;
  std::vector<std::thread> threads_, improvers_;
  unsigned idle_ = 0;
  LookAhead look_ahead_;
  unsigned looking_ahead_ = 0;  // threads
  std::unordered_map<CodeNumber, Unentered> unentered_;
  std::atomic<bool> is_over_ = false;
  std::map<std::uintptr_t, Placed> placed_;  // by their begin
  Stats stats_;
};

}  // namespace witc::engine
