// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reading directories. Preview 1 reads from any place, which a cookie names; 0.2 has a stream of entries. A cookie
// is the number of an entry, `.` and `..` are 0 and 1, and each directory keeps its stream and the entry that did
// not fit, so that a program which reads on where it was is not read to from the beginning again.
#include "linker/new/preview1/wasm32/descriptors.h"
#include "linker/new/preview1/wasm32/memory.h"

namespace preview1 {

constexpr u32 kMaxKeptName = 256;

struct Listing {
  Listing* next_free;
  wasi::Handle stream;
  u64 cookie;        // of the next entry
  bool has_kept;     // that entry was received already
  u8 kept_type;
  u32 kept_length;
  u64 kept_inode;
  u8 kept_name[kMaxKeptName];
};

namespace {

Listing* free_listings;

struct Entry {
  u8 type = wasi::kDirectory;
  u64 inode = 0;
  wasi::Bytes name{};
};

u8 dots[2] = {'.', '.'};

Errno start(Descriptor& directory) {
  drop_listing(directory);
  wasi::Result<wasi::Handle> result{};
  wasi::read_directory(directory.file, &result);
  if (result.is_error) return errno_of(result.code);
  Listing* listing = free_listings;
  if (listing != nullptr) {
    free_listings = listing->next_free;
  } else {
    listing = make_forever<Listing>();
  }
  if (listing == nullptr) {
    wasi::drop_directory_entry_stream(result.value);
    return kNomem;
  }
  listing->stream = result.value;
  listing->cookie = 0;
  listing->has_kept = false;
  directory.listing = listing;
  return kSuccess;
}

/// The next entry of the host's stream; false at the end.
Errno receive(Listing& listing, Entry& entry, bool& found) {
  wasi::Result<wasi::OptionalEntry> result{};
  wasi::read_directory_entry(listing.stream, &result);
  if (result.is_error) return errno_of(result.code);
  found = result.value.is_some;
  if (found) entry = {result.value.value.type, 0, result.value.value.name};
  return kSuccess;
}

/// The entry of the listing's cookie, with its inode number.
Errno next(Descriptor& directory, Entry& entry, bool& found) {
  Listing& listing = *directory.listing;
  found = true;
  entry = {};
  wasi::Result<wasi::MetadataHash> hash{};
  if (listing.cookie < 2) {
    entry.name = {dots, static_cast<u32>(listing.cookie + 1)};
    if (listing.cookie == 1) return kSuccess;
    wasi::metadata_hash(directory.file, &hash);
    if (!hash.is_error) entry.inode = hash.value.lower;
    return kSuccess;
  }
  if (listing.has_kept) {
    entry = {listing.kept_type, listing.kept_inode, {listing.kept_name, listing.kept_length}};
    return kSuccess;
  }
  Errno error = receive(listing, entry, found);
  if (error != kSuccess || !found) return error;
  wasi::metadata_hash_at(directory.file, 0, entry.name.data, entry.name.length, &hash);
  if (!hash.is_error) entry.inode = hash.value.lower;  // else it is gone already
  return kSuccess;
}

/// Keeps an entry for the next call, or has that start from the beginning.
void keep(Descriptor& directory, const Entry& entry) {
  Listing& listing = *directory.listing;
  if (listing.cookie < 2 || listing.has_kept) return;
  if (entry.name.length > kMaxKeptName) return drop_listing(directory);
  listing.has_kept = true;
  listing.kept_type = entry.type;
  listing.kept_inode = entry.inode;
  listing.kept_length = entry.name.length;
  __builtin_memcpy(listing.kept_name, entry.name.data, entry.name.length);
}

/// Goes to an entry by reading over those before it.
Errno skip_to(Descriptor& directory, u64 cookie, bool& found) {
  found = true;
  if (directory.listing != nullptr && directory.listing->cookie == cookie) return kSuccess;
  Errno error = start(directory);
  if (error != kSuccess) return error;
  Listing& listing = *directory.listing;
  listing.cookie = cookie < 2 ? cookie : 2;
  while (listing.cookie < cookie) {
    Scratch scratch;
    Entry entry;
    error = receive(listing, entry, found);
    if (error != kSuccess || !found) return error;
    ++listing.cookie;
  }
  return kSuccess;
}

u32 min(u32 a, u32 b) { return a < b ? a : b; }

/// Writes what fits of an entry, and gives how much that was.
u32 put(u32 address, u32 room, const Entry& entry, u64 cookie) {
  Dirent header{};
  header.next = cookie + 1;
  header.inode = entry.inode;
  header.name_length = entry.name.length;
  header.type = file_type(entry.type);
  u32 head = min(room, sizeof(Dirent)), name = min(room - head, entry.name.length);
  guest_write(address, &header, head);
  guest_write(address + head, entry.name.data, name);
  return head + name;
}

}  // namespace

void drop_listing(Descriptor& directory) {
  Listing* listing = directory.listing;
  if (listing == nullptr) return;
  wasi::drop_directory_entry_stream(listing->stream);
  listing->next_free = free_listings;
  free_listings = listing;
  directory.listing = nullptr;
}

PREVIEW1(fd_readdir)(u32 fd, u32 buffer, u32 size, u64 cookie, u32 out) {
  Descriptor* directory;
  bool found;
  Errno error = file_of(fd, directory, kNotdir);
  if (error == kSuccess) error = skip_to(*directory, cookie, found);
  if (error != kSuccess) return error;
  u32 used = 0;
  while (found && used < size) {
    Scratch scratch;
    Entry entry;
    error = next(*directory, entry, found);
    if (error != kSuccess) return error;
    if (!found) break;
    Listing& listing = *directory->listing;
    used += put(buffer + used, size - used, entry, listing.cookie);
    if (used == size) {
      // It may be cut off; a program that has all of it asks for the next one, and this is in vain.
      keep(*directory, entry);
      break;
    }
    ++listing.cookie;
    listing.has_kept = false;
  }
  store(out, used);
  return kSuccess;
}

}  // namespace preview1
