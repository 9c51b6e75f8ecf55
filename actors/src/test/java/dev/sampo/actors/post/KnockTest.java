package dev.sampo.actors.post;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.apache.pekko.actor.Address;
import org.junit.jupiter.api.Test;

final class KnockTest {
  @Test
  void findsOutWhetherSomebodyListens() throws IOException {
    Address address;
    try (ServerSocket door = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      address = new Address("pekko", "sampo", "127.0.0.1", door.getLocalPort());
      assertEquals(Knock.Answer.LISTENING, Knock.at(address));
    }
    assertEquals(Knock.Answer.REFUSED, Knock.at(address), () -> "nobody listens at " + address);
  }
}
