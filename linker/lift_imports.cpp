// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "linker/lift_imports.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "base/overloaded.h"
#include "base/semver.h"
#include "linker/substitution.h"

namespace witc::linker {

using namespace component;

namespace {

constexpr int kMaxDepth = 100;

/// One import as one user wants it.
struct Wanted {
  std::size_t user = 0;  // whose resources the type speaks of; 0 is the composition itself
  std::string name;
  Extern item;
  std::optional<NodeId> instantiation;  // of a package's import
  std::optional<NodeId> node;           // of an import node
};

/// All that goes by one track.
struct Group {
  std::string name;  // with the highest version
  ast::NameAttributes attributes;
  std::vector<std::size_t> wanted;
  std::set<std::size_t> after;  // groups it must follow
  std::optional<EntityType> type;
};

class Lifter {
 public:
  Lifter(CompositionGraph& graph, const std::vector<NodeId>& order) : graph_(graph), types_(graph.types()), order_(order) {}

  Result<LiftedImports> run() {
    TRY(collect());          // what is imported, by whom, in groups
    TRY(unite_resources());  // which resources are one
    make_resources();        // one of our own for each
    TRY(merge());            // types in terms of those
    return write();          // in order
  }

 private:
  using Key = std::pair<std::size_t, ResourceId>;  // a resource as one user knows it
  using Done = Result<void>;

  Done collect() {
    users_ = 1;
    for (NodeId id : order_) {
      const Node& node = graph_.nodes()[id];
      if (const auto* import = std::get_if<ImportNode>(&node.kind)) {
        ast::NameAttributes attributes;
        attributes.name = import->name;
        want({0, import->name, {attributes, node.type}, std::nullopt, id}, import->name);
        explicit_.insert(name_track(import->name));
      }
    }
    for (NodeId id : order_) {
      const auto* made = std::get_if<InstantiationNode>(&graph_.nodes()[id].kind);
      if (made == nullptr) continue;
      std::size_t user = users_++;
      for (const auto& [name, item] : graph_.imports_of(id).imports) {
        if (const NodeId* argument = made->arguments.find(name)) {
          given_.push_back({user, item.type, *argument});
          continue;
        }
        std::string track = name_track(name);
        if (explicit_.contains(track)) {
          return error(DiagCode::kWacResolve,
                       fmt::format("`{}` of `{}` would be imported, but the composition has an import of that name",
                                   name, graph_.packages()[made->package].name));
        }
        want({user, name, item, id, std::nullopt}, track);
      }
    }
    return {};
  }

  void want(Wanted item, const std::string& track) {
    auto [found, fresh] = group_index_.try_emplace(track, groups_.size());
    if (fresh) {
      groups_.push_back({item.name, item.item.attributes, {}, {}, std::nullopt});
    } else if (is_higher(item.name, groups_[found->second].name)) {
      groups_[found->second].name = item.name;
      groups_[found->second].attributes = item.item.attributes;
    }
    groups_[found->second].wanted.push_back(wanted_.size());
    group_of_.push_back(found->second);
    wanted_.push_back(std::move(item));
  }

  static bool is_higher(std::string_view a, std::string_view b) {
    auto version = [](std::string_view name) { return Version::parse(name.substr(name.rfind('@') + 1)); };
    auto left = version(a);
    auto right = version(b);
    return left && right && *left > *right;
  }

  // -- resources that are one ---------------------------------------------------------------------------

  std::size_t handle(Key key) {
    auto [found, fresh] = handles_.try_emplace(key, parents_.size());
    if (fresh) {
      parents_.push_back(parents_.size());
      paths_.push_back(types_[key.second].path);
    }
    return found->second;
  }
  std::size_t root_of(std::size_t handle) {
    while (parents_[handle] != handle) handle = parents_[handle] = parents_[parents_[handle]];
    return handle;
  }
  void unite(std::size_t a, std::size_t b) {
    a = root_of(a);
    b = root_of(b);
    if (a != b) parents_[std::max(a, b)] = std::min(a, b);
  }

  /// Calls `visit(path, resource)` for each resource that an item exports, nested instances included.
  template <class Visit>
  Done each_resource(const EntityType& type, const std::string& path, Visit&& visit, int depth = 0) {
    if (depth > kMaxDepth) return error(DiagCode::kWacResolve, "instance types nest too deep");
    if (const auto* entity = std::get_if<TypeEntity>(&type)) {
      if (const auto* resource = std::get_if<ResourceId>(&entity->type)) visit(path, *resource);
    } else if (const auto* instance = std::get_if<InstanceTypeId>(&type)) {
      for (const auto& [name, item] : types_[*instance].exports) {
        TRY(each_resource(item.type, path.empty() ? name : path + "/" + name, visit, depth + 1));
      }
    }
    return {};
  }

