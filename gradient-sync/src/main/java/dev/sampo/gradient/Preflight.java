package dev.sampo.gradient;

import java.io.IOException;
import java.lang.System.Logger;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Looks at this machine before a plane is opened on it: what would fail silently later is refused
 * here, with the numbers.
 */
public final class Preflight {
  private static final Logger LOG = System.getLogger(Preflight.class.getName());

  /** Of an IPv4 and a UDP header; an IPv6 header is 20 bytes longer. */
  private static final int HEADERS_BYTES = 28;

  private Preflight() {}

  /** Everything about this machine that the plane depends on. Its address must still be free. */
  public static List<Finding> examine(PlaneSettings settings) {
    return List.of(
        address(settings), link(settings), receiveBuffer(settings), driverRoom(settings));
  }

  /**
   * Logs warnings.
   *
   * @throws PlaneException for the first refusal
   */
  static void check(PlaneSettings settings) {
    for (Finding finding : examine(settings)) {
      switch (finding.level()) {
        case OK -> LOG.log(Logger.Level.DEBUG, "{0}: {1}", finding.check(), finding.message());
        case WARNING -> LOG.log(Logger.Level.WARNING, finding.message());
        case REFUSAL -> throw new PlaneException(finding.message(), null);
      }
    }
  }

  /** Binds once before the driver does, because the system's own words are clearer than Aeron's. */
  private static Finding address(PlaneSettings settings) {
    String check = "address";
    InetSocketAddress address = new InetSocketAddress(settings.host(), settings.port());
    if (address.isUnresolved()) {
      return cannotBind(settings, "unknown host");
    }
    StandardProtocolFamily family =
        address.getAddress() instanceof Inet6Address
            ? StandardProtocolFamily.INET6
            : StandardProtocolFamily.INET;
    try (DatagramChannel probe = DatagramChannel.open(family)) {
      probe.bind(address);
    } catch (IOException e) {
      return cannotBind(settings, String.valueOf(e.getMessage()));
    }
    return address.getAddress().isAnyLocalAddress()
        ? Finding.warning(
            check,
            "the data plane's address is the one that others are told to reach: address=%s; hint: set node.address to an address of this machine that they reach"
                .formatted(settings.host()))
        : Finding.ok(check, "bound: address=%s:%d".formatted(settings.host(), settings.port()));
  }

  static Finding cannotBind(PlaneSettings settings, String reason) {
    return Finding.refusal(
        "address",
        "could not bind the data plane: address=%s:%d, reason=%s; hint: choose another data-plane port, stop the other node, or name an address of this machine"
            .formatted(settings.host(), settings.port(), reason));
  }

  private static Finding link(PlaneSettings settings) {
    String check = "link";
    int mtuBytes = settings.mtuTowards(settings.host());
    try {
      NetworkInterface found =
          NetworkInterface.getByInetAddress(InetAddress.getByName(settings.host()));
      if (found == null) {
        return Finding.ok(check, "no link has this address alone: address=" + settings.host());
      }
      int fits = found.getMTU() - HEADERS_BYTES;
      String numbers =
          "link=%s, linkMtuBytes=%d, fitsBytes=%d, mtuBytes=%d"
              .formatted(found.getName(), found.getMTU(), fits, mtuBytes);
      return mtuBytes <= fits
          ? Finding.ok(check, "datagrams fit: " + numbers)
          : Finding.warning(
              check,
              "datagrams that the link cannot take whole are cut up, and one lost part loses all: %s; hint: set node.data-plane.mtu to %d, or raise the link's MTU"
                  .formatted(numbers, fits / 32 * 32));
    } catch (IOException e) {
      return Finding.warning(
          check,
          "the link of an address can be asked for its MTU: address=%s, reason=%s; hint: see that the address is right"
              .formatted(settings.host(), e.getMessage()));
    }
  }

