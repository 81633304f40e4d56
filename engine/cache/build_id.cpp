// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "engine/cache/build_id.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>

#include <cstring>
#include <vector>

#include "engine/cache/files.h"

namespace witc::engine {
namespace {

std::size_t aligned(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

std::span<const std::uint8_t> find_note(std::span<const std::uint8_t> notes) {
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) head;
    std::memcpy(&head, notes.data(), sizeof head);
    const std::size_t contents = sizeof head + aligned(head.n_namesz);
    if (contents > notes.size() || aligned(head.n_descsz) > notes.size() - contents) return {};
    if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == 4 && std::memcmp(notes.data() + sizeof head, "GNU", 4) == 0) {
      return notes.subspan(contents, head.n_descsz);
    }
    notes = notes.subspan(contents + aligned(head.n_descsz));
  }
  return {};
}

/// Stops at the object that holds this function.
int visit(dl_phdr_info* info, std::size_t, void* found) {
  const auto here = reinterpret_cast<std::uintptr_t>(&build_id);
  bool is_this = false;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = info->dlpi_phdr[i];
    const std::uintptr_t begin = info->dlpi_addr + part.p_vaddr;
    is_this |= part.p_type == PT_LOAD && here >= begin && here < begin + part.p_memsz;
  }
  if (!is_this) return 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = info->dlpi_phdr[i];
    if (part.p_type != PT_NOTE) continue;
    const auto id = find_note({reinterpret_cast<const std::uint8_t*>(info->dlpi_addr + part.p_vaddr), part.p_memsz});
    if (!id.empty()) *static_cast<std::span<const std::uint8_t>*>(found) = id;
  }
  return 1;
}

}  // namespace

Digest build_id() {
  std::span<const std::uint8_t> id;
  dl_iterate_phdr(visit, &id);
  if (!id.empty()) return sha256(id);
  const File file(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!file || fstat(file.fd(), &status) != 0) return {};
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(status.st_size));
  if (!read_at(file.fd(), bytes.data(), bytes.size(), 0)) return {};
  return sha256(bytes);
}

}  // namespace witc::engine
