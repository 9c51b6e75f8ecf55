package dev.sampo.model.folder;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.model.ModelShape;
import java.io.IOException;
import java.util.List;

/** How one family writes its models down. */
interface Dialect {
  /** The word for the family in a config. */
  String modelType();

  /** Whether this is how models of that shape are written. */
  boolean speaksOf(ModelShape shape);

  /**
   * The sizes that a config tells.
   *
   * @throws IOException if it is not whole, or tells of something that Sampo does not compute
   * @throws IllegalArgumentException if the sizes do not fit each other
   */
  ModelShape shape(ConfigJson config) throws IOException;

  /** Tells the sizes of a shape of its own. */
  void describe(ModelShape shape, ObjectNode config);

  /** Names under which a tensor of the layout may be found in a file. */
  List<String> namesInFiles(String tensor);

  /** Whether a tensor of a file is none of the parameters, and may be passed over. */
  boolean isNoParameter(String nameInFile, ModelShape shape);
}
