package dev.sampo.actors.job;

import dev.sampo.actors.plane.SurveyedPath;
import dev.sampo.actors.post.Wire;
import dev.sampo.protocol.NodeId;
import java.util.List;

/**
 * What a node measured of its paths to the others.
 *
 * @param node that measured
 */
public record NodePaths(NodeId node, List<SurveyedPath> paths) implements Wire {
  public NodePaths {
    paths = List.copyOf(paths);
  }
}
