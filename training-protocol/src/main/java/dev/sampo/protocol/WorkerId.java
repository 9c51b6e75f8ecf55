package dev.sampo.protocol;

/** One device of one life of a node. */
public record WorkerId(Member member, int device) implements Comparable<WorkerId> {
  /** The device, whichever life its node lives. */
  public DeviceId deviceId() {
    return new DeviceId(member.node(), device);
  }

  @Override
  public int compareTo(WorkerId other) {
    int byMember = member.compareTo(other.member);
    return byMember != 0 ? byMember : Integer.compare(device, other.device);
  }

  @Override
  public String toString() {
    return member + "/" + device;
  }
}
