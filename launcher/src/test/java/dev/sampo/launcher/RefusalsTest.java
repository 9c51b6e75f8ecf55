package dev.sampo.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.sampo.model.prepare.Preparation;
import dev.sampo.model.prepare.SplitRule;
import dev.sampo.model.text.Corpus;
import dev.sampo.model.token.ByteTokenizer;
import dev.sampo.protocol.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Help.Ansi;

/** What a person reads, all of it, when a command cannot do what it was asked. */
@Timeout(60)
final class RefusalsTest {
  private static final String DEMO = "../cluster-config/examples/demo.conf";
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final PrintStream console = System.err;

  @BeforeEach
  void catchTheLog() {
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void giveTheConsoleBack() {
    System.setErr(console);
  }

  @Test
  void controlPortInUse() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, LOOPBACK)) {
      assertRefused(
          1,
          """
          could not bind the control plane: address=127.0.0.1:PORT, reason=[/127.0.0.1:PORT] Address already in use; hint: set node.control-port or stop the program that uses it
          """
              .replace("PORT", "" + taken.getLocalPort()),
          node("node.control-port=" + taken.getLocalPort(), "node.data-port=0"));
    }
  }

  @Test
  void dataPortInUse() throws IOException {
    try (DatagramSocket taken = new DatagramSocket(new InetSocketAddress(LOOPBACK, 0))) {
      assertRefused(
          1,
          """
          could not bind the data plane: address=127.0.0.1:PORT, reason=Address already in use; hint: choose another data-plane port, stop the other node, or name an address of this machine
          """
              .replace("PORT", "" + taken.getLocalPort()),
          node("node.control-port=0", "node.data-port=" + taken.getLocalPort()));
    }
  }

  @Test
  void folderThatCannotBeWritten() throws IOException {
    Path plain = Files.writeString(folder.resolve("plain"), "a file");
    assertRefused(
        1,
        """
        a node's folder must be writable: node.folder=FOLDER/plain/below, reason=java.nio.file.FileSystemException: FOLDER/plain/below: Not a directory; hint: set node.folder to a folder that this user may write
        """,
        node(
            "node.control-port=0",
            "node.data-port=0",
            setting("node.folder", plain.resolve("below"))));
  }

  @Test
  void dataThatAreNotThere() {
    assertRefused(
        1,
        """
        a job needs its data: job=demo, no corpus in this folder: path=FOLDER/absent/corpus.json; hint: prepare the corpus first
        """,
        train(setting("job.data.corpus", folder.resolve("absent"))));
  }

  @Test
  void dataOfAnotherJob() throws IOException {
    Path corpus = corpus();
    assertRefused(
        2,
        """
        the prepared data must have the hash that the job names (found FOUND): job.data.sha256=WANTED, at=job demo; hint: bring back the data the job was written for, or set job.data.sha256 = auto
        """
            .replace("FOUND", fingerprint(corpus))
            .replace("WANTED", "a".repeat(64)),
        train(setting("job.data.corpus", corpus), "job.data.sha256=" + "a".repeat(64)));
  }

  @Test
  void dataThatWereChangedAfterwards() throws IOException {
    Path corpus = corpus();
    String wanted = fingerprint(corpus);
    Path tokens = corpus.resolve("training.tokens");
    byte[] bytes = Files.readAllBytes(tokens);
    bytes[bytes.length / 2] = (byte) ~bytes[bytes.length / 2];
    Files.write(tokens, bytes);
    assertRefused(
        1,
        """
        a job needs its data: job=demo, a token file is not the one in the manifest: path=FOLDER/corpus/training.tokens, sha256=FOUND, wantedSha256=WANTED; hint: prepare the corpus again
        """
            .replace("FOUND", Digest.of(Digest.sha256().digest(bytes)).hex())
            .replace("WANTED", wanted),
        train(setting("job.data.corpus", corpus)));
  }

  @Test
  void settingsFileThatIsNotThere() {
    String line =
        """
        a settings file must be readable (it does not exist): file=FOLDER/absent.conf, at=FOLDER/absent.conf; hint: check the path; examples are in cluster-config/examples
        """;
    String absent = folder.resolve("absent.conf").toString();
    assertRefused(2, line, List.of("node", "--config", absent));
    assertRefused(2, line, List.of("train", absent));
    assertRefused(2, line, List.of("config", "check", absent));
  }

  @Test
  void seedWhereNobodyListens() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, LOOPBACK)) {
      port = free.getLocalPort();
    }
    assertRefused(
        1,
        """
        no node answered: seed=127.0.0.1:PORT; hint: check the address, and whether it runs
        """
            .replace("PORT", "" + port),
        List.of("status", "--seed", "127.0.0.1:" + port, "-D", "node.name=asker"));
  }

  @Test
  void noSeedAtAll() {
    assertRefused(
        1,
        """
        a node must be named to ask: node.seeds=[]; hint: add --seed HOST:PORT
        """,
        List.of("status"));
  }

  @Test
  void tenFaultsAreTenLines() throws IOException {
    Path broken =
        Files.writeString(
            folder.resolve("broken.conf"),
            """
            node {
              address = "http://10.0.0.5"
              seeds = ["10.0.0.6"]
              memory = 1MiB
            }
            cluster {
              name = "Not A Name"
              detector.beat-interval = 250
            }
            job {
              name = ten
              seed = 1.5
              stpes = 100
              model.width = 30
              batch.slots = -8
              kernel-class = on
            }
            """);
    String lines =
        """
        must be a host name or an address, without a port: node.address="http://10.0.0.5", at=FOLDER/broken.conf:2; hint: name the address that the other nodes reach
        must be host:port with a port of 1 to 65535: node.seeds[0]="10.0.0.6", at=FOLDER/broken.conf:3; hint: name the control port of a running node, such as 10.0.0.5:7700
        must be auto or a size from 64MiB to 1PiB: node.memory="1MiB", at=FOLDER/broken.conf:4; hint: give what this node may use, such as 4GiB or auto
        must be a name of at most 63 letters a-z, digits, dots and hyphens: cluster.name="Not A Name", at=FOLDER/broken.conf:7; hint: choose one name for all nodes
        must be a time with its unit, from 10ms to 10m: cluster.detector.beat-interval=250, at=FOLDER/broken.conf:8; hint: write a time such as 250ms or 2s
        must be a whole number of 64 bits: job.seed=1.5, at=FOLDER/broken.conf:12; hint: any whole number will do
        must be a multiple of job.model.heads (4): job.model.width=30, at=FOLDER/broken.conf:14; hint: the next higher one is 32
        must be a whole number from 1 to 65536: job.batch.slots=-8, at=FOLDER/broken.conf:15; hint: several for each device, so that work can be shared
        must be one of one, mixed: job.kernel-class=on, at=FOLDER/broken.conf:16; hint: one is reproducible, mixed takes any device
        unknown key: job.stpes=100, at=FOLDER/broken.conf:13; hint: did you mean 'steps'?
        """;
    assertRefused(2, lines, List.of("train", broken.toString()));
    assertRefused(2, lines, List.of("node", "--config", broken.toString()));
    assertRefused(2, lines, List.of("config", "check", broken.toString()));
    assertEquals(10, lines.lines().count());
  }

  /** Compares the exit code and every character that the command printed. */
  private void assertRefused(int exitCode, String expected, List<String> arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    List<Command> commands =
        ServiceLoader.load(Command.class).stream().map(ServiceLoader.Provider::get).toList();
    int found =
        Sampo.commandLine(
                commands, new PrintWriter(out, true), new PrintWriter(err, true), Ansi.OFF)
            .execute(arguments.toArray(String[]::new));
    assertEquals(expected, err.toString().replace(folder.toString(), "FOLDER"));
    assertEquals(exitCode, found);
    assertEquals("", out.toString());
    String logged = log.toString(StandardCharsets.UTF_8);
    assertFalse(logged.contains("\tat "), () -> "a stack trace in the log: " + logged);
  }

  private List<String> node(String... settings) {
    return with(
        List.of(
            "node", "-D", "node.name=refused", "-D", setting("node.folder", folder.resolve("own"))),
        settings);
  }

  private List<String> train(String... settings) {
    return with(
        List.of("train", DEMO, "-D", setting("node.folder", folder.resolve("own"))), settings);
  }

  private static List<String> with(List<String> words, String... settings) {
    List<String> all = new ArrayList<>(words);
    for (String setting : settings) {
      all.addAll(List.of("-D", setting));
    }
    return all;
  }

  private static String setting(String key, Path path) {
    return key + "=\"" + path + "\"";
  }

  private Path corpus() throws IOException {
    Path texts = Files.createDirectories(folder.resolve("texts"));
    for (int i = 0; i < 60; i++) {
      Files.writeString(texts.resolve(i + ".txt"), "text number " + i + "\n");
    }
    Path corpus = folder.resolve("corpus");
    new Preparation(new ByteTokenizer(), null, Set.of(".txt"), "text", SplitRule.DOCUMENTS)
        .write(
            new Preparation.Sources(List.of(texts), List.of()),
            corpus,
            new Preparation.OnBad.Refuse(),
            (bytes, documents, tokens) -> {});
    return corpus;
  }

  private static String fingerprint(Path folder) throws IOException {
    try (Corpus corpus = Corpus.open(folder)) {
      return corpus.fingerprint();
    }
  }
}
