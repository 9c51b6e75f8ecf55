/**
 * The tensor plane: moves gradients and parameters between the memories of two nodes: over Aeron
 * UDP between machines, through the receiver's shared memory within one, by a plain copy within a
 * node.
 *
 * <p>{@link dev.sampo.gradient.TensorPlane} is the way in. A node opens one (after {@link
 * dev.sampo.gradient.Preflight} has looked at the machine), names its peers with {@link
 * dev.sampo.gradient.TensorPlane#connect}, and sends a range of bytes as a <em>transfer</em>,
 * described by a {@link dev.sampo.gradient.TransferHeader}. The node's {@link
 * dev.sampo.gradient.TensorSink} says where arriving bytes go; they are scattered straight from the
 * stream's log into that memory, chunk by chunk, each chunk judged ({@code FrameReader}) before its
 * first byte is written.
 *
 * <pre>
 *   send -> TransferQueue -> OutboundLane -> FrameWriter -> Aeron's log        (RemoteOutbound)
 *   Aeron's log -> FrameReader -> InboundLane -> Delivery -> sink's memory     (Inbound)
 * </pre>
 *
 * <p><b>Guarantees.</b> A transfer is completed at most once and only with all its bytes in order;
 * whatever breaks it (death of the sender, silence, a damaged frame) abandons it as a whole.
 * Nothing waits without bound: a full queue answers {@link
 * dev.sampo.gradient.Offer#BACK_PRESSURED}. There are no acknowledgements: {@link
 * dev.sampo.gradient.SendOutcome#SENT} means that the payload is the caller's again, and that the
 * other side has it is for the protocol above to learn and, if need be, to ask again.
 *
 * <p><b>Threads.</b> One agent thread of ours does all offering, polling and copying and runs every
 * callback; the embedded media driver has its own. {@code connect}, {@code disconnect}, {@code
 * send} and {@code stats} may be called from any thread and never block on the network.
 *
 * <p><b>What it must not know.</b> Jobs, steps, fences and reduction: it carries their numbers and
 * judges none of them; that is the sink's part. It knows no actor and no configuration file.
 */
@NullMarked
package dev.sampo.gradient;

import org.jspecify.annotations.NullMarked;