  private static Finding receiveBuffer(PlaneSettings settings) {
    String check = "socket buffer";
    int wanted = settings.streams().windowBytes();
    int granted = SocketBuffers.grantedReceiveBytes(wanted);
    String numbers = "receiveBufferBytes=%d, windowBytes=%d".formatted(granted, wanted);
    if (granted < PlaneSettings.MIN_WINDOW_BYTES) {
      return Finding.refusal(
          check,
          "the system grants a socket room for two datagrams: receiveBufferBytes=%d, neededBytes=%d; hint: raise net.core.rmem_max"
              .formatted(granted, PlaneSettings.MIN_WINDOW_BYTES));
    }
    return granted >= wanted
        ? Finding.ok(check, "holds the window: " + numbers)
        : Finding.warning(
            check,
            "the window is cut to what the system grants a socket: %s; hint: sysctl -w net.core.rmem_max=%d"
                .formatted(numbers, wanted));
  }

  private static Finding driverRoom(PlaneSettings settings) {
    String check = "stream memory";
    return switch (settings.driver()) {
      case DriverPlace.Embedded _ -> embeddedRoom(settings, check);
      case DriverPlace.External(Path folder) ->
          Files.isDirectory(folder)
              ? Finding.ok(check, "is the external driver's: folder=" + folder)
              : Finding.refusal(
                  check,
                  "the media driver must be running: folder=%s; hint: start it, or set node.data-plane.driver to embedded"
                      .formatted(folder));
    };
  }

  private static Finding embeddedRoom(PlaneSettings settings, String check) {
    long needed = DriverFolder.neededBytes(settings);
    List<DriverFolder.Candidate> candidates = DriverFolder.candidates(settings);
    String numbers =
        "neededBytes=%d, termLengthBytes=%d, maxPeers=%d, usableBytes=%s"
            .formatted(
                needed,
                settings.streams().termLengthBytes(),
                settings.limits().maxPeers(),
                candidates.stream()
                    .map(
                        place ->
                            place.folder()
                                + "="
                                + (place.writable() ? place.usableBytes() : "not writable"))
                    .collect(Collectors.joining(", ", "[", "]")));
    boolean first = candidates.getFirst().usableBytes() >= needed;
    boolean any = candidates.stream().anyMatch(place -> place.usableBytes() >= needed);
    String hint =
        "; hint: enlarge /dev/shm (docker: --shm-size=%dm), or lower node.data-plane.term"
            .formatted((needed >> 20) + 1);
    if (first) {
      return Finding.ok(check, "has room: " + numbers);
    }
    return any
        ? Finding.warning(
            check, "streams want shared memory, and take a disk's folder now: " + numbers + hint)
        : Finding.refusal(check, "the tensor plane needs room for its streams: " + numbers + hint);
  }

  /** How a path to a peer was found to be. */
  public static Finding path(PathSurvey.Path path, PlaneSettings settings) {
    String check = "path to " + path.peer();
    if (path.failure() != null) {
      return Finding.refusal(
          check,
          "a peer answers over the data plane: peer=%s, reason=%s; hint: see that its data port is open for UDP"
              .formatted(path.peer(), path.failure()));
    }
    String numbers =
        String.format(
            Locale.ROOT,
            "route=%s, roundTripUs=%d, megabytesPerSecond=%.0f, clockOffsetUs=%d, datagramBytes=%d",
            path.route(),
            path.roundTripUs(),
            path.bytesPerSecond() / 1e6,
            path.clockOffsetUs(),
            path.datagramBytes());
    if (path.route() == Route.NETWORK && path.datagramBytes() < settings.mtuTowards(path.host())) {
      return Finding.warning(
          check,
          "datagrams that the path cannot take whole are cut up: %s, mtuBytes=%d; hint: set node.data-plane.mtu to %d"
              .formatted(
                  numbers, settings.mtuTowards(path.host()), path.datagramBytes() / 32 * 32));
    }
    return Math.abs(path.clockOffsetUs()) > PathSurvey.MOST_CLOCK_OFFSET_US
        ? Finding.warning(
            check,
            "the clocks of nodes agree to a second, so that their logs can be compared: "
                + numbers
                + "; hint: run a time service such as chrony on both")
        : Finding.ok(check, numbers);
  }
}
