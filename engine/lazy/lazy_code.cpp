// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/lazy/lazy_code.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "base/overloaded.h"
#include "engine/runtime/store.h"

namespace witc::engine {
namespace {
constexpr std::uint32_t kNoBatch = ~0u;
constexpr std::chrono::nanoseconds kTimePerByte(25'000);  // that compiling wasm code well takes
constexpr std::chrono::milliseconds kTimeToBegin(200);    // what it takes before, to load the compiler too; generously
constexpr std::int32_t kCalls = 5000;  // before a function is worth being compiled well

/// Has it code for these, and no others?
bool is_of(const CodeBlob& blob, std::span<const CodeNumber> numbers) {
  std::vector<CodeNumber> found;
  for (const CodeBlob::Entry& entry : blob.entries) found.push_back(entry.number);
  std::ranges::sort(found);
  return std::ranges::equal(found, numbers);
}

}  // namespace

Result<std::shared_ptr<LazyCode>> LazyCode::make(CodeNumber numbers, std::uint64_t code_bytes, unsigned threads) {
  auto code = std::shared_ptr<LazyCode>(new LazyCode);
  code->region_ = TRY(CodeRegion::make(numbers, code_bytes));
  code->numbers_ = numbers;
  code->max_threads_ = std::max(threads, 1u);
  arch::LazyEntry& entry = code->region_->lazy_entry();
  entry.compile = compile_entry;
  entry.user_data = code.get();
  return code;
}

LazyCode::~LazyCode() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
    queue_.clear();
  }
  wanted_.notify_all();
  better_wanted_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  for (std::thread& thread : improvers_) thread.join();
}

CodeNumber LazyCode::next_number() {
  const std::lock_guard lock(mutex_);
  return static_cast<CodeNumber>(batch_of_.size());
}

Result<void> LazyCode::add(LazySource source) {
  const std::lock_guard lock(mutex_);
  const std::size_t end = source.first + source.items.size();
  WITC_CHECK(source.first >= batch_of_.size());
  if (end > numbers_) return error(DiagCode::kEngineResource, "the program has too many functions");
  TRY(region_->add_entries(source.first, source.contexts));
  batch_of_.resize(end, kNoBatch);
  code_of_.resize(end);
  const auto generation = static_cast<std::uint32_t>(generations_.size());
  for (std::uint32_t i = 0; i < source.batches.size(); ++i) {
    for (CodeNumber number : source.batches[i]) batch_of_[number] = static_cast<BatchId>(batches_.size());
    batches_.push_back({generation, i, State::kAbsent});
  }
  generations_.push_back(std::move(source));
  return {};
}

/// On the host's stack, called by an entry that is not compiled, or whose calls were counted down.
const void* LazyCode::compile_entry(arch::LazyEntry* entry, std::uint64_t number, StoreHeader* header) {
  auto* self = static_cast<LazyCode*>(entry->user_data);
  if (self->region_->is_spent(static_cast<CodeNumber>(number))) return self->go_on(static_cast<CodeNumber>(number));
  auto code = self->code(static_cast<CodeNumber>(number));
  if (code) return *code;
  static_cast<Instance::Impl*>(header->store)->pending = Trap::host(std::move(code).error());
  return reinterpret_cast<const std::uint8_t*>(self->region_->begin()) + arch::kTrapStub;
}

std::expected<const void*, std::string> LazyCode::code(CodeNumber number) {
  if (const void* code = region_->code(number)) return code;
  std::unique_lock lock(mutex_);
  const BatchId id = batch_of_[number];
  WITC_CHECK(id != kNoBatch);
  Batch& batch = batches_[id];
  if (batch.state == State::kAbsent) {
    batch.state = State::kWanted;
    if (load(id, lock)) return region_->code(number);
    queue_.push_back(id);
    const bool wants_thread = idle_ == 0 && threads_.size() < max_threads_;
    if (wants_thread && !start(threads_, &LazyCode::run_worker) && threads_.empty()) {
      queue_.pop_back();
      batch.state = State::kAbsent;
      return std::unexpected("no thread to compile with can be started");
    }
    wanted_.notify_one();
  }
  done_.wait(lock, [&] { return batch.state == State::kReady || batch.state == State::kFailed; });
  if (batch.state == State::kFailed) return std::unexpected(failures_[id]);
  return region_->code(number);
}

