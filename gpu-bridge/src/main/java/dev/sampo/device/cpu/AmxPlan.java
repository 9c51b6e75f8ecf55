package dev.sampo.device.cpu;

import dev.sampo.device.MatMul;
import dev.sampo.device.cpu.MatMulPlan.Epilogue;
import java.lang.foreign.MemorySegment;

/**
 * A product of f32 by {@link AmxKernel}. The operand with fewer panels is packed first, by all
 * threads for all. The other is cut into blocks, a part each: it packs a length along k of its
 * block, which stays in the second-level cache while it meets every panel of the first.
 *
 * <p>An element of C is one sum in the order of k, however the blocks are cut; so their number may
 * follow that of the threads.
 *
 * <p>Called by one thread at a time; the operands lie in fields until the product is done.
 */
final class AmxPlan {
  /** Below this, in any direction, what is packed is used too few times. */
  private static final int LEAST = 64;

  /** Elements along k that are packed at once. */
  private static final int LENGTH = 384;

  /** Elements along k of the shared operand that are packed at once, which bounds its room. */
  private static final int SLAB = 8 * LENGTH;

  private static final int MOST_BLOCK_PANELS = 8;

  /** Panels of the shared operand between one epilogue and the next. */
  private static final int CHUNK_PANELS = MatMulPlan.MOST_COLUMNS / AmxKernel.WIDTH;

  private static final long ROW_BYTES = (long) AmxKernel.WIDTH * Float.BYTES;

  private final AmxKernel kernel;
  private final Rooms rooms;
  private final MatMul shape;
  private final boolean sharesA;
  private final AmxPanels shared;
  private final AmxPanels own;
  private final int blockPanels;
  private final WorkerPool.Parts packing = this::packShared;
  private final WorkerPool.Parts blocks = this::multiplyBlock;

  private MemorySegment sharedOperand = MemorySegment.NULL;
  private MemorySegment ownOperand = MemorySegment.NULL;
  private MemorySegment c = MemorySegment.NULL;
  private Epilogue epilogue = (sums, at, to, column, columns, worker) -> {};
  private int slab;

  /** Memory of a device's plans, of which one runs at a time. */
  static final class Rooms implements AutoCloseable {
    private static final long TILE_AT = AmxPanels.SCRATCH * (long) Float.BYTES;
    private static final long PANELS_AT = TILE_AT + AmxKernel.WIDTH * ROW_BYTES;

    private final int threads;
    private final Pads shared = new Pads();

    /** A worker's: scratch of packing, a tile of C, the panels of its block. */
    private final Pads own = new Pads();

    Rooms(int threads) {
      this.threads = threads;
    }

    private void grow(long sharedBytes, long panelBytes) {
      shared.of(0).grow(sharedBytes);
      for (int worker = 0; worker < threads; worker++) {
        own.of(worker).grow(PANELS_AT + panelBytes);
      }
    }

    private MemorySegment shared() {
      return shared.of(0).segment();
    }

    private MemorySegment own(int worker) {
      return own.of(worker).segment();
    }

    long usedBytes() {
      return shared.usedBytes() + own.usedBytes();
    }

    @Override
    public void close() {
      shared.close();
      own.close();
    }
  }

  AmxPlan(AmxKernel kernel, MatMul shape, Rooms rooms) {
    this.kernel = kernel;
    this.rooms = rooms;
    this.shape = shape;
    AmxPanels panelsA = AmxPanels.ofA(shape.a(), shape.m(), shape.k());
    AmxPanels panelsB = AmxPanels.ofB(shape.b(), shape.n(), shape.k());
    sharesA = panelsA.count() < panelsB.count();
    shared = sharesA ? panelsA : panelsB;
    own = sharesA ? panelsB : panelsA;
    int wanted = Math.ceilDiv(own.count(), MOST_BLOCK_PANELS);
    blockPanels = Math.ceilDiv(own.count(), Math.ceilDiv(wanted, rooms.threads) * rooms.threads);
    rooms.grow(
        AmxPanels.bytes(Math.min(SLAB, shape.k())) * shared.count(),
        AmxPanels.bytes(Math.min(LENGTH, shape.k())) * blockPanels);
  }

  /** Whether a product is large enough; smaller ones go to {@link MatMulPlan}. */
  static boolean suits(MatMul shape) {
    return shape.m() >= LEAST && shape.n() >= LEAST && shape.k() >= LEAST;
  }

  /** Multiplies on all threads and hands each row of what is finished to the epilogue. */
  void multiply(
      WorkerPool pool, MemorySegment a, MemorySegment b, MemorySegment c, Epilogue epilogue) {
    sharedOperand = sharesA ? a : b;
    ownOperand = sharesA ? b : a;
    this.c = c;
    this.epilogue = epilogue;
    for (slab = 0; slab < shape.k(); slab += SLAB) {
      pool.run(Math.ceilDiv(slabEnd() - slab, LENGTH) * sharedBlocks(), packing);
      pool.run(Math.ceilDiv(own.count(), blockPanels), blocks);
    }
  }

