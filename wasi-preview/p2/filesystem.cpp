// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// wasi:filesystem on the layer in filesystem/, which keeps every path beneath its preopen: what is here turns the WIT's
// values into that layer's and its errno values into error-codes. Paths and names are UTF-8 in WIT and bytes on Linux: a
// name that is none is `illegal-byte-sequence`.
#include <limits>

#include "wasi-preview/p2/file_streams.h"
#include "wasi-preview/p2/host_state.h"
#include "wasm/utf8.h"

namespace witc::wasi {
namespace {

namespace types = ::wasi::filesystem::types;
namespace preopens = ::wasi::filesystem::preopens;
using types::ErrorCode;
using types::PathFlags;
template <class T>
using Answer = wit::expected<T, ErrorCode>;

wit::unexpected<ErrorCode> fail(ErrorCode code) { return wit::unexpected<ErrorCode>(code); }
wit::unexpected<ErrorCode> fail_errno(int code) { return fail(error_code_of_errno(code)); }

/// The layer's result, with its value put through `convert`.
template <class T, class Convert>
auto answer(fs::Expected<T> result, Convert convert) -> Answer<decltype(convert(*std::move(result)))> {
  if (!result) return fail_errno(result.error());
  return convert(*std::move(result));
}
Answer<void> answer(fs::Expected<void> result) {
  if (!result) return fail_errno(result.error());
  return {};
}

types::DescriptorType to_wit(fs::FileType type) {
  switch (type) {
    case fs::FileType::kUnknown: return types::DescriptorType::kUnknown;
    case fs::FileType::kBlockDevice: return types::DescriptorType::kBlockDevice;
    case fs::FileType::kCharacterDevice: return types::DescriptorType::kCharacterDevice;
    case fs::FileType::kDirectory: return types::DescriptorType::kDirectory;
    case fs::FileType::kFifo: return types::DescriptorType::kFifo;
    case fs::FileType::kSymbolicLink: return types::DescriptorType::kSymbolicLink;
    case fs::FileType::kRegularFile: return types::DescriptorType::kRegularFile;
    case fs::FileType::kSocket: return types::DescriptorType::kSocket;
  }
  return types::DescriptorType::kUnknown;
}

/// A time before 1970 has no datetime.
std::optional<types::Datetime> to_wit(const fs::Time& time) {
  if (time.seconds < 0) return std::nullopt;
  return types::Datetime{static_cast<std::uint64_t>(time.seconds), time.nanoseconds};
}

types::DescriptorStat to_wit(const fs::Stat& stat) {
  return {to_wit(stat.type), stat.link_count, stat.size, to_wit(stat.access), to_wit(stat.modification),
          to_wit(stat.status_change)};
}

types::MetadataHashValue to_wit(const fs::MetadataHash& hash) { return {hash.lower, hash.upper}; }

Answer<fs::NewTime> from_wit(const types::NewTimestamp& time) {
  using New = types::NewTimestamp;
  if (std::holds_alternative<New::NoChange>(time.value)) return fs::NewTime{};
  if (std::holds_alternative<New::Now>(time.value)) return fs::NewTime{fs::NewTime::kNow, {}};
  const types::Datetime& when = std::get<New::Timestamp>(time.value).value;
  if (when.nanoseconds >= 1'000'000'000) return fail(ErrorCode::kInvalid);
  if (when.seconds > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return fail(ErrorCode::kOverflow);
  return fs::NewTime{fs::NewTime::kSet, {static_cast<std::int64_t>(when.seconds), when.nanoseconds}};
}

bool follows(PathFlags flags) { return flags.has(PathFlags::kSymlinkFollow); }

class DirectoryEntryStream final : public types::DirectoryEntryStream {
 public:
  explicit DirectoryEntryStream(fs::DescriptorPtr directory) : directory_(std::move(directory)) {}

  Answer<std::optional<types::DirectoryEntry>> read_directory_entry() override {
    while (true) {
      if (at_ == entries_.size()) {
        auto more = directory_->read_directory(cookie_);
        if (!more) return fail_errno(more.error());
        if (more->empty()) return std::optional<types::DirectoryEntry>();
        entries_ = *std::move(more);
        at_ = 0;
      }
      fs::DirectoryEntry& entry = entries_[at_++];
      cookie_ = entry.next;
      if (entry.name == "." || entry.name == "..") continue;
      if (!wasm::is_utf8(entry.name)) return fail(ErrorCode::kIllegalByteSequence);
      return types::DirectoryEntry{to_wit(entry.type), std::move(entry.name)};
    }
  }

 private:
  fs::DescriptorPtr directory_;
  std::vector<fs::DirectoryEntry> entries_;
  std::size_t at_ = 0;
  std::uint64_t cookie_ = 0;
};

class Descriptor final : public types::Descriptor {
 public:
  Descriptor(EventLoopPtr loop, fs::DescriptorPtr descriptor) : loop_(std::move(loop)), on_(std::move(descriptor)) {}

  Answer<std::unique_ptr<types::InputStream>> read_via_stream(std::uint64_t offset) override {
    if (!is_file() || !on_->flags().read) return fail(ErrorCode::kBadDescriptor);
    return std::make_unique<InputStream>(loop_, std::make_shared<FileSource>(*loop_, on_, offset));
  }
  Answer<std::unique_ptr<types::OutputStream>> write_via_stream(std::uint64_t offset) override { return writer(offset); }
  Answer<std::unique_ptr<types::OutputStream>> append_via_stream() override { return writer(std::nullopt); }

  Answer<void> advise(std::uint64_t offset, std::uint64_t length, types::Advice advice) override {
    return answer(on_->advise(offset, length, static_cast<fs::Advice>(advice)));
  }
  Answer<void> sync_data() override { return answer(on_->sync_data()); }
  Answer<void> sync() override { return answer(on_->sync()); }

  Answer<types::DescriptorFlags> get_flags() override {
    using Flags = types::DescriptorFlags;
    const fs::DescriptorFlags flags = on_->flags();
    Flags out;
    if (flags.read) out |= Flags::kRead;
    if (flags.write) out |= Flags::kWrite;
    if (flags.mutate_directory) out |= Flags::kMutateDirectory;
    if (flags.sync) out |= Flags::kFileIntegritySync;
    if (flags.data_sync) out |= Flags::kDataIntegritySync;
    if (flags.read_sync) out |= Flags::kRequestedWriteSync;
    return out;
  }
  Answer<types::DescriptorType> get_type() override { return to_wit(on_->type()); }
  Answer<void> set_size(std::uint64_t size) override { return answer(on_->set_size(size)); }
  Answer<void> set_times(types::NewTimestamp access, types::NewTimestamp modification) override {
    auto first = from_wit(access);
    auto second = from_wit(modification);
    if (!first || !second) return fail((first ? second : first).error());
    return answer(on_->set_times(*first, *second));
  }

  Answer<std::tuple<std::vector<std::uint8_t>, bool>> read(std::uint64_t length, std::uint64_t offset) override {
    if (!is_file()) return fail(ErrorCode::kBadDescriptor);
    std::vector<std::uint8_t> bytes(std::min(length, kMaxRead));
    auto got = on_->pread(bytes, offset);
    if (!got) return fail_errno(got.error());
    bytes.resize(*got);
    return std::tuple(std::move(bytes), *got == 0);
  }
  Answer<std::uint64_t> write(std::span<const std::uint8_t> buffer, std::uint64_t offset) override {
    if (!is_file()) return fail(ErrorCode::kBadDescriptor);
    return answer(on_->pwrite(buffer, offset), [](std::size_t size) { return std::uint64_t{size}; });
  }

  Answer<std::unique_ptr<types::DirectoryEntryStream>> read_directory() override {
    if (is_file()) return fail(ErrorCode::kNotDirectory);
    return std::make_unique<DirectoryEntryStream>(on_);
  }
  Answer<void> create_directory_at(std::string_view path) override { return answer(on_->create_directory_at(path)); }
  Answer<types::DescriptorStat> stat() override {
    return answer(on_->stat(), [](const fs::Stat& stat) { return to_wit(stat); });
  }
  Answer<types::DescriptorStat> stat_at(PathFlags path_flags, std::string_view path) override {
    return answer(on_->stat_at(path, follows(path_flags)), [](const fs::Stat& stat) { return to_wit(stat); });
  }
  Answer<void> set_times_at(PathFlags path_flags, std::string_view path, types::NewTimestamp access,
                            types::NewTimestamp modification) override {
    auto first = from_wit(access);
    auto second = from_wit(modification);
    if (!first || !second) return fail((first ? second : first).error());
    return answer(on_->set_times_at(path, follows(path_flags), *first, *second));
  }
  Answer<void> link_at(PathFlags old_path_flags, std::string_view old_path, types::Descriptor& new_descriptor,
                       std::string_view new_path) override {
    if (follows(old_path_flags)) return fail(ErrorCode::kInvalid);
    return answer(on_->link_at(old_path, layer(new_descriptor), new_path));
  }
  Answer<std::unique_ptr<types::Descriptor>> open_at(PathFlags path_flags, std::string_view path,
                                                     types::OpenFlags open_flags, types::DescriptorFlags flags) override {
    using Open = types::OpenFlags;
    using Flags = types::DescriptorFlags;
    if (flags.has(Flags::kMutateDirectory) && on_->read_only()) return fail(ErrorCode::kReadOnly);
    fs::OpenOptions options;
    options.follow = follows(path_flags);
    options.create = open_flags.has(Open::kCreate);
    options.directory = open_flags.has(Open::kDirectory);
    options.exclusive = open_flags.has(Open::kExclusive);
    options.truncate = open_flags.has(Open::kTruncate);
    options.flags.read = flags.has(Flags::kRead);
    options.flags.write = flags.has(Flags::kWrite);
    options.flags.sync = flags.has(Flags::kFileIntegritySync);
    options.flags.data_sync = flags.has(Flags::kDataIntegritySync);
    options.flags.read_sync = flags.has(Flags::kRequestedWriteSync);
    auto opened = on_->open_at(path, options);
    if (!opened) return fail_errno(opened.error());
    return std::make_unique<Descriptor>(loop_, *std::move(opened));
  }
  Answer<std::string> readlink_at(std::string_view path) override {
    auto target = on_->readlink_at(path);
    if (!target) return fail_errno(target.error());
    if (!wasm::is_utf8(*target)) return fail(ErrorCode::kIllegalByteSequence);
    return *std::move(target);
  }
  Answer<void> remove_directory_at(std::string_view path) override { return answer(on_->remove_directory_at(path)); }
  Answer<void> rename_at(std::string_view old_path, types::Descriptor& new_descriptor, std::string_view new_path) override {
    return answer(on_->rename_at(old_path, layer(new_descriptor), new_path));
  }
  Answer<void> symlink_at(std::string_view old_path, std::string_view new_path) override {
    return answer(on_->symlink_at(old_path, new_path));
  }
  Answer<void> unlink_file_at(std::string_view path) override { return answer(on_->unlink_file_at(path)); }
  bool is_same_object(types::Descriptor& other) override { return on_->is_same_object(layer(other)).value_or(false); }
  Answer<types::MetadataHashValue> metadata_hash() override {
    return answer(on_->metadata_hash(), [](const fs::MetadataHash& hash) { return to_wit(hash); });
  }
  Answer<types::MetadataHashValue> metadata_hash_at(PathFlags path_flags, std::string_view path) override {
    return answer(on_->metadata_hash_at(path, follows(path_flags)), [](const fs::MetadataHash& hash) { return to_wit(hash); });
  }

 private:
  static fs::Descriptor& layer(types::Descriptor& other) { return *static_cast<Descriptor&>(other).on_; }
  [[nodiscard]] bool is_file() const { return !on_->is_directory(); }

  Answer<std::unique_ptr<types::OutputStream>> writer(std::optional<std::uint64_t> offset) {
    if (!is_file() || !on_->flags().write) return fail(ErrorCode::kBadDescriptor);
    return std::make_unique<OutputStream>(loop_, std::make_shared<FileSink>(*loop_, on_, offset));
  }

  EventLoopPtr loop_;
  fs::DescriptorPtr on_;
};

class Types final : public types::Host {
 public:
  std::optional<ErrorCode> filesystem_error_code(io::error::Error& err) override {
    const auto& code = static_cast<IoError&>(err).errno_value;
    if (!code) return std::nullopt;
    return error_code_of_errno(*code);
  }
};

class PreopensHost final : public preopens::Host {
 public:
  PreopensHost(EventLoopPtr loop, Preopens directories)
      : loop_(std::move(loop)), directories_(std::move(directories)) {}
  std::vector<std::tuple<std::unique_ptr<types::Descriptor>, std::string>> get_directories() override {
    std::vector<std::tuple<std::unique_ptr<types::Descriptor>, std::string>> out;
    for (const auto& [directory, name] : directories_) out.emplace_back(std::make_unique<Descriptor>(loop_, directory), name);
    return out;
  }

 private:
  EventLoopPtr loop_;
  Preopens directories_;
};

}  // namespace

void add_filesystem(HostState& state, host::HostLinker& linker) {
  state.add<Types>(linker);
  state.add<PreopensHost>(linker, state.loop, state.preopens);
}

}  // namespace witc::wasi
