package dev.sampo.launcher.ledger;

import java.util.List;
import java.util.stream.Collectors;

/** Lines as nodes write them, with what a test is about. */
final class EventLines {
  private EventLines() {}

  /** The coordinator's node: a version is committed. */
  static String version(long timeMs, String fence, long version, String hash) {
    return "{%s,\"fence\":\"%s\",\"version\":%d,\"hash\":\"%s\"}"
        .formatted(head("a", timeMs, "version"), fence, version, hash);
  }

  /** Any node: it was told that a version is committed. */
  static String committed(String node, String fence, long version, String hash, String loss) {
    return "{%s,\"fence\":\"%s\",\"version\":%d,\"hash\":\"%s\",\"loss\":%s,\"skip\":false}"
        .formatted(head(node, 1, "committed"), fence, version, hash, loss);
  }

  /** One shard on these nodes, the owner first among equals. */
  static String configured(long timeMs, String fence, String owner, List<String> replicas) {
    String members =
        replicas.stream().map(node -> "\"" + node + "#4096\"").collect(Collectors.joining(","));
    return """
    {%s,"fence":"%s","status":"RUNNING","why":"it began","job":"00","shards":\
    [{"owner":"%s","replicas":[%s],"learners":[]}]}\
    """
        .formatted(head("a", timeMs, "configured"), fence, owner, members);
  }

  static String elected(long timeMs, String term) {
    return "{%s,\"term\":\"%s\"}".formatted(head("a", timeMs, "elected"), term);
  }

  static String resumed(long timeMs, String fence, long version) {
    return "{%s,\"fence\":\"%s\",\"version\":%d,\"finding\":\"all at one version\"}"
        .formatted(head("b", timeMs, "resumed"), fence, version);
  }

  static String exported(String node, String sha256) {
    return "{%s,\"folder\":\"/models/%s\",\"sha256\":\"%s\"}"
        .formatted(head(node, 1, "exported"), node, sha256);
  }

  static String head(String node, long timeMs, String event) {
    return "\"t\":%d,\"node\":\"%s\",\"incarnation\":4096,\"event\":\"%s\""
        .formatted(timeMs, node, event);
  }

  static RunLedger ledger(List<String> lines) {
    RunLedger ledger = new RunLedger();
    lines.forEach(line -> ledger.take(NodeEvent.parse(line).orElseThrow()));
    return ledger;
  }
}
