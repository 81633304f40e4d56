// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A JSON tool on nlohmann's library: reads a document from a file or standard input, then prints it, prints what a JSON
// pointer leads to, or tells what is in it.
#include <cstdio>
#include <iostream>
#include <iterator>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

using json = nlohmann::json;

static void count(const json& value, int depth, std::map<std::string, int>& kinds, int& deepest) {
  kinds[value.type_name()]++;
  deepest = std::max(deepest, depth);
  if (value.is_structured())
    for (const json& child : value) count(child, depth + 1, kinds, deepest);
}

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: json_tool pretty|minify|stats|cbor|get:/POINTER [FILE]\n";
    return 2;
  }
  std::string command = argv[1], text;
  if (argc > 2) {
    std::FILE* file = std::fopen(argv[2], "rb");
    if (!file) {
      std::cerr << "json_tool: cannot open " << argv[2] << '\n';
      return 1;
    }
    for (int c; (c = std::fgetc(file)) != EOF;) text.push_back(char(c));
    std::fclose(file);
  } else {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  }
  json document = json::parse(text, nullptr, false);
  if (document.is_discarded()) {
    std::cerr << "json_tool: not JSON\n";
    return 1;
  }
  if (command == "pretty") {
    std::cout << document.dump(2) << '\n';
  } else if (command == "minify") {
    std::cout << document.dump() << '\n';
  } else if (command == "cbor") {
    std::string bytes;
    json::to_cbor(document, bytes);
    std::cout << bytes.size() << " bytes of CBOR, " << (json::from_cbor(bytes) == document ? "the same" : "another")
              << " document read back\n";
  } else if (command == "stats") {
    std::map<std::string, int> kinds;
    int deepest = 0;
    count(document, 1, kinds, deepest);
    for (auto& [kind, times] : kinds) std::cout << kind << ": " << times << '\n';
    std::cout << "depth: " << deepest << '\n';
  } else if (command.starts_with("get:")) {
    json::json_pointer pointer(command.substr(4));
    if (!document.contains(pointer)) {
      std::cerr << "json_tool: nothing at " << command.substr(4) << '\n';
      return 1;
    }
    std::cout << document[pointer].dump() << '\n';
  } else {
    std::cerr << "json_tool: no command " << command << '\n';
    return 2;
  }
}
