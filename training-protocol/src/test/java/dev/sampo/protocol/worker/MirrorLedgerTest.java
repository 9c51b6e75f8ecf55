package dev.sampo.protocol.worker;

import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.digest;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.message.Message.PullParameters;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MirrorLedgerTest {
  private static final List<Digest> OF_FIVE = List.of(digest("5, 0"), digest("5, 1"));

  private final List<String> done = new ArrayList<>();
  private final MirrorLedger mirror = new MirrorLedger(2, new Recorder());

  private List<String> done() {
    List<String> taken = List.copyOf(done);
    done.clear();
    return taken;
  }

  private void wantFive(Member owner) {
    mirror.want(5, digest("base"), OF_FIVE, List.of(owner, owner));
  }

  private void bring(int shard, long version, Digest digest) {
    assertTrue(mirror.onOverwrite(shard, version));
    mirror.onShard(shard, version, digest);
  }

  @Test
  void pullsWhatIsMissingAndSaysWhenAllIsHere() {
    bring(0, 5, OF_FIVE.get(0));
    wantFive(A1);
    assertEquals(List.of("pull 1 from a#1"), done());
    wantFive(A1);
    assertEquals(List.of(), done(), "asked already");
    mirror.onTick();
    assertEquals(List.of("pull 1 from a#1"), done());
    bring(1, 5, OF_FIVE.get(1));
    assertEquals(List.of("whole 5"), done());
    mirror.onTick();
    assertEquals(List.of(), done());
    wantFive(A1);
    assertEquals(List.of("whole 5"), done(), "a repeated grant gets the same answer");
  }

  /** Trace 16: an owner pushed version 5 and died; version 5 was made anew with other bits. */
  @Test
  void parametersOfADeadVersionDoNotCount() {
    bring(0, 5, digest("dead"));
    bring(1, 5, OF_FIVE.get(1));
    wantFive(A1);
    assertEquals(List.of("pull 0 from a#1"), done());
    mirror.onShard(0, 5, digest("dead"));
    assertEquals(List.of(), done());
    bring(0, 5, OF_FIVE.get(0));
    assertEquals(List.of("whole 5"), done());
  }

  @Test
  void whatADeviceComputesFromIsNotWrittenOver() {
    wantFive(A1);
    bring(0, 5, OF_FIVE.get(0));
    assertFalse(mirror.onOverwrite(0, 5), "here already");
    assertFalse(mirror.onOverwrite(0, 3), "late");
    assertFalse(mirror.onOverwrite(1, 3), "late");
    assertTrue(mirror.onOverwrite(1, 5), "still missing");
    assertTrue(mirror.onOverwrite(0, 6), "the other side");
    assertFalse(mirror.onOverwrite(0, 7), "trace 32: of a generation that is over, perhaps");
  }

  @Test
  void asksTheOwnerOfTheDay() {
    wantFive(A1);
    done();
    wantFive(B1);
    assertEquals(List.of("pull 0 from b#1", "pull 1 from b#1"), done());
  }

  private final class Recorder implements MirrorOutput {
    @Override
    public void pull(Member owner, int shard, PullParameters request) {
      done.add("pull " + shard + " from " + owner);
    }

    @Override
    public void whole(long version, Digest baseHash) {
      done.add("whole " + version);
    }
  }
}
