package dev.sampo.launcher.train;

/** How events become lines. */
interface Lines {
  /** One line, or several with newlines between them; empty where there is nothing to say. */
  String of(TrainEvent event);
}