/// From the store, if it is there; the lock is not held meanwhile.
bool LazyCode::load(BatchId id, std::unique_lock<std::mutex>& lock) {
  const LazySource& source = generations_[batches_[id].generation];
  const std::uint32_t index = batches_[id].index;
  if (source.store == nullptr) return false;
  lock.unlock();
  bool is_there = false;
  for (const bool is_better : {true, false}) {
    if (is_there || (is_better && !source.make_better_compiler)) continue;
    std::optional<CodeBlob> found = source.store->find(index | (is_better ? BlobStore::kBetter : 0));
    is_there = found && is_of(*found, source.batches[index]) && install(id, *std::move(found), is_better);
  }
  lock.lock();
  if (!is_there) return false;
  ++stats_.loaded;
  batches_[id].state = State::kReady;
  done_.notify_all();
  return true;
}

/// Its stack is as the system makes them, at least 8 MiB: glibc's default follows the limit of the process.
bool LazyCode::start(std::vector<std::thread>& threads, void (LazyCode::*run)()) {
  try {
    threads.emplace_back(run, this);
  } catch (const std::system_error&) {
    return false;
  }
  return true;
}

void LazyCode::run_worker() {
  Compilers of_functions, of_stubs;
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    wanted_.wait(lock, [this] { return is_over_ || !queue_.empty(); });
    --idle_;
    if (is_over_) return;
    const BatchId id = queue_.front();
    queue_.pop_front();
    const bool is_better = is_made_well(id);
    lock.unlock();
    const auto begin = std::chrono::steady_clock::now();
    Compilers& compilers = is_better ? of_stubs : of_functions;
    Result<CodeBlob> blob = make_blob(id, is_better, compilers);
    Result<void> done = blob ? install(id, *std::move(blob), is_better) : Result<void>(std::move(blob).error());
    lock.lock();
    start_ += std::chrono::steady_clock::now() - begin;
    if (!done) failures_[id] = done.error()->message;
    batches_[id].state = done ? State::kReady : State::kFailed;
    done_.notify_all();
  }
}

/// At once: stubs, of which there are few. And trampolines are not entered as functions are, so calls are not counted.
bool LazyCode::is_made_well(BatchId id) const {
  const LazySource& source = generations_[batches_[id].generation];
  const CodeNumber first = source.batches[batches_[id].index].front();
  return source.make_better_compiler && !std::holds_alternative<DefinedFunc>(source.items[first - source.first]);
}

/// Compiles well what is wanted so. Whoever waits for anything goes first; what fails stays as it is.
void LazyCode::run_improver() {
  constexpr int kNice = 5;
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
  Compilers compilers;
  std::unique_lock lock(mutex_);
  while (true) {
    const std::optional<BatchId> id = next_better(lock);
    if (!id) return;
    lock.unlock();
    Result<CodeBlob> blob = make_blob(*id, /*is_better=*/true, compilers);
    if (blob) (void)install(*id, *std::move(blob), /*is_better=*/true);
    lock.lock();
  }
}

/// Waits for one whose time has come; nothing if the program is over first.
std::optional<LazyCode::BatchId> LazyCode::next_better(std::unique_lock<std::mutex>& lock) {
  using Clock = std::chrono::steady_clock;
  while (!is_over_) {
    Clock::time_point next = Clock::time_point::max();
    for (auto at = better_queue_.begin(); at != better_queue_.end(); ++at) {
      const Batch& batch = batches_[*at];
      const Clock::time_point due = start_ + kTimeToBegin + kTimePerByte * generations_[batch.generation].batch_bytes[batch.index];
      if (due > Clock::now()) {
        next = std::min(next, due);
        continue;
      }
      const BatchId id = *at;
      better_queue_.erase(at);
      return id;
    }
    if (better_queue_.empty()) better_wanted_.wait(lock);
    else better_wanted_.wait_until(lock, next);
  }
  return std::nullopt;
}

void LazyCode::want_better(BatchId id) {
  Batch& batch = batches_[id];
  if (batch.better != Batch::Better::kNo || !generations_[batch.generation].make_better_compiler) return;
  batch.better = Batch::Better::kWanted;
  better_queue_.push_back(id);
  if (improvers_.empty()) start(improvers_, &LazyCode::run_improver);
  better_wanted_.notify_one();
}

