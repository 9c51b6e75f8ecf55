package dev.sampo.actors.post;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.membership.NodeCard;
import dev.sampo.protocol.message.Message.Committed;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one node knows of the cluster.
 *
 * @param answering the name of that node
 * @param alive the cards of the nodes that are not suspected
 * @param fence under which the configuration is in force; null while no job was heard of
 */
public record Status(
    String answering,
    List<NodeCard> alive,
    @Nullable Fence fence,
    @Nullable Configuration configuration,
    @Nullable Committed committed)
    implements Wire {}
