package dev.sampo.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * One node: one process, a member of the cluster.
 *
 * @param name unique in the cluster, and lasting: its store belongs to this name
 * @param address host name or address under which the others reach it, for both planes
 * @param controlPort TCP port of the control plane; 0 takes any free one
 * @param dataPort UDP port of the data plane; 0 takes any free one
 * @param seeds control addresses to join through, in order; empty founds a cluster
 * @param folder the node's own folder, for its stores and logs
 * @param snapshots where snapshots are put, best a folder that all nodes share
 * @param roles what the node does
 * @param devices what it computes with; empty unless it computes
 * @param memoryBytes all that the node's process may take
 * @param activations what devices keep of a forward pass; never shows in a bit
 * @param store how parameter shards lie on its disk
 * @param dataPlane how tensors travel
 */
public record NodeConfig(
    String name,
    String address,
    int controlPort,
    int dataPort,
    List<HostPort> seeds,
    Path folder,
    Path snapshots,
    Set<Role> roles,
    List<DeviceConfig> devices,
    long memoryBytes,
    Activations activations,
    StoreConfig store,
    DataPlaneConfig dataPlane) {

  /** What a device keeps of a forward pass until its backward pass. */
  public enum Activations {
    /** All of it where that fits into the node's memory, else what lies between blocks. */
    AUTO,
    /** All of it. */
    KEPT,
    /** What lies between blocks; the rest is computed anew. */
    RECOMPUTED
  }

  /** Copies the collections. */
  public NodeConfig {
    seeds = List.copyOf(seeds);
    roles = Set.copyOf(roles);
    devices = List.copyOf(devices);
  }

  /** Whether the node only votes. */
  public boolean isWitness() {
    return roles.equals(Set.of(Role.VOTER));
  }
}
