// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/lazy/lazy_code.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/overloaded.h"
#include "engine/runtime/store.h"

namespace witc::engine {
namespace {
constexpr std::uint32_t kNoBatch = ~0u;
constexpr std::chrono::nanoseconds kTimePerByte(25'000);  // that compiling wasm code well takes
constexpr std::chrono::milliseconds kTimeToBegin(200);    // what it takes before, to load the compiler too; generously
constexpr std::uint32_t kAround = 16;  // batches that are taken from a store at a time
constexpr std::int32_t kCalls = 5000;  // before a function is worth being compiled well

/// Has it code for these, and no others?
bool is_of(const BlobView& blob, std::span<const CodeNumber> numbers) {
  if (blob.entries.size() != numbers.size()) return false;
  if (std::ranges::equal(blob.entries, numbers, {}, &CodeBlob::Entry::number)) return true;
  std::vector<CodeNumber> found;
  for (const CodeBlob::Entry& entry : blob.entries) found.push_back(entry.number);
  std::ranges::sort(found);
  return std::ranges::equal(found, numbers);
}

/// What each entry's function calls outside its batch, or by an entry inside, in order.
std::vector<std::vector<CodeNumber>> callees_by_entry(const BlobView& blob) {
  std::map<std::uint32_t, std::size_t> ends;  // entries by where they end
  for (std::size_t i = 0; i < blob.entries.size(); ++i) ends[blob.entries[i].offset + blob.entries[i].size] = i;
  std::vector<std::vector<CodeNumber>> out(blob.entries.size());
  for (const CodeBlob::Fixup& fixup : blob.fixups) {
    auto entry = ends.upper_bound(fixup.offset);
    if (fixup.target < kMemset && entry != ends.end()) out[entry->second].push_back(fixup.target);
  }
  return out;
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
  if (const BlobStore* store = generations_.back().store.get(); store != nullptr && store->holds_what_was_called()) {
    std::vector<Made> made;
    const auto first = static_cast<BatchId>(batches_.size() - generations_.back().batches.size());
    for (BatchId id = first; id < batches_.size(); ++id) {
      if (auto found = find(id)) made.push_back(*std::move(found));
    }
    install(made);
  }
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
    if (load(id)) return region_->code(number);
    queue_.push_back(id);
    wake_worker();
    if (threads_.empty()) {
      queue_.pop_back();
      batch.state = State::kAbsent;
      return std::unexpected("no thread to compile with can be started");
    }
  }
  done_.wait(lock, [&] { return batch.state == State::kReady || batch.state == State::kFailed; });
  if (batch.state == State::kFailed) return std::unexpected(failures_[id]);
  enter(number);
  return region_->code(number);
}

/// For what is queued, or may be done ahead.
void LazyCode::wake_worker() {
  if (idle_ == 0 && threads_.size() < max_threads_) start(threads_, &LazyCode::run_worker);
  wanted_.notify_one();
}

/// Publishes its code, if that has not happened yet, and looks ahead from it.
void LazyCode::enter(CodeNumber number) {
  auto found = unentered_.extract(number);
  if (found.empty()) return;
  region_->publish(number, found.mapped().code);
  use_ahead(batch_of_[number]);
  std::vector<BatchId> callees;
  for (CodeNumber callee : found.mapped().callees) {
    const BatchId id = batch_of_[callee];
    if (id != kNoBatch && batches_[id].state == State::kAbsent && std::ranges::find(callees, id) == callees.end()) callees.push_back(id);
  }
  if (callees.empty()) return;
  look_ahead_.add(callees);
  if (looking_ahead_ + 1 < max_threads_) wake_worker();
}

/// What the store has for a batch: the better code, if there are two.
std::optional<LazyCode::Made> LazyCode::find(BatchId id) const {
  const LazySource& source = generations_[batches_[id].generation];
  const std::uint32_t index = batches_[id].index;
  for (const bool is_better : {true, false}) {
    if (is_better && !source.make_better_compiler) continue;
    const std::optional<BlobView> found = source.store->find(index | (is_better ? BlobStore::kBetter : 0));
    if (found && is_of(*found, source.batches[index])) return Made{id, is_better, nullptr, *found};
  }
  return std::nullopt;
}

/// From the store, if it is there, with those after it that are not there yet.
bool LazyCode::load(BatchId id) {
  const std::uint32_t generation = batches_[id].generation;
  if (generations_[generation].store == nullptr || generations_[generation].store->holds_what_was_called()) return false;
  std::vector<Made> made;
  for (BatchId next = id; next < batches_.size() && next < id + kAround && batches_[next].generation == generation; ++next) {
    if (next != id && batches_[next].state != State::kAbsent) continue;
    std::optional<Made> found = find(next);
    if (found) made.push_back(*std::move(found));
    else if (next == id) return false;
  }
  return install(made);
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

/// If it was made ahead, it was not in vain; or nobody will tell.
void LazyCode::use_ahead(BatchId id) {
  if (!std::exchange(batches_[id].is_ahead, false)) return;
  ++stats_.ahead_used;
  look_ahead_.on_use();
}

void LazyCode::run_worker() {
  Compilers of_functions, of_stubs;
  std::unique_lock lock(mutex_);
  while (const auto id = next_batch(lock)) {
    const bool is_ahead = batches_[*id].is_ahead;
    compile_batch(*id, of_functions, of_stubs, lock);
    if (is_ahead) --looking_ahead_;
    else look_ahead_.on_demand();
  }
}

/// Waits for one that is asked for, or may be made ahead; nothing if the program is over first.
std::optional<LazyCode::BatchId> LazyCode::next_batch(std::unique_lock<std::mutex>& lock) {
  while (!is_over_) {
    if (!queue_.empty()) {
      const BatchId id = queue_.front();
      queue_.pop_front();
      return id;
    }
    if (const auto id = next_ahead()) return id;
    ++idle_;
    wanted_.wait(lock);
    --idle_;
  }
  return std::nullopt;
}

/// One thread always is, or can be, there for what is asked for. What takes long is left until it is.
std::optional<LazyCode::BatchId> LazyCode::next_ahead() {
  constexpr std::size_t kMostBytes = 4 * 4096;
  if (looking_ahead_ + 1 >= max_threads_) return std::nullopt;
  const auto id = look_ahead_.next([this](BatchId id) {
    const LazySource& source = generations_[batches_[id].generation];
    return batches_[id].state == State::kAbsent && source.batch_bytes[batches_[id].index] <= kMostBytes;
  });
  if (!id) return std::nullopt;
  batches_[*id].state = State::kWanted;
  batches_[*id].is_ahead = true;
  ++looking_ahead_;
  ++stats_.ahead;
  return id;
}

/// Compiles and installs it; the lock is not held meanwhile.
void LazyCode::compile_batch(BatchId id, Compilers& of_functions, Compilers& of_stubs, std::unique_lock<std::mutex>& lock) {
  const bool is_better = is_made_well(id);
  const bool is_waited_for = !batches_[id].is_ahead;
  lock.unlock();
  const auto begin = std::chrono::steady_clock::now();
  Compilers& compilers = is_better ? of_stubs : of_functions;
  Result<CodeBlob> blob = make_blob(id, is_better, compilers);
  const bool when_entered = !is_better && max_threads_ > 1;
  Result<void> done = blob ? install(id, *std::move(blob), is_better, when_entered) : Result<void>(std::move(blob).error());
  lock.lock();
  if (!when_entered) use_ahead(id);
  if (is_waited_for) start_ += std::chrono::steady_clock::now() - begin;
  if (!done) failures_[id] = done.error()->message;
  batches_[id].state = done ? State::kReady : State::kFailed;
  done_.notify_all();
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
  WITC_CHECK(is_of(view_of(blob), source->batches[batch.index]));
  if (source->store != nullptr) source->store->add(batch.index | (is_better ? BlobStore::kBetter : 0), blob);
  const std::lock_guard lock(mutex_);
  ++(is_better && !is_made_well(id) ? stats_.improved : stats_.compiled);
  return blob;
}

/// Publishes it; or, with `when_entered`, each function when it is first entered.
Result<void> LazyCode::install(BatchId id, CodeBlob blob, bool is_better, bool when_entered) {
  auto own = std::make_shared<CodeBlob>(std::move(blob));
  const Made made{id, is_better, own, view_of(*own)};
  CodeRegion::Piece piece{made.blob};
  {
    const std::lock_guard lock(mutex_);
    piece.calls = calls_of(made);
  }
  const auto codes = region_->add_code({&piece, 1});
  if (!codes) return error(DiagCode::kEngineResource, "no room for compiled code");
  const std::lock_guard lock(mutex_);
  publish(made, codes->front(), when_entered);
  own->code = {};
  return {};
}

/// What the store had; under the lock. Otherwise nobody knows it, and it is compiled when it is called.
bool LazyCode::install(std::span<const Made> made) {
  std::vector<CodeRegion::Piece> pieces;
  for (const Made& one : made) pieces.push_back({one.blob, calls_of(one)});
  const auto codes = region_->add_code(pieces);
  if (!codes) return false;
  for (std::size_t i = 0; i < made.size(); ++i) {
    publish(made[i], (*codes)[i], /*when_entered=*/false);
    ++stats_.loaded;
    batches_[made[i].batch].state = State::kReady;
  }
  return true;
}

/// 0: they are not counted.
std::int32_t LazyCode::calls_of(const Made& made) const {
  return !made.is_better && generations_[batches_[made.batch].generation].make_better_compiler != nullptr ? kCalls : 0;
}

void LazyCode::publish(const Made& made, const CodeRegion::Code& code, bool when_entered) {
  const bool is_counted = !code.counted.empty();
  const auto begin = reinterpret_cast<std::uintptr_t>(code.begin);
  stats_.code_bytes += made.blob.code.size();
  Placed& placed = placed_[begin] = {begin + made.blob.code.size(), made.batch, made.own, made.blob};
  placed.blob.code = {};
  auto callees = when_entered ? callees_by_entry(made.blob) : std::vector<std::vector<CodeNumber>>();
  for (std::size_t i = 0; i < made.blob.entries.size(); ++i) {
    const CodeBlob::Entry& entry = made.blob.entries[i];
    code_of_[entry.number] = code.begin + entry.offset;
    const void* first = is_counted ? code.counted[i] : code_of_[entry.number];
    if (when_entered) {
      unentered_[entry.number] = {first, std::move(callees[i])};
    } else {
      unentered_.erase(entry.number);
      region_->publish(entry.number, first);
    }
  }
  if (made.is_better) batches_[made.batch].better = Batch::Better::kDone;
  else if (is_counted && made.blob.has_hot_loops) want_better(made.batch);
}

std::vector<CodePlace> LazyCode::places_of(std::uintptr_t pc) const {
  const std::lock_guard lock(mutex_);
  auto after = placed_.upper_bound(pc);
  if (after == placed_.begin()) return {};
  const auto& [begin, placed] = *std::prev(after);
  if (pc >= placed.end) return {};
  const LazySource& source = generations_[batches_[placed.batch].generation];
  for (const CodeBlob::Entry& entry : placed.blob.entries) {
    if (pc - begin < entry.offset || pc - begin >= entry.offset + entry.size) continue;
    const auto* func = std::get_if<DefinedFunc>(&source.items[entry.number - source.first]);
    if (func == nullptr) return {};
    return places_in(*func, pc - begin - entry.offset, placed.blob.rows.subspan(entry.first_row, entry.row_count), placed.blob.places);
  }
  return {};
}

LazyCode::Stats LazyCode::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

}  // namespace witc::engine
