package dev.sampo.protocol.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.GradientFacts;
import dev.sampo.protocol.Origin;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A shard's memory that writes down what happened: a version is the text of how it came about, and
 * a gradient the text of its sum, besides its value in floats.
 */
final class TextMemory implements ShardMemory {
  record Sum(String text, float value) {}

  static final class Piece implements Gradient {
    final Sum sum;
    private boolean alive = true;

    private Piece(Sum sum) {
      this.sum = sum;
    }
  }

  private record Side(CommitRecord record, String text) {}

  private final List<Side> sides = new ArrayList<>();
  private final Set<Long> flipped = new HashSet<>();
  private long damaged = -1;
  private int live;

  /** A memory as a restarted process finds it. */
  static TextMemory holding(long... versions) {
    TextMemory memory = new TextMemory();
    for (long version : versions) {
      memory.put(version, version == 0 ? null : decision(version - 1), "v" + version);
    }
    return memory;
  }

  private static Decision decision(long step) {
    return new Decision(step, 1, 0.1, false, 0, 1, 1);
  }

  /** What cannot be restored says so. */
  String unreadable = "";

  @Override
  public String restore(Origin origin, Fence fence) {
    if (unreadable.isEmpty()) {
      long version = origin.version();
      put(
          version,
          version == 0 ? null : decision(version - 1),
          "v" + version + " of " + origin.manifest(),
          fence);
    }
    return unreadable;
  }

  Piece piece(String text) {
    return piece(text, 0);
  }

  Piece piece(String text, float value) {
    live++;
    return new Piece(new Sum(text, value));
  }

  int live() {
    return live;
  }

  List<Long> versions() {
    return records().stream().map(CommitRecord::version).toList();
  }

  private CommitRecord put(long version, @Nullable Decision decision, String text) {
    return put(version, decision, text, null);
  }

  private CommitRecord put(
      long version, @Nullable Decision decision, String text, @Nullable Fence fence) {
    CommitRecord record =
        new CommitRecord(
            version, fence, decision, Digest.ofText(text), Digest.ofText("state of " + text));
    sides.removeIf(side -> ((side.record.version() ^ version) & 1) == 0);
    sides.add(new Side(record, text));
    return record;
  }

  private Piece end(Gradient gradient) {
    Piece piece = (Piece) gradient;
    assertTrue(piece.alive, "used after its end: " + piece.sum);
    piece.alive = false;
    live--;
    return piece;
  }

  @Override
  public List<CommitRecord> records() {
    return sides.stream()
        .map(Side::record)
        .sorted(Comparator.comparingLong(CommitRecord::version).reversed())
        .toList();
  }

  @Override
  public void check() {
    for (long version : flipped) {
      if (sides.removeIf(side -> side.record.version() == version)) {
        damaged = Math.max(damaged, version);
      }
    }
  }

  @Override
  public long damaged() {
    return damaged;
  }

  /** The arithmetic that made this version was wrong, once. */
  void slip(long version) {
    put(version, decision(version - 1), "slipped");
  }

  /** From now on the bytes of this version are others than its record says. */
  void flip(long version) {
    flipped.add(version);
  }

  @Override
  public CommitRecord initialise() {
    assertTrue(sides.isEmpty(), "version 0 over " + sides);
    return put(0, null, "v0");
  }

  @Override
  public Gradient add(Gradient left, Gradient right) {
    Sum l = end(left).sum;
    Sum r = end(right).sum;
    return piece("(" + l.text + "+" + r.text + ")", l.value + r.value);
  }

  @Override
  public Gradient round(Gradient gradient) {
    Sum sum = end(gradient).sum;
    return piece("[" + sum.text + "]", rounded(sum.value));
  }

  /** To bf16; a tie, which these tests do not have, may go either way. */
  static float rounded(float value) {
    return Float.intBitsToFloat((Float.floatToRawIntBits(value) + 0x8000) & 0xFFFF_0000);
  }

  @Override
  public void release(Gradient gradient) {
    end(gradient);
  }

  @Override
  public GradientFacts examine(Gradient gradient) {
    Piece piece = (Piece) gradient;
    assertTrue(piece.alive, "examined after its end: " + piece.sum);
    return factsOf(piece.sum.text);
  }

  static GradientFacts factsOf(String text) {
    return new GradientFacts(Digest.ofText(text), 1, !text.contains("NaN"), 1);
  }

  @Override
  public CommitRecord apply(Fence fence, Decision decision, @Nullable Gradient gradient) {
    assertEquals(decision.skip(), gradient == null);
    Side base =
        sides.stream()
            .filter(side -> side.record.version() == decision.step())
            .findFirst()
            .orElseThrow();
    String step = gradient == null ? "skip" : ((Piece) gradient).sum.text;
    return put(decision.step() + 1, decision, base.text + " " + step, fence);
  }

  @Override
  public void forget() {
    sides.clear();
  }

  /** Blocks that were written and are no version yet, as texts: (blocks) for each side. */
  private final String[][] written = new String[2][];

  /** What the data plane has copied. */
  private String staged = "";

  private int blocks = 1;

  /** An empty memory that is copied in so many blocks. */
  static TextMemory ofBlocks(int blocks) {
    TextMemory memory = new TextMemory();
    memory.blocks = blocks;
    return memory;
  }

  /** Bytes of a version lie in the staging area. */
  void stage(String text) {
    staged = text;
  }

  /** A record of a version whose every block was copied or stepped to this text. */
  CommitRecord recordOf(long version, String text) {
    return new CommitRecord(
        version,
        null,
        version == 0 ? null : decision(version - 1),
        Digest.ofText(text),
        Digest.ofText("state of " + text));
  }

  /** What the blocks of a side are, whether it is a version or not. */
  List<String> written(long version) {
    return List.of(side(version));
  }

  private String[] side(long version) {
    int side = (int) (version & 1);
    if (written[side] == null) {
      written[side] = new String[blocks];
      Arrays.fill(written[side], "");
    }
    return written[side];
  }

  @Override
  public int blocks() {
    return blocks;
  }

  @Override
  public void takeBlock(int block, long version) {
    sides.removeIf(side -> ((side.record.version() ^ version) & 1) == 0);
    side(version)[block] = staged;
  }

  @Override
  public void stepBlock(int block, Decision decision, @Nullable Gradient gradient) {
    String step = gradient == null ? "skip" : ((Piece) gradient).sum.text;
    sides.removeIf(side -> ((side.record.version() ^ decision.step()) & 1) == 1);
    side(decision.step() + 1)[block] = side(decision.step())[block] + " " + step;
  }

  @Override
  public boolean seal(CommitRecord record) {
    for (String block : side(record.version())) {
      if (!Digest.ofText(block).equals(record.parameters())) {
        return false;
      }
    }
    sides.removeIf(side -> ((side.record.version() ^ record.version()) & 1) == 0);
    sides.add(new Side(record, side(record.version())[0]));
    return true;
  }
}
