package dev.sampo.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Feeds broken settings and compares the whole text of what comes back. */
final class BadInputTest {
  @TempDir Path folder;

  @Test
  void reportsTenFaultsInTenLines() throws IOException {
    assertRefused(
        """
        job {
          name = "Not A Name"
          seed = 1.5
          stpes = 100
          model {
            layers = 0
            heads = 3
            width = 100
          }
          optimizer.beta1 = 1
          schedule.peak-rate = fast
          batch.slots = -8
          kernel-class = on
        }
        node.memory = 12 parsecs
        """,
        """
        must be auto or a size from 64MiB to 1PiB: node.memory="12 parsecs", at=FILE:15; hint: give what this node may use, such as 4GiB or auto
        must be a name of at most 63 letters a-z, digits, dots and hyphens: job.name="Not A Name", at=FILE:2; hint: choose a short name, such as java-small
        must be a whole number of 64 bits: job.seed=1.5, at=FILE:3; hint: any whole number will do
        must be a whole number from 1 to 4096: job.model.layers=0, at=FILE:6; hint: give the number of transformer blocks
        must be a multiple of job.model.heads (3): job.model.width=100, at=FILE:8; hint: the next higher one is 102
        must be a number of at least 0 and below 1: job.optimizer.beta1=1, at=FILE:10; hint: 0.9 and 0.95 are usual for beta1 and beta2
        must be a number above 0 and at most 10: job.schedule.peak-rate=fast, at=FILE:11; hint: 1e-3 suits small models
        must be a whole number from 1 to 65536: job.batch.slots=-8, at=FILE:12; hint: several for each device, so that work can be shared
        must be one of one, mixed: job.kernel-class=on, at=FILE:13; hint: one is reproducible, mixed takes any device
        unknown key: job.stpes=100, at=FILE:4; hint: did you mean 'steps'?
        """);
  }

  @Test
  void reportsEveryFaultOfANode() throws IOException {
    assertRefused(
        """
        node {
          name = lathe
          adress = "10.0.0.5"
          address = "http://10.0.0.5"
          control-port = 70000
          seeds = ["10.0.0.6", "10.0.0.7:0", "[::1]:7700", 5]
          roles = [compute, voters, compute]
          devices = [{ kind = gpu }, { kind = cpu, threads = 0 }, fast]
          memory = 1MiB
          folder = null
          data-plane { mtu = 1500, term = 3MiB, window = 1GiB }
        }
        """,
        """
        must be a host name or an address, without a port: node.address="http://10.0.0.5", at=FILE:4; hint: name the address that the other nodes reach
        must be a whole number from 0 to 65535: node.control-port=70000, at=FILE:5; hint: choose a free port, or 0 for any that is free
        must be host:port with a port of 1 to 65535: node.seeds[0]="10.0.0.6", at=FILE:6; hint: name the control port of a running node, such as 10.0.0.5:7700
        must be host:port with a port of 1 to 65535: node.seeds[1]="10.0.0.7:0", at=FILE:6; hint: name the control port of a running node, such as 10.0.0.5:7700
        must be host:port with a port of 1 to 65535: node.seeds[3]=5, at=FILE:6; hint: name the control port of a running node, such as 10.0.0.5:7700
        is required and must be a path: node.folder=(missing), at=FILE; hint: name a folder of this node's own, or auto for runs/<name>
        must be one of compute, parameters, voter: node.roles[1]=voters, at=FILE:7; hint: did you mean 'voter'?
        must not be named twice: node.roles[2]=compute, at=FILE:7; hint: a witness has the one role voter
        must be a section: node.devices[2]=fast, at=FILE:8; hint: list { kind = cpu }
        must be one of cpu: node.devices[0].kind=gpu, at=FILE:8; hint: only cpu devices can be driven so far
        must be a whole number from 1 to 4096: node.devices[1].threads=0, at=FILE:8; hint: give the threads of this device, or auto for all that are left
        must be auto or a size from 64MiB to 1PiB: node.memory="1MiB", at=FILE:9; hint: give what this node may use, such as 4GiB or auto
        must be a multiple of 32: node.data-plane.mtu=1500, at=FILE:11; hint: the next lower one is 1472
        must be a power of two: node.data-plane.term="3MiB", at=FILE:11; hint: the next lower one is 2MiB
        must be auto or a size from 1408B to 512MiB: node.data-plane.window="1GiB", at=FILE:11; hint: leave it at auto for half a term
        unknown key: node.adress="10.0.0.5", at=FILE:3; hint: did you mean 'address'?
        """);
  }

