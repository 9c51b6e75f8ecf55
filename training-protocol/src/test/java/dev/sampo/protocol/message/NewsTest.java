package dev.sampo.protocol.message;

import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.digest;
import static dev.sampo.protocol.Examples.running;
import static dev.sampo.protocol.Examples.shard;
import static dev.sampo.protocol.Examples.term;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.message.Message.Committed;
import dev.sampo.protocol.message.Message.Configured;
import java.util.List;
import org.junit.jupiter.api.Test;

class NewsTest {
  private static final Configuration FIRST = running(1, shard(0, A1));
  private static final Configuration FALLEN_BACK = FIRST.next().nextGeneration();

  private final News news = new News();

  private static Committed version(long version, Configuration under) {
    return new Committed(
        under.under(term(1)), version, null, List.of(digest("v" + version)), under.owners());
  }

  private void configured(Configuration configuration) {
    news.hear(new Configured(configuration.under(term(1)), configuration));
  }

  @Test
  void aVersionIsNewsOnce() {
    assertTrue(news.hear(version(3, FIRST)));
    assertFalse(news.hear(version(3, FIRST)));
    assertFalse(news.hear(version(2, FIRST)));
    assertTrue(news.hear(version(4, FIRST)));
  }

  @Test
  void aLowerVersionOfALaterGenerationIsNews() {
    news.hear(version(7, FIRST));
    assertTrue(news.hear(version(6, FALLEN_BACK)));
    assertEquals(version(6, FALLEN_BACK), news.committed());
  }

  @Test
  void aHigherVersionOfAGenerationThatWasGivenUpIsNone() {
    news.hear(version(6, FALLEN_BACK));
    assertFalse(news.hear(version(8, FIRST)));
    assertEquals(version(6, FALLEN_BACK), news.committed());
  }

  @Test
  void whatAGenerationHadCommittedIsForgottenWithIt() {
    configured(FIRST);
    news.hear(version(7, FIRST));
    configured(FALLEN_BACK);
    assertNull(news.committed());
    assertFalse(news.hear(version(8, FIRST)), "it came late");
    assertNull(news.committed());
  }

  @Test
  void aRepetitionUnderAnotherFenceTellsWhoOwnsNow() {
    news.hear(version(7, FIRST));
    Committed again = version(7, FIRST.next());
    assertFalse(news.hear(again));
    assertEquals(again, news.committed());
  }

  @Test
  void aLowerConfigurationChangesNothing() {
    configured(FIRST.next());
    configured(FIRST);
    assertEquals(FIRST.next(), news.configuration());
    assertEquals(FIRST.next().under(term(1)), news.fence());
  }
}
