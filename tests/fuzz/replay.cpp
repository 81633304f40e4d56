// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The driver of fuzz bodies where there is no libFuzzer: every seed, then mutations of the seeds. The
// generator is fixed, so a run can be repeated; the point is the sanitizers around it.
//
//     fuzz_x SEED-FOLDER-OR-FILE [MUTATIONS]
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/mutate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  std::vector<std::string> seeds;
  std::filesystem::path path = argv[1];
  if (std::filesystem::is_directory(path)) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(path)) files.push_back(entry.path());
    std::ranges::sort(files);
    for (const auto& file : files) seeds.push_back(read(file));
  } else {
    seeds.push_back(read(path));
  }
  if (seeds.empty()) return 1;
  for (const std::string& seed : seeds) run(seed);
  std::mt19937 random(20'260'821);
  int mutations = argc > 2 ? std::atoi(argv[2]) : 5000;
  for (int i = 0; i < mutations; ++i)
    run(witc::mutated(seeds[random() % seeds.size()], seeds[random() % seeds.size()], random));
  std::printf("%zu seeds, %d mutations\n", seeds.size(), mutations);
}