  Done unite_resources() {
    std::map<std::pair<std::size_t, std::string>, std::size_t> first;  // by group and path
    std::map<Key, std::size_t> definer;                                // the group a user knows it from first
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      const Wanted& item = wanted_[i];
      std::size_t group = group_of_[i];
      TRY(each_resource(item.item.type, "", [&](const std::string& path, ResourceId resource) {
        Key key{item.user, resource};
        auto [known, fresh] = first.try_emplace({group, path}, handle(key));
        if (!fresh) unite(known->second, handle(key));
        auto [from, is_definer] = definer.try_emplace(key, group);
        if (!is_definer && from->second != group) groups_[group].after.insert(from->second);
      }));
    }
    // An argument that is itself an import of the composition, or a part of one.
    for (const Given& item : given_) {
      if (!is_import(item.argument)) continue;
      std::map<std::string, ResourceId> offered;
      TRY(each_resource(graph_.nodes()[item.argument].type, "",
                        [&](const std::string& path, ResourceId resource) { offered.emplace(path, resource); }));
      TRY(each_resource(item.type, "", [&](const std::string& path, ResourceId resource) {
        if (auto found = offered.find(path); found != offered.end()) {
          unite(handle({0, found->second}), handle({item.user, resource}));
        }
      }));
    }
    return {};
  }

  bool is_import(NodeId node) const {
    while (const auto* alias = std::get_if<AliasNode>(&graph_.nodes()[node].kind)) node = alias->source;
    return std::holds_alternative<ImportNode>(graph_.nodes()[node].kind);
  }

  void make_resources() {
    for (std::size_t user = 0; user < users_; ++user) substitutions_.emplace_back(types_, types_);
    std::map<std::size_t, ResourceId> made;
    for (const auto& [key, handle] : handles_) {
      std::size_t root = root_of(handle);
      auto found = made.find(root);
      if (found == made.end()) found = made.emplace(root, types_.add_resource({paths_[root]})).first;
      substitutions_[key.first].bind(key.second, found->second);
    }
  }

  // -- types --------------------------------------------------------------------------------------------

  Result<EntityType> rewrite(std::size_t user, const EntityType& type, int depth) {
    Substitution& substitution = substitutions_[user];
    if (depth > kMaxDepth) return error(DiagCode::kWacResolve, "instance types nest too deep");
    using Made = Result<EntityType>;
    return match(
        type, [](ModuleTypeId id) -> Made { return EntityType(id); },
        [&](FuncTypeId id) -> Made { return EntityType(TRY(substitution.func(id))); },
        [&](const ValType& value) -> Made { return EntityType(TRY(substitution.value(value))); },
        [&](const TypeEntity& entity) -> Made {
          return match(
              entity.type,
              [&](ResourceId id) -> Made { return EntityType(TypeEntity{substitution.find(id).value_or(id)}); },
              [&](const ValType& value) -> Made { return EntityType(TypeEntity{TRY(substitution.value(value))}); },
              [&](FuncTypeId id) -> Made { return EntityType(TypeEntity{TRY(substitution.func(id))}); },
              [&](InstanceTypeId id) -> Made { return EntityType(TypeEntity{id}); },
              [&](ComponentTypeId id) -> Made { return EntityType(TypeEntity{id}); });
        },
        [&](InstanceTypeId id) -> Made {
          InstanceType made;
          InstanceType source = types_[id];  // a copy: the arena grows meanwhile
          for (const auto& [name, item] : source.exports) {
            made.exports.insert(name, {item.attributes, TRY(rewrite(user, item.type, depth + 1))});
          }
          return EntityType(types_.add(std::move(made)));
        },
        [](ComponentTypeId id) -> Made { return EntityType(id); });
  }

