package dev.sampo.gradient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.gradient.Finding.Level;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PreflightTest {
  private static final long SEED = 20_261_124;

  @TempDir Path folder;

  private PlaneSettings settings() {
    return PlaneSettings.of("node", 7, "127.0.0.1", 0).withDriverParent(folder);
  }

  private static Finding of(String check, PlaneSettings settings) {
    List<Finding> found =
        Preflight.examine(settings).stream().filter(f -> f.check().equals(check)).toList();
    assertEquals(1, found.size());
    return found.getFirst();
  }

  private static void assertRefused(Finding finding, String part) {
    assertEquals(Level.REFUSAL, finding.level(), finding::toString);
    assertTrue(finding.message().contains(part), finding::toString);
    assertTrue(finding.message().contains("; hint: "), finding::toString);
  }

  @Test
  void thisMachineIsFitForASmallPlaneAndTheNumbersAreSaid() {
    for (Finding finding : Preflight.examine(settings().withWindowBytes(150_000))) {
      assertEquals(Level.OK, finding.level(), finding::toString);
    }
    Finding room = of("stream memory", settings());
    assertTrue(room.message().contains("neededBytes="), room::toString);
    assertTrue(room.message().contains(folder.toString()), room::toString);
  }

  @Test
  void refusesATakenAddressAnUnknownHostAndOneOfAnotherMachine() throws IOException {
    try (DatagramChannel taken = DatagramChannel.open(StandardProtocolFamily.INET)) {
      taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      int port = ((InetSocketAddress) taken.getLocalAddress()).getPort();
      assertRefused(of("address", settings().withPort(port)), "127.0.0.1:" + port);
    }
    assertRefused(
        of("address", PlaneSettings.of("node", 7, "no-such-host.invalid", 0)), "unknown host");
    // Of a net for documentation, RFC 5737: no machine has it.
    assertRefused(of("address", PlaneSettings.of("node", 7, "192.0.2.1", 0)), "192.0.2.1");
  }

  @Test
  void warnsOfAnAddressThatNobodyCanReach() {
    Finding any = of("address", PlaneSettings.of("node", 7, "0.0.0.0", 0));
    assertEquals(Level.WARNING, any.level());
    assertTrue(any.message().contains("; hint: set node.address"), any::toString);
  }

  @Test
  void refusesAPlaceWithoutRoom() {
    PlaneSettings greedy = settings().withTermLengthBytes(1 << 30).withMaxPeers(100_000);
    assertRefused(of("stream memory", greedy), "neededBytes=" + DriverFolder.neededBytes(greedy));
  }

  @Test
  void warnsOfABufferThatTheSystemCuts() {
    PlaneSettings wide = settings().withTermLengthBytes(1 << 30).withWindowBytes(512 << 20);
    Finding buffer = of("socket buffer", wide);
    assertEquals(Level.WARNING, buffer.level(), buffer::toString);
    assertTrue(buffer.message().contains("net.core.rmem_max=" + (512 << 20)), buffer::toString);
  }

  @Test
  void refusesAnExternalDriverThatIsNotThere() {
    PlaneSettings missing = settings().withDriver(new DriverPlace.External(folder.resolve("no")));
    assertRefused(of("stream memory", missing), folder.resolve("no").toString());
  }

  @Test
  void judgesAPathByItsNumbers() {
    PlaneSettings settings = PlaneSettings.of("node", 7, "10.0.0.1", 0).withMtuBytes(8_192);
    var good = new PathSurvey.Path("b", "10.0.0.2", Route.NETWORK, 90, 1e9, 40, 8_192, null);
    assertEquals(Level.OK, Preflight.path(good, settings).level());
    var narrow = new PathSurvey.Path("b", "10.0.0.2", Route.NETWORK, 90, 1e9, 40, 1_472, null);
    Finding cut = Preflight.path(narrow, settings);
    assertEquals(Level.WARNING, cut.level());
    assertTrue(cut.message().contains("set node.data-plane.mtu to 1472"), cut::toString);
    var apart = new PathSurvey.Path("b", "h", Route.SHARED_MEMORY, 9, 1e9, -2_000_000, 1, null);
    Finding clocks = Preflight.path(apart, settings);
    assertEquals(Level.WARNING, clocks.level());
    assertTrue(clocks.message().contains("clockOffsetUs=-2000000"), clocks::toString);
    var dead = new PathSurvey.Path("b", "h", Route.NETWORK, 0, 0, 0, 0, "no answer within 5 s");
    assertRefused(Preflight.path(dead, settings), "no answer within 5 s");
  }

  @Test
  void findsTheLargestDatagramThatFits() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int n = 0; n < 1_000; n++) {
      int limit = 512 + random.nextInt(65_000);
      int expected = Math.min(limit / 32 * 32, PlaneSettings.LOOPBACK_MTU_BYTES);
      assertEquals(expected, PathMtu.largest(bytes -> bytes <= limit), "limit=" + limit);
    }
    assertEquals(0, PathMtu.largest(bytes -> false));
  }

  @Test
  void measuresLoopback() throws IOException {
    try (DatagramChannel listener = DatagramChannel.open(StandardProtocolFamily.INET)) {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
      assertEquals(PlaneSettings.LOOPBACK_MTU_BYTES, PathMtu.measure("127.0.0.1", port));
    }
  }
}
