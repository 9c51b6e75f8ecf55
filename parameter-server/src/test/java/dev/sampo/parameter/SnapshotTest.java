package dev.sampo.parameter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.device.Precision;
import dev.sampo.parameter.snapshot.Manifest;
import dev.sampo.parameter.snapshot.ShardPart;
import dev.sampo.parameter.snapshot.Snapshot;
import dev.sampo.parameter.snapshot.SnapshotFolder;
import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.ShardRange;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class SnapshotTest {
  private static final long PARAMETERS = 3 * 1600 + 5;
  private static final long VERSION = 4;
  private static final long FURTHER = 7;

  @TempDir Path folder;

  @Test
  void restoresOntoAnyNumberOfShardsAndNodesToTheSameHash() {
    Digest expected;
    Digest expectedLater;
    SnapshotFolder snapshots = snapshots();
    try (Node node = new Node("a", 3, 256)) {
      node.shards.forEach(StoredShard::initialise);
      node.train(0, VERSION);
      expected = node.hash(VERSION);
      node.snapshot(snapshots);
      node.train(VERSION, FURTHER);
      expectedLater = node.hash(FURTHER);
    }
    for (int shards : new int[] {1, 2, 3, 5}) {
      try (Node node = new Node("to" + shards, shards, 80);
          Snapshot snapshot = snapshots.open(VERSION)) {
        for (StoredShard shard : node.shards) {
          CommitRecord record = snapshot.restore(shard, Steps.FENCE);
          assertEquals(List.of(record), shard.records());
          assertEquals(Steps.decision(VERSION - 1), record.decision());
        }
        assertEquals(expected, node.hash(VERSION), "shards=" + shards);
        node.train(VERSION, FURTHER);
        assertEquals(expectedLater, node.hash(FURTHER), "shards=" + shards);
      }
    }
  }

  @Test
  void isNotThereUntilEveryShardWroteItsPart() throws IOException {
    SnapshotFolder snapshots = snapshots();
    try (Node node = trained("a")) {
      List<ShardPart> parts = new ArrayList<>();
      for (StoredShard shard : node.shards) {
        assertEquals(List.of(), snapshots.versions());
        assertThrows(StoreRefusedException.class, () -> snapshots.open(VERSION));
        parts.add(write(snapshots, shard));
      }
      assertEquals(List.of(), snapshots.versions());
      Path first = folder.resolve("snapshots").resolve("v000000000004/shard-000.safetensors");
      byte[] bytes = Files.readAllBytes(first);
      Files.delete(first);
      assertRefused("every shard's file is there", () -> snapshots.publish(manifest(parts)));
      Files.write(first, bytes);
      snapshots.publish(manifest(parts));
      assertEquals(List.of(VERSION), snapshots.versions());
      snapshots.publish(manifest(parts));
      try (Snapshot snapshot = snapshots.open(VERSION)) {
        assertEquals(manifest(parts), snapshot.manifest(), "as it was, to the last bit");
        snapshot.verify();
      }
    }
  }

  @Test
  void shardsWriteSideBySideAndReplicasTheSameFile() throws Exception {
    SnapshotFolder snapshots = snapshots();
    try (Node node = trained("a");
        Node replica = trained("b");
        ExecutorService nodes = Executors.newFixedThreadPool(6)) {
      List<Future<ShardPart>> writing = new ArrayList<>();
      for (int shard = 0; shard < node.shards.size(); shard++) {
        StoredShard one = node.shards.get(shard);
        StoredShard other = replica.shards.get(shard);
        writing.add(nodes.submit(() -> write(snapshots, one)));
        writing.add(nodes.submit(() -> write(snapshots, other)));
      }
      List<ShardPart> parts = new ArrayList<>();
      for (int i = 0; i < writing.size(); i += 2) {
        assertEquals(writing.get(i).get(), writing.get(i + 1).get());
        parts.add(writing.get(i).get());
      }
      snapshots.publish(manifest(parts));
      try (Snapshot snapshot = snapshots.open(VERSION)) {
        snapshot.verify();
      }
      try (Stream<Path> files = Files.walk(folder.resolve("snapshots"))) {
        assertEquals(List.of(), files.filter(file -> file.toString().endsWith("tmp")).toList());
      }
    }
  }

  @Test
  void filesAreSafetensors() throws IOException {
    try (Node node = trained("a")) {
      node.snapshot(snapshots());
      StoredShard shard = node.shards.get(1);
      Path file = folder.resolve("snapshots").resolve("v000000000004/shard-001.safetensors");
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
      byte[] header = new byte[Math.toIntExact(bytes.getLong())];
      bytes.get(header);
      JsonNode json = new ObjectMapper().readTree(new String(header, StandardCharsets.UTF_8));
      long n = shard.range().parameters();
      assertEquals(
          "{\"dtype\":\"F32\",\"shape\":[%d],\"data_offsets\":[%d,%d]}".formatted(n, 4 * n, 8 * n),
          json.path("state.0").toString());
      assertEquals("4", json.path("__metadata__").path("version").asText());
      assertEquals(12 * n, bytes.remaining());
      MemorySegment first = shard.parameters(VERSION).getFirst();
      assertEquals(PlainArithmetic.get(first, 0), bytes.getFloat());
    }
  }

  @Test
  void anyChangedByteIsSeenAndNothingIsRestoredFromIt() throws IOException {
    SnapshotFolder snapshots = snapshots();
    try (Node node = trained("a")) {
      node.snapshot(snapshots);
    }
    Path at = folder.resolve("snapshots").resolve("v000000000004");
    try (Node node = new Node("to", 2, 80)) {
      for (String name : List.of("shard-000.safetensors", "shard-002.safetensors")) {
        Path file = at.resolve(name);
        for (long place : new long[] {Files.size(file) - 1, Files.size(file) / 2}) {
          flip(file, place);
          try (Snapshot snapshot = snapshots.open(VERSION)) {
            assertRefused("hashes to what was committed", snapshot::verify);
            StoredShard shard = node.shards.get(name.contains("000") ? 0 : 1);
            assertRefused("committed", () -> snapshot.restore(shard, Steps.FENCE));
            assertEquals(List.of(), shard.records());
          }
          flip(file, place);
        }
      }
      Path manifest = at.resolve("manifest.json");
      String text = Files.readString(manifest);
      for (String[] change :
          new String[][] {
            {"\"version\" : 4", "\"version\" : 5"},
            {"\"format\" : 1", "\"format\" : 2"},
            {"\"slotsSeen\" : 32", "\"slotsSeen\" : 33"},
            {"{", "["},
          }) {
        assertTrue(text.contains(change[0]), text);
        Files.writeString(manifest, text.replace(change[0], change[1]));
        assertRefused("; hint: ", () -> snapshots.open(VERSION));
      }
      Files.writeString(manifest, text);
      try (Snapshot snapshot = snapshots.open(VERSION)) {
        snapshot.verify();
      }
      Files.write(at.resolve("shard-001.safetensors"), new byte[10]);
      assertRefused("every shard's file is there at its length", () -> snapshots.open(VERSION));
    }
  }

  @Test
  void aSideThatChangedInMemoryIsNotWritten() {
    SnapshotFolder snapshots = snapshots();
    try (Node node = trained("a");
        SideCopy copy = StoredShardTest.copyOut(node.shards.getFirst(), VERSION)) {
      StoredShardTest.flip(copy.segment(), 1000);
      assertRefused(
          "hash to the committed version",
          () -> snapshots.write(Steps.JOB, node.shards.getFirst().range(), copy));
    }
  }

  @Test
  void aFullDiskIsRefusedWithTheNumbersAndLeavesTheOlderSnapshot() throws IOException {
    long[] free = {Long.MAX_VALUE};
    SnapshotFolder snapshots = new SnapshotFolder(folder.resolve("snapshots"), at -> free[0]);
    try (Node node = trained("a")) {
      node.snapshot(snapshots);
      node.train(VERSION, VERSION + 1);
      free[0] = 100;
      assertRefused("freeBytes=100; hint: ", () -> write(snapshots, node.shards.getFirst()));
      assertEquals(List.of(VERSION), snapshots.versions());
      try (Snapshot snapshot = snapshots.open(VERSION)) {
        snapshot.verify();
      }
      try (Stream<Path> files = Files.list(folder.resolve("snapshots/v000000000005"))) {
        assertEquals(0, files.count());
      }
    }
  }

  @Test
  void keepsTheNewestAndRemovesWhatUnfinishedWritingLeft() throws IOException {
    SnapshotFolder snapshots = snapshots();
    try (Node node = new Node("a", 3, 256)) {
      node.shards.forEach(StoredShard::initialise);
      for (long version = 1; version <= 6; version++) {
        node.train(version - 1, version);
        if (version == 4 || version == 6) {
          // Killed before the manifest.
          write(snapshots, node.shards.getFirst(), version);
          Files.writeString(version(version).resolve("shard-001.safetensors.x.tmp"), "cut off");
        } else {
          node.snapshot(snapshots, version);
        }
      }
      assertEquals(List.of(5L, 3L, 2L, 1L), snapshots.versions());
      snapshots.keep(2);
      assertEquals(List.of(5L, 3L), snapshots.versions());
      try (Stream<Path> left = Files.list(folder.resolve("snapshots"))) {
        assertEquals(
            List.of(version(3), version(5), version(6)),
            left.sorted().toList(),
            "version 6 may still be under way");
      }
      snapshots.keep(5);
      assertEquals(List.of(5L, 3L), snapshots.versions());
      assertThrows(IllegalArgumentException.class, () -> snapshots.keep(0));
    }
  }

  @Test
  void aShardOfAnotherModelIsRefused() {
    SnapshotFolder snapshots = snapshots();
    try (Node node = trained("a")) {
      node.snapshot(snapshots);
    }
    StoreGeometry larger = StoreGeometry.of(Steps.JOB, PARAMETERS + 16, 1, 2);
    try (ShardStore store = ShardStore.open(folder.resolve("b"), larger, Steps.rules());
        Snapshot snapshot = snapshots.open(VERSION)) {
      StoredShard shard = store.open(0);
      assertRefused("of its own model", () -> snapshot.restore(shard, Steps.FENCE));
    }
  }

  @Test
  void aManifestCoversTheModelWithoutAGap() {
    try (Node node = trained("a")) {
      List<ShardPart> parts = new ArrayList<>();
      node.shards.forEach(shard -> parts.add(write(snapshots(), shard)));
      assertThrows(IllegalArgumentException.class, () -> manifest(parts.subList(0, 2)));
      assertThrows(IllegalArgumentException.class, () -> manifest(parts.subList(1, 3)));
      List<ShardPart> reversed = new ArrayList<>(parts);
      Collections.reverse(reversed);
      assertThrows(IllegalArgumentException.class, () -> manifest(reversed));
      assertThrows(IllegalArgumentException.class, () -> manifest(List.of()));
    }
  }

  /** One node that holds all shards of a cut, and trains them as the whole model would be. */
  private final class Node implements AutoCloseable {
    private final ShardStore store;
    private final List<StoredShard> shards = new ArrayList<>();

    Node(String name, int count, int blockParameters) {
      List<ShardRange> ranges = ShardRange.cut(PARAMETERS, count);
      store =
          ShardStore.open(
              folder.resolve(name),
              new StoreGeometry(Steps.JOB, ranges, blockParameters, 2),
              Steps.rules());
      ranges.forEach(range -> shards.add(store.open(range.shard())));
    }

    void train(long from, long to) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment whole = arena.allocate(PARAMETERS * Float.BYTES, 64);
        for (long step = from; step < to; step++) {
          PlainArithmetic.fillNoise(step, whole);
          for (StoredShard shard : shards) {
            GradientBuffer gradient = Steps.acquire(shard);
            gradient
                .parameters()
                .copyFrom(
                    whole.asSlice(
                        shard.range().first() * Float.BYTES, gradient.parameters().byteSize()));
            shard.apply(Steps.FENCE, Steps.decision(step), gradient);
            shard.release(gradient);
          }
        }
      }
    }

    /** Of the whole model's parameters and state, in the order of the flat vector. */
    Digest hash(long version) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment whole = arena.allocate(3 * PARAMETERS * Float.BYTES, 64);
        for (StoredShard shard : shards) {
          try (SideCopy copy = StoredShardTest.copyOut(shard, version)) {
            long bytes = shard.range().parameters() * Float.BYTES;
            for (int plane = 0; plane < 3; plane++) {
              long to = (plane * PARAMETERS + shard.range().first()) * Float.BYTES;
              MemorySegment.copy(copy.segment(), plane * bytes, whole, to, bytes);
            }
          }
        }
        return FlatSha256.of(whole);
      }
    }

    void snapshot(SnapshotFolder snapshots) {
      snapshot(snapshots, VERSION);
    }

    void snapshot(SnapshotFolder snapshots, long version) {
      List<ShardPart> parts = new ArrayList<>();
      shards.forEach(shard -> parts.add(write(snapshots, shard, version)));
      snapshots.publish(manifest(parts, version));
    }

    @Override
    public void close() {
      store.close();
    }
  }

  private Node trained(String name) {
    Node node = new Node(name, 3, 256);
    node.shards.forEach(StoredShard::initialise);
    node.train(0, VERSION);
    return node;
  }

  private static ShardPart write(SnapshotFolder snapshots, StoredShard shard) {
    return write(snapshots, shard, shard.records().getFirst().version());
  }

  private static ShardPart write(SnapshotFolder snapshots, StoredShard shard, long version) {
    try (SideCopy copy = StoredShardTest.copyOut(shard, version)) {
      return snapshots.write(Steps.JOB, shard.range(), copy);
    }
  }

  private static Manifest manifest(List<ShardPart> parts) {
    return manifest(parts, VERSION);
  }

  private static Manifest manifest(List<ShardPart> parts, long version) {
    return new Manifest(
        new JobId(Steps.JOB.value()),
        "name = \"a job, with \\\"quotes\\\" and ümläute\"",
        version,
        version * Steps.SLOTS,
        Steps.FENCE,
        Steps.decision(version - 1),
        Precision.F32,
        2,
        parts);
  }

  private SnapshotFolder snapshots() {
    return new SnapshotFolder(folder.resolve("snapshots"));
  }

  private Path version(long version) {
    return folder.resolve("snapshots").resolve("v00000000000" + version);
  }

  private static void assertRefused(String part, Executable action) {
    String message = String.valueOf(assertThrows(StoreRefusedException.class, action).getMessage());
    assertTrue(message.contains(part), message);
    assertTrue(message.contains("; hint: "), message);
  }

  private static void flip(Path path, long at) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.seek(at);
      int value = file.read();
      file.seek(at);
      file.write(value ^ 1);
    }
  }
}