  private int slabEnd() {
    return Math.min(slab + SLAB, shape.k());
  }

  private int length(int from) {
    return Math.min(LENGTH, shape.k() - from);
  }

  private int sharedBlocks() {
    return Math.ceilDiv(shared.count(), MOST_BLOCK_PANELS);
  }

  /** Where a panel's part along k, from {@code from} on, lies in the shared room. */
  private long sharedAt(int from, int panel) {
    return AmxPanels.bytes(from - slab) * shared.count() + AmxPanels.bytes(length(from)) * panel;
  }

  private void packShared(int part, int worker) {
    int from = slab + part / sharedBlocks() * LENGTH;
    int panel = part % sharedBlocks() * MOST_BLOCK_PANELS;
    int count = Math.min(MOST_BLOCK_PANELS, shared.count() - panel);
    shared.pack(
        sharedOperand,
        panel,
        count,
        from,
        length(from),
        rooms.shared(),
        sharedAt(from, panel),
        rooms.own(worker));
  }

  private void multiplyBlock(int block, int worker) {
    int first = block * blockPanels;
    int count = Math.min(blockPanels, own.count() - first);
    MemorySegment room = rooms.own(worker);
    for (int from = slab; from < slabEnd(); from += LENGTH) {
      int length = length(from);
      own.pack(ownOperand, first, count, from, length, room, Rooms.PANELS_AT, room);
      for (int chunk = 0; chunk < shared.count(); chunk += CHUNK_PANELS) {
        int panels = Math.min(CHUNK_PANELS, shared.count() - chunk);
        for (int panel = chunk; panel < chunk + panels; panel++) {
          multiplyPanel(from, panel, first, count, room);
        }
        if (from + length == shape.k()) {
          if (sharesA) {
            finish(chunk, panels, first, count, worker);
          } else {
            finish(first, count, chunk, panels, worker);
          }
        }
      }
    }
  }

  /** A panel of the shared operand meets a block of the other one. */
  private void multiplyPanel(int from, int panel, int first, int count, MemorySegment room) {
    long bytes = AmxPanels.bytes(length(from));
    long met = rooms.shared().address() + sharedAt(from, panel);
    for (int i = 0; i < count; i++) {
      long mine = room.address() + Rooms.PANELS_AT + i * bytes;
      // Its share of the panel that is met next.
      long next = met + bytes + i * (bytes / AmxKernel.STEP_BYTES * AmxKernel.NEXT_BYTES_PER_STEP);
      if (sharesA) {
        multiplyTile(from, panel, met, first + i, mine, next, room);
      } else {
        multiplyTile(from, first + i, mine, panel, met, next, room);
      }
    }
  }

  private void multiplyTile(
      int from, int panelA, long a, int panelB, long b, long next, MemorySegment room) {
    int row = panelA * AmxKernel.WIDTH;
    int column = panelB * AmxKernel.WIDTH;
    int rows = Math.min(AmxKernel.WIDTH, shape.m() - row);
    int columns = Math.min(AmxKernel.WIDTH, shape.n() - column);
    boolean adds = from > 0;
    int steps = Math.ceilDiv(length(from), AmxKernel.STEP);
    long to = ((long) row * shape.n() + column) * Float.BYTES;
    long stride = (long) shape.n() * Float.BYTES;
    if (rows == AmxKernel.WIDTH && columns == AmxKernel.WIDTH) {
      kernel.multiply(adds, a, b, c.address() + to, stride, steps, next);
      return;
    }
    // At an edge of C the kernel works on a whole tile of its own.
    long rowBytes = (long) columns * Float.BYTES;
    for (int i = 0; i < rows && adds; i++) {
      MemorySegment.copy(c, to + i * stride, room, Rooms.TILE_AT + i * ROW_BYTES, rowBytes);
    }
    kernel.multiply(adds, a, b, room.address() + Rooms.TILE_AT, ROW_BYTES, steps, next);
    for (int i = 0; i < rows; i++) {
      MemorySegment.copy(room, Rooms.TILE_AT + i * ROW_BYTES, c, to + i * stride, rowBytes);
    }
  }

  private void finish(int panelA, int panelsDown, int panelB, int panelsAcross, int worker) {
    int row = panelA * AmxKernel.WIDTH;
    int column = panelB * AmxKernel.WIDTH;
    int rows = Math.min(panelsDown * AmxKernel.WIDTH, shape.m() - row);
    int columns = Math.min(panelsAcross * AmxKernel.WIDTH, shape.n() - column);
    for (int i = row; i < row + rows; i++) {
      long at = (long) i * shape.n() + column;
      epilogue.row(c, at, at, column, columns, worker);
    }
  }
}