  Result<EntityType> unify(const EntityType& a, const EntityType& b, int depth) {
    if (depth > kMaxDepth) return error(DiagCode::kWacResolve, "instance types nest too deep");
    const auto* left = std::get_if<InstanceTypeId>(&a);
    const auto* right = std::get_if<InstanceTypeId>(&b);
    if (left != nullptr && right != nullptr) {
      InstanceType made = types_[*left];
      InstanceType other = types_[*right];
      for (const auto& [name, item] : other.exports) {
        if (Extern* known = made.exports.find(name)) {
          auto unified = unify(known->type, item.type, depth + 1);
          if (!unified) return std::move(unified.error()).context(fmt::format("in the export `{}`", name));
          known->type = std::move(*unified);
        } else {
          made.exports.insert(name, item);
        }
      }
      return EntityType(types_.add(std::move(made)));
    }
    if (is_same(a, b)) return a;
    return error(DiagCode::kWacResolve, fmt::format("`{}` and `{}` cannot be merged", show(a), show(b)));
  }

  static bool is_same(const EntityType& a, const EntityType& b) {
    if (a.index() != b.index()) return false;
    return match(
        a, [&](const TypeEntity& entity) { return entity.type == std::get<TypeEntity>(b).type; },
        [&]<class T>(const T& item) { return item == std::get<T>(b); });
  }

  [[nodiscard]] std::string show(const EntityType& type) const {
    return match(
        type, [](ModuleTypeId) -> std::string { return "core module"; },
        [&](FuncTypeId id) { return types_.to_string(id); }, [&](const ValType& value) { return types_.to_string(value); },
        [&](const TypeEntity& entity) -> std::string {
          if (const auto* resource = std::get_if<ResourceId>(&entity.type)) return "resource " + types_[*resource].path;
          const auto* value = std::get_if<ValType>(&entity.type);
          return value == nullptr ? "type" : types_.to_string(*value);
        },
        [](InstanceTypeId) -> std::string { return "instance"; }, [](ComponentTypeId) -> std::string { return "component"; });
  }

  Done merge() {
    for (Group& group : groups_) {
      for (std::size_t index : group.wanted) {
        const Wanted& item = wanted_[index];
        auto merged = rewrite(item.user, item.item.type, 0);
        if (merged && group.type) merged = unify(*group.type, *merged, 0);
        if (!merged) return std::move(merged.error()).context(fmt::format("while merging the imports `{}`", group.name));
        group.type = std::move(*merged);
      }
    }
    return {};
  }

  // -- order --------------------------------------------------------------------------------------------

  Result<LiftedImports> write() {
    LiftedImports made;
    std::vector<int> state(groups_.size());  // 0 new, 1 open, 2 written
    std::vector<std::size_t> position(groups_.size());
    std::vector<std::size_t> stack;
    for (std::size_t start = 0; start < groups_.size(); ++start) {
      stack.push_back(start);
      while (!stack.empty()) {
        std::size_t current = stack.back();
        if (state[current] == 2) {
          stack.pop_back();
          continue;
        }
        bool is_ready = state[current] == 1;  // second visit: what it follows is written, or in a cycle
        state[current] = 1;
        if (!is_ready) {
          for (std::size_t before : groups_[current].after) {
            if (state[before] == 0) stack.push_back(before);
          }
          if (stack.back() != current) continue;
        }
        stack.pop_back();
        state[current] = 2;
        position[current] = made.imports.size();
        Group& group = groups_[current];
        made.imports.push_back({group.name, group.attributes, *group.type, wanted_[group.wanted.front()].node});
      }
    }
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      const Wanted& item = wanted_[i];
      if (item.node) made.nodes.emplace(*item.node, position[group_of_[i]]);
      if (item.instantiation) made.arguments.emplace(std::pair(*item.instantiation, item.name), position[group_of_[i]]);
    }
    return made;
  }

  struct Given {
    std::size_t user;
    EntityType type;  // as the user wants it
    NodeId argument;
  };

  CompositionGraph& graph_;
  Types& types_;
  const std::vector<NodeId>& order_;
  std::size_t users_ = 0;
  std::vector<Wanted> wanted_;
  std::vector<std::size_t> group_of_;  // beside wanted_
  std::vector<Group> groups_;
  std::map<std::string, std::size_t> group_index_;  // by track
  std::set<std::string> explicit_;
  std::vector<Given> given_;
  std::map<Key, std::size_t> handles_;
  std::vector<std::size_t> parents_;  // union-find
  std::vector<std::string> paths_;
  std::vector<Substitution> substitutions_;  // by user
};

}  // namespace

Result<LiftedImports> lift_imports(CompositionGraph& graph, const std::vector<NodeId>& order) {
  return Lifter(graph, order).run();
}

}  // namespace witc::linker
