package dev.sampo.simulation;

import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.coordinator.CoordinatorOutput;
import dev.sampo.protocol.message.Message.Evaluate;
import dev.sampo.protocol.message.Message.Grant;
import dev.sampo.protocol.message.Message.ToWorker;
import dev.sampo.protocol.tree.TreeNode;
import java.util.List;

/** Lets workers begin with the step while they evaluate. */
final class GrantedBeforeEvaluated implements Sabotage {
  @Override
  public CoordinatorOutput between(Life life, CoordinatorOutput out) {
    return new Passing(out) {
      @Override
      public void toWorker(WorkerId worker, ToWorker message) {
        super.toWorker(worker, message);
        if (message instanceof Evaluate asked) {
          super.toWorker(
              worker,
              new Grant(
                  asked.fence(),
                  asked.job(),
                  asked.step(),
                  asked.baseHash(),
                  asked.parameters(),
                  asked.owners(),
                  List.of(new TreeNode(0, 1))));
        }
      }
    };
  }
}
