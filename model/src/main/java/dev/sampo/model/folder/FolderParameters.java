package dev.sampo.model.folder;

import dev.sampo.model.ModelShape;
import dev.sampo.model.ParameterTensor;
import dev.sampo.model.file.Digests;
import dev.sampo.model.file.TensorFiles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;

/**
 * The parameters of a folder's model as the flat vector of its layout, of which any part can be
 * read by itself: the files are mapped, and nothing of them is kept in memory. Any thread.
 */
public final class FolderParameters implements AutoCloseable {
  private static final int CHUNK_FLOATS = 1 << 16;

  private final Path folder;
  private final ModelShape shape;
  private final TensorFiles files;
  private final List<ParameterTensor> tensors;
  private final List<String> names;

  private FolderParameters(Path folder, ModelShape shape, TensorFiles files, List<String> names) {
    this.folder = folder;
    this.shape = shape;
    this.files = files;
    this.tensors = shape.layout().tensors();
    this.names = names;
  }

  /**
   * Opens a folder and checks that all tensors of its model are there.
   *
   * @throws IOException with rule, path and what was found, if a file is missing, damaged or of
   *     another kind of model
   */
  public static FolderParameters open(Path folder) throws IOException {
    ConfigJson config = ConfigJson.read(folder);
    Dialect dialect = ModelFolder.dialect(config);
    ModelShape shape = ModelFolder.shape(config, dialect);
    TensorFiles files = TensorFiles.open(folder);
    try {
      return new FolderParameters(folder, shape, files, ModelFolder.check(files, dialect, shape));
    } catch (IOException | RuntimeException e) {
      files.close();
      throw e;
    }
  }

  /** Where they lie. */
  public Path folder() {
    return folder;
  }

  /** The sizes of the model. */
  public ModelShape shape() {
    return shape;
  }

  /**
   * Writes elements [from, to) of the flat vector to the start of {@code out}, as f32.
   *
   * @throws IllegalArgumentException if the range is not in the layout or {@code out} is too small
   */
  public void fill(long from, long to, MemorySegment out) {
    shape.layout().checkRange(from, to);
    if (out.byteSize() < (to - from) * Float.BYTES) {
      throw new IllegalArgumentException(
          "too little room for parameters: bytes=%d, wantedBytes=%d"
              .formatted(out.byteSize(), (to - from) * Float.BYTES));
    }
    for (int i = 0; i < names.size(); i++) {
      ParameterTensor tensor = tensors.get(i);
      long start = Math.max(from, tensor.offset());
      long end = Math.min(to, tensor.end());
      if (start < end) {
        MemorySegment part = out.asSlice((start - from) * Float.BYTES, (end - start) * Float.BYTES);
        files.read(names.get(i), start - tensor.offset(), part);
      }
    }
  }

  /** SHA-256 of the flat vector as little-endian f32, in hexadecimal. */
  public String sha256() {
    MessageDigest digest = Digests.sha256();
    byte[] bytes = new byte[CHUNK_FLOATS * Float.BYTES];
    long total = shape.layout().total();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment chunk = arena.allocate(bytes.length, Float.BYTES);
      for (long at = 0; at < total; at += CHUNK_FLOATS) {
        long end = Math.min(total, at + CHUNK_FLOATS);
        int length = (int) (end - at) * Float.BYTES;
        fill(at, end, chunk);
        MemorySegment.copy(chunk, ValueLayout.JAVA_BYTE, 0, bytes, 0, length);
        digest.update(bytes, 0, length);
      }
    }
    return Digests.hex(digest);
  }

  @Override
  public void close() {
    files.close();
  }
}
