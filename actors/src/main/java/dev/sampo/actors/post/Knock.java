package dev.sampo.actors.post;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import org.apache.pekko.actor.Address;

/**
 * Looks whether a process still listens at its control address. Silence proves nothing; a refused
 * connection does: the operating system closes the port when the process ends, however it ends.
 */
final class Knock {
  private static final int LIMIT_MS = 1_000;

  /** What came of it. */
  enum Answer {
    /** Somebody listens. */
    LISTENING,
    /** Nobody does. */
    REFUSED,
    /** Neither yes nor no: the machine, or the way to it, is gone. */
    SILENCE
  }

  private Knock() {}

  /** Takes up to {@value #LIMIT_MS} ms, on a thread that may wait. */
  static Answer at(Address address) {
    String host = address.getHost().orElseThrow();
    int port = address.getPort().orElseThrow();
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), LIMIT_MS);
      return Answer.LISTENING;
    } catch (ConnectException refused) {
      return Answer.REFUSED;
    } catch (IOException unreachable) {
      return Answer.SILENCE;
    }
  }
}
