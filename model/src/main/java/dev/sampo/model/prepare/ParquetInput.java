package dev.sampo.model.prepare;

import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.schema.ColumnProjection;
import dev.hardwood.schema.ColumnSchema;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A Parquet file with a text in one column of each row; the other columns are not read. Empty cells
 * are passed over.
 *
 * @param name of the file
 * @param column of the text
 */
record ParquetInput(Path path, String name, String column) implements Input {
  @Override
  public long bytes() throws IOException {
    return Files.size(path);
  }

  @Override
  public void read(DocumentSink sink) throws IOException {
    long row = 0;
    try (ParquetFileReader reader = ParquetFileReader.open(InputFile.of(path))) {
      List<String> columns =
          reader.getFileSchema().getColumns().stream().map(ColumnSchema::name).toList();
      if (!columns.contains(column)) {
        sink.bad(new BadDocument(name, 0, "it has no column '" + column + "' but " + columns));
        return;
      }
      long rows = Math.max(1, reader.getFileMetaData().numRows());
      try (RowReader cells =
          reader.buildRowReader().projection(ColumnProjection.columns(column)).build()) {
        for (; cells.hasNext(); row++) {
          cells.next();
          if (!cells.isNull(column)) {
            byte[] utf8 = cells.getString(column).getBytes(StandardCharsets.UTF_8);
            sink.text(name + "#" + (row + 1), new ByteArrayInputStream(utf8));
          }
          sink.passed(bytes() * (row + 1) / rows - bytes() * row / rows);
        }
      }
    } catch (BadDocument e) {
      throw e;
    } catch (RuntimeException | IOException | LinkageError e) {
      sink.bad(new BadDocument(name, row, "it is no readable Parquet file: " + e.getMessage()));
    }
  }
}
