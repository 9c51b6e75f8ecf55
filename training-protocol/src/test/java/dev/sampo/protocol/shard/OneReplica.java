package dev.sampo.protocol.shard;

import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.C1;
import static dev.sampo.protocol.Examples.decision;
import static dev.sampo.protocol.Examples.digest;
import static dev.sampo.protocol.Examples.running;
import static dev.sampo.protocol.Examples.shard;
import static dev.sampo.protocol.Examples.term;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.message.Clearance;
import dev.sampo.protocol.message.Message.Apply;
import dev.sampo.protocol.message.Message.Base;
import dev.sampo.protocol.message.Message.Report;
import dev.sampo.protocol.message.Message.ToReplica;
import dev.sampo.protocol.message.Scrutiny;
import dev.sampo.protocol.tree.TreeNode;
import java.util.List;

/** One replica of shard 0, at version 5, and what can be said to it. */
abstract class OneReplica {
  static final Digest BASE = digest("base");
  static final WorkerId WORKER = new WorkerId(C1, 0);
  static final String WHOLE = "((0+1)+(2+3))";
  static final TreeNode ROOT = new TreeNode(0, 4);

  final RecordingOutput out = new RecordingOutput();
  TextMemory memory = TextMemory.holding(4, 5);
  Replica replica = new Replica(A1, 0, memory, out);
  Configuration configuration = running(1, shard(0, A1, B1));

  Fence fence() {
    return configuration.under(term(1));
  }

  void enter(Configuration named) {
    configuration = named;
    say(new Report(fence(), named, Scrutiny.NONE));
  }

  void say(ToReplica message) {
    replica.on(C1, message);
  }

  void base(long step) {
    say(new Base(fence(), step, BASE, List.of(C1), Clearance.AWAITED));
  }

  void piece(long step, int first, int slots, String text) {
    replica.onPiece(WORKER, step, BASE.prefix(), new TreeNode(first, slots), memory.piece(text));
  }

  void wholeGradient(long step) {
    piece(step, 2, 1, "2");
    piece(step, 0, 1, "0");
    piece(step, 3, 1, "3");
    piece(step, 1, 1, "1");
  }

  void apply(long step, String gradient) {
    say(new Apply(fence(), digest(gradient), decision(step)));
  }

  /** A replica that is no owner holds this gradient. */
  void given(long step, String gradient) {
    say(new Base(fence(), step, BASE, List.of(), Clearance.AWAITED));
    replica.onGradient(B1, step, memory.piece(gradient));
  }
}
