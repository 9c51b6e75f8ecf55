package dev.sampo.parameter.snapshot;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.device.Precision;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.ShardRange;
import dev.sampo.protocol.Term;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A manifest as JSON. Its last member is the SHA-256 of the text of all others, so that a flipped
 * byte in it is seen like one in a tensor. Doubles are texts: they must come back bit for bit.
 */
final class ManifestFile {
  static final String NAME = "manifest.json";
  private static final String FORMAT = "format";
  private static final int KNOWN_FORMAT = 1;
  private static final String CHECKSUM = "sha256";
  private static final ObjectMapper JSON = new ObjectMapper();

  private ManifestFile() {}

  static byte[] encode(Manifest manifest) {
    ObjectNode json = JSON.createObjectNode();
    json.put(FORMAT, KNOWN_FORMAT);
    json.put("job", manifest.job().value());
    json.put("recipe", manifest.recipe());
    json.put("version", manifest.version());
    json.put("slotsSeen", manifest.slotsSeen());
    Fence fence = manifest.fence();
    if (fence != null) {
      json.putObject("fence")
          .put("generation", fence.generation())
          .put("term", fence.term().counter())
          .put("node", fence.term().node().name())
          .put("number", fence.number());
    }
    Decision decision = manifest.decision();
    if (decision != null) {
      json.putObject("decision")
          .put("step", decision.step())
          .put("clipScale", Double.toString(decision.clipScale()))
          .put("learningRate", Double.toString(decision.learningRate()))
          .put("skip", decision.skip())
          .put("skipsInARow", decision.skipsInARow())
          .put("loss", Double.toString(decision.loss()))
          .put("gradientNorm", Double.toString(decision.gradientNorm()));
    }
    json.put("precision", manifest.precision().word());
    json.put("stateFloats", manifest.stateFloats());
    for (ShardPart part : manifest.parts()) {
      json.withArray("shards")
          .addObject()
          .put("file", part.file())
          .put("bytes", part.bytes())
          .put("first", part.range().first())
          .put("parameters", part.range().parameters())
          .put("parametersDigest", part.parameters().hex())
          .put("stateDigest", part.state().hex());
    }
    json.put(CHECKSUM, Digest.ofText(json.toString()).hex());
    return json.toPrettyString().getBytes(StandardCharsets.UTF_8);
  }

  static String encodedSha256(Manifest manifest) {
    return Digest.ofText(new String(encode(manifest), StandardCharsets.UTF_8)).hex();
  }

  static Manifest read(Path file) throws IOException {
    JsonNode read;
    try {
      read = JSON.readTree(Files.readAllBytes(file));
    } catch (JacksonException e) {
      throw new IOException(
          "a manifest is JSON: file=" + file + ", reason=" + e.getOriginalMessage(), e);
    }
    if (!(read instanceof ObjectNode json) || !json.path(FORMAT).isInt()) {
      throw new IOException("a manifest says its format: file=" + file);
    }
    if (json.path(FORMAT).asInt() != KNOWN_FORMAT) {
      throw new IOException(
          "a manifest has a format that this version knows: file="
              + file
              + ", found="
              + json.path(FORMAT)
              + ", known="
              + KNOWN_FORMAT
              + "; hint: use the version of sampo that wrote it");
    }
    JsonNode checksum = json.remove(CHECKSUM);
    String computed = Digest.ofText(json.toString()).hex();
    if (checksum == null || !computed.equals(checksum.asText())) {
      throw new IOException(
          "a manifest is as it was written: file="
              + file
              + ", sha256="
              + checksum
              + ", computed="
              + computed);
    }
    return decode(json);
  }

  private static Manifest decode(JsonNode json) {
    List<ShardPart> parts = new ArrayList<>();
    JsonNode shards = json.path("shards");
    for (JsonNode part : shards) {
      ShardRange range =
          new ShardRange(
              parts.size(),
              part.path("first").asLong(),
              part.path("parameters").asLong(),
              parts.size() == shards.size() - 1);
      parts.add(
          new ShardPart(
              range,
              part.path("file").asText(),
              part.path("bytes").asLong(),
              new Digest(part.path("parametersDigest").asText()),
              new Digest(part.path("stateDigest").asText())));
    }
    return new Manifest(
        new JobId(json.path("job").asText()),
        json.path("recipe").asText(),
        json.path("version").asLong(),
        json.path("slotsSeen").asLong(),
        fence(json.path("fence")),
        decision(json.path("decision")),
        Precision.ofWord(json.path("precision").asText()),
        json.path("stateFloats").asInt(),
        parts);
  }

  private static @Nullable Fence fence(JsonNode json) {
    return json.isMissingNode()
        ? null
        : new Fence(
            json.path("generation").asLong(),
            new Term(json.path("term").asLong(), new NodeId(json.path("node").asText())),
            json.path("number").asLong());
  }

  private static @Nullable Decision decision(JsonNode json) {
    return json.isMissingNode()
        ? null
        : new Decision(
            json.path("step").asLong(),
            Double.parseDouble(json.path("clipScale").asText()),
            Double.parseDouble(json.path("learningRate").asText()),
            json.path("skip").asBoolean(),
            json.path("skipsInARow").asInt(),
            Double.parseDouble(json.path("loss").asText()),
            Double.parseDouble(json.path("gradientNorm").asText()));
  }
}
