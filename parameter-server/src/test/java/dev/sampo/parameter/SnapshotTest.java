package dev.sampo.parameter;

import static dev.sampo.parameter.SnapshotNode.PARAMETERS;
import static dev.sampo.parameter.SnapshotNode.VERSION;
import static dev.sampo.parameter.SnapshotNode.manifest;
import static dev.sampo.parameter.SnapshotNode.write;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.parameter.snapshot.ShardPart;
import dev.sampo.parameter.snapshot.Snapshot;
import dev.sampo.parameter.snapshot.SnapshotFolder;
import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Digest;
import java.io.IOException;
import java.io.RandomAccessFile;
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
  private static final long FURTHER = 7;

  @TempDir Path folder;

  @Test
  void restoresOntoAnyNumberOfShardsAndNodesToTheSameHash() {
    Digest expected;
    Digest expectedLater;
    SnapshotFolder snapshots = snapshots();
    try (SnapshotNode node = new SnapshotNode(folder, "a", 3, 256)) {
      node.shards.forEach(StoredShard::initialise);
      node.train(0, VERSION);
      expected = node.hash(VERSION);
      node.snapshot(snapshots);
      node.train(VERSION, FURTHER);
      expectedLater = node.hash(FURTHER);
    }
    for (int shards : new int[] {1, 2, 3, 5}) {
      try (SnapshotNode node = new SnapshotNode(folder, "to" + shards, shards, 80);
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
    try (SnapshotNode node = trained("a")) {
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

  /** A job of mixed classes that went back comes to other bits of the same version. */
  @Test
  void isNoneAnyMoreWhenAnotherRunWritesThatVersion() throws IOException {
    SnapshotFolder snapshots = snapshots();
    try (SnapshotNode node = trained("a")) {
      node.snapshot(snapshots);
      StoredShard shard = node.shards.get(1);
      write(snapshots, shard);
      assertEquals(List.of(VERSION), snapshots.versions(), "the same bits");
      shard.load(
          VERSION,
          Steps.FENCE,
          Steps.decision(VERSION - 1),
          block -> block.parameters().fill((byte) 0));
      write(snapshots, shard);
      assertEquals(List.of(), snapshots.versions());
    }
  }

  @Test
  void shardsWriteSideBySideAndReplicasTheSameFile() throws Exception {
    SnapshotFolder snapshots = snapshots();
    try (SnapshotNode node = trained("a");
        SnapshotNode replica = trained("b");
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
    try (SnapshotNode node = trained("a")) {
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
    try (SnapshotNode node = trained("a")) {
      node.snapshot(snapshots);
    }
    Path at = folder.resolve("snapshots").resolve("v000000000004");
    try (SnapshotNode node = new SnapshotNode(folder, "to", 2, 80)) {
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
    try (SnapshotNode node = trained("a");
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
    try (SnapshotNode node = trained("a")) {
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
    try (SnapshotNode node = new SnapshotNode(folder, "a", 3, 256)) {
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
    try (SnapshotNode node = trained("a")) {
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
    try (SnapshotNode node = trained("a")) {
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

  private SnapshotNode trained(String name) {
    SnapshotNode node = new SnapshotNode(folder, name, 3, 256);
    node.shards.forEach(StoredShard::initialise);
    node.train(0, VERSION);
    return node;
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
