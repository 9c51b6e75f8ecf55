package dev.sampo.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class SuggestionTest {
  @Test
  void countsSlipsOfTheKeyboard() {
    assertEquals(0, Suggestion.distance("steps", "steps"));
    assertEquals(1, Suggestion.distance("stpes", "steps"));
    assertEquals(1, Suggestion.distance("step", "steps"));
    assertEquals(1, Suggestion.distance("steeps", "steps"));
    assertEquals(1, Suggestion.distance("stops", "steps"));
    assertEquals(5, Suggestion.distance("", "steps"));
  }

  @Test
  void findsTheNearestThatIsNearEnough() {
    List<String> keys = List.of("width", "heads", "layers");
    assertEquals(Optional.of("layers"), Suggestion.nearest("leyers", keys));
    assertEquals(Optional.empty(), Suggestion.nearest("dropout", keys));
    assertEquals(Optional.empty(), Suggestion.nearest("gpu", List.of("cpu")));
  }
}
