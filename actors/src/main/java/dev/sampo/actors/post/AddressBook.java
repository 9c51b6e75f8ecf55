package dev.sampo.actors.post;

import dev.sampo.protocol.NodeId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorRef;

/** Where the post offices of nodes are, as their beats told. Belongs to one actor. */
final class AddressBook {
  private final Map<NodeId, ActorRef<Post.Command>> offices = new TreeMap<>();
  private final Map<NodeId, Address> addresses = new TreeMap<>();

  void heard(NodeId node, ActorRef<Post.Command> office) {
    offices.put(node, office);
    put(node, office.path().address());
  }

  void put(NodeId node, Address address) {
    addresses.put(node, address);
  }

  /** Empty for a node that was never heard. */
  Optional<ActorRef<Post.Command>> office(NodeId node) {
    return Optional.ofNullable(offices.get(node));
  }

  List<NodeId> nodesAt(Address address) {
    return addresses.entrySet().stream()
        .filter(entry -> entry.getValue().equals(address))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** A copy. */
  Map<NodeId, Address> all() {
    return Map.copyOf(addresses);
  }
}