  @Test
  void reportsEveryFaultOfAStore() throws IOException {
    assertRefused(
        """
        node.store { sync = always, sync-every = 100, quota = 5, scrub-rate = fast }
        """,
        """
        must be one of step, interval, none: node.store.sync=always, at=FILE:1; hint: interval suits most; none is for trials
        must be odd, so that two copies in a row can be kept side by side: node.store.sync-every=100, at=FILE:1; hint: the next one is 101
        must be auto or a size from 1MiB to 1PiB: node.store.quota=5, at=FILE:1; hint: leave it at auto for all that is free
        must be auto or a size from 1MiB to 64GiB: node.store.scrub-rate=fast, at=FILE:1; hint: leave it at auto for 64MiB
        """);
  }

  @Test
  void checksLinkedSettingsTogether() throws IOException {
    assertRefused(
        """
        node {
          name = lathe
          roles = [compute, parameters]
          devices = []
          control-port = 7700
          data-plane { mtu = 1500, term = 128KiB, window = 128KiB }
        }
        cluster {
          voters = [lathe, anvil, lathe]
          detector { beat-interval = 1s, heartbeat-interval = 1s, stable-after = 1s }
        }
        job {
          name = linked
          steps = 10
          schedule { peak-rate = 1e-5, warmup-steps = 11 }
        }
        """,
        """
        must not be empty on a node that computes: node.devices=[], at=FILE:4; hint: list { kind = cpu }, or take compute out of node.roles
        must be a multiple of 32: node.data-plane.mtu=1500, at=FILE:6; hint: the next lower one is 1472
        must not be named twice: cluster.voters[2]=lathe, at=FILE:9; hint: list names of nodes, or leave it empty
        must be at least 4 times cluster.detector.beat-interval (1s): cluster.detector.suspect-after="2s", at=default; hint: set it to 4s or more, or lower beat-interval
        must be at least 3 times cluster.detector.heartbeat-interval (1s): cluster.detector.acceptable-pause="2s", at=default; hint: set it to 3s or more, or lower heartbeat-interval
        must be at most job.schedule.peak-rate (1.0E-5): job.schedule.floor-rate=1.0E-4, at=default; hint: a tenth of the peak is usual
        must be at most job.steps (10): job.schedule.warmup-steps=11, at=FILE:15; hint: a twentieth of the steps is a good start
        """);
  }

  @Test
  void refusesTimesWithoutAUnit() throws IOException {
    assertRefused(
        "cluster.detector { beat-interval = 250, suspect-after = soon, stable-after = 3 fortnights }",
        """
        must be a time with its unit, from 10ms to 10m: cluster.detector.beat-interval=250, at=FILE:1; hint: write a time such as 250ms or 2s
        must be a time with its unit, from 40ms to 10m: cluster.detector.suspect-after=soon, at=FILE:1; hint: write a time such as 250ms or 2s
        must be a time with its unit, from 150ms to 10m: cluster.detector.stable-after="3 fortnights", at=FILE:1; hint: write a time such as 250ms or 2s
        """);
  }

  @Test
  void refusesUnknownKeysWithWhatWasMeant() throws IOException {
    assertRefused(
        """
        steps = 10
        nodes.name = lathe
        cluster { detector.beat-intervall = 250ms, "odd key" = 1, replica = 2 }
        node.devices = [{ kind = cpu, thread = 2 }]
        """,
        """
        unknown key: steps=10, at=FILE:1; hint: did you mean 'job.steps'?
        unknown key: nodes={"name":"lathe"}, at=FILE:2; hint: did you mean 'node'?
        unknown key: node.devices[0].thread=2, at=FILE:4; hint: did you mean 'threads'?
        unknown key: cluster.replica=2, at=FILE:3; hint: did you mean 'replicas'?
        unknown key: cluster."odd key"=1, at=FILE:3; hint: keys here: detector, name, replicas, voters
        unknown key: cluster.detector.beat-intervall="250ms", at=FILE:3; hint: did you mean 'beat-interval'?
        """);
  }

