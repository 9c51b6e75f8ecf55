package dev.sampo.protocol;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * 256 bits in lower-case hex: the SHA-256 of a text or of other digests, or what a {@code
 * ShardMemory} makes of its bytes. Equal digests of one kind mean equal bits.
 */
public record Digest(String hex) {
  private static final int HEX_LENGTH = 64;

  public Digest {
    if (hex.length() != HEX_LENGTH) {
      throw new IllegalArgumentException(
          "a digest has 64 hex digits: length=" + hex.length() + ", hex='" + hex + "'");
    }
  }

  public static Digest of(byte[] bits) {
    return new Digest(HexFormat.of().formatHex(bits));
  }

  public static Digest ofText(String text) {
    MessageDigest sha256 = sha256();
    return of(sha256.digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** The digest of digests in their order: how one hash speaks for all shards. */
  public static Digest over(List<Digest> parts) {
    StringBuilder all = new StringBuilder(parts.size() * HEX_LENGTH);
    parts.forEach(part -> all.append(part.hex));
    return ofText(all.toString());
  }

  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** The first eight bytes, as the data plane carries them. */
  public long prefix() {
    return Long.parseUnsignedLong(hex, 0, 16, 16);
  }

  public String brief() {
    return hex.substring(0, 12);
  }

  @Override
  public String toString() {
    return brief();
  }
}
