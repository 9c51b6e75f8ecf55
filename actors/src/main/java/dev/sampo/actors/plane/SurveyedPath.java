package dev.sampo.actors.plane;

import dev.sampo.gradient.Finding;
import dev.sampo.gradient.PathSurvey;

/** A path of the data plane as it was measured, and what that means. */
public record SurveyedPath(PathSurvey.Path path, Finding finding) {}