  @Test
  void refusesSectionsOfTheWrongKindOnce() throws IOException {
    assertRefused(
        """
        cluster = workshop
        node.data-plane = [1, 2]
        node.roles = voter
        job { name = x, steps = 1, model = gpt2, data.corpus = { folder = x } }
        """,
        """
        must be a list: node.roles=voter, at=FILE:3; hint: a witness has the one role voter
        must be a section: node.data-plane=[1,2], at=FILE:2; hint: write data-plane { ... }
        must be a section: cluster=workshop, at=FILE:1; hint: write cluster { ... }
        must be a section: job.model=gpt2, at=FILE:4; hint: write model { ... }
        must be default, a prepared folder, or a list of inputs: job.data.corpus={"folder":"x"}, at=FILE:4; hint: write default, "path/to/folder" or ["a.txt", "b.jar"]
        """);
  }

  @Test
  void keepsAFaultOnOneLineWhateverTheFileHolds() throws IOException {
    assertRefused(
        """
        job { name = \"\"\"two
        lines and far more text than anybody wants to see again in a message about a bad name\"\"\"
        steps = 1 }
        """,
        """
        must be a name of at most 63 letters a-z, digits, dots and hyphens: job.name="two\\nlines and far more text than anybody wants to see again in a message ab..., at=FILE:2; hint: choose a short name, such as java-small
        """);
  }

  @Test
  void saysWhereTheSyntaxBreaks() throws IOException {
    assertRefused(
        """
        job {
          name = demo
          steps = [1, 2
        }
        """,
        """
        the settings must be readable HOCON (List should have had new element after a comma, instead had token: '}' (if you want the comma or '}' to be part of a string value, then double-quote it)): file=FILE, at=FILE:4; hint: look at the line named and at the one before it
        """);
  }

  @Test
  void saysWhichSubstitutionIsUnknown() throws IOException {
    assertRefused(
        """
        job { name = demo, steps = ${no-such-key} }
        """,
        """
        the settings must be readable HOCON (Could not resolve substitution to a value: ${no-such-key}): file=FILE, at=FILE:1; hint: look at the line named and at the one before it
        """);
  }

  @Test
  void refusesFilesThatAreMissingOrFolders() {
    ConfigFaults refusal =
        assertThrows(
            ConfigFaults.class,
            () -> SampoConfig.load(List.of(folder.resolve("absent.conf"), folder), List.of()));
    assertEquals(
        """
        a settings file must be readable (it does not exist): file=FOLDER/absent.conf, at=FOLDER/absent.conf; hint: check the path; examples are in cluster-config/examples
        a settings file must be readable (it is a folder): file=FOLDER, at=FOLDER; hint: check the path; examples are in cluster-config/examples
        """
            .strip(),
        refusal.text().replace(folder.toString(), "FOLDER"));
  }

  @Test
  void checksOverridesLikeFiles() {
    ConfigFaults refusal =
        assertThrows(
            ConfigFaults.class,
            () ->
                SampoConfig.load(
                    List.of(),
                    List.of("job.name=demo", "job.steps=many", "steps=1", "nonsense", "=5")));
    assertEquals(
        """
        an override must be key=value: override=nonsense, at=override; hint: write the full key, such as job.steps=10
        an override must be key=value: override==5, at=override; hint: write the full key, such as job.steps=10
        must be a whole number from 1 to 1000000000: job.steps=many, at=override; hint: give the number of optimizer steps
        unknown key: steps=1, at=override; hint: did you mean 'job.steps'?
        """
            .strip(),
        refusal.text());
  }

  private void assertRefused(String text, String expected) throws IOException {
    Path file = Files.writeString(folder.resolve("broken.conf"), text);
    ConfigFaults refusal =
        assertThrows(
            ConfigFaults.class,
            () -> SampoConfig.load(List.of(file), List.of(), new Machine(4, 8L << 30)));
    assertEquals(expected.strip(), refusal.text().replace(file.toString(), "FILE"));
    assertEquals(expected.strip().lines().count(), refusal.faults().size());
  }
}
