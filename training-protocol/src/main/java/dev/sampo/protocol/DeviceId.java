package dev.sampo.protocol;

/** One device of a node, whichever life that lives: hardware stays what it is. */
public record DeviceId(NodeId node, int device) implements Comparable<DeviceId> {
  @Override
  public int compareTo(DeviceId other) {
    int byNode = node.compareTo(other.node);
    return byNode != 0 ? byNode : Integer.compare(device, other.device);
  }

  @Override
  public String toString() {
    return node + "/" + device;
  }
}
