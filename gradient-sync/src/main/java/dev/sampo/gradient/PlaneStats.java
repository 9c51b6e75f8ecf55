package dev.sampo.gradient;

import java.util.Map;

/**
 * What the plane has done since it was opened. The numbers are read one after the other while it
 * works, so they agree with each other only when it rests.
 *
 * @param bytesSent payload bytes handed to peers' streams, as they travel
 * @param bytesReceived payload bytes of peers' streams that were written to destinations
 * @param bytesLocal payload bytes copied within this node
 * @param framesSent chunks handed to peers' streams
 * @param framesReceived frames that arrived, refused ones and beats too
 * @param beatsReceived signs of life of peers
 * @param transfersSent transfers that ended as {@link SendOutcome#SENT}, local ones too
 * @param transfersCompleted arrived whole, local ones too
 * @param transfersAbandoned begun and broken off at this receiver
 * @param backPressured sends answered with {@link Offer#BACK_PRESSURED}
 * @param errors faults reported by Aeron or by callbacks
 * @param refused by reason; every reason is a key
 */
public record PlaneStats(
    long bytesSent,
    long bytesReceived,
    long bytesLocal,
    long framesSent,
    long framesReceived,
    long beatsReceived,
    long transfersSent,
    long transfersCompleted,
    long transfersAbandoned,
    long backPressured,
    long errors,
    Map<Refusal, Long> refused) {

  public PlaneStats {
    refused = Map.copyOf(refused);
  }

  /** Refused for this reason. */
  public long refused(Refusal reason) {
    return refused.getOrDefault(reason, 0L);
  }
}