/// A function that is called often goes on without counting, until better code is there.
const void* LazyCode::go_on(CodeNumber number) {
  const std::lock_guard lock(mutex_);
  want_better(batch_of_[number]);
  region_->publish(number, code_of_[number]);
  return code_of_[number];
}

void LazyCode::retire(CodeNumber first) {
  std::unique_lock lock(mutex_);
  for (LazySource& source : generations_) {
    if (source.first != first || source.items.empty()) continue;
    source.is_retired = true;
    done_.wait(lock, [&] { return source.compiling == 0; });
  }
}

Result<CodeBlob> LazyCode::make_blob(BatchId id, bool is_better, Compilers& compilers) {
  std::unique_lock lock(mutex_);
  LazySource& source = generations_[batches_[id].generation];
  if (source.is_retired) return error(DiagCode::kEngineResource, "the program is over");
  ++source.compiling;
  lock.unlock();
  Result<CodeBlob> blob = make_blob_of(source, id, is_better, compilers);
  lock.lock();
  --source.compiling;
  done_.notify_all();
  return blob;
}

Result<CodeBlob> LazyCode::make_blob_of(LazySource& generation, BatchId id, bool is_better, Compilers& compilers) {
  const LazySource* source = &generation;
  Batch batch;
  {
    const std::lock_guard lock(mutex_);
    batch = batches_[id];
  }
  std::unique_ptr<BatchCompiler>& compiler = compilers[batch.generation];
  if (compiler == nullptr) compiler = TRY(is_better ? source->make_better_compiler() : source->make_compiler());
  std::vector<CodeItem> items;
  for (CodeNumber number : source->batches[batch.index]) items.push_back(source->items[number - source->first]);
  CodeBlob blob = TRY(compiler->compile(items, is_over_));
  WITC_CHECK(is_of(blob, source->batches[batch.index]));
  if (source->store != nullptr) source->store->add(batch.index | (is_better ? BlobStore::kBetter : 0), blob);
  const std::lock_guard lock(mutex_);
  ++(is_better && !is_made_well(id) ? stats_.improved : stats_.compiled);
  return blob;
}

Result<void> LazyCode::install(BatchId id, CodeBlob made, bool is_better) {
  auto blob = std::make_shared<CodeBlob>(std::move(made));
  bool is_counted = false;
  {
    const std::lock_guard lock(mutex_);
    is_counted = !is_better && generations_[batches_[id].generation].make_better_compiler != nullptr;
  }
  const std::optional<CodeRegion::Code> added = region_->add_code(*blob, is_counted ? kCalls : 0);
  if (!added) return error(DiagCode::kEngineResource, "no room for compiled code");
  {
    const std::lock_guard lock(mutex_);
    stats_.code_bytes += blob->code.size();
    blob->code = {};
    const LazySource& source = generations_[batches_[id].generation];
    const std::uint8_t* code = added->begin;
    for (const CodeBlob::Entry& entry : blob->entries) {
      const auto* func = std::get_if<DefinedFunc>(&source.items[entry.number - source.first]);
      if (func == nullptr) continue;
      const auto begin = reinterpret_cast<std::uintptr_t>(code) + entry.offset;
      symbols_[begin] = {begin, begin + entry.size, *func, blob, entry.first_row, entry.row_count};
    }
    for (std::size_t i = 0; i < blob->entries.size(); ++i) {
      const CodeBlob::Entry& entry = blob->entries[i];
      code_of_[entry.number] = code + entry.offset;
      region_->publish(entry.number, is_counted ? added->counted[i] : code_of_[entry.number]);
    }
    if (is_better) batches_[id].better = Batch::Better::kDone;
    else if (is_counted && blob->has_hot_loops) want_better(id);
  }
  return {};
}

std::vector<CodePlace> LazyCode::places_of(std::uintptr_t pc) const {
  Symbol symbol;
  {
    const std::lock_guard lock(mutex_);
    auto after = symbols_.upper_bound(pc);
    if (after == symbols_.begin()) return {};
    symbol = std::prev(after)->second;
  }
  if (pc >= symbol.end) return {};
  const std::span<const CodeRow> rows(symbol.blob->rows.data() + symbol.first_row, symbol.row_count);
  return places_in(symbol.func, pc - symbol.begin, rows, symbol.blob->places);
}

LazyCode::Stats LazyCode::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

}  // namespace witc::engine
